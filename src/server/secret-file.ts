/** Small files that only the owner of the data directory may read: read whole, replaced whole. */

import { readFile } from 'node:fs/promises';

import { fromSystemError, replaceFile } from '../disk/index.ts';

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

/** With mode 0600 from its first byte on: never half there, never open to others. */
export function writeSecret(path: string, text: string): Promise<void> {
  return replaceFile(path, text, { mode: 0o600 });
}
