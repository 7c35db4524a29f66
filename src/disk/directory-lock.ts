/** One process holds a data directory: a lock that the kernel takes back from whoever dies, however it dies. */

import { open, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

import { isPeregrineError, PeregrineError } from '../base/index.ts';
import { fromSystemError } from './disk-error.ts';
import { nativeLocks } from './native-lock.ts';

/** The file in the directory that carries the lock. It stays when the lock goes: removing it would race. */
export const LOCK_FILE = 'peregrine.lock';

// The byte that is locked lies far behind the text, for systems that let nobody read what is locked.
const LOCKED_AT = 2 ** 30;

/** What a lock that nobody holds says. Not empty: the file keeps its block, which a full disk would not give again. */
const NOBODY = '\n';

/** A link to nowhere under the lock's name can be neither opened nor made, however often one tries. */
const MAX_TRIES = 100;

export interface DirectoryLock {
  readonly directory: string;
  /** Gives the directory free. A second call does nothing. */
  release(): Promise<void>;
}

/**
 * Takes the directory at `path` (of the operating system; it must exist) for this process. `LOCKED` where another
 * holds it, with `holder_pid` among the facts. The lock is also held against the same process.
 */
export async function lockDirectory(path: string): Promise<DirectoryLock> {
  const file = join(path, LOCK_FILE);
  const handle = await openLockFile(path, file);
  try {
    if (!nativeLocks().tryLock(handle.fd, LOCKED_AT, 1)) throw await heldBy(handle, path, file);
    await writeHolder(handle, `${process.pid}\n`);
  } catch (error) {
    await handle.close();
    throw fromSystemError(error, 'lock', { file });
  }
  let isHeld = true;
  return {
    directory: path,
    release: async () => {
      if (!isHeld) return;
      isHeld = false;
      try {
        await writeHolder(handle, NOBODY);
        nativeLocks().unlock(handle.fd, LOCKED_AT, 1);
      } finally {
        await handle.close();
      }
    },
  };
}

/**
 * Takes the directory at `path` for reading: as many as like may, while nobody holds it for writing, and nobody takes it for that until
 * they are gone. Writes nothing. Undefined where there is no lock file that this user may read, or no lock on this file system: then nothing
 * keeps a writer out. `LOCKED` where a process writes there.
 */
export async function lockForReading(path: string): Promise<DirectoryLock | undefined> {
  const file = join(path, LOCK_FILE);
  const handle = await open(file, 'r').catch(() => undefined);
  if (handle === undefined) return undefined;
  let isTaken: boolean;
  try {
    isTaken = nativeLocks().tryLock(handle.fd, LOCKED_AT, 1, { shared: true });
  } catch {
    await handle.close();
    return undefined;
  }
  if (!isTaken) {
    const refusal = await heldBy(handle, path, file);
    await handle.close();
    throw refusal;
  }
  // The kernel takes the lock back with the file.
  return { directory: path, release: async () => handle.close() };
}

async function openLockFile(directory: string, file: string): Promise<FileHandle> {
  for (let tries = 1; ; tries++) {
    try {
      return await open(file, 'r+');
    } catch (error) {
      if (!hasCode(error, 'ENOENT')) throw fromSystemError(error, 'lock', { file });
    }
    try {
      return await open(file, 'wx+', 0o600);
    } catch (error) {
      if (hasCode(error, 'ENOENT') && (await stat(directory).catch(() => undefined)) !== undefined)
        throw new PeregrineError('IO', `${directory} takes no new files: choose a folder on a local disk.`, {
          file,
        });
      // Another process made it between our two calls.
      if (!hasCode(error, 'EEXIST') || tries === MAX_TRIES) throw fromSystemError(error, 'lock', { file });
    }
  }
}

/**
 * Over the text of the last holder, then to length, so that a reader never finds the file empty between. The text only
 * tells people who it is: a disk without room for it keeps nobody from the directory.
 */
async function writeHolder(handle: FileHandle, text: string): Promise<void> {
  try {
    await handle.write(text, 0);
    await handle.truncate(text.length);
  } catch (error) {
    if (!isPeregrineError(fromSystemError(error, 'write', {}), 'DISK_FULL')) throw error;
  }
}

async function heldBy(handle: FileHandle, directory: string, file: string): Promise<PeregrineError> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(32), 0, 32, 0);
  const pid = Number.parseInt(buffer.toString('latin1', 0, bytesRead), 10);
  const holder_pid = Number.isNaN(pid) ? undefined : pid;
  const holder = holder_pid === undefined ? 'another process' : `process ${holder_pid}`;
  return new PeregrineError(
    'LOCKED',
    `The data directory ${directory} is in use by ${holder}. Stop it, or talk to it instead.`,
    { directory, file, holder_pid },
  );
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
