/** What every log of a shard keeps to, whatever it is made of: one suite for the file log and for the replicated stream. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { seededRandom, toCollectionId, toSlot } from '../src/base/index.ts';
import { encodeBatch, KeyWriter } from '../src/storage/index.ts';

export interface TestedEntry {
  readonly seq: number;
  readonly payload: Uint8Array;
}

/** A log that can lose its power, and be full. */
export interface TestedLog {
  /** Gives the next number at once; `durable` settles when the batch is acknowledged, or refused. */
  append(payload: Uint8Array): { readonly seq: number; readonly durable: Promise<unknown> };
  /** Entries from a number on, in order. Only right after opening and {@link crash}. */
  replay(from: number): AsyncIterable<TestedEntry>;
  /** Entries up to here are not needed any more. */
  trim(upTo: number): Promise<void>;
  /** From now on there is no room. */
  fill(): Promise<void>;
  /** There is room again, and the log goes on. */
  makeRoom(): Promise<void>;
  /** Loses its power, and is opened again on what that left. */
  crash(): Promise<void>;
}

export interface TestedLogs {
  /** Runs `use` over a new log, and closes it. */
  readonly within: (use: (log: TestedLog) => Promise<void>) => Promise<void>;
  /** Batches of the longest test; fewer where each costs a round through servers. */
  readonly batches: number;
}

const LARGE_BYTES = 2_600_000;

/** A batch that no other is equal to. */
function batchOf(n: number, size = 40): Uint8Array {
  const key = new KeyWriter('stats', toSlot(1), toCollectionId(1)).u32(n).finish();
  const random = seededRandom(n);
  const value = Uint8Array.from({ length: size }, () => random.below(256));
  return encodeBatch({ records: [{ database: 'stats', key, value }] });
}

async function entriesOf(log: TestedLog, from = 1): Promise<Map<number, Buffer>> {
  const entries = new Map<number, Buffer>();
  let last = from - 1;
  for await (const { seq, payload } of log.replay(from)) {
    assert(seq > last, `entry ${seq} behind ${last}`);
    last = seq;
    entries.set(seq, Buffer.from(payload));
  }
  return entries;
}

export function describeShardLog(name: string, { within, batches }: TestedLogs): void {
  describe(`A shard's log: ${name}`, () => {
    it('numbers batches in the order of calls, and acknowledges them in that order', () =>
      within(async (log) => {
        const acknowledged: number[] = [];
        const appended = Array.from({ length: batches }, (_, n) => log.append(batchOf(n, n % 300)));
        const waits = appended.map(({ seq, durable }) => durable.then(() => acknowledged.push(seq)));
        await Promise.all(waits);
        const numbers = Array.from({ length: batches }, (_, n) => n + 1);
        assert.deepEqual(
          appended.map(({ seq }) => seq),
          numbers,
        );
        assert.deepEqual(acknowledged, numbers);
      }));

    it('has after each power cut what it acknowledged, byte for byte, and goes on with the next number', () =>
      within(async (log) => {
        const acknowledged = new Map<number, Buffer>();
        for (let life = 0; life < 4; life++) {
          const row = Array.from({ length: batches / 4 }, (_, n) =>
            batchOf(life * 1_000 + n, (n * 37) % 700),
          );
          const appended = row.map((payload) => ({ payload, appended: log.append(payload) }));
          assert.equal(appended[0]?.appended.seq, acknowledged.size + 1);
          for (const {
            payload,
            appended: { seq, durable },
          } of appended) {
            await durable;
            acknowledged.set(seq, Buffer.from(payload));
          }
          await log.crash();
          assert.deepEqual(await entriesOf(log), acknowledged, `life ${life}`);
        }
      }));

    it('gives the same entries again from any place on, so that a replay changes nothing', () =>
      within(async (log) => {
        const appended = Array.from({ length: 12 }, (_, n) => log.append(batchOf(n)));
        for (const { durable } of appended) await durable;
        await log.crash();
        const all = await entriesOf(log);
        assert.equal(all.size, 12);
        for (const from of [12, 7, 1]) {
          const wanted = new Map([...all].filter(([seq]) => seq >= from));
          assert.deepEqual(await entriesOf(log, from), wanted);
        }
      }));

    it('takes a batch of megabytes among small ones, whole or not at all', () =>
      within(async (log) => {
        const large = batchOf(2, LARGE_BYTES);
        const first = [batchOf(1), large, batchOf(3)].map((payload) => log.append(payload));
        for (const { durable } of first) await durable;
        await log.crash();
        const before = await entriesOf(log);
        assert.deepEqual([...before.keys()], [1, 2, 3]);
        assert(before.get(2)?.equals(large));
        const cut = log.append(batchOf(4, LARGE_BYTES));
        cut.durable.catch(() => undefined);
        await log.crash();
        const after = await entriesOf(log);
        const wanted = batchOf(4, LARGE_BYTES);
        for (const [seq, payload] of after) {
          assert(payload.equals(before.get(seq) ?? wanted), `entry ${seq} is whole`);
        }
        const { seq, durable } = log.append(batchOf(5));
        await durable;
        assert.equal(seq, after.size + 1);
      }));

    it('keeps what stands behind the place up to which it is trimmed', () =>
      within(async (log) => {
        const appended = Array.from({ length: 40 }, (_, n) => log.append(batchOf(n, 200)));
        for (const { durable } of appended) await durable;
        await log.trim(25);
        await log.crash();
        const left = await entriesOf(log, 26);
        assert.deepEqual(
          [...left.keys()],
          Array.from({ length: 15 }, (_, n) => n + 26),
        );
        const { seq, durable } = log.append(batchOf(99));
        await durable;
        assert.equal(seq, 41);
      }));

    it('refuses while it is full, and keeps all that it acknowledged before and after', () =>
      within(async (log) => {
        const acknowledged = new Map<number, Buffer>();
        const append = async (n: number): Promise<void> => {
          const payload = batchOf(n, 500);
          const { seq, durable } = log.append(payload);
          await durable;
          acknowledged.set(seq, Buffer.from(payload));
        };
        for (let n = 0; n < 5; n++) await append(n);
        await log.fill();
        const refused = await Promise.allSettled(
          [log.append(batchOf(10)), log.append(batchOf(11))].map(({ durable }) => durable),
        );
        assert.deepEqual(
          refused.map(({ status }) => status),
          ['rejected', 'rejected'],
        );
        await log.makeRoom();
        for (let n = 20; n < 25; n++) await append(n);
        assert.equal(acknowledged.size, 10, 'no number is given twice');
        await log.crash();
        const left = await entriesOf(log);
        for (const [seq, payload] of acknowledged) assert(left.get(seq)?.equals(payload), `entry ${seq}`);
      }));
  });
}
