/** XXH64 with seed 0, of every set of kernels; counterpart of ../hashing.ts. AssemblyScript. */

export const P1: u64 = 0x9e3779b185ebca87;
export const P2: u64 = 0xc2b2ae3d27d4eb4f;
export const P3: u64 = 0x165667b19e3779f9;
export const P4: u64 = 0x85ebca77c2b2ae63;
export const P5: u64 = 0x27d4eb2f165667c5;

@inline function round(acc: u64, lane: u64): u64 { return rotl(acc + lane * P2, 31) * P1; }

export function xxh64(address: i32, size: i32): u64 {
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
  return acc ^ (acc >> 32);
}
