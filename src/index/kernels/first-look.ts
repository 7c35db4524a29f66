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
  C_SCORES,
  CURSOR_BYTES,
  LIST_LONG,
  P_CURSORS,
  P_EXCLUDED,
  P_HEAP_LIMIT,
  P_SCORED,
  P_SURVIVORS,
  SURVIVOR_SCORES,
} from './layout.ts';
import { postingScore, readScores } from './block.ts';
import { blockBound, seekBlock } from './chunks.ts';
import { openBlock, placeAtLeast } from './cursor.ts';
import { beginHeap, isEmpty, isFull, offer, setFloor, threshold } from './heap.ts';
import { load32, loadF64, store32, storeF64 } from './memory.ts';
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

let candidates: i32 = 0;

/**
 * While nothing is known of the threshold: sets it as high as the best of a few blocks warrant. The heap serves the look, so
 * there is none where a segment before has left something in it.
 */
export function lookFirst(postings: i32): void {
  if (postings < LEAST_POSTINGS || load32(program + P_EXCLUDED) > 0) return;
  if (isEmpty() === 0 || threshold() >= 0) return;
  const wanted: i32 = load32(program + P_HEAP_LIMIT);
  const list: i32 = strongest(wanted << LEAST_CHOICE_SHIFT);
  if (list === 0) return;
  lookAtBest(list);
  let floor: f64 = isFull() === 1 ? threshold() : -1.0;
  if (floor > 0 && wanted <= MOST_COMPLETED && load32(program + P_SCORED) > 1) {
    beginHeap();
    complete(list, floor * NEAR);
    if (isFull() === 1 && threshold() > floor) floor = threshold();
  }
  beginHeap();
  setFloor(floor);
  rewind();
}

/** The list that can add most to a score, of those with `least` documents or more; 0 without one. */
function strongest(least: i32): i32 {
  const scored: i32 = load32(program + P_SCORED);
  const cursors: i32 = load32(program + P_CURSORS);
  let best: i32 = 0;
  for (let i: i32 = 0; i < scored; i++) {
    const cursor: i32 = cursors + i * CURSOR_BYTES;
    if (load32(cursor + C_DF) < least) continue;
    if (best === 0 || loadF64(cursor + C_BOUND) > loadF64(best + C_BOUND)) best = cursor;
  }
  return best;
}

/** Offers documents of the best blocks of the list's first chunk by what the list gives; notes those that were good enough. */
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
    if (bound < threshold()) return;
    store32(list + C_HINT, block);
    openBlock(list);
    offerBlock(list);
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

function offerBlock(list: i32): void {
  const documents: i32 = load32(program + P_SURVIVORS);
  const count: i32 = load32(list + C_COUNT);
  readScores(list);
  let least: f64 = threshold();
  for (let i: i32 = 0; i < count; i++) {
    const score: f64 = loadF64(list + C_SCORES + (i << 3));
    if (score < least) continue;
    const document: i32 = load32(list + C_DOCS + (i << 2));
    if (isLive(document) === 0) continue;
    offer(score, document);
    least = threshold();
    if (candidates === MOST_CANDIDATES) continue;
    store32(documents + (candidates << 2), document);
    storeF64(documents + SURVIVOR_SCORES + (candidates << 3), score);
    candidates++;
  }
}

/** Offers the candidates whose score by `list` is at least `near` again, with what the other lists give them. */
function complete(list: i32, near: f64): void {
  const documents: i32 = load32(program + P_SURVIVORS);
  const scored: i32 = load32(program + P_SCORED);
  const cursors: i32 = load32(program + P_CURSORS);
  for (let i: i32 = 0; i < candidates; i++) {
    let score: f64 = loadF64(documents + SURVIVOR_SCORES + (i << 3));
    if (score < near) continue;
    const document: i32 = load32(documents + (i << 2));
    for (let other: i32 = 0; other < scored; other++) {
      const cursor: i32 = cursors + other * CURSOR_BYTES;
      if (cursor !== list) score += scoreIn(cursor, document);
    }
    offer(score, document);
  }
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
