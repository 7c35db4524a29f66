/**
 * Steps over packed positions that WebAssembly takes 64 bits at a time; plain form. The other, with the same results, is
 * assembly/position-lanes.ts. A unit is eight bytes; places of bits are counted from the unit's first.
 */

import { bitsAt, countOnes, countTrailingZeros, load32, store32 } from './memory.ts';
import type { i32 } from './types.ts';

/** Ones before the unit that {@link skipOnes} has come to. */
export let onesBefore: i32 = 0;
/** Place behind the last upper part that {@link unpackGaps} has read, counted from where its units begin. */
export let behindLast: i32 = 0;

/**
 * Goes on from the unit at `address`, before which are `before` ones and of which the first `hidden` bits don't count, to
 * the one with the one number `place`, counted from 1; `past` where none is before it.
 */
export function skipOnes(address: i32, past: i32, hidden: i32, before: i32, place: i32): i32 {
  onesBefore = before;
  let ones: i32 = onesOf(address, hidden);
  let at: i32 = address;
  while (onesBefore + ones < place) {
    onesBefore += ones;
    at += 8;
    if (at >= past) return past;
    ones = countOnes(load32(at)) + countOnes(load32(at + 4));
  }
  return at;
}

function onesOf(address: i32, hidden: i32): i32 {
  if (hidden > 31) return countOnes(load32(address + 4) & (-1 << (hidden - 32)));
  return countOnes(load32(address) & (-1 << hidden)) + countOnes(load32(address + 4));
}

/** Place behind the one number `place`, counted from 1 behind the first `hidden` bits; the unit has it. */
export function behindOne(address: i32, hidden: i32, place: i32): i32 {
  let bit: i32 = hidden;
  for (let left: i32 = place; left > 0; left--) bit = nextOne(address, bit) + 1;
  return bit;
}

/** Place of the first one at or after `bit`; may stand in a later unit. */
function nextOne(address: i32, bit: i32): i32 {
  let at: i32 = bit & -32;
  let bits: i32 = load32(address + ((bit >> 5) << 2)) & (-1 << (bit & 31));
  while (bits === 0) {
    at += 32;
    bits = load32(address + ((at >> 5) << 2));
  }
  return at + countTrailingZeros(bits);
}

/**
 * Writes `count` numbers: upper parts in unary from bit `used` of the unit at `upper`, `width` lower bits of each from bit
 * `bit` after `lower`. 0 where they go on at or behind `past`; what is written then is nothing.
 */
export function unpackGaps(
  upper: i32,
  past: i32,
  used: i32,
  lower: i32,
  bit: i32,
  width: i32,
  count: i32,
  to: i32,
): i32 {
  const mask: i32 = (1 << width) - 1;
  let before: i32 = used - 1;
  for (let i: i32 = 0; i < count; i++) {
    let at: i32 = before + 1;
    while (upper + ((at >> 6) << 3) < past && (load32(upper + ((at >> 5) << 2)) & (-1 << (at & 31))) === 0) {
      at = (at & -32) + 32;
    }
    if (upper + ((at >> 6) << 3) >= past) return 0;
    const one: i32 = nextOne(upper, at);
    store32(to + (i << 2), ((one - before - 1) << width) | (bitsAt(lower, bit + i * width) & mask));
    before = one;
  }
  behindLast = before + 1;
  return 1;
}
