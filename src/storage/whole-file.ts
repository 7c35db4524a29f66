/** Small files beside the shards that are there whole or not at all. */

import { isPeregrineError } from '../base/index.ts';
import { type Disk, directoryOfPath } from '../disk/index.ts';

/** Written and synced under another name, `path` with `.new` behind it, then named. `IO`, `DISK_FULL`, `READ_ONLY`. */
export async function writeWholeFile(disk: Disk, path: string, bytes: Uint8Array): Promise<void> {
  const draft = `${path}.new`;
  await disk.remove(draft);
  const file = await disk.open(draft, 'create');
  try {
    await file.write(bytes, 0);
    await file.sync();
  } finally {
    await file.close();
  }
  await disk.rename(draft, path);
  await disk.syncDirectory(directoryOfPath(path));
}

/** The first `size` bytes, zeros behind a shorter file's; undefined where there is none. `IO`. */
export async function readWholeFile(disk: Disk, path: string, size: number): Promise<Uint8Array | undefined> {
  const bytes = new Uint8Array(size);
  try {
    const file = await disk.open(path, 'read');
    try {
      await file.read(bytes, 0);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (isPeregrineError(error, 'NOT_FOUND')) return undefined;
    throw error;
  }
  return bytes;
}
