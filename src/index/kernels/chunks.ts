/** The chunks of a posting list: last documents, places and bounds of 64 blocks at a time, and the search among them. */

import {
  CHUNK_BLOCKS,
  CHUNK_SHIFT,
  C_ALPHA,
  C_BETA,
  C_BLOCKS,
  C_BLOCK_BOUNDS,
  C_BLOCK_WORDS,
  C_BOUNDS_READY,
  C_CHUNK,
  C_CHUNKS,
  C_CHUNK_COUNT,
  C_CHUNK_FIRST,
  C_CHUNK_LAST,
  C_CHUNK_TABLE,
  C_HINT,
  C_KIND,
  C_LAST_DOCS,
  C_POSITION_WORDS,
  C_SEGMENT,
  C_WINDOW_BOUND,
  LIST_LONG,
  SEGMENT_IMPACT_WORDS,
  SEGMENT_POSITIONS,
  SEGMENT_POSTINGS,
} from './layout.ts';
import { copyAdded } from './lanes.ts';
import { load32, loadF64, store32, storeF64 } from './memory.ts';
import { loadWord, wordAddress } from './pages.ts';
import { impactBound } from './scoring.ts';
import type { f64, i32 } from './types.ts';

/** Makes chunk `chunk` of a long list the loaded one. */
export function loadChunk(cursor: i32, chunk: i32): void {
  const segment: i32 = load32(cursor + C_SEGMENT);
  const table: i32 = load32(cursor + C_CHUNK_TABLE);
  const chunks: i32 = load32(cursor + C_CHUNKS);
  const postings: i32 = load32(segment + SEGMENT_POSTINGS);
  const positions: i32 = load32(segment + SEGMENT_POSITIONS);
  let count: i32 = load32(cursor + C_BLOCKS) - (chunk << CHUNK_SHIFT);
  if (count > CHUNK_BLOCKS) count = CHUNK_BLOCKS;
  store32(cursor + C_CHUNK, chunk);
  store32(cursor + C_CHUNK_COUNT, count);
  store32(cursor + C_HINT, 0);
  store32(cursor + C_CHUNK_FIRST, chunk === 0 ? 0 : loadWord(segment, table + chunk - 1) + 1);
  store32(cursor + C_CHUNK_LAST, loadWord(segment, table + chunk));
  const address: i32 = wordAddress(segment, postings + loadWord(segment, table + chunks + chunk));
  const size: i32 = count << 2;
  copyAdded(address, cursor + C_LAST_DOCS, count, 0);
  copyAdded(address + size, cursor + C_BLOCK_WORDS, count, postings);
  copyAdded(address + size + size, cursor + C_POSITION_WORDS, count, positions);
  store32(cursor + C_BOUNDS_READY, 0);
}

/** Upper bound of what a block of the loaded chunk adds to a score; the cursor scores. */
export function blockBound(cursor: i32, block: i32): f64 {
  if (load32(cursor + C_BOUNDS_READY) === 0) readBounds(cursor);
  return loadF64(cursor + C_BLOCK_BOUNDS + (block << 3));
}

/** Makes the bounds of the loaded chunk: searches that know no threshold yet never ask. */
function readBounds(cursor: i32): void {
  const segment: i32 = load32(cursor + C_SEGMENT);
  const chunk: i32 = load32(cursor + C_CHUNK_TABLE) + load32(cursor + C_CHUNKS) + load32(cursor + C_CHUNK);
  const word: i32 = load32(segment + SEGMENT_POSTINGS) + loadWord(segment, chunk);
  const address: i32 = wordAddress(segment, word);
  const size: i32 = load32(cursor + C_CHUNK_COUNT) << 2;
  const table: i32 = address + size * 3;
  const words: i32 = load32(segment + SEGMENT_IMPACT_WORDS);
  const alpha: f64 = loadF64(cursor + C_ALPHA);
  const beta: f64 = loadF64(cursor + C_BETA);
  for (let i: i32 = 0; i < size; i += 4) {
    const impacts: i32 = load32(table + i);
    const bound: f64 = impactBound(address + ((impacts & 0xffff) << 2), words, impacts >>> 16, alpha, beta);
    storeF64(cursor + C_BLOCK_BOUNDS + (i << 1), bound);
  }
  store32(cursor + C_BOUNDS_READY, 1);
}

/** Loads the chunk that holds the first document at or after `target`; 0 where there is none. */
function seekChunk(cursor: i32, target: i32): i32 {
  const segment: i32 = load32(cursor + C_SEGMENT);
  const table: i32 = load32(cursor + C_CHUNK_TABLE);
  const chunks: i32 = load32(cursor + C_CHUNKS);
  let first: i32 = 0;
  let past: i32 = chunks;
  if (target > load32(cursor + C_CHUNK_LAST)) {
    // Forward in growing steps: the next chunk is the likeliest.
    first = load32(cursor + C_CHUNK) + 1;
    let step: i32 = 1;
    past = first;
    while (past < chunks && loadWord(segment, table + past) < target) {
      first = past + 1;
      past += step;
      step = step << 1;
    }
    if (past > chunks) past = chunks;
  }
  while (first < past) {
    const middle: i32 = (first + past) >> 1;
    if (loadWord(segment, table + middle) < target) first = middle + 1;
    else past = middle;
  }
  if (first >= chunks) return 0;
  loadChunk(cursor, first);
  return 1;
}

/** Place in the loaded chunk of the block with the first document at or after `target`, or −1 at the list's end. */
export function seekBlock(cursor: i32, target: i32): i32 {
  if (target > load32(cursor + C_CHUNK_LAST) || target < load32(cursor + C_CHUNK_FIRST)) {
    if (load32(cursor + C_CHUNK_COUNT) === 0 || load32(cursor + C_KIND) !== LIST_LONG) return -1;
    if (seekChunk(cursor, target) === 0) return -1;
  }
  const last: i32 = cursor + C_LAST_DOCS;
  const count: i32 = load32(cursor + C_CHUNK_COUNT);
  let first: i32 = load32(cursor + C_HINT);
  if (first > 0 && load32(last + ((first - 1) << 2)) >= target) first = 0;
  let past: i32 = first;
  let step: i32 = 1;
  while (past < count && load32(last + (past << 2)) < target) {
    first = past + 1;
    past += step;
    step = step << 1;
  }
  if (past > count) past = count;
  while (first < past) {
    const middle: i32 = (first + past) >> 1;
    if (load32(last + (middle << 2)) < target) first = middle + 1;
    else past = middle;
  }
  store32(cursor + C_HINT, first);
  return first;
}

/** First document that block `block` of the loaded chunk can hold. */
export function firstOfBlock(cursor: i32, block: i32): i32 {
  if (block === 0) return load32(cursor + C_CHUNK_FIRST);
  return load32(cursor + C_LAST_DOCS + ((block - 1) << 2)) + 1;
}

/** Upper bound of the list's scores in documents `first` to `past` − 1; 0 where it has no block there. */
export function boundWithin(cursor: i32, first: i32, past: i32): f64 {
  let block: i32 = seekBlock(cursor, first);
  let bound: f64 = 0;
  while (block >= 0) {
    const count: i32 = load32(cursor + C_CHUNK_COUNT);
    while (block < count) {
      if (firstOfBlock(cursor, block) >= past) {
        block = -2;
        break;
      }
      const own: f64 = blockBound(cursor, block);
      if (own > bound) bound = own;
      block++;
    }
    if (block < 0 || load32(cursor + C_CHUNK_LAST) >= past - 1) break;
    block = seekBlock(cursor, load32(cursor + C_CHUNK_LAST) + 1);
  }
  storeF64(cursor + C_WINDOW_BOUND, bound);
  return bound;
}
