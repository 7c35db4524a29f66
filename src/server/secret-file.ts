/** Small files that only the owner of the data directory may read: read whole, replaced whole. */

import { open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

import { fromSystemError } from '../disk/index.ts';

/** How the files of a data directory are used. */
export interface SecretFileUse {
  /** None of them is made or changed. Default false. */
  readonly readsOnly?: boolean;
}

export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw fromSystemError(error, 'read', { file: path });
  }
}

/** Written aside with mode 0600 from its first byte on, synced, then renamed: never half there, never open to others. */
export async function writeSecret(path: string, text: string): Promise<void> {
  const aside = `${path}.new`;
  try {
    await rm(aside, { force: true });
    await writeSynced(aside, text);
    await rename(aside, path);
    const directory = await open(dirname(path), 'r');
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  } catch (error) {
    await rm(aside, { force: true }).catch(() => undefined);
    throw fromSystemError(error, 'write', { file: path });
  }
}

async function writeSynced(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}
