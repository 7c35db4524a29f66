/**
 * The life of a store on a disk that fails, drawn from a seed: writes, reads, flushes, merges, snapshots, faults, power
 * cuts and reopenings, held against a plain map. Every acknowledged batch must be there, every other one whole or not
 * at all; a snapshot must be what the store was, and go on as a store of its own.
 */

import assert from 'node:assert/strict';

import {
  ByteReader,
  ByteWriter,
  isPeregrineError,
  type Random,
  seededRandom,
  toShardId,
} from '../src/base/index.ts';
import { FaultyDisk, removeTree } from '../src/disk/index.ts';
import { DATABASES, type MaintainedStore, openStore, type RecordOperation } from '../src/storage/index.ts';
import { pick } from './adversarial-keys.ts';
import { HastyClock } from './hasty-clock.ts';
import { LifeDraws } from './life-draws.ts';
import { batchOf, LifeModel, type Marked, markerOf, markerRange } from './life-model.ts';
import { type Counted, emptyReport, type LifeReport } from './life-report.ts';
import { drawTemper, type Temper, WRITERS } from './life-temper.ts';
import { TallyState } from './tally-state.ts';

/** What a life goes on for at least. */
export interface LifeLength {
  readonly operations: number;
  readonly crashes: number;
}

/** What a seed of the sweep is. */
export const WHOLE_LIFE: LifeLength = { operations: 200, crashes: 3 };

/** What a store may say when its disk fails. */
const EXPECTED_CODES = new Set(['IO', 'DISK_FULL', 'READ_ONLY', 'CLOSED']);
/** Steps after which a life that still lacks something would never have it: a defect of the life itself. */
const MAX_STEPS = 2_000;

/** Lives once; throws where the store broke a promise. At least one flush and one merge are in it. */
export async function liveOnce(seed: number, length: LifeLength = WHOLE_LIFE): Promise<LifeReport> {
  const life = new StoreLife(seed);
  try {
    await life.open();
    for (let step = 0; !life.hasLived(length); step++) {
      assert.ok(step < MAX_STEPS, 'a life comes to its end');
      await life.step(length);
    }
    await life.end();
  } catch (error) {
    throw new Error(
      `The life of seed ${seed} broke a promise. To see it again: npm run sweep:storage -- 1 ${seed}`,
      {
        cause: error,
      },
    );
  }
  return life.report;
}

interface LifeSnapshot {
  readonly directory: string;
  readonly model: LifeModel;
}

class StoreLife {
  readonly #random: Random;
  readonly #temper: Temper;
  readonly #draws: LifeDraws;
  readonly #clock = new HastyClock();
  #disk: FaultyDisk;
  #directory = 'store-0';
  #store: MaintainedStore | undefined;
  #tally: TallyState | undefined;
  /** What must be there. */
  #model = new LifeModel();
  /** So many of its batches stand in files: no power cut takes those. */
  #flushed = 0;
  /** Batches that were refused or cut off: after a reopening they may be there, or not. */
  #uncertain: Marked[] = [];
  #snapshots: LifeSnapshot[] = [];
  #nextDirectory = 1;
  readonly report: Counted = emptyReport();

  constructor(seed: number) {
    this.#random = seededRandom(seed);
    this.#temper = drawTemper(this.#random);
    this.#draws = new LifeDraws(this.#random, this.#temper);
    this.#disk = new FaultyDisk({ seed });
  }

  hasLived({ operations, crashes }: LifeLength): boolean {
    const { report } = this;
    const isLong = report.operations >= operations && report.crashes >= crashes;
    return isLong && report.flushes > 0 && report.merges > 0;
  }

  async open(): Promise<void> {
    const { memory_bytes, logCap_bytes, segment_bytes, part_bytes, durability, isQuick } = this.#temper;
    this.#tally = new TallyState(this.#disk);
    this.#store = await openStore({
      disk: this.#disk,
      directory: this.#directory,
      shard: toShardId(0),
      clock: this.#clock,
      random: this.#random,
      derived: [this.#tally],
      memory_bytes,
      logCap_bytes,
      segment_bytes,
      part_bytes,
      durability,
      blocking: isQuick ? { batches: 2, quickWrites: 1 } : {},
      mergePolicy: { fanout: 3, lowestTier_bytes: 4 * 1024 },
    });
    assert.deepEqual(this.#store.status().recovery.damage, [], 'no power cut damages what was durable');
    if (durability === 'system') this.#forgetLost();
    await this.#settleUncertain();
    await this.#compareAll();
  }

  async step(length: LifeLength): Promise<void> {
    const isCrashWanting = this.report.operations >= length.operations;
    const draw = isCrashWanting ? 60 + this.#random.below(40) : this.#random.below(100);
    if (draw < 45) await this.#write();
    else if (draw < 58) await this.#compareSome();
    else if (draw < 66) await this.#flush();
    else if (draw < 74) await this.#merge();
    else if (draw < 77) await this.#try(() => this.#tally?.join() ?? Promise.resolve());
    else if (draw < 80) await this.#snapshot();
    else if (draw < 84) this.#addFault();
    else if (draw < 88) await this.#reopen();
    else await this.#crashSoon();
    if (this.#disk.isDown) await this.#restart();
  }

  async end(): Promise<void> {
    await this.#reopen();
    await this.#compareAll();
    await this.#verify();
    for (const snapshot of this.#snapshots.slice(-1)) await this.#restore(snapshot);
    await this.#open.close();
  }

  get #open(): MaintainedStore {
    assert(this.#store !== undefined);
    return this.#store;
  }

  async #write(): Promise<void> {
    for (const written of await this.#writeSome()) this.#model.apply(written);
    // Whatever failed may be tried again.
    await this.#clock.advance(2_000);
  }

  /** Those that were acknowledged, in the order of their sequences. */
  async #writeSome(): Promise<Marked[]> {
    const count = 1 + this.#random.below(this.#temper.writers);
    // Many who only append write on as soon as they hear of their last batch: nothing puts them in turn but the log.
    const isThrong = count > WRITERS && this.#random.below(2) === 0;
    const writes = Array.from({ length: count }, async () => {
      if (!isThrong) return [await (this.#random.below(3) === 0 ? this.#increment() : this.#append())];
      const first = await this.#append();
      return first === undefined ? [] : [first, await this.#append()];
    });
    const written = (await Promise.all(writes)).flat().filter((each) => each !== undefined);
    return written.sort((a, b) => (a.seq ?? 0) - (b.seq ?? 0));
  }

  #append(): Promise<Marked | undefined> {
    const { written, batch } = this.#draws.batch();
    return this.#settle(written, () => this.#open.append(batch));
  }

  /** Reads a number and writes the next one, so that a lost or doubled batch shows. */
  #increment(): Promise<Marked | undefined> {
    const id = this.#draws.id();
    const { database, key } = this.#draws.counter;
    const records: RecordOperation[] = [];
    return this.#settle({ id, records }, () => {
      return this.#open.sequence(async (reads) => {
        const before = await reads.get(database, key);
        const count = before === undefined ? 0 : new ByteReader(before).u32();
        const value = new ByteWriter().u32(count + 1).finish();
        records.push(markerOf(id), { database, key, value });
        return batchOf(id, records);
      });
    });
  }

  /** The batch if it was acknowledged. */
  async #settle(written: Marked, write: () => Promise<number | null>): Promise<Marked | undefined> {
    this.report.batches += 1;
    this.report.operations += 1;
    try {
      const seq = await write();
      this.report.records += written.records.length;
      return { ...written, seq: seq ?? 0 };
    } catch (error) {
      this.#mustBeExpected(error);
      this.report.refused += 1;
      this.#uncertain.push(written);
      return undefined;
    }
  }

  async #flush(): Promise<void> {
    this.report.operations += 1;
    await this.#try(() => this.#keepAll(this.#open.flush()));
  }

  /** Once `written` succeeds all of the model stands in files. */
  async #keepAll(written: Promise<unknown>): Promise<void> {
    const count = this.#model.applied.length;
    await written;
    this.#flushed = count;
  }

  async #merge(): Promise<void> {
    this.report.operations += 1;
    await this.#try(() => this.#open.merge({ force: this.#random.below(2) === 0 }));
  }

  /** Taken while batches are under way: it must hold those up to its sequence. */
  async #snapshot(): Promise<void> {
    this.report.operations += 1;
    const directory = `store-${this.#nextDirectory++}`;
    const before = this.#model.copy();
    const writing = this.#writeSome();
    const seq = await this.#try(() => this.#copyTo(directory));
    const written = await writing;
    for (const each of written) this.#model.apply(each);
    if (seq === undefined) return;
    for (const each of written) if ((each.seq ?? 0) <= seq) before.apply(each);
    this.#snapshots.push({ directory, model: before });
    this.report.snapshots += 1;
    if (this.#random.below(4) === 0) await this.#try(() => this.#restore({ directory, model: before }));
  }

  async #copyTo(directory: string): Promise<number> {
    const store = this.#open;
    const moment = await store.paused(() => store.holdMoment());
    try {
      return (await moment.write({ disk: this.#disk, directory })).seq;
    } finally {
      await moment.release();
    }
  }

  /** Life goes on in the snapshot, and what was written since is as if it had never been. */
  async #restore(snapshot: LifeSnapshot): Promise<void> {
    this.report.restores += 1;
    this.#count();
    await this.#open.close().catch((error: unknown) => this.#mustBeExpected(error));
    // Faults end with the power; a snapshot that was acknowledged must outlive that too.
    this.#disk = this.#disk.crash();
    const before = this.#directory;
    this.#directory = snapshot.directory;
    this.#model = snapshot.model;
    this.#flushed = this.#model.applied.length;
    this.#uncertain = [];
    this.#snapshots = this.#snapshots.filter(({ directory }) => directory !== snapshot.directory);
    await removeTree(this.#disk, before);
    await this.open();
  }

  #addFault(): void {
    this.report.faults += 1;
    this.#disk.addFault(this.#draws.fault());
  }

  async #crashSoon(): Promise<void> {
    this.#disk.crashAt(this.#disk.calls + 1 + this.#random.below(40));
    for (let tries = 0; tries < 12 && !this.#disk.isDown; tries++) {
      const draw = this.#random.below(7);
      if (draw === 0) await this.#flush();
      else if (draw === 1) await this.#try(() => this.#open.merge({ force: true }));
      else if (draw === 2) await this.#try(() => this.#open.close());
      else if (draw === 3) await this.#snapshot();
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
    await this.#try(() => this.#keepAll(this.#open.close()));
    // What was closed must outlive a power cut; and faults that are left would only keep it from opening.
    this.#disk = this.#disk.crash();
    await this.open();
  }

  #count(): void {
    const { counters } = this.#open.status();
    this.report.flushes += counters['flushes'] ?? 0;
    this.report.merges += counters['merges'] ?? 0;
  }

  /** By the system's word alone a power cut takes what came last: what is left must be what came first. */
  #forgetLost(): void {
    const { applied } = this.#model;
    const there = new Set(this.#tally?.payloads);
    const left = applied.filter((id) => there.has(id));
    assert.deepEqual(left, applied.slice(0, left.length), 'what a power cut leaves came first');
    assert.ok(left.length >= this.#flushed, 'no power cut takes what stands in files');
    this.#model = this.#model.first(left.length);
  }

  /** Which of the uncertain batches came through, told by their markers; each must be whole. */
  async #settleUncertain(): Promise<void> {
    for (const written of this.#uncertain.sort((a, b) => a.id - b.id)) {
      const { database, key } = markerOf(written.id);
      if ((await this.#open.get(database, key)) !== undefined) this.#model.apply(written);
    }
    this.#uncertain = [];
  }

  async #compareSome(): Promise<void> {
    for (let i = 0; i < 10; i++) {
      const database = pick(this.#random, this.#temper.databases);
      const key = this.#draws.keys.any(database);
      this.report.operations += 1;
      const found = await this.#try(() => this.#open.get(database, key).then((value) => ({ value })));
      if (found === undefined) return;
      this.#model.check(database, key, found.value);
      this.report.comparisons += 1;
    }
  }

  async #compareAll(): Promise<void> {
    for (const database of [...this.#temper.databases, 'meta'] as const) {
      this.report.operations += 1;
      const { start, end } = database === 'meta' ? markerRange() : wholeRange(DATABASES[database].keyBytes);
      const byteTarget = 1 + this.#random.below(20_000);
      const limit = this.#random.below(2) === 0 ? {} : { limit: 1_000_000 };
      const records = this.#open.scan({ database, start, end, byteTarget, ...limit });
      await this.#model.checkAll(database, records);
      this.report.comparisons += 1;
    }
    const expected = this.#model.applied;
    assert.deepEqual(this.#tally?.payloads, expected, 'the derived state saw every batch once, in order');
  }

  async #verify(): Promise<void> {
    this.report.operations += 1;
    const { isSound, sentence } = await this.#open.verify({
      depth: 'deep',
      afterRead: async () => undefined,
    });
    assert.ok(isSound, sentence);
    this.report.verifications += 1;
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

function wholeRange(keyBytes: number): { start: Uint8Array; end: Uint8Array } {
  return { start: new Uint8Array(keyBytes), end: new Uint8Array(keyBytes).fill(0xff) };
}
