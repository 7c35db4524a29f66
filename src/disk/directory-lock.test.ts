import assert from 'node:assert/strict';
import { readdirSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { holdLockContest, startLockContestant } from '../../testing/lock-contest.ts';
import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import { isPeregrineError } from '../base/index.ts';
import { LOCK_FILE, lockDirectory, lockForReading } from './index.ts';

const ROUNDS = 1000;

const isLocked = (error: unknown): boolean => isPeregrineError(error, 'LOCKED');

describe('The lock of a data directory', () => {
  it('has one holder, and says who it is', async (t) => {
    const directory = temporaryDirectory(t);
    const lock = await lockDirectory(directory);
    await assert.rejects(lockDirectory(directory), (error: unknown) => {
      assert.ok(isPeregrineError(error, 'LOCKED'));
      assert.equal(error.facts['holder_pid'], process.pid);
      return true;
    });
    await lock.release();
    await lock.release();
    const again = await lockDirectory(directory);
    await again.release();
  });

  it('is shared by those who read, and keeps them and a writer apart', async (t) => {
    const directory = temporaryDirectory(t);
    const writer = await lockDirectory(directory);
    await assert.rejects(lockForReading(directory), isLocked);
    await writer.release();
    const readers = [await lockForReading(directory), await lockForReading(directory)];
    await assert.rejects(lockDirectory(directory), isLocked);
    for (const reader of readers) await reader?.release();
    await (await lockDirectory(directory)).release();
  });

  it('is not there for those who read where nobody has ever written', async (t) => {
    const directory = temporaryDirectory(t);
    assert.equal(await lockForReading(directory), undefined);
    assert.deepEqual(readdirSync(directory), []);
  });

  it('needs a directory', async (t) => {
    const missing = lockDirectory(`${temporaryDirectory(t)}/missing`);
    await assert.rejects(missing, (error: unknown) => isPeregrineError(error, 'NOT_FOUND'));
  });

  it('goes to exactly one of two processes that reach for it at once', async (t) => {
    const { broken, rounds } = await holdLockContest(temporaryDirectory(t), ROUNDS);
    assert.equal(rounds, ROUNDS);
    assert.deepEqual(broken, []);
  });

  it('is free again when its holder is killed', async (t) => {
    const directory = temporaryDirectory(t);
    const holder = await startLockContestant(directory);
    t.after(() => holder.kill());
    assert.deepEqual(await holder.try(), { won: true });
    await assert.rejects(
      lockDirectory(directory),
      (error: unknown) => isPeregrineError(error, 'LOCKED') && error.facts['holder_pid'] === holder.pid,
    );
    await holder.kill();
    const lock = await lockDirectory(directory);
    await lock.release();
  });

  it(
    'needs no room on the disk',
    { skip: process.platform !== 'linux' && 'no device that is always full' },
    async (t) => {
      const directory = temporaryDirectory(t);
      symlinkSync('/dev/full', join(directory, LOCK_FILE));
      const lock = await lockDirectory(directory);
      await assert.rejects(lockDirectory(directory), (error: unknown) => isPeregrineError(error, 'LOCKED'));
      await lock.release();
      await (await lockDirectory(directory)).release();
    },
  );

  it('keeps its block when it is given free', async (t) => {
    const directory = temporaryDirectory(t);
    const lock = await lockDirectory(directory);
    await lock.release();
    assert.ok(statSync(join(directory, LOCK_FILE)).size > 0);
  });
});
