/** The best documents so far: a heap with the worst on top. Equal scores stand in the order of their docIds. */

import { columnValue } from './columns.ts';
import {
  H_DOC,
  H_ID_HIGH,
  H_SCORE,
  H_SEGMENT,
  HEAP_ENTRY_BYTES,
  P_HEAP,
  P_HEAP_COUNT,
  P_HEAP_LIMIT,
  P_RESCORING,
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
import { Q_FLOOR, Q_MOST } from './rescoring-layout.ts';
import { program, segmentAt, segmentPlace } from './query-state.ts';
import type { f64, i32 } from './types.ts';

const SIGN: i32 = -2147483648;

let heap: i32 = 0;
let limit: i32 = 0;
let count: i32 = 0;
/** Score of the worst of a full heap; −1 while there is room. */
let worst: f64 = -1.0;
/** What is known beforehand that the best reach; −1: nothing. */
let floor: f64 = -1.0;
/** What may yet be added to a score that is asked about; the best are kept by what they have with it. */
let most: f64 = 0;
/** The greater of the two, less that. */
let least: f64 = -1.0;
/** Where threads that search other segments for the same query tell theirs, or 0. */
let shared: i32 = 0;

export function beginHeap(): void {
  heap = load32(program + P_HEAP);
  limit = load32(program + P_HEAP_LIMIT);
  count = 0;
  worst = -1.0;
  floor = -1.0;
  least = -1.0;
  shared = load32(program + P_SHARED);
  const rescoring: i32 = load32(program + P_RESCORING);
  most = rescoring === 0 ? 0 : loadF64(rescoring + Q_MOST);
  if (rescoring === 0) return;
  floor = loadF64(rescoring + Q_FLOOR);
  setLeast();
}

/** As many documents as are wanted reach `score`, offered or not yet. */
export function raiseFloor(score: f64): void {
  if (most > 0) return;
  if (score > floor) floor = score;
  if (score > least) least = score;
}

/** The score below which a document is not among the best; −1 while nothing is known. */
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

/** The score, with all that is added, below which a document is not among the best; −1 while nothing is known. */
export function reached(): f64 {
  return worst > floor ? worst : floor;
}

/** Keeps a document of the segment at hand when it is among the best. */
export function keep(score: f64, document: i32): void {
  // Where the floor is not reached, others reach it.
  if (limit === 0 || score < least) return;
  if (count < limit) {
    rise(score, document);
    return;
  }
  let high: i32 = -1;
  if (score === worst) {
    high = idHigh(segmentAt(segmentPlace), document);
    if (isLater(high, segmentPlace, document, heap) === 1) return;
  }
  sink(count, score, segmentPlace, document, high);
  setWorst();
}

function setWorst(): void {
  worst = loadF64(heap + H_SCORE);
  setLeast();
}

function setLeast(): void {
  const enough: f64 = reached() - most;
  least = enough > -1.0 ? enough : -1.0;
}

/** Adds a document to a heap with room. */
function rise(score: f64, document: i32): void {
  let place: i32 = count;
  count++;
  let high: i32 = -1;
  while (place > 0) {
    const parent: i32 = (place - 1) >> 1;
    const entry: i32 = heap + parent * HEAP_ENTRY_BYTES;
    if (score >= loadF64(entry + H_SCORE)) {
      if (score > loadF64(entry + H_SCORE)) break;
      if (high < 0) high = idHigh(segmentAt(segmentPlace), document);
      if (isLater(high, segmentPlace, document, entry) === 0) break;
    }
    copyEntry(heap + place * HEAP_ENTRY_BYTES, entry);
    place = parent;
  }
  set(heap + place * HEAP_ENTRY_BYTES, score, segmentPlace, document, high);
  if (count === limit) setWorst();
}

/** Puts a document in the place of the worst of the first `size`; `high`: upper half of its docId, −1 if not known. */
function sink(size: i32, score: f64, place: i32, document: i32, high: i32): void {
  let at: i32 = 0;
  let known: i32 = high;
  while (true) {
    let child: i32 = at * 2 + 1;
    if (child >= size) break;
    let entry: i32 = heap + child * HEAP_ENTRY_BYTES;
    if (child + 1 < size && isWorse(entry + HEAP_ENTRY_BYTES, entry) === 1) {
      child++;
      entry += HEAP_ENTRY_BYTES;
    }
    // What is better than the newcomer stays below it.
    if (score <= loadF64(entry + H_SCORE)) {
      if (score < loadF64(entry + H_SCORE)) break;
      if (known < 0) known = idHigh(segmentAt(place), document);
      if (isLater(known, place, document, entry) === 1) break;
    }
    copyEntry(heap + at * HEAP_ENTRY_BYTES, entry);
    at = child;
  }
  set(heap + at * HEAP_ENTRY_BYTES, score, place, document, known);
}

function set(entry: i32, score: f64, place: i32, document: i32, high: i32): void {
  storeF64(entry + H_SCORE, score);
  store32(entry + H_SEGMENT, place);
  store32(entry + H_DOC, document);
  store32(entry + H_ID_HIGH, high);
}

function copyEntry(to: i32, from: i32): void {
  set(to, loadF64(from + H_SCORE), load32(from + H_SEGMENT), load32(from + H_DOC), load32(from + H_ID_HIGH));
}

/** 1 where the document of `a` ranks after that of `b`. Reads docIds only where the scores are equal. */
function isWorse(a: i32, b: i32): i32 {
  const score: f64 = loadF64(a + H_SCORE);
  const other: f64 = loadF64(b + H_SCORE);
  if (score !== other) return score < other ? 1 : 0;
  return isLater(highOf(a), load32(a + H_SEGMENT), load32(a + H_DOC), b);
}

/** 1 where a document, the upper half of its docId `high`, ranks after that of `entry`, which has the same score. */
function isLater(high: i32, place: i32, document: i32, entry: i32): i32 {
  const otherHigh: i32 = highOf(entry);
  if (high !== otherHigh) return high > otherHigh ? 1 : 0;
  const low: i32 = idLow(segmentAt(place), document);
  return (low ^ SIGN) > (idLow(segmentAt(load32(entry + H_SEGMENT)), load32(entry + H_DOC)) ^ SIGN) ? 1 : 0;
}

function highOf(entry: i32): i32 {
  let high: i32 = load32(entry + H_ID_HIGH);
  if (high >= 0) return high;
  high = idHigh(segmentAt(load32(entry + H_SEGMENT)), load32(entry + H_DOC));
  store32(entry + H_ID_HIGH, high);
  return high;
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
    const high: i32 = load32(last + H_ID_HIGH);
    copyEntry(last, heap);
    sink(left, score, place, document, high);
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
