/** Loads, stores and host calls of the kernels in WebAssembly; counterpart of ../memory.ts. AssemblyScript. */

@external("env", "loadPage")
declare function hostLoadPage(segment: i32, page: i32): i32;
@external("env", "isExpired")
declare function hostIsExpired(): i32;
@external("env", "scratch")
declare function hostScratch(which: i32, words: i32): i32;
@external("env", "grow")
declare function hostGrow(buffer: i32, words: i32): void;

@inline export function load32(address: i32): i32 { return load<i32>(address); }
@inline export function store32(address: i32, value: i32): void { store<i32>(address, value); }
@inline export function loadUnaligned(address: i32): i32 { return load<i32>(address); }
@inline export function load8(address: i32): i32 { return <i32>load<u8>(address); }
@inline export function store8(address: i32, value: i32): void { store<u8>(address, <u8>value); }
@inline export function loadF64(address: i32): f64 { return load<f64>(address); }
@inline export function storeF64(address: i32, value: f64): void { store<f64>(address, value); }
@inline export function copyBytes(to: i32, from: i32, size: i32): void { memory.copy(to, from, size); }
@inline export function fillBytes(to: i32, value: i32, size: i32): void { memory.fill(to, <u8>value, size); }
@inline export function divide(a: i32, b: i32): i32 { return a / b; }
@inline export function toF64(value: i32): f64 { return <f64>value; }
@inline export function countTrailingZeros(value: i32): i32 { return ctz(value); }
@inline export function countOnes(value: i32): i32 { return popcnt(value); }
@inline export function countLeadingZeros(value: i32): i32 { return clz(value); }
@inline export function bitsAt(address: i32, bit: i32): i32 { return <i32>(load<u64>(address + (bit >> 3)) >> <u64>(bit & 7)); }
@inline export function loadPage(segment: i32, page: i32): i32 { return hostLoadPage(segment, page); }
@inline export function isExpired(): i32 { return hostIsExpired(); }
@inline export function scratch(which: i32, count: i32): i32 { return hostScratch(which, count); }
@inline export function grow(buffer: i32, count: i32): void { hostGrow(buffer, count); }

const P1: u64 = 0x9e3779b185ebca87;
const P2: u64 = 0xc2b2ae3d27d4eb4f;
const P3: u64 = 0x165667b19e3779f9;
const P4: u64 = 0x85ebca77c2b2ae63;
const P5: u64 = 0x27d4eb2f165667c5;

@inline function round(acc: u64, lane: u64): u64 { return rotl(acc + lane * P2, 31) * P1; }

export function isHashOf(address: i32, size: i32, hashAt: i32): i32 {
  let at = address;
  const end = address + size;
  let acc = P5;
  if (size >= 32) {
    let a = P1 + P2, b = P2, c: u64 = 0, d = 0 - P1;
    for (; at + 32 <= end; at += 32) {
      a = round(a, load<u64>(at));
      b = round(b, load<u64>(at, 8));
      c = round(c, load<u64>(at, 16));
      d = round(d, load<u64>(at, 24));
    }
    acc = rotl(a, 1) + rotl(b, 7) + rotl(c, 12) + rotl(d, 18);
    acc = (acc ^ round(0, a)) * P1 + P4;
    acc = (acc ^ round(0, b)) * P1 + P4;
    acc = (acc ^ round(0, c)) * P1 + P4;
    acc = (acc ^ round(0, d)) * P1 + P4;
  }
  acc += <u64>size;
  for (; at + 8 <= end; at += 8) acc = rotl(acc ^ round(0, load<u64>(at)), 27) * P1 + P4;
  if (at + 4 <= end) {
    acc = rotl(acc ^ (<u64>load<u32>(at) * P1), 23) * P2 + P3;
    at += 4;
  }
  for (; at < end; at++) acc = rotl(acc ^ (<u64>load<u8>(at) * P5), 11) * P1;
  acc = (acc ^ (acc >> 33)) * P2;
  acc = (acc ^ (acc >> 29)) * P3;
  acc ^= acc >> 32;
  return acc == load<u64>(hashAt) ? 1 : 0;
}
