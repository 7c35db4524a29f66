/** Where the WARC files of a WACZ lie in it: entries of a zip archive, read by its directory and never as a whole. */

import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';

import { PeregrineError } from '../../base/index.ts';
import type { ByteRegion } from './unpacked-bytes.ts';

const END_OF_DIRECTORY = 0x0605_4b50;
const ZIP64_LOCATOR = 0x0706_4b50;
const ZIP64_END = 0x0606_4b50;
const ENTRY = 0x0201_4b50;
const LOCAL_HEADER = 0x0403_4b50;
const STORED = 0;
const DEFLATED = 8;
const MAX_DIRECTORY_BYTES = 67_108_864;

export interface ZipRegion extends ByteRegion {
  readonly name: string;
}

/** Entries whose names `wanted` takes. `CORRUPT` where the directory can't be read. */
export async function zipRegions(path: string, wanted: (name: string) => boolean): Promise<ZipRegion[]> {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    const directory = await readDirectory(handle, path, size);
    const regions: ZipRegion[] = [];
    for (let at = 0; at + 46 <= directory.length && directory.readUInt32LE(at) === ENTRY;) {
      const nameLength = directory.readUInt16LE(at + 28);
      const extraLength = directory.readUInt16LE(at + 30);
      const name = directory.toString('utf8', at + 46, at + 46 + nameLength);
      if (wanted(name)) {
        const extra = directory.subarray(at + 46 + nameLength, at + 46 + nameLength + extraLength);
        regions.push(await regionOf(handle, path, size, name, directory.subarray(at, at + 46), extra));
      }
      at += 46 + nameLength + extraLength + directory.readUInt16LE(at + 32);
    }
    return regions;
  } finally {
    await handle.close();
  }
}

async function readDirectory(handle: FileHandle, path: string, size: number): Promise<Buffer> {
  const tail = await readAt(handle, Math.max(0, size - 65_557), Math.min(size, 65_557));
  let at = tail.length - 22;
  while (at >= 0 && tail.readUInt32LE(at) !== END_OF_DIRECTORY) at -= 1;
  if (at < 0) throw corrupt(path, 'it has no directory');
  let length = tail.readUInt32LE(at + 12);
  let offset = tail.readUInt32LE(at + 16);
  if (at >= 20 && tail.readUInt32LE(at - 20) === ZIP64_LOCATOR) {
    const place = Number(tail.readBigUInt64LE(at - 20 + 8));
    const end = place + 56 <= size ? await readAt(handle, place, 56) : Buffer.alloc(0);
    if (end.length < 56 || end.readUInt32LE(0) !== ZIP64_END) throw corrupt(path, 'its directory is damaged');
    length = Number(end.readBigUInt64LE(40));
    offset = Number(end.readBigUInt64LE(48));
  }
  if (length > MAX_DIRECTORY_BYTES || offset + length > size) throw corrupt(path, 'its directory is damaged');
  return readAt(handle, offset, length);
}

async function regionOf(
  handle: FileHandle,
  path: string,
  size: number,
  name: string,
  entry: Buffer,
  extra: Buffer,
): Promise<ZipRegion> {
  const method = entry.readUInt16LE(10);
  let [packed, unpacked, local] = [entry.readUInt32LE(20), entry.readUInt32LE(24), entry.readUInt32LE(42)];
  // Zip64: the fields that are all ones stand in the extra field, in this order.
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1) continue;
    let place = at + 4;
    const next = (known: number): number => {
      if (known !== 0xffff_ffff || place + 8 > extra.length) return known;
      place += 8;
      return Number(extra.readBigUInt64LE(place - 8));
    };
    unpacked = next(unpacked);
    packed = next(packed);
    local = next(local);
  }
  const header = local + 30 <= size ? await readAt(handle, local, 30) : Buffer.alloc(0);
  const isKnown = method === STORED || method === DEFLATED;
  if (header.length < 30 || header.readUInt32LE(0) !== LOCAL_HEADER || !isKnown) {
    throw corrupt(path, `its entry ${name} is damaged`);
  }
  const start = local + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
  if (start + packed > size) throw corrupt(path, `its entry ${name} ends behind its end`);
  return { path, name, start, end: start + packed, isDeflated: method === DEFLATED };
}

async function readAt(handle: FileHandle, at: number, count: number): Promise<Buffer> {
  const bytes = Buffer.alloc(count);
  const { bytesRead } = await handle.read(bytes, 0, count, at);
  return bytes.subarray(0, bytesRead);
}

function corrupt(path: string, why: string): PeregrineError {
  return new PeregrineError('CORRUPT', `The archive ${path} can't be read: ${why}.`, { file: path });
}
