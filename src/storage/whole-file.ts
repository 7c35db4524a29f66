/** Small files beside the shards that are there whole or not at all. */

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
