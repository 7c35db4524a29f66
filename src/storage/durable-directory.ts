/** Directories whose names outlive a power cut. */

import { type Disk, directoryOfPath } from '../disk/index.ts';

/**
 * Makes a directory, and those above it, and syncs their names. A name whose sync failed may be forgotten, and a later
 * sync then succeeds for nothing: so an empty directory is taken away again, to be made anew by the next try. One that
 * holds something has a name that was synced before anything went in. `IO`, `DISK_FULL`.
 */
export async function makeDurableDirectory(disk: Disk, path: string): Promise<void> {
  if (path === '') return;
  const above = directoryOfPath(path);
  await makeDurableDirectory(disk, above);
  await disk.makeDirectory(path);
  try {
    await disk.syncDirectory(above);
  } catch (error) {
    await disk.remove(path).catch(() => undefined);
    throw error;
  }
}
