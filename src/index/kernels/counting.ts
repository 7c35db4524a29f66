/** The number of documents that have any of some terms, or all of some whose lists are bits, without scores: bits of windows. */

import {
  BLOCK_POSTINGS,
  C_BLOCK_LAST,
  C_COUNT,
  C_DOCS,
  C_INDEX,
  N_COUNT,
  N_ITEMS,
  N_KIND,
  NODE_ANY,
  P_EXCLUDED,
  P_HEAP_LIMIT,
  P_PARTIAL,
  P_PLAIN,
  P_PLAIN_COUNT,
  P_REQUIRED,
  P_REQUIRED_TABLE,
  P_SCORED,
  P_WINDOW_MARKS,
  SEGMENT_DOCUMENTS,
  WIDE_WINDOW,
  WINDOW,
} from './layout.ts';
import { hasBits, INTERSECT, readBits, REPLACE, UNITE } from './bit-lists.ts';
import { isPlain } from './clauses.ts';
import { leaveAt, nextAtLeast } from './cursor.ts';
import { countBits, intersectBits, uniteBits } from './lanes.ts';
import { fillBytes, isExpired, load32, store32 } from './memory.ts';
import { addMatches, collected, liveBits, program, segment } from './query-state.ts';
import type { i32 } from './types.ts';

/** Windows between two looks at the time. */
const CLOCK_STEPS: i32 = 16;

/** 1 where the query asks for nothing but the number of documents with any of some plain terms. */
export function isCountOfAny(): i32 {
  if (collected !== 0) return 0;
  if (load32(program + P_HEAP_LIMIT) > 0 || load32(program + P_SCORED) > 0) return 0;
  if (load32(program + P_REQUIRED) !== 1 || load32(program + P_EXCLUDED) > 0) return 0;
  const node: i32 = load32(load32(program + P_REQUIRED_TABLE));
  if (load32(node + N_KIND) !== NODE_ANY) return 0;
  const items: i32 = load32(node + N_ITEMS);
  const count: i32 = load32(node + N_COUNT);
  for (let i: i32 = 0; i < count; i++) {
    const item: i32 = load32(items + (i << 2));
    if (isPlain(item) === 0) return 0;
  }
  return 1;
}

export function countAny(): void {
  const documents: i32 = load32(segment + SEGMENT_DOCUMENTS);
  const node: i32 = load32(load32(program + P_REQUIRED_TABLE));
  const items: i32 = load32(node + N_ITEMS);
  const count: i32 = load32(node + N_COUNT);
  const bits: i32 = load32(program + P_WINDOW_MARKS);
  let steps: i32 = CLOCK_STEPS - 1;
  for (let first: i32 = 0; first < documents; first += WINDOW) {
    steps++;
    if (steps === CLOCK_STEPS) {
      steps = 0;
      if (isExpired() === 1) {
        store32(program + P_PARTIAL, 1);
        return;
      }
    }
    for (let i: i32 = 0; i < count; i++) {
      const cursor: i32 = load32(load32(items + (i << 2)) + N_ITEMS);
      if (hasBits(cursor) === 1) readBits(cursor, first, wordsOf(documents, first, WINDOW), bits, UNITE);
      else markDocuments(cursor, first, bits);
    }
    const words: i32 = (wordsOf(documents, first, WINDOW) + 1) & -2;
    addMatches(countBits(bits, words, liveBits === 0 ? 0 : liveBits + (first >> 3)));
    for (let at: i32 = 0; at < WINDOW >> 3; at += 4) store32(bits + at, 0);
  }
}

/** Words of bits of a window, which may be the last. */
function wordsOf(documents: i32, first: i32, window: i32): i32 {
  const left: i32 = documents - first;
  return (left < window ? left + 31 : window) >> 5;
}

/** Documents that all plain lists have, of which there is one at least, where there are no others. */
export function countPlain(): void {
  const documents: i32 = load32(segment + SEGMENT_DOCUMENTS);
  const lists: i32 = load32(program + P_PLAIN);
  const count: i32 = load32(program + P_PLAIN_COUNT);
  const bits: i32 = load32(program + P_WINDOW_MARKS);
  for (let first: i32 = 0; first < documents; first += WIDE_WINDOW) {
    if (isExpired() === 1) {
      store32(program + P_PARTIAL, 1);
      return;
    }
    const words: i32 = wordsOf(documents, first, WIDE_WINDOW);
    readBits(load32(lists), first, words, bits, REPLACE);
    for (let i: i32 = 1; i < count; i++) readBits(load32(lists + (i << 2)), first, words, bits, INTERSECT);
    const live: i32 = liveBits === 0 ? 0 : liveBits + (first >> 3);
    addMatches(countBits(bits, (words + 1) & -2, live));
    if (collected !== 0) {
      if (live !== 0) intersectBits(bits, live, words);
      uniteBits(collected + (first >> 3), bits, words);
    }
    fillBytes(bits, 0, words << 2);
  }
}

/** Sets the bits of a list's documents in the window from `first` on. */
function markDocuments(cursor: i32, first: i32, bits: i32): void {
  const past: i32 = first + WINDOW;
  let document: i32 = nextAtLeast(cursor, first);
  while (document < past) {
    const count: i32 = load32(cursor + C_COUNT);
    let index: i32 = load32(cursor + C_INDEX);
    if (load32(cursor + C_BLOCK_LAST) < past && count === BLOCK_POSTINGS) {
      while (index < BLOCK_POSTINGS) {
        mark(load32(cursor + C_DOCS + (index << 2)) - first, bits);
        index++;
      }
    } else {
      while (index < count) {
        document = load32(cursor + C_DOCS + (index << 2));
        if (document >= past) break;
        mark(document - first, bits);
        index++;
      }
    }
    document = leaveAt(cursor, index);
  }
}

function mark(offset: i32, bits: i32): void {
  const word: i32 = bits + ((offset >> 5) << 2);
  store32(word, load32(word) | (1 << (offset & 31)));
}
