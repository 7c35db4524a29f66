/**
 * A look at the most promising blocks of one list before the search: what the best of their documents reach is a floor
 * under the threshold, so that the search passes over blocks from its beginning on. Nothing else is changed by it.
 */

import {
  C_BLOCKS,
  C_BLOCK_LAST,
  C_BOUND,
  C_CHUNK_COUNT,
  C_COUNT,
  C_DF,
  C_DOC,
  C_DOCS,
  C_HINT,
  C_INDEX,
  C_KIND,
  C_ORDINAL,
  CURSOR_BYTES,
  LIST_LONG,
  P_CURSORS,
  P_EXCLUDED,
  P_HEAP_LIMIT,
  P_SCORED,
  P_SURVIVORS,
  SURVIVOR_SCORES,
} from './layout.ts';
import { enoughFor, hopefulIn, placeAtLeast, postingScore, readWeighed } from './block.ts';
import { beginBest, bestFloor, tryScore } from './best-scores.ts';
import { boundOfAll } from './block-bounds.ts';
import { blockBound, seekBlock } from './chunks.ts';
import { openBlock } from './cursor.ts';
import { raiseFloor, threshold } from './heap.ts';
import { countTrailingZeros, load32, loadF64, store32, storeF64 } from './memory.ts';
import { isLive, program } from './query-state.ts';
import type { f64, i32 } from './types.ts';

/** Fewer postings are read in less time than it takes to look. */
const LEAST_POSTINGS: i32 = 512;
/** A list must have so many documents for each that is wanted. */
const LEAST_CHOICE_SHIFT: i32 = 2;
/** One block in eight is looked at, and so many at most. */
const SHARE_SHIFT: i32 = 3;
const MOST_BLOCKS: i32 = 6;
/** Room for candidates: that of a block's survivors. */
const MOST_CANDIDATES: i32 = 128;
/** Where more are wanted, candidates are judged by the one list alone: looking each up in the others is dear. */
const MOST_COMPLETED: i32 = 16;
/** Candidates with less than this share of what the best reach by the one list are not looked up in the others. */
const NEAR: f64 = 0.75;

/** Of the list that was looked at last, at P_SURVIVORS. */
let candidates: i32 = 0;
let lookedAt: i32 = 0;

/** While nothing is known of the threshold: sets it as high as the best of a few blocks warrant. */
export function lookFirst(postings: i32): void {
  if (postings < LEAST_POSTINGS || load32(program + P_EXCLUDED) > 0 || threshold() >= 0) return;
  const wanted: i32 = load32(program + P_HEAP_LIMIT);
  let list: i32 = lookAtShort(wanted);
  const long: i32 = strongestLong(wanted << LEAST_CHOICE_SHIFT);
  if (long !== 0 && loadF64(long + C_BOUND) > threshold() && look(long) === 1) list = long;
  // Where the others can't reach it together they are asked about few documents, whatever these sum up to.
  if (list !== 0 && wanted <= MOST_COMPLETED && boundOfAll() - loadF64(list + C_BOUND) >= threshold()) {
    if (lookedAt !== list) look(list);
    complete(list, threshold() * NEAR);
  }
  rewind();
}

/** Looks at each list of one block, which is decoded already and will be scored anyway; the last that raised the floor, or 0. */
function lookAtShort(wanted: i32): i32 {
  const scored: i32 = load32(program + P_SCORED);
  const cursors: i32 = load32(program + P_CURSORS);
  let best: i32 = 0;
  for (let i: i32 = 0; i < scored; i++) {
    const cursor: i32 = cursors + i * CURSOR_BYTES;
    if (load32(cursor + C_KIND) === LIST_LONG || load32(cursor + C_DF) < wanted) continue;
    if (loadF64(cursor + C_BOUND) > threshold() && look(cursor) === 1) best = cursor;
  }
  return best;
}

/** 1 where the best of a list's documents raise the floor. */
function look(list: i32): i32 {
  const before: f64 = threshold();
  beginBest(before);
  lookAtBest(list);
  lookedAt = list;
  raiseFloor(bestFloor());
  return bestFloor() > before ? 1 : 0;
}

/** The long list that can add most to a score, of those with `least` documents or more; 0 without one. */
function strongestLong(least: i32): i32 {
  const scored: i32 = load32(program + P_SCORED);
  const cursors: i32 = load32(program + P_CURSORS);
  let best: i32 = 0;
  for (let i: i32 = 0; i < scored; i++) {
    const cursor: i32 = cursors + i * CURSOR_BYTES;
    if (load32(cursor + C_KIND) !== LIST_LONG || load32(cursor + C_DF) < least) continue;
    if (best === 0 || loadF64(cursor + C_BOUND) > loadF64(best + C_BOUND)) best = cursor;
  }
  return best;
}

/** Tries documents of the best blocks of the list's first chunk by what the list gives; notes those that were good enough. */
function lookAtBest(list: i32): void {
  let looks: i32 = 1 + (load32(list + C_BLOCKS) >> SHARE_SHIFT);
  if (looks > MOST_BLOCKS) looks = MOST_BLOCKS;
  candidates = 0;
  if (seekBlock(list, 0) < 0) return;
  let bound: f64 = loadF64(list + C_BOUND) + 1.0;
  let block: i32 = -1;
  for (; looks > 0; looks--) {
    block = nextBest(list, bound, block);
    if (block < 0) return;
    bound = blockBound(list, block);
    if (bound <= bestFloor()) return;
    store32(list + C_HINT, block);
    openBlock(list);
    tryBlock(list);
  }
}

/** The block of the highest bound behind the one of `bound` at `place`, equal ones in their order; −1 at the end. */
function nextBest(list: i32, bound: f64, place: i32): i32 {
  const count: i32 = load32(list + C_CHUNK_COUNT);
  let best: i32 = -1;
  let most: f64 = -1.0;
  for (let block: i32 = 0; block < count; block++) {
    const own: f64 = blockBound(list, block);
    if (own <= most || own > bound || (own === bound && block <= place)) continue;
    best = block;
    most = own;
  }
  return best;
}

function tryBlock(list: i32): void {
  const documents: i32 = load32(program + P_SURVIVORS);
  const count: i32 = load32(list + C_COUNT);
  readWeighed(list);
  // Of many blocks there is room for the documents alone that are the best so far.
  const share: f64 = load32(list + C_KIND) === LIST_LONG ? 1.0 : NEAR;
  for (let start: i32 = 0; start < count; start += 32) {
    const enough: f64 = enoughFor(list, bestFloor() * share);
    for (let left: i32 = hopefulIn(list, start, 0, count, enough); left !== 0; left = left & (left - 1)) {
      const place: i32 = start + countTrailingZeros(left);
      const score: f64 = postingScore(list, place);
      const document: i32 = load32(list + C_DOCS + (place << 2));
      if (score < bestFloor() * share || isLive(document) === 0) continue;
      tryScore(score);
      if (candidates === MOST_CANDIDATES) continue;
      store32(documents + (candidates << 2), document);
      storeF64(documents + SURVIVOR_SCORES + (candidates << 3), score);
      candidates++;
    }
  }
}

/** Tries the candidates whose score by `list` is at least `near` again, with what the other lists give them. */
function complete(list: i32, near: f64): void {
  const documents: i32 = load32(program + P_SURVIVORS);
  const scored: i32 = load32(program + P_SCORED);
  const cursors: i32 = load32(program + P_CURSORS);
  beginBest(threshold());
  for (let i: i32 = 0; i < candidates; i++) {
    let score: f64 = loadF64(documents + SURVIVOR_SCORES + (i << 3));
    if (score < near) continue;
    const document: i32 = load32(documents + (i << 2));
    for (let other: i32 = 0; other < scored; other++) {
      const cursor: i32 = cursors + other * CURSOR_BYTES;
      if (cursor !== list) score += scoreIn(cursor, document);
    }
    tryScore(score);
  }
  raiseFloor(bestFloor());
}

/** What a list gives a document, wherever the cursor stands. */
function scoreIn(cursor: i32, document: i32): f64 {
  if (load32(cursor + C_DF) === 0) return 0;
  if (seekBlock(cursor, document) < 0) return 0;
  openBlock(cursor);
  const docs: i32 = cursor + C_DOCS;
  const place: i32 = placeAtLeast(docs, document);
  return load32(docs + (place << 2)) === document ? postingScore(cursor, place) : 0;
}

/** Puts all scored lists before their first documents again. */
function rewind(): void {
  const scored: i32 = load32(program + P_SCORED);
  const cursors: i32 = load32(program + P_CURSORS);
  for (let i: i32 = 0; i < scored; i++) {
    const cursor: i32 = cursors + i * CURSOR_BYTES;
    if (load32(cursor + C_KIND) !== LIST_LONG) continue;
    store32(cursor + C_DOC, -1);
    store32(cursor + C_INDEX, 0);
    store32(cursor + C_BLOCK_LAST, -1);
    store32(cursor + C_ORDINAL, -1);
  }
}
