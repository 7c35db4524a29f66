/** Taking a data directory for this process: made where it is not there, locked, cleared of what a kill left; or for reading only, and then as it is. */

import { isPeregrineError, type LogSink, PeregrineError } from '../base/index.ts';
import {
  type Disk,
  lockDirectory,
  lockForReading,
  makeDirectoryTree,
  openRealDisk,
  ReadOnlyDisk,
  RealDisk,
} from '../disk/index.ts';
import { SHARD_COUNT_FILE } from '../storage/index.ts';
import { removeFilesAside } from './aside-files.ts';
import { removeFoldersAside } from './aside-folder.ts';

export interface DirectoryWish {
  readonly dataDirectory: string;
  /** Nothing in it is changed: no lock is left, nothing is cleared away. */
  readonly readsOnly: boolean;
  /** Where bytes go. Default: the file system below `dataDirectory`. */
  readonly disk: Disk | undefined;
  readonly log: LogSink;
}

export interface HeldDirectory {
  readonly disk: Disk;
  release(): Promise<void>;
}

const OTHER_PLACE = 'Choose a folder of this user on a local disk (--data-dir).';

/** `LOCKED`, `READ_ONLY`, `IO`, `DISK_FULL`; `NOT_FOUND` where nothing is there to be read. */
export async function holdDirectory(wish: DirectoryWish): Promise<HeldDirectory> {
  return wish.readsOnly ? holdForReading(wish) : holdForWriting(wish);
}

async function holdForWriting({ dataDirectory, disk: given }: DirectoryWish): Promise<HeldDirectory> {
  await makeDirectory(dataDirectory);
  const lock = await lockDirectory(dataDirectory).catch((error: unknown) => {
    throw wordsForLock(error, dataDirectory);
  });
  try {
    await removeFoldersAside(dataDirectory);
    const disk = given ?? (await openRealDisk(dataDirectory));
    await removeFilesAside(disk);
    return { disk, release: () => lock.release() };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function holdForReading({ dataDirectory, disk: given, log }: DirectoryWish): Promise<HeldDirectory> {
  const lock = await lockForReading(dataDirectory);
  if (lock === undefined) {
    log.write('info', 'storage.read-without-lock', { directory: dataDirectory });
  }
  try {
    const disk = new ReadOnlyDisk(given ?? new RealDisk(dataDirectory));
    if ((await disk.stat(SHARD_COUNT_FILE)) === undefined && (await disk.list('')).length === 0) {
      throw new PeregrineError(
        'NOT_FOUND',
        `There is no index in ${dataDirectory}, and it is opened for reading only, which makes none.`,
        { file: dataDirectory },
      );
    }
    return { disk, release: async () => lock?.release() };
  } catch (error) {
    await lock?.release();
    throw error;
  }
}

/** A directory that can't be written can be read all the same: whoever only wants that is told how. */
function wordsForLock(error: unknown, dataDirectory: string): unknown {
  if (!isPeregrineError(error)) return error;
  const { code, facts } = error;
  const isForbidden = facts['system_code'] === 'EACCES' || facts['system_code'] === 'EPERM';
  if (code !== 'READ_ONLY' && !isForbidden) return error;
  const why = isForbidden
    ? 'this user may not write there. Run as its owner, or give it to this user (chown).'
    : 'its file system is mounted read-only.';
  return new PeregrineError(
    code,
    `The data directory ${dataDirectory} can't be written: ${why} To search, verify or export what is in it, open it for reading only: --read-only on`,
    facts,
    error,
  );
}

async function makeDirectory(path: string): Promise<void> {
  try {
    await makeDirectoryTree(path, 0o700);
  } catch (error) {
    if (!isPeregrineError(error)) throw error;
    const { code, message, facts } = error;
    const words = `${message.replace(/^The directory/, 'The data directory')} ${OTHER_PLACE}`;
    throw new PeregrineError(code, words, { ...facts, file: path }, error);
  }
}
