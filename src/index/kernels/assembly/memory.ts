/** Loads, stores and host calls of the kernels in WebAssembly; counterpart of ../memory.ts. AssemblyScript. */

import { xxh64 } from './xxh64';

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
@inline export function multiply(a: i32, b: i32): i32 { return a * b; }
@inline export function toF64(value: i32): f64 { return <f64>value; }
@inline export function countTrailingZeros(value: i32): i32 { return ctz(value); }
@inline export function countOnes(value: i32): i32 { return popcnt(value); }
@inline export function countLeadingZeros(value: i32): i32 { return clz(value); }
@inline export function bitsAt(address: i32, bit: i32): i32 { return <i32>(load<u64>(address + (bit >> 3)) >> <u64>(bit & 7)); }
@inline export function loadPage(segment: i32, page: i32): i32 { return hostLoadPage(segment, page); }
@inline export function isExpired(): i32 { return hostIsExpired(); }
@inline export function scratch(which: i32, count: i32): i32 { return hostScratch(which, count); }
@inline export function grow(buffer: i32, count: i32): void { hostGrow(buffer, count); }

export function isHashOf(address: i32, size: i32, hashAt: i32): i32 {
  return xxh64(address, size) == load<u64>(hashAt) ? 1 : 0;
}
