/** What writer and reader of an analysed document's bytes agree on. Layout: docs/formats/analysed-document.md. */

import { assert } from '../base/index.ts';

/** "PADC" as it stands in the file. */
export const ANALYSED_DOCUMENT_MAGIC = 0x4344_4150;
export const ANALYSED_DOCUMENT_VERSION = 1;

/** Numbers of the sections; never used again for something else. A reader skips those that it does not know. */
export const ANALYSED_SECTIONS = {
  terms: 1,
  postings: 2,
  zones: 3,
  fieldLengths: 4,
  filters: 5,
  columns: 6,
  fields: 7,
  words: 8,
} as const;

export const HEADER_BYTES = 8;
export const SECTION_HEADER_BYTES = 8;
export const CHECKSUM_BYTES = 8;
export const COLUMNS_BYTES = 16;
export const HASH_BYTES = 8;

// Hashes are copied as memory, which is little-endian on every platform that this runs on.
assert(new Uint8Array(Uint16Array.of(1).buffer)[0] === 1, 'the machine is little-endian');

/** Strictly, as unsigned integers. Compares halves: big integers would be allocated one by one. */
export function isAscending(hashes: BigUint64Array): boolean {
  if (hashes.length < 2) return true;
  const halves = new Uint32Array(hashes.buffer, hashes.byteOffset, hashes.length * 2);
  let low = halves[0] as number;
  let high = halves[1] as number;
  for (let i = 2; i < halves.length; i += 2) {
    const nextLow = halves[i] as number;
    const nextHigh = halves[i + 1] as number;
    if (nextHigh < high || (nextHigh === high && nextLow <= low)) return false;
    low = nextLow;
    high = nextHigh;
  }
  return true;
}
