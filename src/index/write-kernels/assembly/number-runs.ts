/** Runs of numbers in LEB128 with 128-bit instructions; counterpart of ../number-runs.ts. AssemblyScript. */

import { RUN_SIZES, WIDENINGS } from './write-layout';

export function skipShort(from: i32, count: i32): i32 {
  let at = from;
  let left = count;
  let isOpen: i32 = 0;
  while (left > 0) {
    const goesOn = i8x16.bitmask(v128.load(at));
    if ((goesOn & ((goesOn << 1) | isOpen)) !== 0) return 0;
    let ends = ~goesOn & 0xffff;
    const numbers = popcnt(ends);
    if (numbers >= left) {
      if (goesOn === 0) return at + left;
      for (; left > 1; left--) ends &= ends - 1;
      return at + ctz(ends) + 1;
    }
    left -= numbers;
    isOpen = goesOn >>> 15;
    at += 16;
  }
  return at;
}

/** Four numbers of one byte or two at a time: how long each is can't be guessed, and is looked up for all of them. */
export function widenRun(from: i32, count: i32, more: i32, to: i32): i32 {
  const all = i32x4.splat(more);
  let at = from;
  let target = to;
  let left = count;
  while (left > 0) {
    const eight = v128.load64_zero(at);
    const open = i8x16.bitmask(eight);
    const few = left < 4 ? left : 4;
    const size = (<i32>load<u16>(RUN_SIZES + (open << 1)) >> ((few - 1) << 2)) & 15;
    if (size !== 0) {
      const pairs = i8x16.swizzle(eight, v128.load(WIDENINGS + (open << 4)));
      const lower = v128.and(pairs, i32x4.splat(0x7f));
      const upper = v128.and(i32x4.shr_u(pairs, 1), i32x4.splat(0x3f80));
      v128.store(target, v128.or(v128.or(lower, upper), all));
      at += size;
      target += 16;
      left -= 4;
    } else {
      let byte: i32 = load<u8>(at++);
      let value = byte & 127;
      for (let shift = 7; byte > 127; shift += 7) {
        byte = load<u8>(at++);
        value |= (byte & 127) << shift;
      }
      store<i32>(target, value | more);
      target += 4;
      left--;
    }
  }
  return at;
}

export function copyFew(to: i32, from: i32, count: i32): void {
  let at = 0;
  let left = count;
  do {
    // Of the last four words those behind the last stay as they are.
    const own = i32x4.gt_s(i32x4.splat(left), i32x4(0, 1, 2, 3));
    v128.store(to + at, v128.bitselect(v128.load(from + at), v128.load(to + at), own));
    at += 16;
    left -= 4;
  } while (left > 0);
}
