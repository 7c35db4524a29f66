/** Loads, stores and comparisons of the kernels in WebAssembly; counterpart of ../memory.ts. AssemblyScript. */

import { xxh64 } from './xxh64';

@inline export function load32(address: i32): i32 { return load<i32>(address); }
@inline export function store32(address: i32, value: i32): void { store<i32>(address, value); }
@inline export function load8(address: i32): i32 { return <i32>load<u8>(address); }
@inline export function store8(address: i32, value: i32): void { store<u8>(address, <u8>value); }
@inline export function copyBytes(to: i32, from: i32, size: i32): void { memory.copy(to, from, size); }

@inline export function copyKey(to: i32, from: i32, size: i32): void {
  for (let i: i32 = 0; i < size; i += 8) store<u64>(to + i, load<u64>(from + i));
}

@inline export function copyWholeKey(to: i32, from: i32, size: i32): void {
  for (let i: i32 = 0; i + 8 <= size; i += 8) store<u64>(to + i, load<u64>(from + i));
  if ((size & 7) !== 0) store<u64>(to + size - 8, load<u64>(from + size - 8));
}

@inline export function copyValue(to: i32, from: i32, size: i32): void {
  // A call is dearer than a few words.
  if (size < 40) copyKey(to, from, size);
  else memory.copy(to, from, size);
}

@inline export function compareBytes(a: i32, b: i32, size: i32): i32 {
  let i: i32 = 0;
  for (; i + 8 <= size; i += 8) {
    const difference = load<u64>(a + i) ^ load<u64>(b + i);
    if (difference != 0) {
      const at = i + (<i32>ctz(difference) >> 3);
      return load8(a + at) - load8(b + at);
    }
  }
  for (; i < size; i++) {
    const difference = load8(a + i) - load8(b + i);
    if (difference != 0) return difference;
  }
  return 0;
}

@inline export function differingBytes(to: i32, a: i32, b: i32, size: i32): void {
  for (let i: i32 = 0; i < size; i += 8) store<u64>(to + i, load<u64>(to + i) | (load<u64>(a + i) ^ load<u64>(b + i)));
}

export function broken(): void { unreachable(); }

@inline export function commonBytes(a: i32, b: i32, most: i32): i32 {
  for (let i: i32 = 0; i < most; i += 8) {
    const difference = load<u64>(a + i) ^ load<u64>(b + i);
    if (difference != 0) return min<i32>(i + (<i32>ctz(difference) >> 3), most);
  }
  return most;
}

export function ensureMemory(end: i32): i32 {
  if (end < 0) return 0;
  const pages = (<u32>end + 65535) >>> 16;
  const have = <u32>memory.size();
  if (pages <= have) return 1;
  // In steps of a half, and a megabyte at least: V8 takes a memory that grows for new bytes, all of it, and collects garbage
  // where that is more than eight megabytes. What nobody has written to yet takes no room.
  if (memory.grow(max<u32>(pages - have, max<u32>(16, have >>> 1))) >= 0) return 1;
  return memory.grow(pages - have) < 0 ? 0 : 1;
}

export function hashBytes(address: i32, size: i32, to: i32): void {
  const acc = xxh64(address, size);
  store<u32>(to, <u32>(acc >> 32));
  store<u32>(to, <u32>acc, 4);
}
