/** 64 bits and 128 at a time; counterpart of ../wide.ts. AssemblyScript. */

import { P1, P2, xxh64 } from './xxh64';

let hash: u64 = 0;

@inline export function lowHash(): i32 { return <i32>hash; }
@inline export function highHash(): i32 { return <i32>(hash >> 32); }

/** A bit for each of sixteen bytes that ends a word. */
@inline function endsIn(bytes: v128): i32 {
  const isEnd = v128.or(i8x16.eq(bytes, i8x16.splat(32)), i8x16.eq(bytes, i8x16.splat(9)));
  return i8x16.bitmask(isEnd);
}

@inline function mixed(value: u64): u64 {
  let z = value;
  z = (z ^ (z >> 32)) * P1;
  z = (z ^ (z >> 29)) * P2;
  return z ^ (z >> 32);
}

/** The lowest bytes of eight, none to all of them. */
@inline function lowest(word: u64, bytes: i32): u64 {
  return bytes >= 8 ? word : word & ((<u64>1 << <u64>(bytes << 3)) - 1);
}

@inline export function hashWord(start: i32): i32 {
  let at = start;
  let acc: u64 = 0;
  let ends = endsIn(v128.load(at));
  while (ends == 0) {
    acc = mixed(acc ^ load<u64>(at)) + rotl(load<u64>(at, 8) * P2, 31);
    at += 16;
    ends = endsIn(v128.load(at));
  }
  const rest = ctz(ends);
  const low = lowest(load<u64>(at), rest);
  const high = lowest(load<u64>(at, 8), max<i32>(rest - 8, 0));
  const size = at + rest - start;
  hash = mixed((acc ^ low) * P1 + rotl((high ^ <u64>size) * P2, 31));
  return size;
}

export function writeHash(address: i32, size: i32, to: i32): void {
  store<u64>(to, xxh64(address, size));
}

export function documentId(number: i32): f64 {
  let z: u64 = (<u64>number + 1) * 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return <f64>((z ^ (z >> 31)) >> 11);
}
