/** The number of documents that have any of some terms, without scores: bits of windows, counted together. */

import {
  BLOCK_POSTINGS,
  C_BLOCK_LAST,
  C_COUNT,
  C_DOCS,
  C_INDEX,
  EVERY_GROUP,
  N_COUNT,
  N_GROUPS,
  N_ITEMS,
  N_KIND,
  NODE_ANY,
  NODE_FILTER,
  NODE_TERM,
  P_EXCLUDED,
  P_HEAP_LIMIT,
  P_PARTIAL,
  P_REQUIRED,
  P_REQUIRED_TABLE,
  P_SCORED,
  P_WINDOW_MARKS,
  SEGMENT_DOCUMENTS,
  WINDOW,
} from './layout.ts';
import { leaveAt, nextAtLeast } from './cursor.ts';
import { countBits } from './lanes.ts';
import { isExpired, load32, store32 } from './memory.ts';
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
    const kind: i32 = load32(item + N_KIND);
    if (kind !== NODE_FILTER && (kind !== NODE_TERM || load32(item + N_GROUPS) !== EVERY_GROUP)) return 0;
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
      markDocuments(load32(load32(items + (i << 2)) + N_ITEMS), first, bits);
    }
    let words: i32 = ((documents - first + 63) >> 6) << 1;
    if (words > WINDOW >> 5) words = WINDOW >> 5;
    addMatches(countBits(bits, words, liveBits === 0 ? 0 : liveBits + (first >> 3)));
    for (let at: i32 = 0; at < WINDOW >> 3; at += 4) store32(bits + at, 0);
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
