import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { HastyClock } from '../../testing/hasty-clock.ts';
import { isPeregrineError, type Seq, seededRandom, silentLog, toEpoch, toSeq } from '../base/index.ts';
import { type Disk, FaultyDisk, MemoryDisk } from '../disk/index.ts';
import { FileLog } from './file-log.ts';
import type { Durability } from './file-log-options.ts';
import { decodeSegmentHeader, SEGMENT_HEADER_BYTES } from './log-segment.ts';
import { RetryingReads } from './retrying-reads.ts';

const SEGMENT_BYTES = 1024;

async function open(
  disk: Disk,
  checkpoint = 0,
  isClean = false,
  storeId = 0x1234_5678_9abc_def0n,
  durability: Durability = 'disk',
): Promise<FileLog> {
  await disk.makeDirectory('log');
  await disk.syncDirectory('');
  return FileLog.open({
    disk,
    directory: 'log',
    storeId,
    epoch: toEpoch(1),
    checkpointSeq: toSeq(checkpoint),
    isClean,
    reads: new RetryingReads({ clock: new HastyClock(), random: seededRandom(1), log: silentLog }),
    segment_bytes: SEGMENT_BYTES,
    durability,
  });
}

function payloadOf(number: number, size = 20): Uint8Array {
  return new Uint8Array(size).fill(number);
}

interface Appended {
  readonly seq: Seq;
  readonly durable: Promise<void>;
}

function appendOne(log: FileLog, payload: Uint8Array): Appended {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  promise.catch(() => undefined);
  const append = { seq: 0, payload, acknowledge: () => resolve(), refuse: reject };
  log.append(append);
  return { seq: toSeq(append.seq), durable: promise };
}

async function append(log: FileLog, ...payloads: Uint8Array[]): Promise<number[]> {
  const appended = payloads.map((payload) => appendOne(log, payload));
  for (const { durable } of appended) await durable;
  return appended.map(({ seq }) => seq);
}

async function replay(log: FileLog, from = 1): Promise<[number, number, number][]> {
  const entries: [number, number, number][] = [];
  for await (const { seq, payload } of log.replay(toSeq(from)))
    entries.push([seq, payload[0] ?? -1, payload.length]);
  return entries;
}

const codeIs =
  (code: string) =>
  (error: unknown): boolean =>
    isPeregrineError(error) && error.code === code;

describe('A file log', () => {
  it('gives back what was appended, over many segments, frames longer than one included', async () => {
    const disk = new FaultyDisk();
    const log = await open(disk);
    const sizes = Array.from({ length: 60 }, (_, i) => (i === 30 ? 5_000 : i * 11));
    const seqs: number[] = [];
    for (let i = 0; i < sizes.length; i += 4) {
      seqs.push(...(await append(log, ...sizes.slice(i, i + 4).map((size, at) => payloadOf(i + at, size)))));
    }
    assert.deepEqual(
      seqs,
      sizes.map((_, i) => i + 1),
    );
    assert.equal(log.durableSeq, 60);
    const after = await open(disk.crash());
    const expected = sizes.map((size, i) => [i + 1, size === 0 ? -1 : i, size]);
    assert.deepEqual(await replay(after), expected);
    assert.equal((await replay(after, 41)).length, 20);
    assert.deepEqual(after.recovery.damage, []);
  });

  it('makes appends of one turn durable with one sync, and gathers while one is in flight', async () => {
    const log = await open(new MemoryDisk());
    await append(log, payloadOf(0));
    const before = log.syncs;
    await append(log, ...Array.from({ length: 10 }, (_, i) => payloadOf(i)));
    assert.equal(log.syncs, before + 1);
  });

  it('takes back anew what an earlier life took back before the file that says so goes', async () => {
    const disk = new FaultyDisk();
    const first = await open(disk, 0, false, 1n, 'system');
    await append(first, ...Array.from({ length: 6 }, (_, i) => payloadOf(i)));
    await first.close();
    // The fourth is torn: the last two stand behind a gap, and the next life begins in front of them.
    disk.flipBit('log/00000001.log', 64 + 3 * 48 + 30);
    const second = await open(disk, 0, false, 1n, 'system');
    assert.deepEqual(await append(second, payloadOf(9)), [4]);
    await second.close();
    const third = await open(disk, 0, false, 1n, 'system');
    assert.equal(third.lastSeq, 4);
    await third.trim(toSeq(4));
    await third.close();
    // As where a power cut lets one removal come through, and the one before it not.
    await disk.remove('log/00000002.log');
    const after = await open(disk, 4, false, 1n, 'system');
    assert.deepEqual([after.lastSeq, await replay(after)], [4, []]);
  });

  it('uses segments again and stays small when it is trimmed', async () => {
    const disk = new FaultyDisk();
    const log = await open(disk);
    let seq = 0;
    for (let i = 0; i < 100; i++) {
      [seq = 0] = await append(log, payloadOf(i, 400));
      await log.trim(toSeq(seq));
      assert.equal(log.size_bytes, 0);
    }
    assert.ok((await disk.list('log')).length <= 5);
    const after = await open(disk.crash(), seq);
    assert.deepEqual([await replay(after), after.lastSeq], [[], 100]);
  });

  it('goes on behind a power cut with the next number, as often as it happens', async () => {
    let disk = new FaultyDisk({ seed: 3 });
    const random = seededRandom(4);
    let acknowledged: number[] = [];
    for (let life = 0; life < 60; life++) {
      disk.crashAt(disk.calls + 5 + random.below(300));
      let submitted: number[] = [];
      try {
        const log = await open(disk);
        const found = (await replay(log)).map(([, value]) => value);
        assert.deepEqual(log.recovery.damage, [], `life ${life}`);
        assert.deepEqual(found.slice(0, acknowledged.length), acknowledged, `life ${life}`);
        acknowledged = found;
        for (;;) {
          submitted = Array.from({ length: 1 + random.below(5) }, () => random.below(250));
          const [first] = await append(
            log,
            ...submitted.map((value) => payloadOf(value, 30 + random.below(300))),
          );
          assert.equal(first, acknowledged.length + 1);
          acknowledged.push(...submitted);
        }
      } catch (error) {
        assert(isPeregrineError(error) && error.code !== 'CORRUPT', String(error));
      }
      disk = disk.crash();
    }
    assert.ok(acknowledged.length > 100);
  });

  it('tells damage from a torn tail, and applies what stands behind damage', async () => {
    const disk = new FaultyDisk();
    const log = await open(disk);
    for (let i = 1; i <= 9; i++) await append(log, payloadOf(i));
    await log.close();
    // Frames of 48 bytes, nine of them behind the header of 64.
    disk.flipBit('log/00000001.log', 64 + 3 * 48 + 30);
    disk.flipBit('log/00000001.log', 64 + 4 * 48 + 30);
    const damaged = await open(disk);
    assert.deepEqual(
      damaged.recovery.damage.map(({ firstSeq, lastSeq, file, offset }) => [firstSeq, lastSeq, file, offset]),
      [[4, 5, 'log/00000001.log', 64 + 3 * 48]],
    );
    assert.deepEqual(
      (await replay(damaged)).map(([seq]) => seq),
      [1, 2, 3, 6, 7, 8, 9],
    );
    assert.deepEqual(await append(damaged, payloadOf(10)), [10]);
  });

  it('leaves out the last write when it is torn', async () => {
    const disk = new FaultyDisk();
    const log = await open(disk);
    await append(log, payloadOf(1), payloadOf(2));
    await append(log, payloadOf(3), payloadOf(4), payloadOf(5));
    await log.close();
    // The middle one of the last write: nobody can tell that it was whole once.
    disk.flipBit('log/00000001.log', 64 + 3 * 48 + 30);
    const torn = await open(disk);
    assert.deepEqual(torn.recovery.damage, []);
    assert.equal(torn.recovery.tornTail_bytes, 2 * 48);
    assert.deepEqual(
      (await replay(torn)).map(([seq]) => seq),
      [1, 2, 3],
    );
    assert.deepEqual(await append(torn, payloadOf(7)), [4]);
    await torn.close();
    // What was left out must not come back.
    const after = await open(disk.crash());
    assert.deepEqual(
      (await replay(after)).map(([seq, value]) => [seq, value]),
      [
        [1, 1],
        [2, 2],
        [3, 3],
        [4, 7],
      ],
    );
  });

  it('reports a missing segment', async () => {
    const disk = new FaultyDisk();
    const log = await open(disk);
    for (let i = 1; i <= 9; i++) await append(log, payloadOf(i, 400));
    await log.close();
    await disk.remove('log/00000002.log');
    const after = await open(disk);
    assert.deepEqual(
      after.recovery.damage.map(({ firstSeq, lastSeq }) => [firstSeq, lastSeq]),
      [[3, 4]],
    );
    assert.deepEqual(
      (await replay(after)).map(([seq]) => seq),
      [1, 2, 5, 6, 7, 8, 9],
    );
  });

  it('does without the header of a segment', async () => {
    const disk = new FaultyDisk();
    const log = await open(disk);
    for (let i = 1; i <= 9; i++) await append(log, payloadOf(i, 400));
    await log.close();
    disk.flipBit('log/00000003.log', 20);
    const after = await open(disk);
    assert.deepEqual([after.recovery.damage, (await replay(after)).length], [[], 9]);
  });

  it('takes no frame from a payload that holds one', async () => {
    const disk = new FaultyDisk();
    const log = await open(disk);
    await append(log, payloadOf(1), payloadOf(2));
    // Frames of another store, inside a frame that gets damaged: only the salt tells them from our own.
    const other = new MemoryDisk();
    const foreign = await open(other, 0, false, 99n);
    for (let i = 0; i < 5; i++) await append(foreign, payloadOf(100 + i));
    const image = new Uint8Array(5 * 48);
    await (await other.open('log/00000001.log', 'read')).read(image, 64);
    await append(log, image, payloadOf(3));
    await append(log, payloadOf(4));
    await log.close();
    disk.flipBit('log/00000001.log', 64 + 2 * 48 + 12);
    const after = await open(disk);
    assert.deepEqual(
      (await replay(after)).map(([, value]) => value),
      [1, 2, 3, 4],
    );
    assert.deepEqual(
      after.recovery.damage.map(({ firstSeq, lastSeq }) => [firstSeq, lastSeq]),
      [[3, 3]],
    );
  });

  it('refuses everything after a failed sync, and goes on in a fresh file when it is renewed', async () => {
    const disk = new FaultyDisk();
    const log = await open(disk);
    await append(log, payloadOf(1));
    disk.addFault({ effect: 'lost-sync', operation: 'sync', times: 1 });
    const appended = [appendOne(log, payloadOf(2)), appendOne(log, payloadOf(3))];
    await assert.rejects(appended[0]!.durable, codeIs('IO'));
    await assert.rejects(appended[1]!.durable, codeIs('IO'));
    await assert.rejects(appendOne(log, payloadOf(4)).durable, codeIs('READ_ONLY'));
    assert.equal(log.failure?.code, 'IO');
    await log.renew();
    assert.equal(log.failure, undefined);
    assert.deepEqual(await append(log, payloadOf(5)), [2]);
    // The first entry stands elsewhere: that is what a renewal asks for.
    const after = await open(disk.crash(), 1);
    assert.deepEqual(await replay(after), [[2, 5, 20]]);
  });

  it('says that the disk is full, and goes on when it is not', async () => {
    const disk = new FaultyDisk();
    const log = await open(disk);
    disk.addFault({ effect: 'disk-full', operation: 'allocate', times: 2 });
    await assert.rejects(appendOne(log, payloadOf(1)).durable, codeIs('DISK_FULL'));
    await assert.rejects(appendOne(log, payloadOf(1)).durable, codeIs('DISK_FULL'));
    await assert.rejects(log.renew(), codeIs('DISK_FULL'));
    await log.renew();
    assert.deepEqual(await append(log, payloadOf(1)), [1]);
  });

  it('may be trimmed at any moment of its first write after a crash', async () => {
    for (let turns = 0; turns < 60; turns++) {
      const before = new FaultyDisk({ seed: turns });
      const first = await open(before);
      // More segments than are kept for later use, so that files do go.
      for (let number = 1; number <= 14; number++) await append(first, payloadOf(number, 400));
      const log = await open(before.crash());
      const { lastSeq } = log.recovery;
      const appended = appendOne(log, payloadOf(3));
      for (let i = 0; i < turns; i++) await Promise.resolve();
      // What recovery found stands in files by now: its segments may go while they are carried over.
      await Promise.all([log.trim(lastSeq), appended.durable]);
      assert.equal(log.failure, undefined);
    }
  });

  it('has all of it after the end of a process where that is asked for, and what comes first of it after a power cut', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const disk = new FaultyDisk({ seed });
      const log = await open(disk, 0, false, 1n, 'system');
      for (let i = 1; i <= 40; i++) await append(log, payloadOf(i, 20 + i * 7));
      assert.equal(log.syncs, 0);
      const expected = Array.from({ length: 40 }, (_, i) => [i + 1, i + 1, 20 + (i + 1) * 7]);
      assert.deepEqual(await replay(await open(disk, 0, false, 1n, 'system')), expected);
      const after = await open(disk.crash(), 0, false, 1n, 'system');
      const found = await replay(after);
      assert.deepEqual(found, expected.slice(0, found.length), `seed ${seed}`);
      assert.deepEqual(after.recovery.damage, [], `seed ${seed}`);
      assert.deepEqual(await append(after, payloadOf(1)), [found.length + 1]);
    }
  });

  it('lets no segment go by the word of the system before the header of the one behind it is durable', async () => {
    const disk = new FaultyDisk();
    const log = await open(disk, 0, false, 1n, 'system');
    await append(log, payloadOf(1, 800));
    disk.addFault({ effect: 'stall', operation: 'sync', path: 'log/00000002.log', times: 1 });
    await append(log, payloadOf(2, 800));
    await log.trim(toSeq(1));
    const header = new Uint8Array(SEGMENT_HEADER_BYTES);
    const file = await disk.crash().open('log/00000002.log', 'read');
    await file.read(header, 0);
    assert.equal(decodeSegmentHeader(header)?.firstSeq, 2);
  });

  it('keeps segments, and refuses what comes next, where the header behind them can not be made durable', async () => {
    const disk = new FaultyDisk();
    const log = await open(disk, 0, false, 1n, 'system');
    let seq = 0;
    while ((await disk.list('log')).length < 2) {
      if (seq > 0)
        disk.addFault({ effect: 'lost-sync', operation: 'sync', path: 'log/00000002.log', times: 1 });
      [seq = 0] = await append(log, payloadOf(seq + 1, 400));
    }
    await log.trim(toSeq(seq - 1));
    assert.ok((await disk.list('log')).includes('00000001.log'));
    await assert.rejects(appendOne(log, payloadOf(9)).durable, codeIs('IO'));
    await assert.rejects(log.makeDurable(), codeIs('IO'));
    await log.renew();
    assert.deepEqual(await append(log, payloadOf(9)), [seq + 1]);
    await log.trim(toSeq(seq));
    const after = await open(disk, seq, false, 1n, 'system');
    assert.deepEqual(await replay(after, seq + 1), [[seq + 1, 9, 20]]);
  });

  it('reads headers only after a clean stop', async () => {
    const disk = new FaultyDisk();
    const log = await open(disk);
    for (let i = 1; i <= 9; i++) await append(log, payloadOf(i, 400));
    await log.close();
    const before = disk.calls;
    const after = await open(disk, 9, true);
    const perSegment = 3;
    const segments = (await disk.list('log')).length;
    assert.ok(disk.calls - before <= 4 + segments * perSegment, `${disk.calls - before} calls`);
    assert.deepEqual(await append(after, payloadOf(10)), [10]);
  });
});
