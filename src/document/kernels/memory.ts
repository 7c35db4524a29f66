/** Loads, stores and multiplication of the kernels, for Node: typed arrays over the linear memory. Its counterpart for WebAssembly is assembly/memory.ts. */

import type { i32 } from './types.ts';

let words = new Int32Array(0);
let units = new Uint16Array(0);
let bytes = new Uint8Array(0);

/** Points the kernels at a memory. */
export function bindMemory(buffer: ArrayBuffer): void {
  if (buffer === words.buffer) return;
  words = new Int32Array(buffer);
  units = new Uint16Array(buffer);
  bytes = new Uint8Array(buffer);
}

export function load32(address: i32): i32 {
  return words[address >> 2] as number;
}

export function store32(address: i32, value: i32): void {
  words[address >> 2] = value;
}

export function load16(address: i32): i32 {
  return units[address >> 1] as number;
}

/** Whether the `count` units at two even addresses are the same, of which there is at least one; units behind them may be read. */
export function areSame(one: i32, other: i32, count: i32): boolean {
  for (let i = 0; i < count; i++) if (units[(one >> 1) + i] !== units[(other >> 1) + i]) return false;
  return true;
}

export function load8(address: i32): i32 {
  return bytes[address] as number;
}

export function store8(address: i32, value: i32): void {
  bytes[address] = value;
}

export function fillBytes(to: i32, value: i32, size: i32): void {
  bytes.fill(value, to, to + size);
}

/** Adds one to each of the 64 bytes from an address on whose bit is set, those of the lower half first. */
export function countBits(counters: i32, low: i32, high: i32): void {
  for (let bit = 0; bit < 32; bit++) {
    bytes[counters + bit] = (bytes[counters + bit] as number) + ((low >>> bit) & 1);
    bytes[counters + 32 + bit] = (bytes[counters + 32 + bit] as number) + ((high >>> bit) & 1);
  }
}

/** The lower 32 bits of the product. */
export function multiply(a: i32, b: i32): i32 {
  return Math.imul(a, b);
}

/** Whether `a` is below `b`, both without a sign. */
export function isBelow(a: i32, b: i32): boolean {
  return a >>> 0 < b >>> 0;
}

/** The number of zero bits before the first that is set. */
export function leadingZeros(value: i32): i32 {
  return Math.clz32(value);
}

/** Writes a number in LEB128, and perhaps a byte more; returns the address behind it. */
export function writeNumber(to: i32, value: i32): i32 {
  let at: i32 = to;
  let rest: i32 = value;
  for (; rest > 127; rest >>>= 7) store8(at++, (rest & 127) | 128);
  store8(at, rest);
  return at + 1;
}
