/** The best documents so far: a heap with the worst on top. Equal scores stand in the order of their docIds. */

import { columnValue } from './columns.ts';
import {
  H_DOC,
  H_SCORE,
  H_SEGMENT,
  HEAP_ENTRY_BYTES,
  P_HEAP,
  P_HEAP_COUNT,
  P_HEAP_LIMIT,
  P_RESULTS,
  P_SHARED,
  R_CONTENT,
  R_DOC,
  R_DOC_ID_HIGH,
  R_DOC_ID_LOW,
  R_RANKS,
  R_SCORE,
  R_SEGMENT,
  R_SITE,
  RESULT_BYTES,
  SEGMENT_CONTENT,
  SEGMENT_DOC_ID_HIGH,
  SEGMENT_DOC_ID_LOW,
  SEGMENT_RANKS,
  SEGMENT_SITE,
} from './layout.ts';
import { load32, loadF64, store32, storeF64 } from './memory.ts';
import { program, segmentAt, segmentPlace } from './query-state.ts';
import type { f64, i32 } from './types.ts';

const SIGN: i32 = -2147483648;

let heap: i32 = 0;
let limit: i32 = 0;
let count: i32 = 0;
let least: f64 = -1.0;
/** Where threads that search other segments for the same query tell theirs, or 0. */
let shared: i32 = 0;
/** The docId of the worst, where it was asked for since it became that. */
let isWorstKnown: i32 = 0;
let worstHigh: i32 = 0;
let worstLow: i32 = 0;

export function beginHeap(): void {
  heap = load32(program + P_HEAP);
  limit = load32(program + P_HEAP_LIMIT);
  count = 0;
  least = -1.0;
  isWorstKnown = 0;
  shared = load32(program + P_SHARED);
}

/** The score below which a document is not among the best; −1 while there is room. */
export function threshold(): f64 {
  return shared === 0 ? least : sharedThreshold();
}

/** The best that any thread knows. Two that tell theirs at once may leave the lesser, which is right, too. */
function sharedThreshold(): f64 {
  const best: f64 = loadF64(shared);
  if (best >= least) return best;
  storeF64(shared, least);
  return least;
}

/** Offers a document of the segment at hand; keeps it when it is among the best. */
export function offer(score: f64, document: i32): void {
  if (limit === 0) return;
  if (count < limit) {
    rise(score, document);
    return;
  }
  if (score < least) return;
  if (score === least && isBeforeWorst(document) === 0) return;
  sink(count, score, segmentPlace, document);
  least = loadF64(heap + H_SCORE);
  isWorstKnown = 0;
}

/** Adds a document to a heap with room. */
function rise(score: f64, document: i32): void {
  let place: i32 = count;
  count++;
  while (place > 0) {
    const parent: i32 = (place - 1) >> 1;
    const entry: i32 = heap + parent * HEAP_ENTRY_BYTES;
    if (isWorse(score, segmentPlace, document, entry) === 0) break;
    set(heap + place * HEAP_ENTRY_BYTES, loadF64(entry), load32(entry + H_SEGMENT), load32(entry + H_DOC));
    place = parent;
  }
  set(heap + place * HEAP_ENTRY_BYTES, score, segmentPlace, document);
  if (count === limit) least = loadF64(heap + H_SCORE);
}

/** Puts a document in the place of the worst of the first `size`. */
function sink(size: i32, score: f64, place: i32, document: i32): void {
  let at: i32 = 0;
  while (true) {
    let child: i32 = at * 2 + 1;
    if (child >= size) break;
    if (child + 1 < size && isEntryWorse(child + 1, child) === 1) child++;
    const entry: i32 = heap + child * HEAP_ENTRY_BYTES;
    // What is better than the newcomer stays below it.
    if (isWorse(score, place, document, entry) === 1) break;
    set(heap + at * HEAP_ENTRY_BYTES, loadF64(entry), load32(entry + H_SEGMENT), load32(entry + H_DOC));
    at = child;
  }
  set(heap + at * HEAP_ENTRY_BYTES, score, place, document);
}

function set(entry: i32, score: f64, place: i32, document: i32): void {
  storeF64(entry + H_SCORE, score);
  store32(entry + H_SEGMENT, place);
  store32(entry + H_DOC, document);
}

function isEntryWorse(a: i32, b: i32): i32 {
  const entry: i32 = heap + a * HEAP_ENTRY_BYTES;
  return isWorse(
    loadF64(entry + H_SCORE),
    load32(entry + H_SEGMENT),
    load32(entry + H_DOC),
    heap + b * HEAP_ENTRY_BYTES,
  );
}

/** 1 where a document ranks after that of `entry`. Reads docIds only where the scores are equal. */
function isWorse(score: f64, place: i32, document: i32, entry: i32): i32 {
  const other: f64 = loadF64(entry + H_SCORE);
  if (score !== other) return score < other ? 1 : 0;
  const otherSegment: i32 = segmentAt(load32(entry + H_SEGMENT));
  const otherDocument: i32 = load32(entry + H_DOC);
  const segment: i32 = segmentAt(place);
  const high: i32 = idHigh(segment, document);
  const otherHigh: i32 = idHigh(otherSegment, otherDocument);
  if (high !== otherHigh) return high > otherHigh ? 1 : 0;
  return (idLow(segment, document) ^ SIGN) > (idLow(otherSegment, otherDocument) ^ SIGN) ? 1 : 0;
}

/** 1 where a document of the segment at hand, its score that of the worst, ranks before that. */
function isBeforeWorst(document: i32): i32 {
  if (isWorstKnown === 0) {
    const owner: i32 = segmentAt(load32(heap + H_SEGMENT));
    worstHigh = idHigh(owner, load32(heap + H_DOC));
    worstLow = idLow(owner, load32(heap + H_DOC));
    isWorstKnown = 1;
  }
  const segment: i32 = segmentAt(segmentPlace);
  const high: i32 = idHigh(segment, document);
  if (high !== worstHigh) return high < worstHigh ? 1 : 0;
  return (idLow(segment, document) ^ SIGN) < (worstLow ^ SIGN) ? 1 : 0;
}

function idHigh(segment: i32, document: i32): i32 {
  return columnValue(segment, SEGMENT_DOC_ID_HIGH, document);
}

function idLow(segment: i32, document: i32): i32 {
  return columnValue(segment, SEGMENT_DOC_ID_LOW, document);
}

/** Turns the heap into results, best first. */
export function finishHeap(): void {
  for (let left: i32 = count - 1; left > 0; left--) {
    const last: i32 = heap + left * HEAP_ENTRY_BYTES;
    const score: f64 = loadF64(last + H_SCORE);
    const place: i32 = load32(last + H_SEGMENT);
    const document: i32 = load32(last + H_DOC);
    set(last, loadF64(heap), load32(heap + H_SEGMENT), load32(heap + H_DOC));
    sink(left, score, place, document);
  }
  const results: i32 = load32(program + P_RESULTS);
  for (let i: i32 = 0; i < count; i++) {
    const entry: i32 = heap + i * HEAP_ENTRY_BYTES;
    const result: i32 = results + i * RESULT_BYTES;
    const place: i32 = load32(entry + H_SEGMENT);
    const segment: i32 = segmentAt(place);
    const document: i32 = load32(entry + H_DOC);
    storeF64(result + R_SCORE, loadF64(entry + H_SCORE));
    store32(result + R_DOC_ID_HIGH, idHigh(segment, document));
    store32(result + R_DOC_ID_LOW, idLow(segment, document));
    store32(result + R_SEGMENT, place);
    store32(result + R_DOC, document);
    store32(result + R_SITE, columnValue(segment, SEGMENT_SITE, document));
    store32(result + R_CONTENT, columnValue(segment, SEGMENT_CONTENT, document));
    store32(result + R_RANKS, columnValue(segment, SEGMENT_RANKS, document));
  }
  store32(program + P_HEAP_COUNT, count);
}
