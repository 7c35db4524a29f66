/** Numbers over time, one record a minute, durable in the `stats` database. Layout: docs/formats/collection-records.md. */

import { ByteReader, ByteWriter, PeregrineError, toCollectionId, toSlot } from '../base/index.ts';
import { KEY_HEAD_BYTES, KeyWriter, type Shards, type Store } from '../storage/index.ts';

/** What was measured at a time: name of the number → value. */
export interface StatisticsSample {
  readonly at_ms: number;
  readonly values: Readonly<Record<string, number>>;
}

export interface Statistics {
  /** Keeps a sample at its whole minute; a later one of the same minute takes its place. Forgets what is older than 35 days. */
  append(sample: StatisticsSample): Promise<void>;
  /** Samples from `from_ms` to `to_ms`, inclusive, oldest first. */
  read(from_ms: number, to_ms: number): Promise<readonly StatisticsSample[]>;
}

export const STATISTICS_STEP_MS = 60_000;
/** Samples older than this leave one by one, as new ones come. */
export const STATISTICS_KEPT_MS: number = 35 * 24 * 60 * STATISTICS_STEP_MS;

const VALUE_VERSION = 1;
/** The process itself, on the first shard. */
const SLOT = toSlot(0);
const PROCESS = toCollectionId(0);

export class StoredStatistics implements Statistics {
  readonly #store: Store;
  #hasForgotten = false;

  constructor(shards: Shards) {
    this.#store = shards.of(SLOT);
  }

  async append({ at_ms, values }: StatisticsSample): Promise<void> {
    const minute_ms = at_ms - (at_ms % STATISTICS_STEP_MS);
    const oldest_ms = Math.max(0, minute_ms - STATISTICS_KEPT_MS);
    await this.#store.append({
      records: [
        { database: 'stats', key: keyOf(minute_ms), value: encodeSample(values) },
        // Minute by minute; what became too old while no process ran goes with the first sample.
        ...(await this.#tooOld(oldest_ms)).map((key) => ({
          database: 'stats' as const,
          key,
          value: undefined,
        })),
      ],
    });
  }

  async #tooOld(oldest_ms: number): Promise<readonly Uint8Array[]> {
    if (this.#hasForgotten) return [keyOf(oldest_ms)];
    this.#hasForgotten = true;
    const keys: Uint8Array[] = [];
    const range = { database: 'stats', start: keyOf(0), end: keyOf(oldest_ms), skipLost: true } as const;
    for await (const { key } of this.#store.scan(range)) keys.push(key.slice());
    return keys;
  }

  async read(from_ms: number, to_ms: number): Promise<readonly StatisticsSample[]> {
    const samples: StatisticsSample[] = [];
    const oldest_ms = Math.max(0, from_ms, to_ms - STATISTICS_KEPT_MS);
    const range = { database: 'stats', start: keyOf(oldest_ms), end: keyOf(to_ms), skipLost: true } as const;
    for await (const { key, value } of this.#store.scan(range)) {
      samples.push({ at_ms: timeOf(key), values: decodeSample(value) });
    }
    return samples;
  }
}

/** Behind slot and collection: the minute, ms since 1970, in six bytes. */
function keyOf(time_ms: number): Uint8Array {
  return new KeyWriter('stats', SLOT, PROCESS).u48(time_ms).finish();
}

function timeOf(key: Uint8Array): number {
  return Buffer.from(key.buffer, key.byteOffset, key.length).readUIntBE(KEY_HEAD_BYTES, 6);
}

export function encodeSample(values: Readonly<Record<string, number>>): Uint8Array {
  const entries = Object.entries(values);
  const to = new ByteWriter(16 + entries.length * 24).u8(VALUE_VERSION).varint(entries.length);
  for (const [name, value] of entries) to.text(name).f64(value);
  return to.finish();
}

export function decodeSample(bytes: Uint8Array): Readonly<Record<string, number>> {
  const from = new ByteReader(bytes);
  const version = from.u8();
  if (version !== VALUE_VERSION) {
    throw new PeregrineError('UNSUPPORTED_VERSION', `Statistics are of version ${version}.`, { version });
  }
  const values: Record<string, number> = {};
  for (let left = from.varint(); left > 0; left--) values[from.text()] = from.f64();
  return values;
}
