/**
 * Documents that may be among the best by the lists that are read through, gathered before the spare lists, which can't reach the best
 * alone, are asked about them: list after list, block after block, so that no step waits for the one before or hangs on a
 * branch that can't be foretold. Of ten documents that are asked about, nine stand in none of the spare lists.
 */

import {
  BLOCK_POSTINGS,
  C_ALPHA,
  C_BETA,
  C_BLOCK_LAST,
  C_DOC,
  C_DOCS,
  C_LAST_DOCS,
  C_MATCHES,
  C_SCORES,
  C_SCORES_READY,
  C_WINDOW_BOUND,
  END,
  P_EXCLUDED,
  P_PRUNED,
  P_SURVIVORS,
  SURVIVOR_PLACES,
  SURVIVOR_SCORES,
} from './layout.ts';
import {
  enoughFor,
  hopefulIn,
  placeAtLeast,
  postingScore,
  readScores,
  readWeighed,
  WEIGHED,
} from './block.ts';
import { blockBound, seekBlock } from './chunks.ts';
import { openBlock } from './cursor.ts';
import { threshold } from './heap.ts';
import { offer } from './offers.ts';
import { countOnes, countTrailingZeros, load32, loadF64, store32, storeF64 } from './memory.ts';
import { addMatches, collected, isExcluded, isLive, liveBits, program, take } from './query-state.ts';
import { termScores } from './scoring.ts';
import type { f64, i32 } from './types.ts';
import { leastEssential, listAt, spare, spareBound } from './window-order.ts';

/** With fewer there is room for 32 more. */
const ALMOST_ALL: i32 = 96;
/** So many of a block make it worth while to score all of it. */
const MANY_FOUND: i32 = 20;
/** Of a document that was found: its place in the block, and above these bits its number among those gathered. */
const PLACE_BITS: i32 = 8;

/** Documents at P_SURVIVORS, in order, and what the lists give them that were read. */
let gathered: i32 = 0;
/** Places of marked documents at SURVIVOR_PLACES. */
let noted: i32 = 0;

/** Gathers the documents of a block, from `index` to `end` − 1, for which its score and the spare lists may be enough. */
export function gatherHopeful(cursor: i32, index: i32, end: i32): void {
  const documents: i32 = load32(program + P_SURVIVORS);
  readWeighed(cursor);
  let enough: f64 = enoughFor(cursor, leastEssential());
  let own: i32 = gathered;
  let seen: i32 = 0;
  for (let start: i32 = index & -32; start < end; start += 32) {
    if (gathered > ALMOST_ALL) {
      scoreGathered(cursor, own);
      offerGathered();
      own = 0;
      enough = enoughFor(cursor, leastEssential());
    }
    let at: i32 = gathered;
    for (let left: i32 = hopefulIn(cursor, start, index, end, enough); left !== 0; left = left & (left - 1)) {
      const place: i32 = start + countTrailingZeros(left);
      store32(documents + (at << 2), load32(cursor + C_DOCS + (place << 2)));
      storeF64(documents + SURVIVOR_SCORES + (at << 3), loadF64(cursor + C_SCORES + (place << 3)));
      at++;
    }
    seen += at - gathered;
    gathered = at;
  }
  scoreGathered(cursor, own);
  if (seen < end - index) store32(program + P_PRUNED, 1);
}

/** Makes scores of the weighed frequencies of those gathered from number `own` on. */
function scoreGathered(cursor: i32, own: i32): void {
  if (load32(cursor + C_SCORES_READY) !== WEIGHED || own === gathered) return;
  const weighed: i32 = load32(program + P_SURVIVORS) + SURVIVOR_SCORES + (own << 3);
  termScores(weighed, gathered - own, loadF64(cursor + C_ALPHA), loadF64(cursor + C_BETA));
}

/** Notes which of 32 documents have a sum; `first`: the place of the first of them, below 128. */
export function noteMarked(marked: i32, first: i32): void {
  let at: i32 = load32(program + P_SURVIVORS) + SURVIVOR_PLACES + (noted << 2);
  noted += countOnes(marked);
  let left: i32 = marked;
  // Four each time: how many they are can't be foretold. What is written too much is written over.
  while (left !== 0) {
    store32(at, first + countTrailingZeros(left));
    left = left & (left - 1);
    store32(at + 4, first + countTrailingZeros(left));
    left = left & (left - 1);
    store32(at + 8, first + countTrailingZeros(left));
    left = left & (left - 1);
    store32(at + 12, first + countTrailingZeros(left));
    left = left & (left - 1);
    at += 16;
  }
}

/** Gathers those of the noted documents whose sums may be enough, and clears the sums of all; `first`: the document at place 0. */
export function gatherNoted(sums: i32, first: i32): void {
  const count: i32 = noted;
  if (count === 0) return;
  noted = 0;
  if (gathered + count > BLOCK_POSTINGS) offerGathered();
  const documents: i32 = load32(program + P_SURVIVORS);
  const places: i32 = documents + SURVIVOR_PLACES;
  const scores: i32 = documents + SURVIVOR_SCORES;
  const least: f64 = leastEssential();
  let kept: i32 = gathered;
  for (let at: i32 = places; at < places + (count << 2); at += 4) {
    const place: i32 = load32(at);
    const sum: i32 = sums + (place << 3);
    const score: f64 = loadF64(sum);
    storeF64(sum, 0);
    store32(documents + (kept << 2), first + place);
    storeF64(scores + (kept << 3), score);
    kept += score >= least ? 1 : 0;
  }
  if (kept < gathered + count) store32(program + P_PRUNED, 1);
  gathered = kept;
}

/** Adds what the spare lists of the window give, and offers those that are enough: before the next window at the latest. */
export function offerGathered(): void {
  let left: i32 = gathered;
  if (left === 0) return;
  gathered = 0;
  if (liveBits !== 0 || collected !== 0 || load32(program + P_EXCLUDED) > 0) left = takeEach(left);
  else addMatches(left);
  let rest: f64 = spareBound;
  for (let i: i32 = spare - 1; i >= 0 && left > 0; i--) {
    const cursor: i32 = listAt(i);
    rest -= loadF64(cursor + C_WINDOW_BOUND);
    addList(cursor, left, threshold() - rest);
    left = keep(left, threshold() - rest);
  }
  const documents: i32 = load32(program + P_SURVIVORS);
  for (let i: i32 = 0; i < left; i++) {
    const score: f64 = loadF64(documents + SURVIVOR_SCORES + (i << 3));
    if (score >= threshold()) offer(score, load32(documents + (i << 2)));
  }
}

/** Takes those of the first `count` that are matches, and keeps no others; returns how many they are. */
function takeEach(count: i32): i32 {
  const documents: i32 = load32(program + P_SURVIVORS);
  const scores: i32 = documents + SURVIVOR_SCORES;
  let kept: i32 = 0;
  for (let i: i32 = 0; i < count; i++) {
    const document: i32 = load32(documents + (i << 2));
    if (isLive(document) === 0 || isExcluded(document) === 1) continue;
    take(document);
    store32(documents + (kept << 2), document);
    storeF64(scores + (kept << 3), loadF64(scores + (i << 3)));
    kept++;
  }
  return kept;
}

/** Keeps those of the first `count` that have `least` or more; returns how many they are. */
function keep(count: i32, least: f64): i32 {
  const documents: i32 = load32(program + P_SURVIVORS);
  const scores: i32 = documents + SURVIVOR_SCORES;
  let kept: i32 = 0;
  for (let i: i32 = 0; i < count; i++) {
    const score: f64 = loadF64(scores + (i << 3));
    store32(documents + (kept << 2), load32(documents + (i << 2)));
    storeF64(scores + (kept << 3), score);
    kept += score >= least ? 1 : 0;
  }
  return kept;
}

/** Adds what a list gives to the first `count`, except where that can't make `least` of any in the same block. */
function addList(cursor: i32, count: i32, least: f64): void {
  if (load32(cursor + C_DOC) === END) return;
  const documents: i32 = load32(program + P_SURVIVORS);
  let first: i32 = 0;
  while (first < count) {
    const document: i32 = load32(documents + (first << 2));
    if (load32(cursor + C_BLOCK_LAST) >= document) {
      first = addBlockScores(cursor, first, count);
      continue;
    }
    const block: i32 = seekBlock(cursor, document);
    if (block < 0) return;
    const last: i32 = load32(cursor + C_LAST_DOCS + (block << 2));
    const past: i32 = hopefulBefore(first, count, last, least - blockBound(cursor, block));
    if (past > 0) {
      first = past;
      continue;
    }
    openBlock(cursor);
    first = addBlockScores(cursor, first, count);
  }
}

/** 0 where one of those from number `first` to document `last` has `least` or more; else the number behind them. */
function hopefulBefore(first: i32, count: i32, last: i32, least: f64): i32 {
  const documents: i32 = load32(program + P_SURVIVORS);
  let i: i32 = first;
  while (i < count && load32(documents + (i << 2)) <= last) {
    if (loadF64(documents + SURVIVOR_SCORES + (i << 3)) >= least) return 0;
    i++;
  }
  return i;
}

/** Adds what the decoded block gives to those from number `first` on that would stand in it; returns the number behind them. */
function addBlockScores(cursor: i32, first: i32, count: i32): i32 {
  const documents: i32 = load32(program + P_SURVIVORS);
  const scores: i32 = documents + SURVIVOR_SCORES;
  const last: i32 = load32(cursor + C_BLOCK_LAST);
  const docs: i32 = cursor + C_DOCS;
  const matches: i32 = cursor + C_MATCHES;
  let found: i32 = 0;
  let i: i32 = first;
  for (; i < count; i++) {
    const document: i32 = load32(documents + (i << 2));
    if (document > last) break;
    const place: i32 = placeAtLeast(docs, document);
    store32(matches + (found << 2), place | (i << PLACE_BITS));
    found += load32(docs + (place << 2)) === document ? 1 : 0;
  }
  if (found >= MANY_FOUND) readScores(cursor);
  for (let at: i32 = matches; at < matches + (found << 2); at += 4) {
    const match: i32 = load32(at);
    const score: i32 = scores + ((match >>> PLACE_BITS) << 3);
    storeF64(score, loadF64(score) + postingScore(cursor, match & ((1 << PLACE_BITS) - 1)));
  }
  return i;
}
