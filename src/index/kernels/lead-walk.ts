/**
 * Documents that all of some lists have, a block of the rarest list at a time: what is left of it is looked up in one
 * longer list after the other. For lists of different lengths and clauses that are nothing but lists.
 */

import {
  C_BLOCK_BOUNDS,
  C_BOUND,
  C_COUNT,
  C_DOCS,
  C_HINT,
  C_INDEX,
  C_IS_SCORED,
  C_LAST_DOCS,
  C_SCORES,
  P_CORE,
  P_CORE_COUNT,
  P_EXCLUDED,
  P_PARTIAL,
  P_PRUNED,
  P_SCORED,
  P_SURVIVORS,
  SEGMENT_DOCUMENTS,
  SURVIVOR_SCORES,
} from './layout.ts';
import { postingScore, readScores } from './block.ts';
import { boundOfAll } from './block-bounds.ts';
import { nextAtLeast, openBlock, seekBlock } from './cursor.ts';
import { offer, threshold } from './heap.ts';
import { isExpired, load32, loadF64, store32, storeF64 } from './memory.ts';
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
    const own: f64 =
      load32(lead + C_IS_SCORED) === 1 ? loadF64(lead + C_BLOCK_BOUNDS + (load32(lead + C_HINT) << 3)) : 0;
    if (isPruning === 1 && own + others < threshold()) {
      store32(program + P_PRUNED, 1);
      continue;
    }
    openBlock(lead);
    const found: i32 = lookUp(takeLead(lead, others), others);
    if (found > 0) offerAll(found);
  }
}

/** What all scored lists but the lead can give a document. */
function boundOfOthers(lead: i32): f64 {
  let bound: f64 = boundOfAll();
  if (load32(lead + C_IS_SCORED) === 1) bound -= loadF64(lead + C_BOUND);
  return bound;
}

/** The lead's documents and scores go to P_SURVIVORS, without those that can't be among the best. */
function takeLead(lead: i32, others: f64): i32 {
  const survivors: i32 = load32(program + P_SURVIVORS);
  const size: i32 = load32(lead + C_COUNT);
  const isScored: i32 = load32(lead + C_IS_SCORED);
  const least: f64 = isPruning === 1 ? threshold() - others : -1.0;
  if (isScored === 1) readScores(lead);
  let count: i32 = 0;
  for (let i: i32 = 0; i < size; i++) {
    const score: f64 = isScored === 1 ? loadF64(lead + C_SCORES + (i << 3)) : 0;
    store32(survivors + (count << 2), load32(lead + C_DOCS + (i << 2)));
    storeF64(survivors + SURVIVOR_SCORES + (count << 3), score);
    count += score >= least ? 1 : 0;
  }
  if (count < size) store32(program + P_PRUNED, 1);
  return count;
}

/** Keeps the survivors that the other lists have, too, and adds what these give. */
function lookUp(taken: i32, others: f64): i32 {
  const survivors: i32 = load32(program + P_SURVIVORS);
  const core: i32 = load32(program + P_CORE);
  const lists: i32 = load32(program + P_CORE_COUNT);
  let count: i32 = taken;
  let rest: f64 = others;
  for (let list: i32 = 1; list < lists && count > 0; list++) {
    const cursor: i32 = load32(core + (list << 2));
    const isScored: i32 = load32(cursor + C_IS_SCORED);
    if (isScored === 1) rest -= loadF64(cursor + C_BOUND);
    const least: f64 = isPruning === 1 ? threshold() - rest : -1.0;
    let found: i32 = 0;
    for (let i: i32 = 0; i < count; i++) {
      const document: i32 = load32(survivors + (i << 2));
      if (nextAtLeast(cursor, document) !== document) continue;
      let score: f64 = loadF64(survivors + SURVIVOR_SCORES + (i << 3));
      if (isScored === 1) score += postingScore(cursor, load32(cursor + C_INDEX));
      if (score < least) {
        store32(program + P_PRUNED, 1);
        continue;
      }
      store32(survivors + (found << 2), document);
      storeF64(survivors + SURVIVOR_SCORES + (found << 3), score);
      found++;
    }
    count = found;
  }
  return count;
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
