/** Gives an immutable file a second name, or makes a durable copy where the two places share no file system. */

import { promises as fs } from 'node:fs';

import { isPeregrineError } from '../base/index.ts';
import type { Disk } from './disk.ts';
import { RealDisk } from './real-disk.ts';

const COPY_BYTES: number = 1024 * 1024;

/** The new name is durable once its directory is synced. `NOT_FOUND`, `ALREADY_EXISTS`, `DISK_FULL`, `IO`. */
export async function linkOrCopy(
  from: Disk,
  existing: string,
  to: Disk,
  path: string,
): Promise<'linked' | 'copied'> {
  if (await link(from, existing, to, path)) return 'linked';
  await copyFile(from, existing, to, path);
  return 'copied';
}

async function link(from: Disk, existing: string, to: Disk, path: string): Promise<boolean> {
  try {
    if (from === to) await from.link(existing, path);
    else if (from instanceof RealDisk && to instanceof RealDisk) {
      await fs.link(from.systemPath(existing), to.systemPath(path));
    } else return false;
    return true;
  } catch (error) {
    if (isPeregrineError(error) && error.code !== 'IO') throw error;
    // Another device, or a file system without links: whatever else it is, the copy will say so.
    return false;
  }
}

/** Copies and syncs; what was written of a copy that fails is taken away. */
export async function copyFile(from: Disk, existing: string, to: Disk, path: string): Promise<void> {
  const source = await from.open(existing, 'read');
  try {
    const target = await to.open(path, 'create');
    try {
      const size_bytes = await source.size();
      const bytes = new Uint8Array(Math.min(COPY_BYTES, size_bytes));
      for (let offset = 0; offset < size_bytes;) {
        const count = await source.read(bytes, offset);
        if (count === 0) break;
        await target.write(bytes.subarray(0, count), offset);
        offset += count;
      }
      await target.sync();
    } catch (error) {
      await target.close().catch(() => undefined);
      await to.remove(path).catch(() => undefined);
      throw error;
    }
    await target.close();
  } finally {
    await source.close();
  }
}

/** Removes a directory and everything in it; what does not exist is no error. */
export async function removeTree(disk: Disk, path: string): Promise<void> {
  for (const name of await disk.list(path)) {
    const inside = `${path}/${name}`;
    const found = await disk.stat(inside);
    const isDirectory = found?.size_bytes === 0 && (await disk.list(inside).then(isThere, isNone));
    if (isDirectory) await removeTree(disk, inside);
    else await disk.remove(inside);
  }
  await disk.remove(path);
}

const isThere = (names: readonly string[]): boolean => names.length > 0;
const isNone = (): boolean => false;
