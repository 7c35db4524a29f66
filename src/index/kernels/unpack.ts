/**
 * Unpacking of full blocks, 128 numbers of `width` bits in four lanes: number `i` stands in lane `i & 3`, row `i >> 2`;
 * a lane is a bit stream, its words interleaved with those of the other lanes. Plain form; the WebAssembly form is
 * unrolled for each width by scripts/build-kernels.ts and uses 128-bit instructions.
 */

import { load32, store32 } from './memory.ts';
import type { i32 } from './types.ts';

/** 128 numbers from `from` to `to`. Width 0 … 32. */
export function unpackBlock(width: i32, from: i32, to: i32): void {
  const mask: i32 = width === 32 ? -1 : (1 << width) - 1;
  for (let i: i32 = 0; i < 128; i++) {
    let value: i32 = 0;
    if (width > 0) {
      const bit: i32 = (i >> 2) * width;
      const address: i32 = from + ((((bit >> 5) << 2) + (i & 3)) << 2);
      const shift: i32 = bit & 31;
      value = load32(address) >>> shift;
      if (shift + width > 32) value |= load32(address + 16) << (32 - shift);
    }
    store32(to + (i << 2), value & mask);
  }
}

/** Running sums of 128 numbers, each one more than stored, from `base` on. */
export function unpackDocuments(width: i32, from: i32, to: i32, base: i32): void {
  unpackBlock(width, from, to);
  let document: i32 = base;
  for (let address: i32 = to; address < to + 512; address += 4) {
    document += load32(address) + 1;
    store32(address, document);
  }
}

/** Adds the 128 numbers at `from` to those at `to`. */
export function addBlock(from: i32, to: i32): void {
  for (let i: i32 = 0; i < 512; i += 4) store32(to + i, load32(to + i) + load32(from + i));
}

/** Adds `value` to the 128 numbers at `to`. */
export function addToBlock(value: i32, to: i32): void {
  for (let i: i32 = 0; i < 512; i += 4) store32(to + i, load32(to + i) + value);
}
