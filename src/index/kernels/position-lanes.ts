/**
 * Steps over packed positions that WebAssembly takes 64 or 128 bits at a time; plain form. The other, with the same
 * results, is assembly/position-lanes.ts. A unit is eight bytes; places of bits are counted from the unit's first.
 */

import { AFTER_SUMS } from './layout.ts';
import { bitsAt, countOnes, countTrailingZeros, load32, store32 } from './memory.ts';
import type { i32 } from './types.ts';

/** Ones before the unit that {@link skipOnes} has come to. */
export let onesBefore: i32 = 0;
/** Place behind the last upper part that {@link unpackSums} has read, counted from where its units begin. */
export let behindLast: i32 = 0;
/** Numbers that no later sum can meet, of those {@link keepCommon} was given. */
export let passed: i32 = 0;

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
 * Running sums of `count` numbers, at most UNPACKED_SUMS, each one more than stored, from `base` on, and AFTER_SUMS behind
 * them: upper parts in unary from bit `used` of the unit at `upper`, `width` lower bits of each from bit `bit` after
 * `lower`. `zeros` has room for the steps between. 0 where they go on at or behind `past`: nothing is written then.
 */
export function unpackSums(
  upper: i32,
  past: i32,
  used: i32,
  lower: i32,
  bit: i32,
  width: i32,
  count: i32,
  base: i32,
  zeros: i32,
  to: i32,
): i32 {
  const mask: i32 = (1 << width) - 1;
  let before: i32 = used - 1;
  for (let i: i32 = 0; i < count; i++) {
    let at: i32 = before + 1;
    while (upper + ((at >> 5) << 2) < past && (load32(upper + ((at >> 5) << 2)) & (-1 << (at & 31))) === 0) {
      at = (at & -32) + 32;
    }
    if (upper + ((at >> 5) << 2) >= past) return 0;
    const one: i32 = nextOne(upper, at);
    store32(zeros + (i << 2), ((one - before - 1) << width) | (bitsAt(lower, bit + i * width) & mask));
    before = one;
  }
  behindLast = before + 1;
  let sum: i32 = base;
  for (let i: i32 = 0; i < count; i++) {
    sum += load32(zeros + (i << 2)) + 1;
    store32(to + (i << 2), sum);
  }
  endSums(to + (count << 2));
  return 1;
}

/** What stands behind sums, so that four of them can be read at a time: above all. */
export function endSums(at: i32): void {
  for (let i: i32 = 0; i < 16; i += 4) store32(at + i, AFTER_SUMS);
}

/** The numbers, each one less, whose running sums from the word before `sums` on are there; room for three more. */
export function differences(sums: i32, count: i32, to: i32): void {
  for (let i: i32 = 0; i < count << 2; i += 4) store32(to + i, load32(sums + i) - load32(sums + i - 4) - 1);
}

/** Writes `count` sums, each plus `shift`, and an end behind them. */
export function shiftSums(sums: i32, count: i32, shift: i32, to: i32): void {
  for (let i: i32 = 0; i < count << 2; i += 4) store32(to + i, load32(sums + i) + shift);
  endSums(to + (count << 2));
}

/**
 * Writes those of `count` ascending numbers at `from` that, plus `shift`, are among `size` sums, and an end behind them;
 * returns how many. Neither is empty, both have an end behind them.
 */
export function keepCommon(from: i32, count: i32, sums: i32, size: i32, shift: i32, to: i32): i32 {
  let i: i32 = 0;
  let j: i32 = 0;
  let kept: i32 = 0;
  while (i < count && j < size) {
    const number: i32 = load32(from + (i << 2));
    const x: i32 = number + shift;
    const y: i32 = load32(sums + (j << 2));
    if (x === y) {
      store32(to + (kept << 2), number);
      kept++;
    }
    i += x <= y ? 1 : 0;
    j += y <= x ? 1 : 0;
  }
  passed = i;
  endSums(to + (kept << 2));
  return kept;
}

/**
 * Which of `count` documents have one word `distance` behind another. Of each word, `places` are those of the documents in
 * a block, a word each, `starts` the numbers of the block's occurrences before each posting, `sums` the running sums, the
 * first occurrence of all at `sums` itself, whether it is there or not. Writes the numbers of the documents, counted from
 * `number`, to `to` and returns how many they are. Behind the sums stands an end.
 */
export function findPairs(
  places: i32,
  starts: i32,
  sums: i32,
  otherPlaces: i32,
  otherStarts: i32,
  otherSums: i32,
  count: i32,
  distance: i32,
  number: i32,
  to: i32,
): i32 {
  let found: i32 = 0;
  for (let document: i32 = 0; document < count; document++) {
    const start: i32 = starts + (load32(places + (document << 2)) << 2);
    const otherStart: i32 = otherStarts + (load32(otherPlaces + (document << 2)) << 2);
    const i: i32 = sums + (load32(start) << 2);
    const j: i32 = otherSums + (load32(otherStart) << 2);
    const iPast: i32 = sums + (load32(start + 4) << 2);
    const jPast: i32 = otherSums + (load32(otherStart + 4) << 2);
    const shift: i32 = load32(j - 4) - load32(i - 4) + distance;
    store32(to + (found << 2), number + document);
    found += isCommon(i, iPast, j, jPast, shift);
  }
  return found;
}

/**
 * 1 where one of the ascending numbers from `from` to `past`, plus `shift`, is among the sums up to `sumsPast`. Either may be
 * empty where the word before its first is smaller; behind the last stand three more, none of them smaller.
 */
export function isCommon(from: i32, past: i32, sums: i32, sumsPast: i32, shift: i32): i32 {
  let i: i32 = from;
  let j: i32 = sums;
  while (i < past && j < sumsPast) {
    const x: i32 = load32(i) + shift;
    const y: i32 = load32(j);
    if (x === y) return 1;
    if (x < y) i += 4;
    else j += 4;
  }
  return 0;
}
