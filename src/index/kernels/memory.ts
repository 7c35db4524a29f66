/**
 * Loads, stores and host calls of the kernels, for Node: typed arrays over the linear memory. Its counterpart for
 * WebAssembly is assembly/memory.ts. Addresses are bytes and aligned to what they load.
 */

import { hash64 } from '../../base/index.ts';
import type { f64, i32 } from './types.ts';

/** What kernels ask of the program around them. */
export interface KernelHost {
  /** Reads a page into a frame and returns the frame's address; throws `CORRUPT` or `IO`. */
  loadPage(segment: i32, page: i32): i32;
  /** 1 when the query's time is over. */
  isExpired(): i32;
  /** Address of scratch buffer `which` with room for `words` words; what it held may be lost. */
  scratch(which: i32, words: i32): i32;
  /** Gives the buffer that is described at `buffer` room for `words` words in all; what it holds stays. */
  grow(buffer: i32, words: i32): void;
}

let words: Int32Array = new Int32Array(0);
let bytes: Uint8Array = new Uint8Array(0);
let floats: Float64Array = new Float64Array(0);
let host: KernelHost | undefined;

/** Points the kernels at a memory; again after it has grown. */
export function bindMemory(buffer: ArrayBufferLike, kernelHost: KernelHost): void {
  host = kernelHost;
  if (words.buffer === buffer) return;
  words = new Int32Array(buffer);
  bytes = new Uint8Array(buffer);
  floats = new Float64Array(buffer);
}

export function load32(address: i32): i32 {
  return words[address >> 2] as number;
}

export function store32(address: i32, value: i32): void {
  words[address >> 2] = value;
}

/** A word at any address. */
export function loadUnaligned(address: i32): i32 {
  const low = (bytes[address] as number) | ((bytes[address + 1] as number) << 8);
  return low | ((bytes[address + 2] as number) << 16) | ((bytes[address + 3] as number) << 24);
}

export function load8(address: i32): i32 {
  return bytes[address] as number;
}

export function store8(address: i32, value: i32): void {
  bytes[address] = value;
}

export function loadF64(address: i32): f64 {
  return floats[address >> 3] as number;
}

export function storeF64(address: i32, value: f64): void {
  floats[address >> 3] = value;
}

export function copyBytes(to: i32, from: i32, size: i32): void {
  bytes.copyWithin(to, from, from + size);
}

export function fillBytes(to: i32, value: i32, size: i32): void {
  bytes.fill(value, to, to + size);
}

/** Quotient of two numbers that are not negative. */
export function divide(a: i32, b: i32): i32 {
  return (a / b) | 0;
}

/** The lower 32 bits of a product. */
export function multiply(a: i32, b: i32): i32 {
  return Math.imul(a, b);
}

export function toF64(value: i32): f64 {
  return value;
}

export function countTrailingZeros(value: i32): i32 {
  return 31 - Math.clz32(value & -value);
}

/** Bits that are set. */
export function countOnes(value: i32): i32 {
  let bits: i32 = value - ((value >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  bits = (bits + (bits >>> 4)) & 0x0f0f0f0f;
  bits = bits + (bits >>> 8);
  return (bits + (bits >>> 16)) & 63;
}

export function countLeadingZeros(value: i32): i32 {
  return Math.clz32(value);
}

/** The 32 bits from bit `bit` after `address` on. */
export function bitsAt(address: i32, bit: i32): i32 {
  const word: i32 = (address >> 2) + (bit >> 5);
  const shift: i32 = bit & 31;
  const low = (words[word] as number) >>> shift;
  return shift === 0 ? low | 0 : low | ((words[word + 1] as number) << (32 - shift));
}

/** 1 where what stands at `hashAt` is the XXH64 of `size` bytes. */
export function isHashOf(address: i32, size: i32, hashAt: i32): i32 {
  const hash = hash64(bytes.subarray(address, address + size));
  const isLow = loadUnaligned(hashAt) === Number(BigInt.asIntN(32, hash));
  return isLow && loadUnaligned(hashAt + 4) === Number(BigInt.asIntN(32, hash >> 32n)) ? 1 : 0;
}

export function loadPage(segment: i32, page: i32): i32 {
  return host === undefined ? 0 : host.loadPage(segment, page);
}

export function isExpired(): i32 {
  return host === undefined ? 0 : host.isExpired();
}

export function scratch(which: i32, count: i32): i32 {
  return host === undefined ? 0 : host.scratch(which, count);
}

export function grow(buffer: i32, count: i32): void {
  host?.grow(buffer, count);
}
