import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { HastyClock } from '../../testing/hasty-clock.ts';
import { isPeregrineError, seededRandom, silentLog, toEpoch, toSeq } from '../base/index.ts';
import { type Disk, FaultyDisk, MemoryDisk } from '../disk/index.ts';
import { FileLog } from './file-log.ts';
import { RetryingReads } from './retrying-reads.ts';

const WRITERS = 40;

async function open(disk: Disk, checkpoint = 0): Promise<FileLog> {
  await disk.makeDirectory('log');
  await disk.syncDirectory('');
  return FileLog.open({
    disk,
    directory: 'log',
    storeId: 7n,
    epoch: toEpoch(1),
    checkpointSeq: toSeq(checkpoint),
    isClean: false,
    reads: new RetryingReads({ clock: new HastyClock(), random: seededRandom(1), log: silentLog }),
    segment_bytes: 8 * 1024,
  });
}

/** What many writers were told, each of whom writes on as soon as it hears of its last write. */
interface Told {
  /** Sequences, in the order in which they were told. */
  readonly acknowledged: number[];
  readonly refused: number[];
}

/** Ends when every writer was refused or `count` appends were made. */
async function writeTogether(log: FileLog, count: number, told: Told): Promise<void> {
  let left = count;
  const writer = async (): Promise<void> => {
    for (; left > 0; left--) {
      const append = { seq: 0, payload: new Uint8Array(20 + (left % 90)).fill(left) };
      const isDurable = await new Promise<boolean>((resolve) => {
        log.append(Object.assign(append, { acknowledge: () => resolve(true), refuse: () => resolve(false) }));
      });
      if (!isDurable) {
        told.refused.push(append.seq);
        return;
      }
      told.acknowledged.push(append.seq);
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, writer));
}

async function replayed(log: FileLog): Promise<number[]> {
  const seqs: number[] = [];
  for await (const { seq } of log.replay(toSeq(1))) seqs.push(seq);
  return seqs;
}

const inOrder = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

describe('Writes of a log that are under way together', () => {
  it('are begun while those of the last one are being told', async () => {
    const disk = new MemoryDisk();
    const log = await open(disk);
    const told: Told = { acknowledged: [], refused: [] };
    await writeTogether(log, 400, told);
    assert.deepEqual(told, { acknowledged: inOrder(told.acknowledged.length), refused: [] });
    assert.ok(log.syncs > told.acknowledged.length / WRITERS, `${log.syncs} writes`);
  });

  it('lose nothing that was told at a power cut, whichever of them came through', async () => {
    let cutWhileWriting = 0;
    for (let seed = 1; seed <= 60; seed++) {
      const disk = new FaultyDisk({ seed });
      disk.crashAt(disk.calls + 8 + (seed % 60));
      const told: Told = { acknowledged: [], refused: [] };
      await open(disk)
        .then((log) => writeTogether(log, 500, told))
        .catch((error: unknown) => assert.ok(isPeregrineError(error)));
      if (told.refused.length > 0) cutWhileWriting += 1;
      const after = await open(disk.crash());
      const found = await replayed(after);
      assert.deepEqual(after.recovery.damage, [], `seed ${seed}`);
      assert.deepEqual(found, inOrder(found.length), `seed ${seed}`);
      assert.deepEqual(told.acknowledged, inOrder(told.acknowledged.length), `seed ${seed}`);
      assert.ok(found.length >= told.acknowledged.length, `seed ${seed}`);
    }
    assert.ok(cutWhileWriting > 30, `${cutWhileWriting} lives`);
  });

  it('are all refused from the first on that fails, and none of those before', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const disk = new FaultyDisk({ seed });
      const log = await open(disk);
      const told: Told = { acknowledged: [], refused: [] };
      disk.addFault({
        effect: 'io-error',
        operation: seed % 2 === 0 ? 'write' : 'sync',
        probability: 0.05,
        times: 1,
      });
      await writeTogether(log, 20_000, told);
      const { acknowledged, refused } = told;
      assert.equal(refused.length, WRITERS, `seed ${seed}`);
      assert.deepEqual(acknowledged, inOrder(acknowledged.length), `seed ${seed}`);
      assert.equal(log.lastSeq, acknowledged.length, `seed ${seed}`);
      const found = await replayed(await open(disk.crash()));
      assert.ok(found.length >= acknowledged.length, `seed ${seed}`);
    }
  });
});
