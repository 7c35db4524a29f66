/** The program of one process in a lock contest: takes and releases the lock of the directory it is given, as told. */

import { isPeregrineError } from '../src/base/index.ts';
import { lockDirectory } from '../src/disk/index.ts';
import type { DirectoryLock } from '../src/disk/index.ts';
import type { LockAnswer } from './lock-contest.ts';

const directory = process.argv[2]!;
let lock: DirectoryLock | undefined;

process.on('message', (command: 'try' | 'release') => {
  (command === 'try' ? tryLock() : release()).then((answer) => process.send!(answer));
});
process.on('disconnect', () => process.exit());
process.send!({ ready: true });

async function tryLock(): Promise<LockAnswer> {
  try {
    lock = await lockDirectory(directory);
    return { won: true };
  } catch (error) {
    if (!isPeregrineError(error)) return { won: false, code: String(error) };
    return { won: false, code: error.code, holder_pid: Number(error.facts['holder_pid']) };
  }
}

async function release(): Promise<{ released: true }> {
  await lock?.release();
  return { released: true };
}
