/** How the distances between positions of a block are packed shortest: the counterpart of kernels/position-codes.ts. */

import { countLeadingZeros, divide } from '../kernels/memory.ts';
import type { i32 } from '../kernels/types.ts';
import { sumShifted } from './write-lanes.ts';

/** Bits that the numbers take with the width that {@link chooseWidth} chose. */
export let chosenBits: i32 = 0;

/** Number of lower bits that makes the packed form of `count` numbers shortest; three zeros stand behind them. */
export function chooseWidth(from: i32, count: i32): i32 {
  chosenBits = 0;
  if (count === 0) return 0;
  // Near the mean it begins, and goes down as long as that pays: where a few are large, most are smaller than the mean.
  const mean: i32 = divide(sumShifted(from, count, 0), count);
  let width: i32 = 32 - countLeadingZeros(mean);
  let bits: i32 = bitsWith(from, count, width);
  while (width > 0) {
    const fewer: i32 = bitsWith(from, count, width - 1);
    if (fewer > bits) break;
    bits = fewer;
    width--;
  }
  chosenBits = bits;
  return width;
}

function bitsWith(from: i32, count: i32, width: i32): i32 {
  return count * (width + 1) + sumShifted(from, count, width);
}
