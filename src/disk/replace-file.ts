/**
 * Files of the operating system outside of any {@link Disk} that are there whole or as they were before, after a kill and after a
 * power cut: keys, settings, pieces of bundles and snapshots.
 */

import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

import { fromSystemError } from './disk-error.ts';

export interface ReplaceOptions {
  /** Of the file from its first byte on, less what the process masks; default 0o666. */
  readonly mode?: number;
  /** Others may write the same path at the same time. Default false: what a kill left aside is then written over. */
  readonly isShared?: boolean;
}

/** Written aside, synced, renamed, the name synced. `DISK_FULL`, `READ_ONLY`, `NOT_FOUND`, `IO`, with the file. */
export async function replaceFile(
  path: string,
  content: string | Uint8Array,
  { mode = 0o666, isShared = false }: ReplaceOptions = {},
): Promise<void> {
  const aside = isShared ? `${path}.${randomBytes(4).toString('hex')}.new` : `${path}.new`;
  try {
    if (!isShared) await rm(aside, { force: true });
    await writeSynced(aside, content, mode);
    await rename(aside, path);
    await syncNames(dirname(path));
  } catch (error) {
    await rm(aside, { force: true }).catch(() => undefined);
    throw fromSystemError(error, 'write', { file: path });
  }
}

async function writeSynced(path: string, content: string | Uint8Array, mode: number): Promise<void> {
  const file = await open(path, 'wx', mode);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Some file systems of other machines know no such call for directories: those keep names in their own way. */
async function syncNames(directory: string): Promise<void> {
  // Windows knows no handle of a directory; its file system journals names by itself.
  if (process.platform === 'win32') return;
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } catch (error) {
    if (!UNKNOWN_CALL.has(String((error as NodeJS.ErrnoException).code))) throw error;
  } finally {
    await handle.close();
  }
}

const UNKNOWN_CALL: ReadonlySet<string> = new Set(['EINVAL', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP']);
