/**
 * One fault at one disk call of a store's working day: opening after a kill, writing, flushing, merging, reading, a
 * snapshot, a verification, a repair, the close. Whatever the fault, what was acknowledged is there afterwards, the
 * store works again by itself, and no answer was wrong.
 */

import assert from 'node:assert/strict';

import { isPeregrineError, seededRandom, toShardId } from '../src/base/index.ts';
import { type Fault, type FaultEffect, FaultyDisk } from '../src/disk/index.ts';
import { type MaintainedStore, openStore, type RecordOperation } from '../src/storage/index.ts';
import { HastyClock } from './hasty-clock.ts';
import { batchOf, LifeModel, type Marked, markerOf, markerRange } from './life-model.ts';
import { smallKey, smallValue } from './tended-store.ts';
import { TallyState } from './tally-state.ts';

export const SWEPT_EFFECTS: readonly FaultEffect[] = [
  'io-error',
  'disk-full',
  'lost-sync',
  'short-read',
  'stall',
  'bit-flip',
];

/** What a step may say when its disk fails: never a wrong answer, never anything untyped. */
const EXPECTED_CODES = new Set(['IO', 'DISK_FULL', 'READ_ONLY', 'CORRUPT', 'CLOSED']);
const RECORDS = 60;

/** Disk calls of a day without a fault. */
export async function callsOfADay(): Promise<number> {
  const day = new WorkingDay(new FaultyDisk({ clock: new HastyClock() }));
  await day.live();
  return day.calls;
}

/** Lives the day with one fault in it. Throws where the store broke a promise. */
export async function liveWithFault(effect: FaultEffect, atCall: number): Promise<void> {
  const fault: Fault = { effect, atCall, times: 1 };
  try {
    const disk = new FaultyDisk({ seed: atCall, plan: { faults: [fault] }, clock: new HastyClock() });
    await new WorkingDay(disk).live();
  } catch (error) {
    throw new Error(`A ${effect} at call ${atCall} broke a promise.`, { cause: error });
  }
}

class WorkingDay {
  readonly #clock = new HastyClock();
  readonly #random = seededRandom(5);
  #disk: FaultyDisk;
  #callsBefore = 0;
  #store: MaintainedStore | undefined;
  #tally: TallyState | undefined;
  readonly #model = new LifeModel();
  #uncertain: Marked[] = [];
  #nextId = 1;

  constructor(disk: FaultyDisk) {
    this.#disk = disk;
  }

  get calls(): number {
    return this.#callsBefore + this.#disk.calls;
  }

  async live(): Promise<void> {
    await this.#open();
    for (let i = 0; i < 3; i++) await this.#write(i * 7, 20);
    await this.#work((store) => store.flush());
    await this.#write(5, 20);
    // Killed, with something in the log only: the same disk, the same fault still to come.
    this.#store = undefined;
    await this.#open();
    for (let i = 0; i < 2; i++) {
      await this.#write(i * 11, 20);
      await this.#work((store) => store.flush());
    }
    await this.#work((store) => store.merge({ force: true }));
    await this.#compare();
    await this.#work((store) => this.#snapshot(store));
    await this.#work((store) => store.verify({ depth: 'deep' }));
    await this.#work((store) => store.repair());
    await this.#write(3, 10);
    await this.#work((store) => store.close());
    // The fault is over, or comes now: after that it works as on any other day.
    this.#store = undefined;
    await this.#open();
    await this.#write(30, 10);
    await this.#work((store) => store.close());
    this.#callsBefore += this.#disk.calls;
    this.#disk = this.#disk.crash();
    await this.#open();
    await this.#compare();
    const store = this.#opened;
    assert.deepEqual(store.status().recovery.damage, []);
    assert.deepEqual(store.status().lost, []);
    const { isSound, sentence } = await store.verify({ depth: 'deep' });
    assert.ok(isSound, sentence);
    await store.close();
  }

  get #opened(): MaintainedStore {
    assert.ok(this.#store !== undefined);
    return this.#store;
  }

  /** One failure is allowed: the fault strikes once. */
  async #open(): Promise<void> {
    for (let tries = 0; ; tries++) {
      this.#tally = new TallyState(this.#disk);
      try {
        this.#store = await openStore({
          disk: this.#disk,
          directory: 'store',
          shard: toShardId(0),
          clock: this.#clock,
          random: this.#random,
          derived: [this.#tally],
          memory_bytes: 64 * 1024,
          logCap_bytes: 64 * 1024,
          segment_bytes: 8 * 1024,
          part_bytes: 4 * 1024,
          mergesItself: false,
        });
        break;
      } catch (error) {
        mustBeExpected(error);
        assert.equal(tries, 0, 'a fault that is over keeps no store from opening');
      }
    }
    await this.#settleUncertain();
    await this.#compare();
  }

  async #write(first: number, count: number): Promise<void> {
    const id = this.#nextId++;
    const records: RecordOperation[] = [markerOf(id)];
    for (let i = 0; i < count; i++) {
      const number = (first + i) % RECORDS;
      const isDeletion = (number + id) % 5 === 0;
      const value = isDeletion ? undefined : smallValue(id * 1_000 + number, number === 9 ? 5_000 : 80);
      records.push({
        database: i % 2 === 0 ? 'links' : 'titles',
        key: smallKey(number, i % 2 === 0 ? 'links' : 'titles'),
        value,
      });
    }
    const written = { id, records };
    try {
      await this.#opened.append(batchOf(id, records));
      this.#model.apply(written);
    } catch (error) {
      mustBeExpected(error);
      this.#uncertain.push(written);
    }
    // Whatever failed may be tried again.
    await this.#clock.advance(2_000);
  }

  async #work(run: (store: MaintainedStore) => Promise<unknown>): Promise<void> {
    try {
      await run(this.#opened);
    } catch (error) {
      mustBeExpected(error);
    }
    await this.#clock.advance(2_000);
  }

  async #snapshot(store: MaintainedStore): Promise<void> {
    const moment = await store.paused(() => store.holdMoment());
    try {
      await moment.write({ disk: this.#disk, directory: 'copy' });
    } finally {
      await moment.release();
    }
    const before = this.#model.copy();
    const tally = new TallyState(this.#disk);
    const copy = await openStore({
      disk: this.#disk,
      directory: 'copy',
      shard: toShardId(0),
      clock: this.#clock,
      derived: [tally],
    });
    try {
      await compareWith(copy, before);
      assert.deepEqual(tally.payloads, before.applied);
    } finally {
      await copy.close();
    }
  }

  async #settleUncertain(): Promise<void> {
    for (const written of this.#uncertain.splice(0)) {
      const { database, key } = markerOf(written.id);
      const found = await this.#read(() => this.#opened.get(database, key));
      if (found !== undefined) this.#model.apply(written);
    }
  }

  /** A read may fail once, and says so; what it answers is right. */
  async #read<T>(read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (error) {
      mustBeExpected(error);
      return read();
    }
  }

  async #compare(): Promise<void> {
    await this.#read(() => compareWith(this.#opened, this.#model));
    assert.deepEqual(this.#tally?.payloads, this.#model.applied, 'every batch once, in order');
  }
}

async function compareWith(store: MaintainedStore, model: LifeModel): Promise<void> {
  for (const database of ['links', 'titles', 'meta'] as const) {
    const range =
      database === 'meta'
        ? markerRange()
        : { start: smallKey(0, database), end: smallKey(0xffff_ffff, database) };
    await model.checkAll(database, store.scan({ database, ...range }));
  }
}

function mustBeExpected(error: unknown): void {
  if (!isPeregrineError(error) || !EXPECTED_CODES.has(error.code)) throw error;
}
