/** A whole query over the segments of a view: one call. Two ways through a segment: all of some clauses, or any term. */

import {
  BLOCK_POSTINGS,
  C_BLOCK_BOUNDS,
  C_BLOCK_LAST,
  C_BOUND,
  C_COUNT,
  C_DF,
  C_DOC,
  C_DOCS,
  C_INDEX,
  C_LAST_DOCS,
  C_SCORES,
  C_WINDOW_BOUND,
  CURSOR_BYTES,
  END,
  P_ACCUMULATOR,
  P_BLOCKS_READ,
  P_COLLECT,
  P_CURSORS,
  P_EXCLUDED,
  P_EXCLUDED_TABLE,
  P_EXHAUSTIVE,
  P_K1,
  P_MATCHES,
  P_NORMS,
  P_ORDER,
  P_PARTIAL,
  P_POSITIONS_READ,
  P_PRUNED,
  P_REQUIRED,
  P_REQUIRED_TABLE,
  P_SCORED,
  P_SLOT_TABLE,
  P_SLOTS,
  P_WINDOW_BITS,
  SEGMENT_DOCUMENTS,
  WINDOW,
} from './layout.ts';
import { orderByCost, seekClause } from './clauses.ts';
import { postingScore, readScores, takeBlocksRead } from './block.ts';
import { boundWithin, firstOfBlock, nextAtLeast, openCursor, seekBlock } from './cursor.ts';
import { offer, threshold } from './heap.ts';
import { countTrailingZeros, isExpired, load32, loadF64, store32, storeF64 } from './memory.ts';
import { takePositionsRead } from './positions.ts';
import { setScoring } from './scoring.ts';
import type { f64, i32 } from './types.ts';

/** Candidates, or windows, between two looks at the time. */
const CLOCK_STEPS: i32 = 256;

let program: i32 = 0;
let segment: i32 = 0;
let segmentPlace: i32 = 0;
let liveBits: i32 = 0;
let matches: i32 = 0;
let isPruning: i32 = 0;
/** Where matches are marked, or 0. */
let collected: i32 = 0;

/** Runs `queryProgram` over `count` segments: pairs of descriptor and live bits (0 = all live) at `segments`. */
export function search(queryProgram: i32, segments: i32, count: i32): void {
  program = queryProgram;
  matches = 0;
  collected = load32(program + P_COLLECT);
  isPruning = load32(program + P_EXHAUSTIVE) === 1 ? 0 : 1;
  setScoring(load32(program + P_NORMS), loadF64(program + P_K1));
  takeBlocksRead();
  takePositionsRead();
  for (let i: i32 = 0; i < count; i++) {
    segmentPlace = i;
    segment = load32(segments + (i << 3));
    liveBits = load32(segments + (i << 3) + 4);
    searchSegment();
    if (load32(program + P_PARTIAL) === 1) break;
  }
  store32(program + P_MATCHES, matches);
  store32(program + P_BLOCKS_READ, takeBlocksRead());
  store32(program + P_POSITIONS_READ, takePositionsRead());
}

/** Counts a match. */
function take(document: i32): void {
  matches++;
  if (collected === 0) return;
  const word: i32 = collected + ((document >> 5) << 2);
  store32(word, load32(word) | (1 << (document & 31)));
}

function cursorAt(i: i32): i32 {
  return load32(program + P_CURSORS) + i * CURSOR_BYTES;
}

function searchSegment(): void {
  const slots: i32 = load32(program + P_SLOTS);
  const table: i32 = load32(program + P_SLOT_TABLE);
  for (let i: i32 = 0; i < slots; i++) {
    openCursor(cursorAt(i), segment, load32(table + (i << 3)), load32(table + (i << 3) + 4));
  }
  if (isPruning === 1 && wholeBound() < threshold(program)) {
    store32(program + P_PRUNED, 1);
    return;
  }
  if (load32(program + P_REQUIRED) > 0) searchAll();
  else searchAny();
}

/** What all scored lists together can give a document of this segment. */
function wholeBound(): f64 {
  const scored: i32 = load32(program + P_SCORED);
  let bound: f64 = 0;
  for (let i: i32 = 0; i < scored; i++) bound += loadF64(cursorAt(i) + C_BOUND);
  return bound;
}

function isLive(document: i32): i32 {
  if (liveBits === 0) return 1;
  return (load32(liveBits + ((document >> 5) << 2)) >>> (document & 31)) & 1;
}

function isExcluded(document: i32): i32 {
  const count: i32 = load32(program + P_EXCLUDED);
  const table: i32 = load32(program + P_EXCLUDED_TABLE);
  for (let i: i32 = 0; i < count; i++) {
    if (seekClause(load32(table + (i << 2)), document) === document) return 1;
  }
  return 0;
}

/** Documents that meet every required clause, led by the rarest; scored terms add to those. */
function searchAll(): void {
  const documents: i32 = load32(segment + SEGMENT_DOCUMENTS);
  const count: i32 = load32(program + P_REQUIRED);
  const table: i32 = load32(program + P_REQUIRED_TABLE);
  const scored: i32 = load32(program + P_SCORED);
  orderByCost(table, count);
  let target: i32 = 0;
  let boundEnd: i32 = -1;
  let bound: f64 = 0;
  let steps: i32 = 0;
  while (target < documents) {
    if (isPruning === 1) {
      const least: f64 = threshold(program);
      if (least > 0) {
        if (target > boundEnd) {
          bound = boundAt(scored, target);
          boundEnd = boundUntil;
        }
        if (bound < least) {
          store32(program + P_PRUNED, 1);
          if (boundEnd === END) return;
          target = boundEnd + 1;
          continue;
        }
      }
    }
    steps++;
    if (steps === CLOCK_STEPS) {
      steps = 0;
      if (isExpired() === 1) {
        store32(program + P_PARTIAL, 1);
        return;
      }
    }
    let agreed: i32 = 0;
    while (agreed < count) {
      const document: i32 = seekClause(load32(table + (agreed << 2)), target);
      if (document !== target) {
        target = document;
        break;
      }
      agreed++;
    }
    if (agreed < count) continue;
    if (isLive(target) === 1 && isExcluded(target) === 0) {
      take(target);
      let score: f64 = 0;
      for (let i: i32 = 0; i < scored; i++) {
        const cursor: i32 = cursorAt(i);
        if (nextAtLeast(cursor, target) === target) score += postingScore(cursor, load32(cursor + C_INDEX));
      }
      offer(program, score, segmentPlace, segment, target);
    }
    target++;
  }
}

let boundUntil: i32 = 0;

/** Upper bound of the score of `target` and of all documents up to `boundUntil`, which it sets. */
function boundAt(scored: i32, target: i32): f64 {
  let bound: f64 = 0;
  boundUntil = END;
  for (let i: i32 = 0; i < scored; i++) {
    const cursor: i32 = cursorAt(i);
    const block: i32 = seekBlock(cursor, target);
    if (block >= 0) {
      const first: i32 = firstOfBlock(cursor, block);
      let last: i32 = load32(cursor + C_LAST_DOCS + (block << 2));
      if (first > target) last = first - 1;
      else bound += loadF64(cursor + C_BLOCK_BOUNDS + (block << 3));
      if (last < boundUntil) boundUntil = last;
    }
  }
  return bound;
}

/** Cursors with documents in the window, by rising bound, at P_ORDER; the first `spare` can't reach the best alone. */
let ordered: i32 = 0;
let spare: i32 = 0;
let spareBound: f64 = 0;

/** Documents that have any of the scored terms: windows of documents, block bounds, essential lists first. */
function searchAny(): void {
  const documents: i32 = load32(segment + SEGMENT_DOCUMENTS);
  let steps: i32 = 0;
  for (let first: i32 = 0; first < documents; first += WINDOW) {
    steps++;
    if (steps === 16) {
      steps = 0;
      if (isExpired() === 1) {
        store32(program + P_PARTIAL, 1);
        return;
      }
    }
    orderWindow(first, first + WINDOW);
    if (spare > 0) store32(program + P_PRUNED, 1);
    const essential: i32 = ordered - spare;
    if (essential === 1) readSingle(load32(load32(program + P_ORDER) + (spare << 2)), first, first + WINDOW);
    else if (essential > 1) {
      for (let i: i32 = spare; i < ordered; i++) {
        accumulate(load32(load32(program + P_ORDER) + (i << 2)), first, first + WINDOW);
      }
      readWindow(first);
    }
  }
}

function orderWindow(first: i32, past: i32): void {
  const scored: i32 = load32(program + P_SCORED);
  const order: i32 = load32(program + P_ORDER);
  ordered = 0;
  for (let i: i32 = 0; i < scored; i++) {
    const cursor: i32 = cursorAt(i);
    if (load32(cursor + C_DF) === 0) continue;
    const bound: f64 = boundWithin(cursor, first, past);
    if (bound <= 0) continue;
    let place: i32 = ordered;
    while (place > 0 && loadF64(load32(order + ((place - 1) << 2)) + C_WINDOW_BOUND) > bound) {
      store32(order + (place << 2), load32(order + ((place - 1) << 2)));
      place--;
    }
    store32(order + (place << 2), cursor);
    ordered++;
  }
  spare = 0;
  spareBound = 0;
  if (isPruning === 0) return;
  const least: f64 = threshold(program);
  while (spare < ordered) {
    const bound: f64 = spareBound + loadF64(load32(order + (spare << 2)) + C_WINDOW_BOUND);
    if (bound >= least) break;
    spareBound = bound;
    spare++;
  }
}

/** A document with the sum of its essential scores: adds the rest as far as that can matter, and offers it. */
function consider(document: i32, essentialScore: f64): void {
  const least: f64 = isPruning === 1 ? threshold(program) : -1.0;
  let score: f64 = essentialScore;
  let rest: f64 = spareBound;
  if (score + rest < least) {
    store32(program + P_PRUNED, 1);
    return;
  }
  if (isLive(document) === 0 || isExcluded(document) === 1) return;
  take(document);
  const order: i32 = load32(program + P_ORDER);
  for (let i: i32 = spare - 1; i >= 0; i--) {
    if (score + rest < least) return;
    const cursor: i32 = load32(order + (i << 2));
    rest -= loadF64(cursor + C_WINDOW_BOUND);
    if (nextAtLeast(cursor, document) === document) score += postingScore(cursor, load32(cursor + C_INDEX));
  }
  offer(program, score, segmentPlace, segment, document);
}

/** One essential list: its postings are the candidates. */
function readSingle(cursor: i32, first: i32, past: i32): void {
  let document: i32 = nextAtLeast(cursor, first);
  while (document < past) {
    readScores(cursor);
    const count: i32 = load32(cursor + C_COUNT);
    let index: i32 = load32(cursor + C_INDEX);
    while (index < count) {
      document = load32(cursor + C_DOCS + (index << 2));
      if (document >= past) break;
      consider(document, loadF64(cursor + C_SCORES + (index << 3)));
      index++;
    }
    document = leaveAt(cursor, index);
  }
}

/** Adds a list's scores of the window to the accumulators. */
function accumulate(cursor: i32, first: i32, past: i32): void {
  const sums: i32 = load32(program + P_ACCUMULATOR);
  const bits: i32 = load32(program + P_WINDOW_BITS);
  let document: i32 = nextAtLeast(cursor, first);
  while (document < past) {
    readScores(cursor);
    const count: i32 = load32(cursor + C_COUNT);
    let index: i32 = load32(cursor + C_INDEX);
    while (index < count) {
      document = load32(cursor + C_DOCS + (index << 2));
      if (document >= past) break;
      const offset: i32 = document - first;
      const sum: i32 = sums + (offset << 3);
      storeF64(sum, loadF64(sum) + loadF64(cursor + C_SCORES + (index << 3)));
      const word: i32 = bits + ((offset >> 5) << 2);
      store32(word, load32(word) | (1 << (offset & 31)));
      index++;
    }
    document = leaveAt(cursor, index);
  }
}

/** Leaves a cursor whose block was read up to `index`; returns its document. */
function leaveAt(cursor: i32, index: i32): i32 {
  if (index < load32(cursor + C_COUNT)) {
    const document: i32 = load32(cursor + C_DOCS + (index << 2));
    store32(cursor + C_INDEX, index);
    store32(cursor + C_DOC, document);
    return document;
  }
  const last: i32 = load32(cursor + C_BLOCK_LAST);
  store32(cursor + C_DOC, last);
  if (index < BLOCK_POSTINGS) store32(cursor + C_INDEX, index);
  return nextAtLeast(cursor, last + 1);
}

function readWindow(first: i32): void {
  const sums: i32 = load32(program + P_ACCUMULATOR);
  const bits: i32 = load32(program + P_WINDOW_BITS);
  for (let word: i32 = 0; word < WINDOW >> 5; word++) {
    let left: i32 = load32(bits + (word << 2));
    if (left !== 0) {
      store32(bits + (word << 2), 0);
      while (left !== 0) {
        const offset: i32 = (word << 5) + countTrailingZeros(left);
        left = left & (left - 1);
        const sum: i32 = sums + (offset << 3);
        const score: f64 = loadF64(sum);
        storeF64(sum, 0);
        consider(first + offset, score);
      }
    }
  }
}

/** Documents of a list that are live. */
export function countLive(cursor: i32, live: i32): i32 {
  liveBits = live;
  let count: i32 = 0;
  let document: i32 = nextAtLeast(cursor, 0);
  while (document !== END) {
    count += isLive(document);
    const index: i32 = load32(cursor + C_INDEX) + 1;
    store32(cursor + C_DOC, document);
    document = leaveAt(cursor, index);
  }
  return count;
}
