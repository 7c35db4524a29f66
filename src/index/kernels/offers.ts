/**
 * What becomes of a match with its score by the first stage: it is offered to the heap, or, where the second stage looks at
 * all matches, waits until some are there. Those that a bound of the second stage leaves a chance are looked at.
 */

import { P_PARTIAL, P_RESCORING } from './layout.ts';
import { keep, reached, threshold } from './heap.ts';
import { isExpired, load32, loadF64, store32, storeF64 } from './memory.ts';
import { program, segment } from './query-state.ts';
import { compareFound, findTerms, rankOf } from './rescoring.ts';
import { boundFound } from './rescoring-bound.ts';
import {
  CANDIDATE_SCORES,
  MOST_CANDIDATES,
  Q_CANDIDATES,
  Q_IS_BOUNDED,
  Q_LOOKED,
  Q_RESCORED,
} from './rescoring-layout.ts';
import { raised } from './scoring.ts';
import type { f64, i32 } from './types.ts';

const BEST_RANK: i32 = 255;
/** Documents looked at between two looks at the time. */
const CLOCK_STEPS: i32 = 64;

/** Program of the second stage where it looks at all matches, or 0. */
let rescoring: i32 = 0;
/** Documents that wait. */
let waiting: i32 = 0;
let steps: i32 = 0;

export function beginOffers(): void {
  rescoring = load32(program + P_RESCORING);
  waiting = 0;
  steps = 0;
}

/** Offers a document of the segment at hand; documents come in order. */
export function offer(score: f64, document: i32): void {
  if (rescoring === 0) keep(score, document);
  else if (score >= threshold()) wait(score, document);
}

function wait(score: f64, document: i32): void {
  const candidates: i32 = load32(rescoring + Q_CANDIDATES);
  store32(candidates + (waiting << 2), document);
  storeF64(candidates + CANDIDATE_SCORES + (waiting << 3), score);
  waiting++;
  if (waiting === MOST_CANDIDATES) rescoreWaiting();
}

/** Has the second stage look at what waits; before the segment is left. */
export function rescoreWaiting(): void {
  const count: i32 = waiting;
  waiting = 0;
  if (count === 0 || load32(program + P_PARTIAL) === 1) return;
  const candidates: i32 = load32(rescoring + Q_CANDIDATES);
  const isBounded: i32 = load32(rescoring + Q_IS_BOUNDED);
  let looked: i32 = 0;
  for (let i: i32 = 0; i < count; i++) {
    const document: i32 = load32(candidates + (i << 2));
    const score: f64 = loadF64(candidates + CANDIDATE_SCORES + (i << 3));
    findTerms(rescoring, segment, document);
    if (isBounded === 1 && hasChance(score) === 0) continue;
    steps++;
    if (steps === CLOCK_STEPS) {
      steps = 0;
      if (isExpired() === 1) {
        store32(program + P_PARTIAL, 1);
        break;
      }
    }
    looked++;
    const all: f64 = score + compareFound(rescoring);
    if (all >= reached()) keep(all, document);
  }
  store32(rescoring + Q_LOOKED, load32(rescoring + Q_LOOKED) + count);
  store32(rescoring + Q_RESCORED, load32(rescoring + Q_RESCORED) + looked);
}

/** 0 where the document at hand can't be among the best, whatever its positions say. */
function hasChance(score: f64): i32 {
  const least: f64 = reached();
  if (raised(score + boundFound(rescoring, BEST_RANK)) < least) return 0;
  return raised(score + boundFound(rescoring, rankOf(rescoring))) < least ? 0 : 1;
}
