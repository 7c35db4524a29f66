/** Positions of the words of a query in one document, compared: pairs, phrases, windows. Behind the positions of each stands an end. */

import { AFTER_SUMS } from './layout.ts';
import { load32, loadF64, store32 } from './memory.ts';
import { endSums } from './position-lanes.ts';
import {
  APART_TOKENS,
  NEAR_TOKENS,
  Q_ENDS,
  Q_HEADS,
  Q_MASSES,
  Q_PLACES,
  Q_POSITIONS,
  Q_TERMS,
  POSITIONS_BYTES,
  WINDOW_TOKENS,
} from './rescoring-layout.ts';
import type { f64, i32 } from './types.ts';

/** What {@link comparePair} has found: occurrences with the other word so far behind, with one nearby, each by its distance. */
export let ordered: i32 = 0;
export let near: i32 = 0;
export let closenessSum: f64 = 0;
/** The least distance of the two, APART_TOKENS where it is no less. */
export let leastDistance: i32 = 0;

/** Compares the positions from `a` to `aPast` with those at `b`; `gap` is the distance at which the second word follows, `table` what distances count. */
export function comparePair(a: i32, aPast: i32, b: i32, gap: i32, table: i32): void {
  let followed: i32 = 0;
  let close: i32 = 0;
  let sum: f64 = 0;
  let least: i32 = APART_TOKENS;
  let next: i32 = b;
  let follower: i32 = b;
  for (let at: i32 = a; at < aPast; at += 4) {
    const position: i32 = load32(at);
    while (load32(next) < position) next += 4;
    let distance: i32 = load32(next) - position;
    if (next > b) {
      const before: i32 = position - load32(next - 4);
      if (before < distance) distance = before;
    }
    if (distance < APART_TOKENS) {
      sum += loadF64(table + (distance << 3));
      if (distance < NEAR_TOKENS) close++;
      if (distance < least) least = distance;
    }
    const wanted: i32 = position + gap;
    while (load32(follower) < wanted) follower += 4;
    followed += load32(follower) === wanted ? 1 : 0;
  }
  ordered = followed;
  near = close;
  closenessSum = sum;
  leastDistance = least;
}

/** How often the terms stand in the order of the query at their distances; other names of a word stand at its place. */
export function countPhrases(program: i32): i32 {
  const terms: i32 = load32(program + Q_TERMS);
  const places: i32 = load32(program + Q_PLACES);
  const positions: i32 = load32(program + Q_POSITIONS);
  const found: i32 = positions + terms * POSITIONS_BYTES;
  const first: i32 = load32(places);
  let from: i32 = positions;
  let count: i32 = (load32(load32(program + Q_ENDS)) - positions) >> 2;
  let reached: i32 = first;
  for (let term: i32 = 1; term < terms && count > 0; term++) {
    const place: i32 = load32(places + (term << 2));
    if (place <= reached) continue;
    reached = place;
    count = keepFollowed(from, count, positions + term * POSITIONS_BYTES, place - first, found);
    from = found;
  }
  return count;
}

/** Writes those of `count` positions that one at `others` follows at distance `gap` to `to`, which may be where they stand. */
function keepFollowed(from: i32, count: i32, others: i32, gap: i32, to: i32): i32 {
  let kept: i32 = to;
  let follower: i32 = others;
  for (let at: i32 = from; at < from + (count << 2); at += 4) {
    const position: i32 = load32(at);
    while (load32(follower) < position + gap) follower += 4;
    store32(kept, position);
    kept += load32(follower) === position + gap ? 4 : 0;
  }
  endSums(kept);
  return (kept - to) >> 2;
}

/** Largest mass of different terms inside any stretch of tokens. */
export function windowMass(program: i32): f64 {
  const terms: i32 = load32(program + Q_TERMS);
  const masses: i32 = load32(program + Q_MASSES);
  const ends: i32 = load32(program + Q_ENDS);
  const heads: i32 = load32(program + Q_HEADS);
  let possible: f64 = 0;
  let from: i32 = load32(program + Q_POSITIONS);
  for (let term: i32 = 0; term < terms; term++) {
    store32(heads + (term << 2), from);
    if (load32(ends + (term << 2)) > from) possible += loadF64(masses + (term << 3));
    from += POSITIONS_BYTES;
  }
  let best: f64 = 0;
  // Each occurrence opens a window; the heads of all terms only move on.
  while (best < possible) {
    let start: i32 = AFTER_SUMS;
    for (let term: i32 = 0; term < terms; term++) {
      const head: i32 = load32(load32(heads + (term << 2)));
      if (head < start) start = head;
    }
    if (start === AFTER_SUMS) break;
    let mass: f64 = 0;
    for (let term: i32 = 0; term < terms; term++) {
      const at: i32 = load32(heads + (term << 2));
      const head: i32 = load32(at);
      if (head >= AFTER_SUMS) continue;
      if (head < start + WINDOW_TOKENS) mass += loadF64(masses + (term << 3));
      if (head === start) store32(heads + (term << 2), at + 4);
    }
    if (mass > best) best = mass;
  }
  return best;
}
