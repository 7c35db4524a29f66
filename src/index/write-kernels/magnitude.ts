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

/**
 * Pairs that cover what either of two impacts covers. An impact is a word: frequency code, length code, and a second
 * pair above. The pair with the highest frequency is kept with the shortest length it came with; the other takes the
 * shortest length of all and the highest frequency among what is shorter than the first.
 */
export function joinImpacts(a: i32, b: i32): i32 {
  let most: i32 = 0;
  let lengthOfMost: i32 = 255;
  let shortest: i32 = 255;
  for (let half: i32 = 0; half < 4; half++) {
    const pair: i32 = (half < 2 ? a : b) >>> ((half & 1) << 4);
    const frequency: i32 = pair & 255;
    const length: i32 = (pair >>> 8) & 255;
    if (length < shortest) shortest = length;
    if (frequency > most) {
      most = frequency;
      lengthOfMost = length;
    } else if (frequency === most && length < lengthOfMost) lengthOfMost = length;
  }
  let other: i32 = 0;
  for (let half: i32 = 0; half < 4; half++) {
    const pair: i32 = (half < 2 ? a : b) >>> ((half & 1) << 4);
    if (((pair >>> 8) & 255) < lengthOfMost && (pair & 255) > other) other = pair & 255;
  }
  const first: i32 = most | (lengthOfMost << 8);
  if (other === 0) return first | (first << 16);
  return other | (shortest << 8) | (first << 16);
}
