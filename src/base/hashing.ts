/** xxHash64 (XXH64, seed 0) in WebAssembly: page checksums, document ids, term hashes. */

import xxhash from 'xxhash-wasm';

// Loaded once for the process; a top-level await keeps every later call synchronous.
const hasher = await xxhash();

/** XXH64 of bytes, as an unsigned 64-bit integer. */
export function hash64(bytes: Uint8Array): bigint {
  return hasher.h64Raw(bytes);
}

/** XXH64 of the UTF-8 bytes of a string, as an unsigned 64-bit integer. */
export function hashString64(text: string): bigint {
  return hasher.h64(text);
}

/** Upper 32 bits of {@link hashString64}. */
export function hashString32(text: string): number {
  return Number(hasher.h64(text) >> 32n);
}
