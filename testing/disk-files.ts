/** Files on a disk, whole: read at once, and put so that they are durable. */

import type { Disk } from '../src/disk/index.ts';

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
export const filled = (length: number, value: number): Uint8Array => new Uint8Array(length).fill(value);

export async function readWhole(disk: Disk, path: string): Promise<Uint8Array> {
  const file = await disk.open(path, 'read');
  const into = new Uint8Array(await file.size());
  await file.read(into, 0);
  return into;
}

/** Makes a file whose bytes and name are durable. */
export async function putDurably(disk: Disk, path: string, bytes: Uint8Array): Promise<void> {
  const file = await disk.open(path, 'create');
  await file.write(bytes, 0);
  await file.sync();
  await file.close();
  await disk.syncDirectory(path.split('/').slice(0, -1).join('/'));
}
