/**
 * A filter that knows most absent keys: a blocked Bloom filter in chunks. A key's hash picks the chunk, a line of 64
 * bytes in it, and seven bits of the line; about one absent key of a hundred is let through. Layout: docs/formats/part.md.
 */

import { hash64 } from '../base/index.ts';

const FILTER_BITS_PER_KEY = 10;
const FILTER_CHUNK_BYTES: number = 32 * 1024;
const LINE_BYTES = 64;
const PROBES = 7;

/** Both halves of a key's hash. */
export interface KeyHash {
  readonly high: number;
  readonly low: number;
}

export function hashKey(key: Uint8Array): KeyHash {
  const hash = hash64(key);
  return { high: Number(hash >> 32n), low: Number(hash & 0xffff_ffffn) };
}

/** Chunks of a filter over so many keys; they share the keys evenly. */
function filterShape(keyCount: number): { readonly chunks: number; readonly chunk_bytes: number } {
  const size_bytes = Math.max(LINE_BYTES, Math.ceil((keyCount * FILTER_BITS_PER_KEY) / 8));
  const chunks = Math.ceil(size_bytes / FILTER_CHUNK_BYTES);
  return { chunks, chunk_bytes: Math.ceil(size_bytes / chunks / LINE_BYTES) * LINE_BYTES };
}

export function filterChunkOf({ high }: KeyHash, chunks: number): number {
  return Math.floor((high * chunks) / 2 ** 32);
}

/** The chunks of the filter over keys with these hashes: high and low word of each, one behind the other. */
export function buildFilter(hashes: readonly Uint32Array[]): Uint8Array[] {
  const { chunks, chunk_bytes } = filterShape(hashes.reduce((sum, { length }) => sum + length / 2, 0));
  const filter = Array.from({ length: chunks }, () => new Uint8Array(chunk_bytes));
  const lines = chunk_bytes / LINE_BYTES;
  for (const words of hashes) {
    for (let i = 0; i < words.length; i += 2) {
      const high = words[i] as number;
      const low = words[i + 1] as number;
      const chunk = filter[Math.floor((high * chunks) / 2 ** 32)] as Uint8Array;
      const line = Math.floor((low * lines) / 2 ** 32) * LINE_BYTES;
      let state = stateOf(high, low);
      for (let probe = 0; probe < PROBES; probe++) {
        state = Math.imul(state ^ (state >>> 15), 0x2c1b_3c6d);
        const bit = (state >>> 23) & 511;
        const at = line + (bit >>> 3);
        chunk[at] = (chunk[at] as number) | (1 << (bit & 7));
      }
    }
  }
  return filter;
}

/** False only where the key is certainly absent. */
export function mayHold(chunk: Uint8Array, { high, low }: KeyHash): boolean {
  // The chunk took the high bits of `high`; lines are picked by `low`, bits by a product of both.
  const line = Math.floor((low * (chunk.length / LINE_BYTES)) / 2 ** 32) * LINE_BYTES;
  let state = stateOf(high, low);
  for (let probe = 0; probe < PROBES; probe++) {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b_3c6d);
    const bit = (state >>> 23) & 511;
    if (((chunk[line + (bit >>> 3)] as number) & (1 << (bit & 7))) === 0) return false;
  }
  return true;
}

function stateOf(high: number, low: number): number {
  return Math.imul(high ^ 0x9e37_79b9, 0x85eb_ca6b) ^ Math.imul(low, 0xc2b2_ae35);
}
