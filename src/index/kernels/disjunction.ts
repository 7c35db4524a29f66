/** Documents that have any of the scored terms: windows of documents, block bounds, essential lists first. */

import {
  BLOCK_SHIFT,
  C_BLOCK_LAST,
  C_COUNT,
  C_DOCS,
  C_INDEX,
  C_LAST_DOCS,
  C_SCORES,
  C_WINDOW_BOUND,
  END,
  P_ACCUMULATOR,
  P_EXCLUDED,
  P_PARTIAL,
  P_PRUNED,
  P_WINDOW_MARKS,
  SEGMENT_DOCUMENTS,
  WIDE_WINDOW,
  WINDOW,
} from './layout.ts';
import { enoughFor, hopefulIn, placeAtLeast, postingScore, readScores, readWeighed } from './block.ts';
import { blockBound, seekBlock } from './chunks.ts';
import { leaveAt, nextAtLeast } from './cursor.ts';
import { lookFirst } from './first-look.ts';
import { gatherHopeful, gatherNoted, noteMarked, offerGathered } from './gathered.ts';
import { threshold } from './heap.ts';
import { offer } from './offers.ts';
import { clearThirtyTwo, hopefulOf, isAnySet, takeMarks } from './lanes.ts';
import {
  countOnes,
  countTrailingZeros,
  divide,
  isExpired,
  load32,
  loadF64,
  store32,
  store8,
  storeF64,
} from './memory.ts';
import {
  addMatches,
  collected,
  isExcluded,
  isLive,
  isPruning,
  liveBits,
  program,
  segment,
  take,
} from './query-state.ts';
import type { f64, i32 } from './types.ts';
import {
  leadingPostings,
  leastEssential,
  listAt,
  orderAll,
  ordered,
  orderWindow,
  spare,
  spareBound,
  windowTotal,
} from './window-order.ts';

/** So many documents of 32 make it worth while to compare all of these. */
const MANY_MARKS: i32 = 6;
/** Windows between two looks at the time. */
const CLOCK_STEPS: i32 = 16;
/** Windows are dense where one document in eight, or more, has a term. */
const DENSE_SHIFT: i32 = 3;
/** In the window of a list alone, where nothing is added up. */
const SINGLE_WIDTH: i32 = 65_536;

/** Documents of a window: more where lists are thin. */
let width: i32 = 0;
/** 1 where a document is marked by a byte, not a bit: a bit of a word would wait for the posting before. */
let isDense: i32 = 0;
/** 1 where documents must be taken in order, for each is asked about, and lists don't go back. */
let isAsking: i32 = 0;

/** Windows since the last look at the time: of many small segments, too. */
let steps: i32 = 0;

/** Documents that have any of the scored terms: windows of documents, block bounds, essential lists first. */
export function searchAny(): void {
  const documents: i32 = load32(segment + SEGMENT_DOCUMENTS);
  isAsking = isPruning === 0 && load32(program + P_EXCLUDED) > 0 ? 1 : 0;
  orderAll();
  if (isPruning === 1) lookFirst(leadingPostings(0));
  chooseWidth(documents);
  const single: i32 = ordered === 1 ? listAt(0) : 0;
  for (let first: i32 = 0; first < documents; first += width) {
    steps++;
    if (steps >= CLOCK_STEPS) {
      steps = 0;
      if (isExpired() === 1) {
        store32(program + P_PARTIAL, 1);
        return;
      }
    }
    if (single === 0) searchWindow(first);
    else readSingle(single, first, first + width);
  }
}

/** Wide windows where the lists that may lead to the best have but a block or two in them. */
function chooseWidth(documents: i32): void {
  const leading: i32 = leadingPostings(threshold());
  isDense = leading > documents >> DENSE_SHIFT ? 1 : 0;
  width = SINGLE_WIDTH;
  if (ordered === 1) return;
  const blocks: i32 = leading >> BLOCK_SHIFT;
  const most: i32 = blocks === 0 ? WIDE_WINDOW : divide(documents, blocks);
  width = WINDOW;
  while (width < WIDE_WINDOW && width < most && width < documents) width = width << 1;
}

function searchWindow(first: i32): void {
  const past: i32 = first + width;
  orderWindow(first, past);
  if (spare > 0) store32(program + P_PRUNED, 1);
  if (ordered - spare === 1) {
    readSingle(listAt(spare), first, past);
    if (spare > 0) offerGathered();
    return;
  }
  if (ordered === spare) return;
  for (let i: i32 = spare; i < ordered; i++) accumulate(listAt(i), first, past);
  if (isPruning === 1) gatherWindow(first);
  else readWindow(first);
}

/** A document with all of its score. */
function consider(document: i32, score: f64): void {
  if (isLive(document) === 0 || isExcluded(document) === 1) return;
  take(document);
  offer(score, document);
}

/** First document at or after `target` of a block that can matter, given what others can add to it; END without one. */
function nextHopeful(cursor: i32, target: i32, past: i32, others: f64): i32 {
  if (isPruning === 0) return nextAtLeast(cursor, target);
  let from: i32 = target;
  while (from < past) {
    const block: i32 = seekBlock(cursor, from);
    if (block < 0) return END;
    if (blockBound(cursor, block) + others >= threshold()) {
      return nextAtLeast(cursor, from);
    }
    store32(program + P_PRUNED, 1);
    from = load32(cursor + C_LAST_DOCS + (block << 2)) + 1;
  }
  return END;
}

/** One essential list: its postings are the candidates. */
function readSingle(cursor: i32, first: i32, past: i32): void {
  let document: i32 = nextHopeful(cursor, first, past, spareBound);
  while (document < past) {
    const end: i32 = endWithin(cursor, past);
    const index: i32 = load32(cursor + C_INDEX);
    if (spare > 0) gatherHopeful(cursor, index, end);
    else if (isPruning === 1) considerHopeful(cursor, index, end);
    else considerAll(cursor, index, end);
    if (end < load32(cursor + C_COUNT)) {
      leaveAt(cursor, end);
      return;
    }
    document = nextHopeful(cursor, load32(cursor + C_BLOCK_LAST) + 1, past, spareBound);
  }
}

/** Place behind the last posting of a cursor's block before document `past`. */
function endWithin(cursor: i32, past: i32): i32 {
  if (load32(cursor + C_BLOCK_LAST) < past) return load32(cursor + C_COUNT);
  return placeAtLeast(cursor + C_DOCS, past);
}

function considerHopeful(cursor: i32, index: i32, end: i32): void {
  readWeighed(cursor);
  let least: f64 = leastEssential();
  let enough: f64 = enoughFor(cursor, least);
  let seen: i32 = 0;
  for (let start: i32 = index & -32; start < end; start += 32) {
    for (let left: i32 = hopefulIn(cursor, start, index, end, enough); left !== 0; left = left & (left - 1)) {
      const place: i32 = start + countTrailingZeros(left);
      const score: f64 = postingScore(cursor, place);
      if (score < least) continue;
      seen++;
      consider(load32(cursor + C_DOCS + (place << 2)), score);
      if (leastEssential() <= least) continue;
      least = leastEssential();
      enough = enoughFor(cursor, least);
    }
  }
  if (seen < end - index) store32(program + P_PRUNED, 1);
}

function considerAll(cursor: i32, index: i32, end: i32): void {
  readScores(cursor);
  let least: f64 = leastEssential();
  for (let place: i32 = index; place < end; place++) {
    const document: i32 = load32(cursor + C_DOCS + (place << 2));
    const score: f64 = loadF64(cursor + C_SCORES + (place << 3));
    if (score >= least) {
      consider(document, score);
      least = leastEssential();
    } else if (isLive(document) === 1 && isExcluded(document) === 0) take(document);
  }
}

/** Adds a list's scores of the window to the accumulators, without those of documents that can't be among the best. */
function accumulate(cursor: i32, first: i32, past: i32): void {
  const others: f64 = windowTotal - loadF64(cursor + C_WINDOW_BOUND);
  let document: i32 = nextHopeful(cursor, first, past, others);
  while (document < past) {
    readScores(cursor);
    const end: i32 = endWithin(cursor, past);
    const index: i32 = load32(cursor + C_INDEX);
    const least: f64 = isPruning === 1 ? threshold() - others : 0;
    if (least > 0) addHopeful(cursor, index, end, first, least);
    else addAll(cursor, index, end, first);
    if (end < load32(cursor + C_COUNT)) {
      leaveAt(cursor, end);
      return;
    }
    document = nextHopeful(cursor, load32(cursor + C_BLOCK_LAST) + 1, past, others);
  }
}

function addHopeful(cursor: i32, index: i32, end: i32, first: i32, least: f64): void {
  const sums: i32 = load32(program + P_ACCUMULATOR) - (first << 3);
  const marks: i32 = load32(program + P_WINDOW_MARKS);
  const scores: i32 = cursor + C_SCORES;
  const docs: i32 = cursor + C_DOCS;
  const dense: i32 = isDense;
  let added: i32 = 0;
  for (let start: i32 = index & -32; start < end; start += 32) {
    const hopeful: i32 = hopefulIn(cursor, start, index, end, least);
    added += countOnes(hopeful);
    for (let left: i32 = hopeful; left !== 0; left = left & (left - 1)) {
      const place: i32 = start + countTrailingZeros(left);
      const document: i32 = load32(docs + (place << 2));
      const sum: i32 = sums + (document << 3);
      storeF64(sum, loadF64(sum) + loadF64(scores + (place << 3)));
      mark(marks, document - first, dense);
    }
  }
  if (added < end - index) store32(program + P_PRUNED, 1);
}

function addAll(cursor: i32, index: i32, end: i32, first: i32): void {
  const sums: i32 = load32(program + P_ACCUMULATOR) - (first << 3);
  const marks: i32 = load32(program + P_WINDOW_MARKS);
  const scores: i32 = cursor + C_SCORES;
  const docs: i32 = cursor + C_DOCS;
  const dense: i32 = isDense;
  for (let place: i32 = index; place < end; place++) {
    const document: i32 = load32(docs + (place << 2));
    const sum: i32 = sums + (document << 3);
    storeF64(sum, loadF64(sum) + loadF64(scores + (place << 3)));
    mark(marks, document - first, dense);
  }
}

/** Notes that document `at` of the window has a sum. */
function mark(marks: i32, at: i32, dense: i32): void {
  if (dense === 1) {
    store8(marks + at, 1);
    return;
  }
  const word: i32 = marks + ((at >> 5) << 2);
  store32(word, load32(word) | (1 << (at & 31)));
}

/** Gathers documents by the sums of the window, and leaves it clean. */
function gatherWindow(first: i32): void {
  const sums: i32 = load32(program + P_ACCUMULATOR);
  const marks: i32 = load32(program + P_WINDOW_MARKS);
  for (let at: i32 = 0; at < width; at += 128) {
    if (isDense === 1) {
      gatherDense(marks + at, sums + (at << 3), first + at);
      continue;
    }
    const words: i32 = marks + (at >> 3);
    if (isAnySet(words) === 0) continue;
    for (let word: i32 = 0; word < 4; word++) {
      noteMarked(load32(words + (word << 2)), word << 5);
      store32(words + (word << 2), 0);
    }
    gatherNoted(sums + (at << 3), first + at);
  }
  offerGathered();
}

/** The same of 128 documents that are marked by bytes. */
function gatherDense(marks: i32, sums: i32, first: i32): void {
  let unclean: i32 = 0;
  for (let word: i32 = 0; word < 4; word++) {
    const marked: i32 = takeMarks(marks + (word << 5));
    let hopeful: i32 = marked;
    if (countOnes(marked) >= MANY_MARKS) {
      hopeful = hopefulOf(sums + (word << 8), leastEssential()) & marked;
      if (hopeful !== marked) store32(program + P_PRUNED, 1);
      unclean = unclean | (1 << word);
    }
    noteMarked(hopeful, word << 5);
  }
  gatherNoted(sums, first);
  for (; unclean !== 0; unclean = unclean & (unclean - 1)) {
    clearThirtyTwo(sums + (countTrailingZeros(unclean) << 8));
  }
}

/** Looks through the sums of the window, and leaves it clean. */
function readWindow(first: i32): void {
  const sums: i32 = load32(program + P_ACCUMULATOR);
  const marks: i32 = load32(program + P_WINDOW_MARKS);
  for (let word: i32 = 0; word < width >> 5; word++) {
    const own: i32 = sums + (word << 8);
    const document: i32 = first + (word << 5);
    if (isDense === 0) {
      if ((word & 3) === 0 && isAnySet(marks + (word << 2)) === 0) {
        word += 3;
        continue;
      }
      const marked: i32 = load32(marks + (word << 2));
      if (marked === 0) continue;
      store32(marks + (word << 2), 0);
      readMarked(marked, own, document);
      continue;
    }
    const marked: i32 = takeMarks(marks + (word << 5));
    if (marked === 0) continue;
    if (countOnes(marked) < MANY_MARKS || isAsking === 1) {
      readMarked(marked, own, document);
      continue;
    }
    const hopeful: i32 = hopefulOf(own, leastEssential()) & marked;
    passOver(marked & ~hopeful, document);
    readMarked(hopeful, own, document);
    clearThirtyTwo(own);
  }
}

/** Looks at the documents from `first` on that are set in `marked`, by their sums, and clears these. */
function readMarked(marked: i32, sums: i32, first: i32): void {
  let least: f64 = leastEssential();
  let below: i32 = 0;
  for (let left: i32 = marked; left !== 0; left = left & (left - 1)) {
    const place: i32 = countTrailingZeros(left);
    const sum: i32 = sums + (place << 3);
    const score: f64 = loadF64(sum);
    storeF64(sum, 0);
    if (score >= least) {
      consider(first + place, score);
      least = leastEssential();
    } else if (isAsking === 1) passOver(1 << place, first);
    else below = below | (1 << place);
  }
  if (below !== 0) passOver(below, first);
}

/** Documents from `first` on whose sums are not enough: where all are wanted they are matches even so. */
function passOver(marked: i32, first: i32): void {
  if (marked === 0) return;
  if (isPruning === 1) {
    store32(program + P_PRUNED, 1);
    return;
  }
  if (load32(program + P_EXCLUDED) === 0 && collected === 0) {
    const live: i32 = liveBits === 0 ? -1 : load32(liveBits + ((first >> 5) << 2));
    addMatches(countOnes(marked & live));
    return;
  }
  for (let left: i32 = marked; left !== 0; left = left & (left - 1)) {
    const document: i32 = first + countTrailingZeros(left);
    if (isLive(document) === 1 && isExcluded(document) === 0) take(document);
  }
}
