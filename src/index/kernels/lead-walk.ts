/**
 * Documents that all of some lists have, a block of the rarest list at a time, for lists of different lengths: what is
 * left of the block is looked up in one list after the other. There is nothing else to ask, for a question wants all
 * lists at its document.
 */

import {
  C_BOUND,
  C_COUNT,
  C_DF,
  C_DOCS,
  C_IS_SCORED,
  C_LAST_DOCS,
  C_MATCHES,
  C_SCORES,
  P_CORE,
  P_CORE_COUNT,
  P_EXCLUDED,
  P_PARTIAL,
  P_PLAIN,
  P_PLAIN_COUNT,
  P_PRUNED,
  P_SCORED,
  P_SURVIVORS,
  SEGMENT_DOCUMENTS,
  SURVIVOR_SCORES,
} from './layout.ts';
import { hopefulIn, placeAtLeast, postingScore, readScores } from './block.ts';
import { hasBits, keepInBits } from './bit-lists.ts';
import { boundOfAll } from './block-bounds.ts';
import { blockBound, seekBlock } from './chunks.ts';
import { openBlock } from './cursor.ts';
import { threshold } from './heap.ts';
import { offer } from './offers.ts';
import { countTrailingZeros, isExpired, load32, loadF64, store32, storeF64 } from './memory.ts';
import { isExcluded, isLive, isPruning, program, segment, take } from './query-state.ts';
import { otherScores, scoredCore } from './survivors.ts';
import type { f64, i32 } from './types.ts';

/** Blocks between two looks at the time: each may be looked up in many blocks of other lists. */
const CLOCK_STEPS: i32 = 8;

export function searchByLead(): void {
  const documents: i32 = load32(segment + SEGMENT_DOCUMENTS);
  const lead: i32 = load32(load32(program + P_CORE));
  const others: f64 = boundOfOthers(lead);
  let target: i32 = 0;
  let steps: i32 = CLOCK_STEPS - 1;
  while (target < documents) {
    steps++;
    if (steps === CLOCK_STEPS) {
      steps = 0;
      if (isExpired() === 1) {
        store32(program + P_PARTIAL, 1);
        return;
      }
    }
    const block: i32 = seekBlock(lead, target);
    if (block < 0) return;
    target = load32(lead + C_LAST_DOCS + (block << 2)) + 1;
    if (isPruning === 1 && threshold() > 0) {
      const own: f64 = load32(lead + C_IS_SCORED) === 1 ? blockBound(lead, block) : 0;
      if (own + others < threshold()) {
        store32(program + P_PRUNED, 1);
        continue;
      }
    }
    openBlock(lead);
    // While any score is good enough, only what all lists have is scored.
    const isScoring: i32 = isPruning === 1 && threshold() > 0 ? 1 : 0;
    const taken: i32 = takeLead(lead, others, isScoring);
    const found: i32 = lookUp(lead, keepInBitLists(taken), others, isScoring);
    if (found > 0 && isScoring === 0) scoreLead(lead, found);
    if (found > 0) offerAll(found);
  }
}

/** What all scored lists but the lead can give a document. */
function boundOfOthers(lead: i32): f64 {
  let bound: f64 = boundOfAll();
  if (load32(lead + C_IS_SCORED) === 1) bound -= loadF64(lead + C_BOUND);
  return bound;
}

/**
 * The lead's documents go to P_SURVIVORS, their places to C_MATCHES. Where they are scored, their scores go there, too,
 * and those that can't be among the best are left out.
 */
function takeLead(lead: i32, others: f64, isScoring: i32): i32 {
  const survivors: i32 = load32(program + P_SURVIVORS);
  const size: i32 = load32(lead + C_COUNT);
  const docs: i32 = lead + C_DOCS;
  if (isScoring === 0 || load32(lead + C_IS_SCORED) === 0) {
    for (let i: i32 = 0; i < size; i++) {
      store32(survivors + (i << 2), load32(docs + (i << 2)));
      store32(lead + C_MATCHES + (i << 2), i);
      storeF64(survivors + SURVIVOR_SCORES + (i << 3), 0);
    }
    return size;
  }
  const least: f64 = isPruning === 1 ? threshold() - others : -1.0;
  readScores(lead);
  let count: i32 = 0;
  for (let start: i32 = 0; start < size; start += 32) {
    for (let left: i32 = hopefulIn(lead, start, 0, size, least); left !== 0; left = left & (left - 1)) {
      const place: i32 = start + countTrailingZeros(left);
      store32(survivors + (count << 2), load32(docs + (place << 2)));
      store32(lead + C_MATCHES + (count << 2), place);
      storeF64(survivors + SURVIVOR_SCORES + (count << 3), loadF64(lead + C_SCORES + (place << 3)));
      count++;
    }
  }
  if (count < size) store32(program + P_PRUNED, 1);
  return count;
}

/**
 * Keeps the survivors that lists of bits have, which is asked before a block is decoded: not of those with most documents,
 * whose blocks are wanted all the same.
 */
function keepInBitLists(taken: i32): i32 {
  const core: i32 = load32(program + P_CORE);
  const lists: i32 = load32(program + P_CORE_COUNT);
  const plain: i32 = load32(program + P_PLAIN);
  const plainLists: i32 = load32(program + P_PLAIN_COUNT);
  const half: i32 = load32(segment + SEGMENT_DOCUMENTS) >> 1;
  let left: i32 = taken;
  for (let i: i32 = 0; i < plainLists && left > 0; i++) {
    left = keepInBits(load32(plain + (i << 2)), program, left, 1);
  }
  for (let i: i32 = 1; i < lists && left > 0; i++) {
    const cursor: i32 = load32(core + (i << 2));
    if (hasBits(cursor) === 1 && load32(cursor + C_DF) < half) left = keepInBits(cursor, program, left, 1);
  }
  return left;
}

/** Keeps the survivors that the other lists have, too, and adds what these give. */
function lookUp(lead: i32, taken: i32, others: f64, isScoring: i32): i32 {
  const survivors: i32 = load32(program + P_SURVIVORS);
  const core: i32 = load32(program + P_CORE);
  const lists: i32 = load32(program + P_CORE_COUNT);
  let count: i32 = taken;
  let rest: f64 = others;
  for (let list: i32 = 1; list < lists && count > 0; list++) {
    const cursor: i32 = load32(core + (list << 2));
    const isScored: i32 = load32(cursor + C_IS_SCORED);
    if (isScored === 1) rest -= loadF64(cursor + C_BOUND);
    const least: f64 = isScoring === 1 ? threshold() - rest : -1.0;
    let found: i32 = 0;
    let i: i32 = 0;
    while (i < count) {
      const block: i32 = seekBlock(cursor, load32(survivors + (i << 2)));
      if (block < 0) break;
      const past: i32 = pastBlock(i, count, load32(cursor + C_LAST_DOCS + (block << 2)));
      if (least > 0 && isHopeful(cursor, block, i, past, isScored, least) === 0) {
        store32(program + P_PRUNED, 1);
      } else {
        openBlock(cursor);
        const kept: i32 = keepInBlock(lead, cursor, i, past, found);
        found = isScored === 1 ? scoreKept(lead, cursor, found, kept, least) : kept;
      }
      i = past;
    }
    count = found;
  }
  return count;
}

/** Place of the first survivor from place `i` on that is behind document `last`. */
function pastBlock(i: i32, count: i32, last: i32): i32 {
  const survivors: i32 = load32(program + P_SURVIVORS);
  let past: i32 = i + 1;
  while (past < count && load32(survivors + (past << 2)) <= last) past++;
  return past;
}

/** 1 where the block's bound is enough for any of the survivors from `i` to `past` − 1. */
function isHopeful(cursor: i32, block: i32, i: i32, past: i32, isScored: i32, least: f64): i32 {
  const scores: i32 = load32(program + P_SURVIVORS) + SURVIVOR_SCORES;
  const needed: f64 = isScored === 1 ? least - blockBound(cursor, block) : least;
  for (let at: i32 = i; at < past; at++) if (loadF64(scores + (at << 3)) >= needed) return 1;
  return 0;
}

/**
 * Survivors from `i` to `past` − 1 that the open block has go to places from `found` on, their places in it to its C_MATCHES;
 * returns the place behind the last. Without a branch: which are there can't be foretold.
 */
function keepInBlock(lead: i32, cursor: i32, i: i32, past: i32, found: i32): i32 {
  const survivors: i32 = load32(program + P_SURVIVORS);
  const scores: i32 = survivors + SURVIVOR_SCORES;
  const docs: i32 = cursor + C_DOCS;
  let kept: i32 = found;
  for (let at: i32 = i; at < past; at++) {
    const document: i32 = load32(survivors + (at << 2));
    const place: i32 = placeAtLeast(docs, document);
    store32(survivors + (kept << 2), document);
    store32(lead + C_MATCHES + (kept << 2), load32(lead + C_MATCHES + (at << 2)));
    store32(cursor + C_MATCHES + (kept << 2), place);
    storeF64(scores + (kept << 3), loadF64(scores + (at << 3)));
    kept += load32(docs + (place << 2)) === document ? 1 : 0;
  }
  return kept;
}

/** Adds what the open block gives to survivors from `found` to `kept` − 1, and keeps those for which it is enough. */
function scoreKept(lead: i32, cursor: i32, found: i32, kept: i32, least: f64): i32 {
  const survivors: i32 = load32(program + P_SURVIVORS);
  const scores: i32 = survivors + SURVIVOR_SCORES;
  let next: i32 = found;
  for (let at: i32 = found; at < kept; at++) {
    const score: f64 =
      loadF64(scores + (at << 3)) + postingScore(cursor, load32(cursor + C_MATCHES + (at << 2)));
    store32(survivors + (next << 2), load32(survivors + (at << 2)));
    store32(lead + C_MATCHES + (next << 2), load32(lead + C_MATCHES + (at << 2)));
    storeF64(scores + (next << 3), score);
    next += score >= least ? 1 : 0;
  }
  if (next < kept) store32(program + P_PRUNED, 1);
  return next;
}

/** Adds what the lead gives to the survivors' scores. */
function scoreLead(lead: i32, found: i32): void {
  if (load32(lead + C_IS_SCORED) === 0) return;
  const scores: i32 = load32(program + P_SURVIVORS) + SURVIVOR_SCORES;
  for (let i: i32 = 0; i < found; i++) {
    const at: i32 = scores + (i << 3);
    storeF64(at, loadF64(at) + postingScore(lead, load32(lead + C_MATCHES + (i << 2))));
  }
}

function offerAll(found: i32): void {
  const survivors: i32 = load32(program + P_SURVIVORS);
  const scored: i32 = load32(program + P_SCORED);
  const others: i32 = scored - scoredCore(scored);
  const excluded: i32 = load32(program + P_EXCLUDED);
  let least: f64 = threshold();
  for (let i: i32 = 0; i < found; i++) {
    const document: i32 = load32(survivors + (i << 2));
    if (isLive(document) === 0 || (excluded > 0 && isExcluded(document) === 1)) continue;
    take(document);
    let score: f64 = loadF64(survivors + SURVIVOR_SCORES + (i << 3));
    if (others > 0) score += otherScores(document, scored);
    if (score < least) continue;
    offer(score, document);
    least = threshold();
  }
}
