/** Data pages of many short entries, taken apart in the kernels. */

import { KernelScratch } from './memtable-memory.ts';
import { type EntryBlock, NO_STORED, TOMBSTONE_LENGTH } from './record-block.ts';

/** Larger pages are taken apart without kernels. */
const MAX_PAGE_BYTES: number = 64 * 1024;
const MAX_ENTRIES = 8 * 1024;

let scratch: KernelScratch | undefined;

/**
 * The entries of the first `end` bytes of a page, or undefined where it holds a value of its own page or a long one, or
 * does not fit: then it is for who takes it apart entry by entry. Values are views of `page`.
 */
export function decodeInKernels(
  page: Uint8Array,
  end: number,
  count: number,
  keyBytes: number,
): EntryBlock | undefined {
  if (page.length > MAX_PAGE_BYTES || count > MAX_ENTRIES || count * keyBytes > MAX_KEYS_BYTES)
    return undefined;
  scratch ??= new KernelScratch([MAX_PAGE_BYTES + 64, MAX_ENTRIES * 8 + MAX_KEYS_BYTES + 64]);
  const [pageAt = 0, numbersAt = 0] = scratch.areas;
  const { bytes, kernels } = scratch;
  const numbers_bytes = count * 8;
  const keysAt = numbersAt + numbers_bytes;
  bytes.set(end === page.length ? page : page.subarray(0, end), pageAt);
  if (kernels.decodePage(pageAt, pageAt + end, count, keyBytes, keysAt, numbersAt) !== pageAt + end)
    return undefined;
  // One array for all of it: each of its own costs about as much as taking the page apart.
  const { buffer } = bytes.slice(numbersAt, keysAt + count * keyBytes);
  const lengths = new Uint32Array(buffer, count * 4, count);
  return {
    keyBytes,
    count,
    keys: new Uint8Array(buffer, numbers_bytes, count * keyBytes),
    bytes: page,
    offsets: new Uint32Array(buffer, 0, count),
    lengths,
    stored: NO_STORED,
    isPlain: !lengths.includes(TOMBSTONE_LENGTH),
  };
}

const MAX_KEYS_BYTES: number = 256 * 1024;
