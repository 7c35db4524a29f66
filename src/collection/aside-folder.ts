/** Folders of work inside a data directory, beside the store's files: on the same disk, and gone afterwards, after a kill too. */

import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';

const PREFIX = 'snapshot-aside-';

/** A folder for as long as `work` takes. */
export async function withFolderAside<T>(
  dataDirectory: string,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(dataDirectory, PREFIX));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** True for what lies in such a folder. */
export function isAside(dataDirectory: string, path: string): boolean {
  const [first = ''] = relative(resolve(dataDirectory), resolve(path)).split(sep);
  return first.startsWith(PREFIX);
}

/** What a killed process left. For who holds the directory's lock and has not begun anything yet. */
export async function removeFoldersAside(dataDirectory: string): Promise<void> {
  const names = (await readdir(dataDirectory)).filter((name) => name.startsWith(PREFIX));
  for (const name of names) await rm(join(dataDirectory, name), { recursive: true, force: true });
}
