/** Counts in a byte, as magnitude-code.ts has them: exact to 31, then sixteen steps an octave. */

import { countLeadingZeros } from '../kernels/memory.ts';
import type { i32 } from '../kernels/types.ts';

/** The largest code that says no more than `count`. */
export function magnitudeBelow(count: i32): i32 {
  if (count < 32) return count;
  const octave: i32 = 26 - countLeadingZeros(count);
  const code: i32 = 32 + (octave << 4) + (count >> (octave + 1)) - 16;
  return code > 255 ? 255 : code;
}

/** The smallest code that says no less than `count`; 255 where none does. */
export function magnitudeAbove(count: i32): i32 {
  if (count < 32) return count;
  const below: i32 = magnitudeBelow(count);
  if (below === 255) return below;
  const octave: i32 = (below - 32) >> 4;
  const value: i32 = (16 + ((below - 32) & 15)) << (octave + 1);
  return value >= count ? below : below + 1;
}

/** The count that a code stands for. */
export function magnitudeOf(code: i32): i32 {
  if (code < 32) return code;
  return (16 + ((code - 32) & 15)) << (((code - 32) >> 4) + 1);
}
