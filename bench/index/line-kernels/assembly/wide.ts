/** 64 bits and 128 at a time; counterpart of ../wide.ts. AssemblyScript. */

const P1: u64 = 0x9e3779b185ebca87;
const P2: u64 = 0xc2b2ae3d27d4eb4f;
const P3: u64 = 0x165667b19e3779f9;
const P4: u64 = 0x85ebca77c2b2ae63;
const P5: u64 = 0x27d4eb2f165667c5;

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

@inline function round(acc: u64, lane: u64): u64 { return rotl(acc + lane * P2, 31) * P1; }

export function writeHash(address: i32, size: i32, to: i32): void {
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
  store<u64>(to, acc ^ (acc >> 32));
}

export function documentId(number: i32): f64 {
  let z: u64 = (<u64>number + 1) * 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return <f64>((z ^ (z >> 31)) >> 11);
}
