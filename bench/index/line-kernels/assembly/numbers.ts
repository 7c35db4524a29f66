/** Numbers in LEB128, eight at a time. AssemblyScript. */

import { writeNumber } from './memory';

/** By which of eight numbers take two bytes: where each byte comes from. */
const SHUFFLES: i32 = 256;

export function prepareNumbers(): void {
  // The second byte of the first entry, once it is written.
  if (load<u8>(SHUFFLES + 1) != 0) return;
  for (let longs = 0; longs < 256; longs++) {
    let to = SHUFFLES + (longs << 4);
    for (let lane = 0; lane < 8; lane++) {
      store<u8>(to++, <u8>(2 * lane));
      if ((longs >> lane) & 1) store<u8>(to++, <u8>(2 * lane + 1));
    }
  }
}

/** Writes the numbers of four bytes from `from` to `past`, behind which 32 bytes are free; returns the address behind. */
export function writeNumbers(from: i32, past: i32, to: i32): i32 {
  // Zeros behind the last one, a byte each, which come off again.
  v128.store(past, i32x4.splat(0));
  v128.store(past, i32x4.splat(0), 16);
  let at = to;
  let number = from;
  for (; number < past; number += 32) {
    const eight = i16x8.narrow_i32x4_u(v128.load(number), v128.load(number, 16));
    if (v128.any_true(v128.and(eight, i16x8.splat(<i16>0xc000)))) {
      for (let i = 0; i < 32; i += 4) at = writeNumber(at, load<i32>(number + i));
      continue;
    }
    const isLong = i16x8.gt_s(eight, i16x8.splat(127));
    const low = v128.or(v128.and(eight, i16x8.splat(127)), v128.and(isLong, i16x8.splat(128)));
    const bytes = v128.or(low, v128.and(i16x8.shl(eight, 1), i16x8.splat(<i16>0xff00)));
    const longs = i16x8.bitmask(isLong);
    v128.store(at, i8x16.swizzle(bytes, v128.load(SHUFFLES + (longs << 4))));
    at += 8 + popcnt(longs);
  }
  return at - ((number - past) >> 2);
}
