/** A data directory made of a snapshot's files. */

import { stat } from 'node:fs/promises';

import { PeregrineError } from '../../base/index.ts';
import { lockDirectory, makeDirectoryTree, openRealDisk } from '../../disk/index.ts';
import { type DirectorySnapshot, restoreSnapshot, type SnapshotOptions } from '../../storage/index.ts';

/** No process may hold it: `LOCKED`. Else the errors of {@link restoreSnapshot}. */
export async function restoreDirectory(
  snapshot: string,
  dataDirectory: string,
  options: SnapshotOptions & { readonly replaces?: boolean } = {},
): Promise<DirectorySnapshot> {
  // Opening what is not there would make it.
  if ((await stat(snapshot).catch(() => undefined)) === undefined)
    throw new PeregrineError('NOT_FOUND', `There is no directory ${snapshot}.`, { file: snapshot });
  await makeDirectoryTree(dataDirectory);
  const lock = await lockDirectory(dataDirectory);
  try {
    const from = { disk: await openRealDisk(snapshot), directory: '', name: snapshot };
    const to = { disk: await openRealDisk(dataDirectory), directory: '', name: dataDirectory };
    return await restoreSnapshot(from, to, options);
  } finally {
    await lock.release();
  }
}
