/** Records that every contestant gets, the same objects for all: keys of 18 bytes and values, drawn from a seed. */

import { crc32 } from 'node:zlib';

export const KEY_BYTES = 18;

export interface Dataset {
  readonly name: string;
  readonly keys: readonly Buffer[];
  readonly values: readonly Buffer[];
  /** Keys and values. */
  readonly size_bytes: number;
}

/** Numbers of 32 bits from a seed: xorshift, quick and good enough to scatter keys. */
export function numbers(seed: number): () => number {
  let state = Math.imul(seed + 1, 0x9e37_79b9) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

/** `count` records of random keys; half of each value is random, half repeats, so that compression has its chance. */
export function makeDataset(name: string, count: number, value_bytes: number, seed: number): Dataset {
  const next = numbers(seed);
  const slab = Buffer.alloc(count * (KEY_BYTES + value_bytes));
  const words = new Uint32Array(slab.buffer, slab.byteOffset, slab.length >>> 2);
  for (let i = 0; i < words.length; i++) words[i] = next();
  const keys: Buffer[] = [];
  const values: Buffer[] = [];
  for (let i = 0; i < count; i++) {
    const at = i * (KEY_BYTES + value_bytes);
    const key = slab.subarray(at, at + KEY_BYTES);
    key[KEY_BYTES - 1] = (key[KEY_BYTES - 1] as number) | 1;
    const value = slab.subarray(at + KEY_BYTES, at + KEY_BYTES + value_bytes);
    value.fill('peregrine ', value_bytes >>> 1);
    keys.push(key);
    values.push(value);
  }
  return { name, keys, values, size_bytes: slab.length };
}

/** A sum over bytes that tells two deliveries apart: each byte and its order count. */
export class Checksum {
  #sum = 0;

  add(bytes: Uint8Array, from = 0, to: number = bytes.length): void {
    this.#sum = crc32(bytes.subarray(from, to), this.#sum);
  }

  get value(): number {
    return this.#sum;
  }
}
