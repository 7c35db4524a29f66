/**
 * The life of a store on a disk that fails, drawn from a seed: writes, reads, flushes, merges, faults, power cuts and
 * reopenings, held against a plain map. Every acknowledged batch must be there, every other one whole or not at all.
 */

import assert from 'node:assert/strict';

import {
  ByteReader,
  ByteWriter,
  isPeregrineError,
  type Random,
  seededRandom,
  toCollectionId,
  toShardId,
  toSlot,
} from '../src/base/index.ts';
import { type Fault, FaultyDisk } from '../src/disk/index.ts';
import {
  type Batch,
  type DatabaseName,
  KeyWriter,
  openStore,
  type RecordOperation,
  type Store,
} from '../src/storage/index.ts';
import { HastyClock } from './hasty-clock.ts';
import { TallyState } from './tally-state.ts';

export interface LifeReport {
  readonly batches: number;
  readonly refused: number;
  readonly crashes: number;
  readonly reopenings: number;
  readonly faults: number;
  readonly flushes: number;
  readonly merges: number;
  readonly comparisons: number;
}

const DATABASES_USED: readonly DatabaseName[] = ['links', 'titles', 'due'];
const KEYS = 120;
/** What a store may say when its disk fails. */
const EXPECTED_CODES = new Set(['IO', 'DISK_FULL', 'READ_ONLY', 'CLOSED']);

/** Lives once; throws where the store broke a promise. */
export async function liveOnce(seed: number, steps = 40): Promise<LifeReport> {
  const life = new StoreLife(seed);
  try {
    await life.open();
    for (let step = 0; step < steps; step++) await life.step();
    await life.end();
  } catch (error) {
    throw new Error(`The life of seed ${seed} broke a promise.`, { cause: error });
  }
  return life.report;
}

interface Written {
  readonly id: number;
  readonly records: readonly RecordOperation[];
}

class StoreLife {
  readonly #random: Random;
  readonly #clock = new HastyClock();
  #disk: FaultyDisk;
  #store: Store | undefined;
  #tally: TallyState | undefined;
  #nextId = 1;
  /** What must be there: database and key in hex → value. */
  #model = new Map<string, string>();
  /** Ids of the batches that make the model, in order. */
  #applied: number[] = [];
  /** Batches that were refused or cut off: after a reopening they may be there, or not. */
  #uncertain: Written[] = [];
  readonly report = {
    batches: 0,
    refused: 0,
    crashes: 0,
    reopenings: 0,
    faults: 0,
    flushes: 0,
    merges: 0,
    comparisons: 0,
  };

  constructor(seed: number) {
    this.#random = seededRandom(seed);
    this.#disk = new FaultyDisk({ seed });
  }

  async open(): Promise<void> {
    this.#tally = new TallyState(this.#disk);
    this.#store = await openStore({
      disk: this.#disk,
      directory: 'store',
      shard: toShardId(0),
      clock: this.#clock,
      random: this.#random,
      derived: [this.#tally],
      memory_bytes: 48 * 1024,
      logCap_bytes: 48 * 1024,
      segment_bytes: 8 * 1024,
      part_bytes: 1_500,
      mergePolicy: { fanout: 3, lowestTier_bytes: 4 * 1024 },
    });
    assert.deepEqual(this.#store.status().recovery.damage, [], 'no power cut damages what was durable');
    await this.#settleUncertain();
    await this.#compareAll();
  }

  async step(): Promise<void> {
    const draw = this.#random.below(100);
    if (draw < 45) await this.#write();
    else if (draw < 60) await this.#compareSome();
    else if (draw < 68) await this.#try(() => this.#open.flush());
    else if (draw < 76) await this.#try(() => this.#open.merge({ force: this.#random.below(2) === 0 }));
    else if (draw < 80) await this.#try(() => this.#tally?.join() ?? Promise.resolve());
    else if (draw < 84) this.#addFault();
    else if (draw < 88) await this.#reopen();
    else await this.#crashSoon();
    if (this.#disk.isDown) await this.#restart();
  }

  async end(): Promise<void> {
    await this.#reopen();
    await this.#compareAll();
    await this.#open.close();
  }

  get #open(): Store {
    assert(this.#store !== undefined);
    return this.#store;
  }

  async #write(): Promise<void> {
    const count = 1 + this.#random.below(6);
    const writes = Array.from({ length: count }, () => {
      return this.#random.below(3) === 0 ? this.#increment() : this.#append();
    });
    // Sequenced in the order of the calls, whatever the order in which they are told.
    for (const written of await Promise.all(writes)) if (written !== undefined) this.#apply(written);
    // Whatever failed may be tried again.
    await this.#clock.advance(2_000);
  }

  #append(): Promise<Written | undefined> {
    const id = this.#takeId();
    const records = [marker(id), ...this.#operations()];
    return this.#settle({ id, records }, () => this.#open.append(batchOf(id, records)));
  }

  /** Reads a number and writes the next one, so that a lost or doubled batch shows. */
  #increment(): Promise<Written | undefined> {
    const id = this.#takeId();
    const key = keyOf('due', 1_000_000);
    const records: RecordOperation[] = [];
    return this.#settle({ id, records }, () => {
      return this.#open.sequence(async (reads) => {
        const before = await reads.get('due', key);
        const count = before === undefined ? 0 : new ByteReader(before).u32();
        const value = new ByteWriter().u32(count + 1).finish();
        records.push(marker(id), { database: 'due', key, value });
        return batchOf(id, records);
      });
    });
  }

  #takeId(): number {
    const id = this.#nextId;
    this.#nextId += 1;
    return id;
  }

  /** The batch if it was acknowledged. */
  async #settle(written: Written, write: () => Promise<unknown>): Promise<Written | undefined> {
    this.report.batches += 1;
    try {
      await write();
      return written;
    } catch (error) {
      this.#mustBeExpected(error);
      this.report.refused += 1;
      this.#uncertain.push(written);
      return undefined;
    }
  }

  #operations(): RecordOperation[] {
    return Array.from({ length: this.#random.below(8) }, () => {
      const database = DATABASES_USED[this.#random.below(DATABASES_USED.length)] ?? 'links';
      const key = keyOf(database, this.#random.below(KEYS));
      return { database, key, value: this.#random.below(4) === 0 ? undefined : this.#value() };
    });
  }

  #value(): Uint8Array {
    const draw = this.#random.below(40);
    const most = draw === 0 ? 20_000 : draw < 4 ? 6_000 : 120;
    const value = new Uint8Array(this.#random.below(most));
    const step = this.#random.below(5);
    for (let i = 0; i < value.length; i++) value[i] = i * step + this.#random.below(3);
    return value;
  }

  #addFault(): void {
    this.report.faults += 1;
    const operations = ['write', 'sync', 'allocate', 'open', 'syncDirectory', 'rename', 'remove'] as const;
    const kind = this.#random.below(4);
    const fault: Fault =
      kind === 0
        ? { effect: 'lost-sync', times: 1 }
        : kind === 1
          ? { effect: 'disk-full', times: 1 + this.#random.below(4), probability: 0.5 }
          : {
              effect: 'io-error',
              operation: operations[this.#random.below(operations.length)] ?? 'write',
              times: 1 + this.#random.below(2),
              probability: 0.5,
            };
    this.#disk.addFault(fault);
  }

  async #crashSoon(): Promise<void> {
    this.#disk.crashAt(this.#disk.calls + 1 + this.#random.below(40));
    for (let tries = 0; tries < 12 && !this.#disk.isDown; tries++) {
      const draw = this.#random.below(6);
      if (draw === 0) await this.#try(() => this.#open.flush());
      else if (draw === 1) await this.#try(() => this.#open.merge({ force: true }));
      else if (draw === 2) await this.#try(() => this.#open.close());
      else await this.#write();
      if (draw === 2) break;
    }
    await this.#restart();
  }

  /** The power goes; what the syncs so far allow comes back. */
  async #restart(): Promise<void> {
    this.report.crashes += 1;
    this.#count();
    const before = this.#open;
    this.#disk = this.#disk.crash();
    await before.close().catch(() => undefined);
    // Opening itself may be cut off a few times.
    for (let tries = this.#random.below(3); tries > 0; tries--) {
      this.#disk.crashAt(this.#disk.calls + 1 + this.#random.below(30));
      try {
        await this.open();
        if (!this.#disk.isDown) return;
        await this.#open.close().catch(() => undefined);
      } catch (error) {
        this.#mustBeExpected(error);
      }
      this.#disk = this.#disk.crash();
    }
    await this.open();
  }

  async #reopen(): Promise<void> {
    this.report.reopenings += 1;
    this.#count();
    await this.#try(() => this.#open.close());
    // What was closed must outlive a power cut; and faults that are left would only keep it from opening.
    this.#disk = this.#disk.crash();
    await this.open();
  }

  #count(): void {
    const { counters } = this.#open.status();
    this.report.flushes += counters['flushes'] ?? 0;
    this.report.merges += counters['merges'] ?? 0;
  }

  /** Which of the uncertain batches came through, told by their markers; each must be whole. */
  async #settleUncertain(): Promise<void> {
    const uncertain = this.#uncertain.sort((a, b) => a.id - b.id);
    for (const written of uncertain) {
      const mark = marker(written.id);
      if ((await this.#open.get(mark.database, mark.key)) !== undefined) this.#apply(written);
    }
    this.#uncertain = [];
  }

  #apply({ id, records }: Written): void {
    this.#applied.push(id);
    for (const { database, key, value } of records) {
      if (value === undefined) this.#model.delete(nameOf(database, key));
      else this.#model.set(nameOf(database, key), textOf(value));
    }
  }

  async #compareSome(): Promise<void> {
    for (let i = 0; i < 10; i++) {
      const database = DATABASES_USED[this.#random.below(DATABASES_USED.length)] ?? 'links';
      const key = keyOf(database, this.#random.below(KEYS));
      const found = await this.#try(() => this.#open.get(database, key).then((value) => ({ value })));
      if (found === undefined) return;
      const { value } = found;
      assert.equal(value && textOf(value), this.#model.get(nameOf(database, key)), `one of ${database}`);
      this.report.comparisons += 1;
    }
  }

  async #compareAll(): Promise<void> {
    for (const database of [...DATABASES_USED, 'meta'] as const) {
      const found = new Map<string, string>();
      const start = keyOf(database, 0);
      const end = keyOf(database, 0xffff_ffff);
      const byteTarget = 1 + this.#random.below(5_000);
      const limit = this.#random.below(2) === 0 ? {} : { limit: 1_000_000 };
      for await (const { key, value } of this.#open.scan({ database, start, end, byteTarget, ...limit })) {
        found.set(nameOf(database, key), textOf(value));
      }
      const expected = [...this.#model].filter(([name]) => name.startsWith(`${database} `)).sort(byName);
      assert.deepEqual([...found], expected, `all of ${database}`);
      this.report.comparisons += 1;
    }
    assert.deepEqual(
      this.#tally?.payloads,
      this.#applied,
      'the derived state saw every batch once, in order',
    );
  }

  async #try<T>(run: () => Promise<T>): Promise<T | undefined> {
    try {
      return await run();
    } catch (error) {
      this.#mustBeExpected(error);
      return undefined;
    }
  }

  #mustBeExpected(error: unknown): void {
    // A merge calls damaged what a machine that has stopped does not read to it.
    const isUnread = isPeregrineError(error, 'CORRUPT') && isPeregrineError(error.cause, 'IO');
    if (isUnread && this.#disk.isDown) return;
    if (!isPeregrineError(error) || !EXPECTED_CODES.has(error.code)) throw error;
  }
}

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1);

function keyOf(database: DatabaseName, number: number): Uint8Array {
  return new KeyWriter(database, toSlot(7), toCollectionId(3)).u32(number).finish();
}

function textOf(value: Uint8Array): string {
  return Buffer.from(value).toString('base64');
}

function marker(id: number): RecordOperation {
  return { database: 'meta', key: keyOf('meta', id), value: new Uint8Array([1]) };
}

function batchOf(id: number, records: readonly RecordOperation[]): Batch {
  return { records, derived: [{ state: 1, payload: new ByteWriter(4).u32(id).finish() }] };
}

function nameOf(database: DatabaseName, key: Uint8Array): string {
  return `${database} ${Buffer.from(key).toString('hex')}`;
}
