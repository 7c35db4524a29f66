/** A data directory made of a snapshot's files. */

import { mkdir } from 'node:fs/promises';

import { lockDirectory, openRealDisk } from '../../disk/index.ts';
import { type DirectorySnapshot, restoreSnapshot, type SnapshotOptions } from '../../storage/index.ts';

/** No process may hold it: `LOCKED`. Else the errors of {@link restoreSnapshot}. */
export async function restoreDirectory(
  snapshot: string,
  dataDirectory: string,
  options: SnapshotOptions & { readonly replaces?: boolean } = {},
): Promise<DirectorySnapshot> {
  await mkdir(dataDirectory, { recursive: true });
  const lock = await lockDirectory(dataDirectory);
  try {
    const from = { disk: await openRealDisk(snapshot), directory: '' };
    return await restoreSnapshot(from, { disk: await openRealDisk(dataDirectory), directory: '' }, options);
  } finally {
    await lock.release();
  }
}
