/** A row of pages as they stand in the file of a part: docs/formats/part.md. */

import {
  PAGE_CHECKSUM_BYTES,
  PAGE_HEADER_BYTES,
  PAGE_KIND_DATA,
  SINK_END,
  SINK_ENTRIES,
  SINK_HASHES,
  SINK_HASHES_END,
  SINK_LAST_KEY,
  SINK_LEFT,
  SINK_MAP,
  SINK_MAP_END,
  SINK_NUMBERS,
  SINK_OFFSET,
  SINK_OFFSET_HIGH,
  SINK_OUT,
  SINK_PART,
  SINK_TARGET,
  SINK_TOMBSTONES,
  SINK_VALUES,
} from './layout.ts';
import { copyBytes, hashBytes, load32, load8, store32, store8 } from './memory.ts';
import type { i32 } from './types.ts';

const SIGN: i32 = -2147483648;

/** 1 where one more page may begin, in the sink and in the part. */
export function hasRoom(sink: i32): i32 {
  if (load32(sink + SINK_OUT) >= load32(sink + SINK_END) || load32(sink + SINK_LEFT) <= 0) return 0;
  if (load32(sink + SINK_MAP) >= load32(sink + SINK_MAP_END)) return 0;
  return load32(sink + SINK_HASHES) < load32(sink + SINK_HASHES_END) ? 1 : 0;
}

/** Where the content of the next page goes. */
export function contentAt(sink: i32): i32 {
  return load32(sink + SINK_OUT) + PAGE_HEADER_BYTES;
}

/** Size at which its content ends. */
export function targetOf(sink: i32): i32 {
  const target = load32(sink + SINK_TARGET);
  const left = load32(sink + SINK_LEFT);
  return left < target ? left : target;
}

/**
 * Puts header, checksum and padding around the `size` bytes of content that stand in the next page's place, and an entry
 * for it into the map. What it holds is told, its keys are hashed already; `lastKey` is the address of the last one.
 */
export function closePage(
  sink: i32,
  size: i32,
  keyBytes: i32,
  entries: i32,
  tombstones: i32,
  values: i32,
  lastKey: i32,
): void {
  const page = load32(sink + SINK_OUT);
  const low = load32(sink + SINK_OFFSET);
  const high = load32(sink + SINK_OFFSET_HIGH);
  const numbers: i32 = sink + SINK_NUMBERS;
  store32(page, PAGE_KIND_DATA);
  store32(page + 4, size);
  store32(page + 8, size);
  const checksumAt: i32 = PAGE_HEADER_BYTES + size;
  hashBytes(page, checksumAt, numbers);
  const hashHigh = load32(numbers);
  store32(numbers, load32(numbers + 4) ^ low);
  store32(numbers + 4, hashHigh ^ (load32(sink + SINK_PART) << 8) ^ high);
  // With zeros for the padding, of which there may be seven bytes.
  store32(numbers + 8, 0);
  store32(numbers + 12, 0);
  copyBytes(page + checksumAt, numbers, PAGE_CHECKSUM_BYTES + 8);
  const whole: i32 = (checksumAt + PAGE_CHECKSUM_BYTES + 7) & ~7;
  const map = load32(sink + SINK_MAP);
  // Behind the count of shared bytes the first key stands whole.
  copyBytes(map, page + PAGE_HEADER_BYTES + 1, keyBytes);
  store8(map + keyBytes - 1, load8(map + keyBytes - 1) | 1);
  store32(numbers, low);
  store32(numbers + 4, high);
  store32(numbers + 8, whole);
  copyBytes(map + keyBytes, numbers, 12);
  store32(sink + SINK_MAP, map + keyBytes + 12);
  store32(sink + SINK_OUT, page + whole);
  const next: i32 = (low + whole) | 0;
  store32(sink + SINK_OFFSET, next);
  // Beyond 32 bits, both taken as unsigned.
  if ((next ^ SIGN) < (low ^ SIGN)) store32(sink + SINK_OFFSET_HIGH, high + 1);
  store32(sink + SINK_LEFT, load32(sink + SINK_LEFT) - whole);
  store32(sink + SINK_HASHES, load32(sink + SINK_HASHES) + entries * 8);
  store32(sink + SINK_ENTRIES, load32(sink + SINK_ENTRIES) + entries);
  store32(sink + SINK_TOMBSTONES, load32(sink + SINK_TOMBSTONES) + tombstones);
  store32(sink + SINK_VALUES, load32(sink + SINK_VALUES) + values);
  copyBytes(sink + SINK_LAST_KEY, lastKey, keyBytes);
}
