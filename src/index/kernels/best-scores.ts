/**
 * The best scores of a trial, without the documents that they are of: a heap with the worst on top, where the results will
 * stand. Of the worst it is known that so many documents reach it.
 */

import { P_HEAP_LIMIT, P_RESULTS } from './layout.ts';
import { load32, loadF64, storeF64 } from './memory.ts';
import { program } from './query-state.ts';
import type { f64, i32 } from './types.ts';

let scores: i32 = 0;
let limit: i32 = 0;
let count: i32 = 0;
/** Scores that are not above it change nothing. */
let least: f64 = -1.0;

/** Begins anew: as many scores as documents are wanted, those up to `floor` aside. */
export function beginBest(floor: f64): void {
  scores = load32(program + P_RESULTS);
  limit = load32(program + P_HEAP_LIMIT);
  count = 0;
  least = floor;
}

/** What as many documents as are wanted reach, as far as is known. */
export function bestFloor(): f64 {
  return least;
}

export function tryScore(score: f64): void {
  if (score <= least) return;
  let place: i32 = count;
  if (count < limit) {
    count++;
    while (place > 0) {
      const parent: i32 = (place - 1) >> 1;
      if (loadF64(scores + (parent << 3)) <= score) break;
      storeF64(scores + (place << 3), loadF64(scores + (parent << 3)));
      place = parent;
    }
  } else {
    place = 0;
    for (let child: i32 = 1; child < count; child = (place << 1) + 1) {
      if (child + 1 < count && loadF64(scores + ((child + 1) << 3)) < loadF64(scores + (child << 3))) child++;
      if (loadF64(scores + (child << 3)) >= score) break;
      storeF64(scores + (place << 3), loadF64(scores + (child << 3)));
      place = child;
    }
  }
  storeF64(scores + (place << 3), score);
  if (count === limit) least = loadF64(scores);
}
