/** Packing of full blocks, 128 numbers in four lanes; plain form. With 128-bit instructions: assembly/write-lanes.ts. */

import { load32, store32 } from '../kernels/memory.ts';
import type { i32 } from '../kernels/types.ts';

/** Packs 128 numbers of `width` bits, 1 … 32; takes `width` × 4 words. */
export function packLanes(from: i32, width: i32, to: i32): void {
  for (let lane: i32 = 0; lane < 16; lane += 4) {
    let target: i32 = to + lane;
    let shift: i32 = 0;
    let word: i32 = 0;
    for (let at: i32 = from + lane; at < from + 512; at += 16) {
      const value: i32 = load32(at);
      word = word | (value << shift);
      shift += width;
      if (shift >= 32) {
        store32(target, word);
        target += 16;
        shift -= 32;
        word = shift === 0 ? 0 : value >>> (width - shift);
      }
    }
  }
}

/** Sum of `count` numbers, each without its lowest `shift` bits; three zeros stand behind them. */
export function sumShifted(from: i32, count: i32, shift: i32): i32 {
  let sum: i32 = 0;
  for (let at: i32 = from; at < from + (count << 2); at += 4) sum += load32(at) >>> shift;
  return sum;
}

/** Bitwise or of 128 numbers. */
export function joinedBits(from: i32): i32 {
  let bits: i32 = 0;
  for (let at: i32 = from; at < from + 512; at += 4) bits = bits | load32(at);
  return bits;
}
