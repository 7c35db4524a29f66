/**
 * Delivers effects on other shards: at least once to the owner, who applies them once. Effects of one source go in
 * order; an outbox record goes when its effects are durable at their owner.
 */

import {
  type Clock,
  isPeregrineError,
  type LogSink,
  messageOf,
  silentLog,
  systemClock,
} from '../base/index.ts';
import type { Batch, RecordOperation } from './batch.ts';
import { DATABASES } from './databases.ts';
import { keyText } from './key-order.ts';
import {
  appliedKey,
  decodeEffects,
  type EffectBatch,
  type EffectName,
  encodeMark,
  isAfterMark,
  readOutboxKey,
} from './outbox-codec.ts';
import type { SequencedReads, Shards, Store, StoredRecord } from './store-contract.ts';

/** Sources whose effects are under way at once. */
const MAX_SOURCES_IN_FLIGHT = 16;
/** Outbox records read at once. */
const PAGE_RECORDS = 256;
/** Undelivered batches from which on {@link OutboxSender.room} makes writers wait. */
const MAX_BACKLOG = 4_096;
const RETRY_MS = 1_000;
/** A pass that took longer than this is followed by a pause as long as itself. */
const SHORT_PASS_MS = 5;

interface Pump {
  readonly store: Store;
  isAwake: boolean;
  running: Promise<void> | undefined;
  backlog: number;
}

export class OutboxSender {
  readonly #shards: Shards;
  readonly #log: LogSink;
  readonly #clock: Clock;
  readonly #pumps: readonly Pump[];
  readonly #stopping = new AbortController();
  #waiters: (() => void)[] = [];

  constructor(shards: Shards, log: LogSink = silentLog, clock: Clock = systemClock) {
    this.#shards = shards;
    this.#log = log;
    this.#clock = clock;
    this.#pumps = shards.all.map((store) => ({ store, isAwake: false, running: undefined, backlog: 0 }));
  }

  /** Takes up what an earlier process left. */
  start(): void {
    for (const { store } of this.#pumps) this.wake(store);
  }

  /** Says that a batch with outbox records is durable in `store`. */
  wake(store: Store): void {
    const pump = this.#pumps.find((candidate) => candidate.store === store);
    if (pump === undefined || this.#stopping.signal.aborted) return;
    pump.isAwake = true;
    pump.backlog += 1;
    pump.running ??= this.#run(pump).finally(() => {
      pump.running = undefined;
      this.#tell();
    });
  }

  /** Resolves at once, or, where deliveries are far behind, when they have caught up. */
  async room(): Promise<void> {
    while (!this.#stopping.signal.aborted && this.#pumps.some(({ backlog }) => backlog >= MAX_BACKLOG)) {
      await new Promise<void>((resolve) => this.#waiters.push(resolve));
    }
  }

  /** Resolves when nothing is left to deliver, or after {@link stop}. */
  async drained(): Promise<void> {
    while (this.#pumps.some(({ running }) => running !== undefined)) {
      await new Promise<void>((resolve) => this.#waiters.push(resolve));
    }
  }

  /** Ends after the deliveries under way; what is left is delivered after the next start. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    for (const { running } of this.#pumps) await running;
    this.#tell();
  }

  #tell(): void {
    for (const resolve of this.#waiters.splice(0)) resolve();
  }

  async #run(pump: Pump): Promise<void> {
    const { signal } = this.#stopping;
    while (pump.isAwake && !signal.aborted) {
      pump.isAwake = false;
      const began_ms = this.#clock.monotonic();
      const isWhole = await this.#pass(pump).catch((error: unknown) => this.#complain(pump, error));
      const took_ms = this.#clock.monotonic() - began_ms;
      if (isWhole && !pump.isAwake) pump.backlog = 0;
      if (!isWhole) pump.isAwake = true;
      const pause_ms = isWhole ? (took_ms > SHORT_PASS_MS ? took_ms : 0) : RETRY_MS;
      if (pause_ms > 0 && pump.isAwake) await this.#clock.sleep(pause_ms, signal).catch(() => undefined);
      this.#tell();
    }
  }

  #complain({ store }: Pump, error: unknown): false {
    if (!isPeregrineError(error, 'CLOSED')) {
      this.#log.write('warn', 'storage.outbox-delayed', { shard: store.shard, error: messageOf(error) });
    }
    return false;
  }

  /** Delivers everything in the store's outbox once; false where something is left for another pass. */
  async #pass(pump: Pump): Promise<boolean> {
    const { keyBytes } = DATABASES.outbox;
    const end = new Uint8Array(keyBytes).fill(0xff);
    let start: Uint8Array | undefined = new Uint8Array(keyBytes);
    let isWhole = true;
    while (start !== undefined && !this.#stopping.signal.aborted) {
      const { records, resume } = await pump.store.range({
        database: 'outbox',
        start,
        end,
        limit: PAGE_RECORDS,
      });
      // As nearly always in a store whose shard is the only one.
      if (records.length === 0) break;
      const delivered = await this.#deliverPage(pump, records);
      if (delivered.length < records.length) isWhole = false;
      if (delivered.length > 0) await pump.store.append({ records: delivered.map(deletionOf) });
      pump.backlog = Math.max(0, pump.backlog - delivered.length);
      start = resume;
    }
    return isWhole;
  }

  /** Sources side by side, the effects of each in order; the records that got through. */
  async #deliverPage(pump: Pump, records: readonly StoredRecord[]): Promise<StoredRecord[]> {
    const sources = Map.groupBy(records, ({ key }) => sourceOf(key));
    const queue = [...sources.values()];
    const delivered: StoredRecord[] = [];
    const work = async (): Promise<void> => {
      for (let own = queue.shift(); own !== undefined; own = queue.shift()) {
        for (const record of own) {
          if (this.#stopping.signal.aborted) return;
          try {
            await this.#deliver(record);
          } catch (error) {
            this.#complain(pump, error);
            // Later effects of this source must not pass this one.
            break;
          }
          delivered.push(record);
        }
      }
    };
    await Promise.all(Array.from({ length: MAX_SOURCES_IN_FLIGHT }, work));
    return delivered;
  }

  async #deliver({ key, value }: StoredRecord): Promise<void> {
    const name = readOutboxKey(key);
    const effects = decodeEffects(value);
    await this.#shards.of(effects.target).sequence((reads) => ownersBatch(name, effects, reads));
  }
}

/** What the owner appends: results and the new mark; nothing for effects that it has applied before. */
async function ownersBatch(
  name: EffectName,
  effects: EffectBatch,
  reads: SequencedReads,
): Promise<Batch | null> {
  const markKey = appliedKey(effects.target, name);
  if (!isAfterMark(name, await reads.get('meta', markKey))) return null;
  const records: RecordOperation[] = [];
  for (const { database, key, value, onlyIfAbsent } of effects.records) {
    if (onlyIfAbsent === true && (await isThere(database, key, records, reads))) continue;
    records.push({ database, key, value });
  }
  records.push({ database: 'meta', key: markKey, value: encodeMark(name) });
  return { records };
}

/** As the batch leaves it so far, else as the store has it. */
async function isThere(
  database: RecordOperation['database'],
  key: Uint8Array,
  before: readonly RecordOperation[],
  reads: SequencedReads,
): Promise<boolean> {
  const text = keyText(key);
  const own = before.findLast(
    (operation) => operation.database === database && keyText(operation.key) === text,
  );
  return own === undefined ? (await reads.get(database, key)) !== undefined : own.value !== undefined;
}

function deletionOf({ key }: StoredRecord): RecordOperation {
  return { database: 'outbox', key, value: undefined };
}

/** Slot, collection and hash of the source: what its outbox keys begin with. */
function sourceOf(key: Uint8Array): string {
  return keyText(key.subarray(0, 12));
}
