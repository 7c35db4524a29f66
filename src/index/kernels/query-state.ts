/** The query and the segment at hand, for all parts of the search. */

import {
  C_DOCS,
  N_ITEMS,
  P_COLLECT,
  P_EXCLUDED,
  P_EXCLUDED_TABLE,
  P_EXHAUSTIVE,
  P_HEAP_LIMIT,
  P_RESIDUE_COUNT,
  P_SCORED,
} from './layout.ts';
import { hasBits, isInBits } from './bit-lists.ts';
import { isPlain, seekClause } from './clauses.ts';
import { load32, store32 } from './memory.ts';
import type { i32 } from './types.ts';

export let program: i32 = 0;
export let segment: i32 = 0;
/** Place of the segment in the list that is searched. */
export let segmentPlace: i32 = 0;
/** Address of the segment's live bits; 0 while all are live. */
export let liveBits: i32 = 0;
export let matches: i32 = 0;
export let isPruning: i32 = 0;
/** Where matches are marked, or 0. */
export let collected: i32 = 0;

/** Pairs of descriptor and live bits of the segments that are searched. */
let segmentTable: i32 = 0;

export function beginQuery(queryProgram: i32, segments: i32): void {
  program = queryProgram;
  segmentTable = segments;
  matches = 0;
  collected = load32(program + P_COLLECT);
  isPruning = load32(program + P_EXHAUSTIVE) === 1 ? 0 : 1;
}

/** Descriptor of the segment at place `place`. */
export function segmentAt(place: i32): i32 {
  return load32(segmentTable + (place << 3));
}

export function beginSegment(place: i32): void {
  segmentPlace = place;
  segment = segmentAt(place);
  liveBits = load32(segmentTable + (place << 3) + 4);
}

/** 1 where no document is wanted, but how many have all lists, or which: the clauses are split already. */
export function isCounting(): i32 {
  if (load32(program + P_HEAP_LIMIT) > 0 || load32(program + P_SCORED) > 0) return 0;
  return load32(program + P_RESIDUE_COUNT) > 0 || load32(program + P_EXCLUDED) > 0 ? 0 : 1;
}

/** Counts a match. */
export function take(document: i32): void {
  matches++;
  if (collected === 0) return;
  const word: i32 = collected + ((document >> 5) << 2);
  store32(word, load32(word) | (1 << (document & 31)));
}

/** Counts matches that need not be marked. */
export function addMatches(count: i32): void {
  matches += count;
}

export function isLive(document: i32): i32 {
  if (liveBits === 0) return 1;
  return (load32(liveBits + ((document >> 5) << 2)) >>> (document & 31)) & 1;
}

/** Live documents among the first `size` of a cursor's block. */
export function countLiveIn(cursor: i32, size: i32, live: i32): i32 {
  if (live === 0) return size;
  let count: i32 = 0;
  for (let at: i32 = cursor + C_DOCS; at < cursor + C_DOCS + (size << 2); at += 4) {
    const document: i32 = load32(at);
    count += (load32(live + ((document >> 5) << 2)) >>> (document & 31)) & 1;
  }
  return count;
}

export function isExcluded(document: i32): i32 {
  const count: i32 = load32(program + P_EXCLUDED);
  const table: i32 = load32(program + P_EXCLUDED_TABLE);
  for (let i: i32 = 0; i < count; i++) {
    const node: i32 = load32(table + (i << 2));
    const list: i32 = isPlain(node) === 1 ? load32(node + N_ITEMS) : 0;
    if (list !== 0 && hasBits(list) === 1) {
      if (isInBits(list, document) === 1) return 1;
    } else if (seekClause(node, document) === document) return 1;
  }
  return 0;
}
