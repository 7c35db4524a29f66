/**
 * BM25F of one term: frequencies weighed by field group and field length, saturated by k1. Every part of a score is a
 * multiple of 2⁻³⁰, so that sums do not depend on their order and pruned results equal exhaustive ones to the bit.
 */

import { NORM_FREQUENCY_VALUES } from './layout.ts';
import { greatestPair, saturate } from './lanes.ts';
import { countTrailingZeros, loadF64, storeF64 } from './memory.ts';
import type { f64, i32 } from './types.ts';

/** Adding and taking away 1.5 · 2²² leaves a number rounded to a multiple of 2⁻³⁰. */
const ROUNDER: f64 = 6291456.0;
/** What a bound is raised by: more than any rounding on the way. */
const RELATIVE_SLACK: f64 = 1.000000001;
const SLACK: f64 = 0.000000002;
/** More than a score is rounded up by, and a frequency made of it. */
const ROUNDING: f64 = 0.000000004;
const RELATIVE_EASE: f64 = 0.999999999;
/** No frequency is as great. */
const NEVER: f64 = 1e300;

let norms: i32 = 0;
let saturation: f64 = 0;

/** Set before a query: norm tables (see layout.ts) and k1. */
export function setScoring(normTables: i32, k1: f64): void {
  norms = normTables;
  saturation = k1;
}

/** Weight of one occurrence in field group `group` of a document with this length code. */
export function occurrenceWeight(group: i32, lengthCode: i32): f64 {
  return loadF64(norms + (group << 11) + (lengthCode << 3));
}

/** Weights of an occurrence in field group `group`, f64 each, by length code. */
export function weightsOf(group: i32): i32 {
  return norms + (group << 11);
}

/** Part of a score for the weighed frequency of a term. */
export function termScore(alpha: f64, beta: f64, frequency: f64): f64 {
  if (frequency <= 0) return beta;
  return (alpha * frequency) / (saturation + frequency) + ROUNDER - ROUNDER + beta;
}

/** A weighed frequency that every posting reaches whose {@link termScore} is `least` or more; others may reach it, too. */
export function frequencyFor(alpha: f64, beta: f64, least: f64): f64 {
  const part: f64 = least - beta - ROUNDING;
  if (part <= 0) return 0;
  return part < alpha ? ((saturation * part) / (alpha - part)) * RELATIVE_EASE : NEVER;
}

/** {@link termScore} of `count` weighed frequencies, in their place. */
export function termScores(weighed: i32, count: i32, alpha: f64, beta: f64): void {
  if (saturation > 0) {
    saturate(weighed, count, alpha, beta, saturation);
    return;
  }
  for (let at: i32 = weighed; at < weighed + (count << 3); at += 8) {
    storeF64(at, termScore(alpha, beta, loadF64(at)));
  }
}

/**
 * Upper bound of the score of any posting that the impacts at `address` cover: `words` words for each group of `mask`, two
 * pairs of frequency code and length code each, rounded outward.
 */
export function impactBound(address: i32, words: i32, mask: i32, alpha: f64, beta: f64): f64 {
  let frequency: f64 = 0;
  let at: i32 = address;
  for (let rest: i32 = mask; rest !== 0; rest = rest & (rest - 1)) {
    const group: i32 = countTrailingZeros(rest);
    frequency += greatestPair(at, words, norms + NORM_FREQUENCY_VALUES, norms + (group << 11));
    at += words << 2;
  }
  return raised(termScore(alpha, beta, frequency));
}

/** A part of a score as it is added up. */
export function rounded(score: f64): f64 {
  return score + ROUNDER - ROUNDER;
}

/** An upper bound for what rounds to `score`. A multiple of 2⁻³⁰, too: taken away from a sum of bounds it leaves the others exactly. */
export function raised(score: f64): f64 {
  return score * RELATIVE_SLACK + SLACK + ROUNDER - ROUNDER;
}
