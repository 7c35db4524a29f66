/** Hashes of many keys at once, in the kernels: what filters are built from. */

import { type KernelKind, KernelScratch } from './memtable-memory.ts';
import { MAX_KEY_BYTES } from './part-format.ts';

/** Keys hashed in one call. */
const MAX_KEYS = 1024;

export class KeyHasher {
  readonly #scratch: KernelScratch;

  constructor(kind: KernelKind = 'wasm') {
    this.#scratch = new KernelScratch([MAX_KEYS * MAX_KEY_BYTES, MAX_KEYS * 8], kind);
  }

  /** High and low word of the XXH64 of each key, one behind the other. */
  hash(keys: Uint8Array, count: number, keyBytes: number): Uint32Array {
    const { bytes, words, kernels, areas } = this.#scratch;
    const [keysAt = 0, hashesAt = 0] = areas;
    const hashes = new Uint32Array(count * 2);
    for (let from = 0; from < count; from += MAX_KEYS) {
      const some = Math.min(MAX_KEYS, count - from);
      bytes.set(keys.subarray(from * keyBytes, (from + some) * keyBytes), keysAt);
      kernels.hashKeys(keysAt, some, keyBytes, hashesAt);
      hashes.set(words.subarray(hashesAt >> 2, (hashesAt >> 2) + some * 2), from * 2);
    }
    return hashes;
  }
}

let hasher: KeyHasher | undefined;

export function hashKeys(keys: Uint8Array, count: number, keyBytes: number): Uint32Array {
  hasher ??= new KeyHasher();
  return hasher.hash(keys, count, keyBytes);
}
