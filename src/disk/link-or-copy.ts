/** Gives an immutable file a second name, or makes a durable copy where the two places share no file system. */

import { promises as fs } from 'node:fs';

import { isPeregrineError } from '../base/index.ts';
import type { Disk } from './disk.ts';
import { directoryOfPath } from './disk-path.ts';
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

/** Whether a file of one place can have a second name in another: `path`, in a directory that may not be there yet. */
export async function mayLink(from: Disk, existing: string, to: Disk, path: string): Promise<boolean> {
  await to.makeDirectory(directoryOfPath(path));
  await to.remove(path);
  if (!(await link(from, existing, to, path))) return false;
  await to.remove(path);
  return true;
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
  for (const { path: inside, isDirectory } of await entriesOf(disk, path)) {
    if (isDirectory) await removeTree(disk, inside);
    else await disk.remove(inside);
  }
  await disk.remove(path);
}

/** Of all files in a directory and those below it. */
export async function treeBytes(disk: Disk, path: string): Promise<number> {
  let sum_bytes = 0;
  for (const { path: inside, size_bytes, isDirectory } of await entriesOf(disk, path)) {
    sum_bytes += isDirectory ? await treeBytes(disk, inside) : size_bytes;
  }
  return sum_bytes;
}

interface Entry {
  readonly path: string;
  readonly size_bytes: number;
  /** One that holds something: an empty one is removed as a file is. */
  readonly isDirectory: boolean;
}

async function entriesOf(disk: Disk, directory: string): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (const name of await disk.list(directory)) {
    const path = `${directory}/${name}`;
    const size_bytes = (await disk.stat(path))?.size_bytes ?? 0;
    const isDirectory = size_bytes === 0 && (await disk.list(path).then(isThere, isNone));
    entries.push({ path, size_bytes, isDirectory });
  }
  return entries;
}

const isThere = (names: readonly string[]): boolean => names.length > 0;
const isNone = (): boolean => false;
