/**
 * Steps that WebAssembly does four (or two) at a time; plain form. The other, with 128-bit instructions and the same
 * results to the bit, is assembly/lanes.ts.
 */

import { END } from './layout.ts';
import {
  countOnes,
  countTrailingZeros,
  load32,
  load8,
  loadF64,
  store32,
  store8,
  storeF64,
  toF64,
} from './memory.ts';
import type { f64, i32 } from './types.ts';

/** Adding and taking away 1.5 · 2²² leaves a number rounded to a multiple of 2⁻³⁰. */
const ROUNDER: f64 = 6291456.0;

/** Turns `count` weighed frequencies, none negative, into scores; `saturation` is above zero. */
export function saturate(weighed: i32, count: i32, alpha: f64, beta: f64, saturation: f64): void {
  for (let at: i32 = weighed; at < weighed + (count << 3); at += 8) {
    const frequency: f64 = loadF64(at);
    storeF64(at, (alpha * frequency) / (saturation + frequency) + ROUNDER - ROUNDER + beta);
  }
}

/**
 * Adds to `count` sums what the occurrences of one field group weigh in documents whose length codes stand at `lengths`,
 * a byte a document; `weights`: weight of an occurrence by length code.
 */
export function weigh(
  frequencies: i32,
  documents: i32,
  count: i32,
  lengths: i32,
  weights: i32,
  sums: i32,
): void {
  for (let i: i32 = 0; i < count; i++) {
    const frequency: i32 = load32(frequencies + (i << 2));
    if (frequency === 0) continue;
    const code: i32 = load8(lengths + load32(documents + (i << 2)));
    const at: i32 = sums + (i << 3);
    storeF64(at, loadF64(at) + toF64(frequency) * loadF64(weights + (code << 3)));
  }
}

/**
 * The greatest weighed frequency of the pairs of frequency code and length code in `count` words, two a word; `values`: frequency by
 * code, `weights`: weight of an occurrence by length code.
 */
export function greatestPair(pairs: i32, count: i32, values: i32, weights: i32): f64 {
  let most: f64 = 0;
  for (let at: i32 = pairs; at < pairs + (count << 2); at += 2) {
    const own: f64 = loadF64(values + (load8(at) << 3)) * loadF64(weights + (load8(at + 1) << 3));
    if (own > most) most = own;
  }
  return most;
}

/** Copies `count` numbers, at most 64, and adds `base` to each; up to three more are written behind them. */
export function copyAdded(from: i32, to: i32, count: i32, base: i32): void {
  for (let i: i32 = 0; i < count << 2; i += 4) store32(to + i, load32(from + i) + base);
}

/** Zeros instead of 128 sums. */
export function clearSums(sums: i32): void {
  for (let at: i32 = sums; at < sums + 1024; at += 8) storeF64(at, 0);
}

/** END instead of the words from number `from` to the last of 128. */
export function endWords(words: i32, from: i32): void {
  for (let at: i32 = words + (from << 2); at < words + 512; at += 4) store32(at, END);
}

/** Zeros instead of 32 sums. */
export function clearThirtyTwo(sums: i32): void {
  for (let at: i32 = sums; at < sums + 256; at += 8) storeF64(at, 0);
}

/** A bit for each of 32 sums: whether it is at least `least`. */
export function hopefulOf(sums: i32, least: f64): i32 {
  let bits: i32 = 0;
  for (let i: i32 = 0; i < 32; i++) if (loadF64(sums + (i << 3)) >= least) bits = bits | (1 << i);
  return bits;
}

/** 1 where any bit of four words is set. */
export function isAnySet(words: i32): i32 {
  return (load32(words) | load32(words + 4) | load32(words + 8) | load32(words + 12)) === 0 ? 0 : 1;
}

/** A bit for each of 32 numbers: whether it is from `first` to `past` − 1. */
export function withinOf(numbers: i32, first: i32, past: i32): i32 {
  let bits: i32 = 0;
  for (let i: i32 = 0; i < 32; i++) {
    const number: i32 = load32(numbers + (i << 2));
    if (number >= first && number < past) bits = bits | (1 << i);
  }
  return bits;
}

/** A bit for each of 32 bytes that are 0 or 1; makes them 0. */
export function takeMarks(marks: i32): i32 {
  let bits: i32 = 0;
  for (let i: i32 = 0; i < 32; i++) {
    bits = bits | (load8(marks + i) << i);
    store8(marks + i, 0);
  }
  return bits;
}

/** Turns 128 numbers into their running sums. */
export function runningSums(at: i32): void {
  let sum: i32 = 0;
  for (let address: i32 = at; address < at + 512; address += 4) {
    sum += load32(address);
    store32(address, sum);
  }
}

/**
 * Finds the numbers from `least` to `most` that stand in both of two blocks of 128, ascending, filled up with END, each
 * from the given place on. Writes them to `common`, their places to `aPlaces` and `bPlaces`, and up to three words behind
 * the last of each; returns how many they are. The places given are those of the first number at or after `least`.
 */
export function meet(
  a: i32,
  aFrom: i32,
  b: i32,
  bFrom: i32,
  least: i32,
  most: i32,
  common: i32,
  aPlaces: i32,
  bPlaces: i32,
): i32 {
  let i: i32 = aFrom;
  let j: i32 = bFrom;
  let count: i32 = 0;
  while (i < 128 && j < 128) {
    const x: i32 = load32(a + (i << 2));
    const y: i32 = load32(b + (j << 2));
    if (x > most || y > most) break;
    if (x === y && x >= least) {
      store32(common + (count << 2), x);
      store32(aPlaces + (count << 2), i);
      store32(bPlaces + (count << 2), j);
      count++;
    }
    if (x <= y) i++;
    if (y <= x) j++;
  }
  return count;
}

/** Leaves the bits of `words` words at `to` that are set at `from`, too. */
export function intersectBits(to: i32, from: i32, words: i32): void {
  for (let at: i32 = 0; at < words << 2; at += 4) store32(to + at, load32(to + at) & load32(from + at));
}

/** Sets the bits of `words` words at `to` that are set at `from`. */
export function uniteBits(to: i32, from: i32, words: i32): void {
  for (let at: i32 = 0; at < words << 2; at += 4) store32(to + at, load32(to + at) | load32(from + at));
}

/**
 * Writes the numbers of the bits that are set in `words` words at `from`, one to 2,048 of them, the first of which is number
 * `first`; of the first word those of `kept` count, and no more words are looked at once there are `enough`. Returns how many
 * were written: there is room for 40 more than `enough`, and at `scratch` for half a word each.
 */
export function numbersOf(
  from: i32,
  words: i32,
  kept: i32,
  first: i32,
  to: i32,
  enough: i32,
  _scratch: i32,
): i32 {
  let count: i32 = 0;
  let mask: i32 = kept;
  for (let word: i32 = 0; word < words && (word === 0 || count < enough); word++) {
    for (let left: i32 = load32(from + (word << 2)) & mask; left !== 0; left = left & (left - 1)) {
      store32(to + (count << 2), first + (word << 5) + countTrailingZeros(left));
      count++;
    }
    mask = -1;
  }
  return count;
}

/** Bits that are set in `words` words at `address`, a multiple of four; only those that are set at `filter`, unless 0. */
export function countBits(address: i32, words: i32, filter: i32): i32 {
  let count: i32 = 0;
  for (let at: i32 = 0; at < words << 2; at += 4) {
    const bits: i32 = load32(address + at);
    count += countOnes(filter === 0 ? bits : bits & load32(filter + at));
  }
  return count;
}
