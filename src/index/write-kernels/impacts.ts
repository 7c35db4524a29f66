/**
 * Impacts: a few pairs of (frequency, length) that bound all postings of a block, or of a list, in one field group. Each
 * posting has a pair of at least its frequency and at most its length.
 */

import { load32, store32, toF64 } from '../kernels/memory.ts';
import type { f64, i32 } from '../kernels/types.ts';
import { magnitudeAbove, magnitudeOf } from './magnitude.ts';
import { POINT_BYTES, W_POINTS, W_SHORTEST } from './write-layout.ts';

/** Highest code of a frequency that was noted since pairs were taken. */
let highest: i32 = 0;

/** Notes a posting of `frequency` occurrences, one or more, in a field whose length has the code `length`. */
export function notePosting(writer: i32, frequency: i32, length: i32): void {
  notePair(writer, magnitudeAbove(frequency), length);
}

/** Notes what the pairs of an impact bound: a word has two. */
export function noteImpact(writer: i32, impact: i32): void {
  notePair(writer, impact & 255, (impact >>> 8) & 255);
  notePair(writer, (impact >>> 16) & 255, impact >>> 24);
}

function notePair(writer: i32, code: i32, length: i32): void {
  const at: i32 = writer + W_SHORTEST + (code << 2);
  const known: i32 = load32(at);
  // One more than the length: 0 says that there is none.
  if (known === 0 || length < known - 1) store32(at, length + 1);
  if (code > highest) highest = code;
}

/**
 * Writes `words` words of two pairs each to `to` that bound what was noted since the last call, of which something was.
 * Where more pairs would be needed, neighbours are joined whose joint pair promises least.
 */
export function takeImpacts(writer: i32, to: i32, words: i32): void {
  let count: i32 = takePoints(writer);
  const pairs: i32 = words << 1;
  if (count > pairs) {
    const weight: i32 = count << 1;
    const base: i32 = lengthsOf(writer, count);
    while (count > pairs) {
      join(writer, cheapest(writer, count, base, weight), count);
      count--;
    }
  }
  for (let pair: i32 = 0; pair < pairs; pair += 2) {
    store32(to + (pair << 1), pairAt(writer, pair, count) | (pairAt(writer, pair + 1, count) << 16));
  }
}

/** What no other posting beats in both, by falling frequency and falling length; returns how many they are. */
function takePoints(writer: i32): i32 {
  const shortest: i32 = writer + W_SHORTEST;
  let at: i32 = writer + W_POINTS;
  let least: i32 = 257;
  for (let code: i32 = highest; code > 0; code--) {
    const length: i32 = load32(shortest + (code << 2));
    if (length === 0) continue;
    store32(shortest + (code << 2), 0);
    if (length >= least) continue;
    least = length;
    store32(at, code);
    store32(at + 4, length - 1);
    at += POINT_BYTES;
  }
  highest = 0;
  const size: i32 = at - writer - W_POINTS;
  return size >> 3;
}

function lengthsOf(writer: i32, count: i32): i32 {
  let sum: i32 = 0;
  for (let point: i32 = 0; point < count; point++) {
    sum += magnitudeOf(load32(writer + W_POINTS + point * POINT_BYTES + 4));
  }
  return sum;
}

/**
 * The first of two neighbours whose joint pair, the frequency of the one with the length of the other, weighs least: a
 * frequency counts by what it is divided by, its length and some length that all have in common, half of the mean.
 */
function cheapest(writer: i32, count: i32, base: i32, weight: i32): i32 {
  let best: i32 = 0;
  let bestFrequency: f64 = 0;
  let bestDivisor: f64 = 0;
  for (let point: i32 = 0; point + 1 < count; point++) {
    const at: i32 = writer + W_POINTS + point * POINT_BYTES;
    const frequency: f64 = toF64(magnitudeOf(load32(at)));
    const divisor: f64 = toF64(base) + toF64(weight) * toF64(magnitudeOf(load32(at + POINT_BYTES + 4)));
    if (point > 0 && frequency * bestDivisor >= bestFrequency * divisor) continue;
    best = point;
    bestFrequency = frequency;
    bestDivisor = divisor;
  }
  return best;
}

/** Puts one pair in the place of two neighbours. */
function join(writer: i32, point: i32, count: i32): void {
  const at: i32 = writer + W_POINTS + point * POINT_BYTES;
  store32(at + 4, load32(at + POINT_BYTES + 4));
  for (let next: i32 = at + POINT_BYTES; next < writer + W_POINTS + (count - 1) * POINT_BYTES; next += 4) {
    store32(next, load32(next + POINT_BYTES));
  }
}

/** The last pair stands for those that are not needed. */
function pairAt(writer: i32, pair: i32, count: i32): i32 {
  const point: i32 = pair < count ? pair : count - 1;
  const at: i32 = writer + W_POINTS + point * POINT_BYTES;
  return load32(at) | (load32(at + 4) << 8);
}
