/**
 * Loads, stores and comparisons of the kernels, for Node: typed arrays over the linear memory. Its counterpart for
 * WebAssembly is assembly/memory.ts.
 */

import { hash64 } from '../../base/index.ts';
import type { i32 } from './types.ts';

let words = new Int32Array(0);
let bytes = new Uint8Array(0);

/** Points the kernels at a memory. */
export function bindMemory(buffer: ArrayBuffer): void {
  words = new Int32Array(buffer);
  bytes = new Uint8Array(buffer);
}

/** The memory that the kernels work on, which {@link ensureMemory} replaces as it grows. */
export function boundMemory(): ArrayBuffer {
  return bytes.buffer;
}

export function load32(address: i32): i32 {
  return words[address >> 2] as number;
}

export function store32(address: i32, value: i32): void {
  words[address >> 2] = value;
}

export function load8(address: i32): i32 {
  return bytes[address] as number;
}

export function store8(address: i32, value: i32): void {
  bytes[address] = value;
}

export function copyBytes(to: i32, from: i32, size: i32): void {
  bytes.copyWithin(to, from, from + size);
}

/** Copies a few bytes. May write up to seven more behind them, and read as many. */
export function copyKey(to: i32, from: i32, size: i32): void {
  for (let i = 0; i < size; i++) bytes[to + i] = bytes[from + i] as number;
}

/** Copies a whole key, of eight bytes at least, and nothing behind it. */
export function copyWholeKey(to: i32, from: i32, size: i32): void {
  copyKey(to, from, size);
}

/** Copies a value, which may be short or long. As {@link copyKey}. */
export function copyValue(to: i32, from: i32, size: i32): void {
  bytes.copyWithin(to, from, from + size);
}

/** Order of two keys as memcmp: negative, zero or positive. */
export function compareBytes(a: i32, b: i32, size: i32): i32 {
  for (let i = 0; i < size; i++) {
    const difference = load8(a + i) - load8(b + i);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Notes in `to`, a byte for each of the keys, in which bits they differ. May write and read up to seven more. */
export function differingBytes(to: i32, a: i32, b: i32, size: i32): void {
  for (let i = 0; i < size; i++) store8(to + i, load8(to + i) | (load8(a + i) ^ load8(b + i)));
}

/** What can't happen. */
export function broken(): void {
  throw new Error('A kernel found what cannot be.');
}

/** How many bytes two keys begin with alike, at most `most`, which is less than a key has. */
export function commonBytes(a: i32, b: i32, most: i32): i32 {
  let common: i32 = 0;
  while (common < most && load8(a + common) === load8(b + common)) common += 1;
  return common;
}

/** XXH64 of some bytes, its high word at `to` and its low word behind that. */
export function hashBytes(address: i32, size: i32, to: i32): void {
  const hash = hash64(bytes.subarray(address, address + size));
  store32(to, Number(hash >> 32n));
  store32(to + 4, Number(hash & 0xffff_ffffn));
}

/** Grows the memory until it reaches `end`; 0 where it can't. */
export function ensureMemory(end: i32): i32 {
  if (end < 0) return 0;
  if (end > bytes.length) {
    const grown = new ArrayBuffer(Math.max(end, bytes.length * 2));
    new Uint8Array(grown).set(bytes);
    bindMemory(grown);
  }
  return 1;
}
