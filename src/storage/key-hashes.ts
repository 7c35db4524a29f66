/** Hashes of many keys at once, in the kernels: what filters are built from. */

import { KeyHasher } from './memtable-memory.ts';

/** Keys hashed in one call. */
const MAX_KEYS = 1024;

let hasher: KeyHasher | undefined;

/** High and low word of the XXH64 of each key, one behind the other. */
export function hashKeys(keys: Uint8Array, count: number, keyBytes: number): Uint32Array {
  hasher ??= new KeyHasher(MAX_KEYS);
  if (count <= MAX_KEYS) return hasher.hash(keys, count, keyBytes);
  const hashes = new Uint32Array(count * 2);
  for (let from = 0; from < count; from += MAX_KEYS) {
    const to = Math.min(count, from + MAX_KEYS);
    hashes.set(hasher.hash(keys.subarray(from * keyBytes, to * keyBytes), to - from, keyBytes), from * 2);
  }
  return hashes;
}
