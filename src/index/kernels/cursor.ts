/** Walks one posting list: opens it by its term, decodes its blocks, finds documents inside them. */

import {
  BLOCK_POSTINGS,
  BLOCK_SHIFT,
  CHUNK_BLOCKS,
  CHUNK_SHIFT,
  C_ALPHA,
  C_BETA,
  C_BITS,
  C_BLOCKS,
  C_BLOCK_BOUNDS,
  C_BLOCK_LAST,
  C_BLOCK_WORDS,
  C_BOUND,
  C_BOUNDS_READY,
  C_CHUNK,
  C_CHUNKS,
  C_CHUNK_COUNT,
  C_CHUNK_FIRST,
  C_CHUNK_LAST,
  C_CHUNK_TABLE,
  C_COUNT,
  C_DF,
  C_DOC,
  C_DOCS,
  C_FREQUENCIES,
  C_FREQUENCIES_READY,
  C_FREQUENCY_WORD,
  C_HINT,
  C_INDEX,
  C_INLINE_POSITION,
  C_IS_CORE,
  C_IS_SCORED,
  C_KIND,
  C_LAST_DOCS,
  C_MASK,
  C_ORDINAL,
  C_POSITION_WORDS,
  C_SCORES_READY,
  C_SEGMENT,
  C_STARTS,
  C_STARTS_READY,
  END,
  EVERY_GROUP,
  LIST_HAS_BITS,
  LIST_INLINE,
  LIST_SHORT,
  RECORD_BARE,
  RECORD_KIND_SHIFT,
  SEGMENT_IMPACT_WORDS,
  SEGMENT_POSITIONS,
  SEGMENT_POSTINGS,
} from './layout.ts';
import { clearDocs, countGroups, decodeBlock, frequencyWords, placeAtLeast, postingScore } from './block.ts';
import { firstOfBlock, loadChunk, seekBlock } from './chunks.ts';
import { findTerm } from './dictionary.ts';
import { load32, loadF64, store32, storeF64 } from './memory.ts';
import { loadWord, wordAddress } from './pages.ts';
import { impactBound, raised } from './scoring.ts';
import type { f64, i32 } from './types.ts';

/** Says that a cursor scores: `alpha` × saturated frequency + `beta`. Before it is opened. */
export function setCursorScore(cursor: i32, alpha: f64, beta: f64): void {
  store32(cursor + C_IS_SCORED, 1);
  storeF64(cursor + C_ALPHA, alpha);
  storeF64(cursor + C_BETA, beta);
}

/** Puts a cursor before the first posting of a term; returns the documents that have it. */
export function openCursor(cursor: i32, segment: i32, high: i32, low: i32): i32 {
  const word: i32 = findTerm(segment, high, low);
  if (word < 0) {
    openNothing(cursor, segment);
    return 0;
  }
  const record: i32 = wordAddress(segment, word);
  return openRecord(
    cursor,
    segment,
    load32(record + 8),
    load32(record + 12),
    load32(record + 16),
    load32(record + 20),
  );
}

function openNothing(cursor: i32, segment: i32): void {
  store32(cursor + C_SEGMENT, segment);
  store32(cursor + C_IS_CORE, 0);
  store32(cursor + C_KIND, LIST_INLINE);
  store32(cursor + C_DF, 0);
  store32(cursor + C_BITS, 0);
  store32(cursor + C_DOC, END);
  store32(cursor + C_COUNT, 0);
  store32(cursor + C_BLOCK_LAST, END);
  store32(cursor + C_BLOCKS, 0);
  store32(cursor + C_CHUNK_COUNT, 0);
  store32(cursor + C_CHUNK_LAST, -1);
  storeF64(cursor + C_BOUND, 0);
}

/** The same from the words of the term's record. */
export function openRecord(cursor: i32, segment: i32, df: i32, place: i32, extra: i32, kindWord: i32): i32 {
  const kind: i32 = (kindWord >> RECORD_KIND_SHIFT) & 3;
  store32(cursor + C_SEGMENT, segment);
  store32(cursor + C_IS_CORE, 0);
  store32(cursor + C_KIND, kind);
  store32(cursor + C_DF, df);
  store32(cursor + C_BITS, 0);
  store32(cursor + C_DOC, -1);
  store32(cursor + C_INDEX, 0);
  store32(cursor + C_BLOCK_LAST, -1);
  store32(cursor + C_BLOCKS, 1);
  store32(cursor + C_CHUNKS, 1);
  store32(cursor + C_CHUNK, 0);
  store32(cursor + C_CHUNK_FIRST, 0);
  store32(cursor + C_CHUNK_COUNT, 1);
  store32(cursor + C_HINT, 0);
  store32(cursor + C_ORDINAL, -1);
  if (kind === LIST_INLINE) openInline(cursor, place, extra, kindWord);
  else if (kind === LIST_SHORT) openShort(cursor, segment, place);
  else openLong(cursor, segment, place);
  return df;
}

function openInline(cursor: i32, doc: i32, position: i32, kindWord: i32): void {
  const group: i32 = kindWord & 15;
  clearDocs(cursor, 0);
  store32(cursor + C_DOCS, doc);
  store32(cursor + C_COUNT, 1);
  store32(cursor + C_INLINE_POSITION, position);
  store32(cursor + C_STARTS, 0);
  if ((kindWord & RECORD_BARE) === 0) {
    store32(cursor + C_MASK, 1 << group);
    store32(cursor + C_FREQUENCIES + (group << 9), 1);
    store32(cursor + C_STARTS + 4, 1);
  } else {
    store32(cursor + C_MASK, 0);
    store32(cursor + C_STARTS + 4, 0);
  }
  store32(cursor + C_FREQUENCIES_READY, 1);
  store32(cursor + C_STARTS_READY, 1);
  store32(cursor + C_SCORES_READY, 0);
  finishSingle(cursor, doc);
  // The score itself is the best bound; raised, because a bound of zero means that nothing is there.
  if (load32(cursor + C_IS_SCORED) === 1) setSingleBound(cursor, raised(postingScore(cursor, 0)));
}

function openShort(cursor: i32, segment: i32, place: i32): void {
  const word: i32 = load32(segment + SEGMENT_POSTINGS) + place;
  const address: i32 = wordAddress(segment, word);
  store32(cursor + C_POSITION_WORDS, load32(segment + SEGMENT_POSITIONS) + load32(address));
  store32(cursor + C_BLOCK_WORDS, word + 1);
  store32(cursor + C_CHUNK_LAST, END);
  decodeBlock(cursor, 0, load32(cursor + C_DF), -1);
  finishSingle(cursor, load32(cursor + C_DOCS + ((load32(cursor + C_COUNT) - 1) << 2)));
  if (load32(cursor + C_IS_SCORED) === 1) {
    const mask: i32 = load32(cursor + C_MASK);
    const impacts: i32 = wordAddress(segment, load32(cursor + C_FREQUENCY_WORD) + frequencyWords(cursor));
    setSingleBound(
      cursor,
      impactBound(impacts, 1, mask, loadF64(cursor + C_ALPHA), loadF64(cursor + C_BETA)),
    );
  }
}

function openLong(cursor: i32, segment: i32, place: i32): void {
  const word: i32 = load32(segment + SEGMENT_POSTINGS) + place;
  const blocks: i32 = loadWord(segment, word);
  const groups: i32 = loadWord(segment, word + 1);
  const mask: i32 = groups & EVERY_GROUP;
  const chunks: i32 = (blocks + CHUNK_BLOCKS - 1) >> CHUNK_SHIFT;
  const impactWords: i32 = load32(segment + SEGMENT_IMPACT_WORDS);
  store32(cursor + C_BLOCKS, blocks);
  store32(cursor + C_CHUNKS, chunks);
  store32(cursor + C_CHUNK, -1);
  store32(cursor + C_CHUNK_FIRST, 0);
  store32(cursor + C_CHUNK_LAST, -1);
  const table: i32 = word + 2 + countGroups(mask) * impactWords;
  store32(cursor + C_CHUNK_TABLE, table);
  if ((groups & LIST_HAS_BITS) !== 0) {
    store32(cursor + C_BITS, load32(segment + SEGMENT_POSTINGS) + loadWord(segment, table + chunks + chunks));
  }
  if (load32(cursor + C_IS_SCORED) === 1) {
    // The list's head and impacts stand in one page.
    const impacts: i32 = wordAddress(segment, word) + 8;
    storeF64(
      cursor + C_BOUND,
      impactBound(impacts, impactWords, mask, loadF64(cursor + C_ALPHA), loadF64(cursor + C_BETA)),
    );
  }
}

function finishSingle(cursor: i32, last: i32): void {
  store32(cursor + C_BLOCK_LAST, last);
  store32(cursor + C_CHUNK_LAST, last);
  store32(cursor + C_LAST_DOCS, last);
}

function setSingleBound(cursor: i32, bound: f64): void {
  store32(cursor + C_BOUNDS_READY, 1);
  storeF64(cursor + C_BOUND, bound);
  storeF64(cursor + C_BLOCK_BOUNDS, bound);
}

function loadBlock(cursor: i32, block: i32): void {
  const ordinal: i32 = (load32(cursor + C_CHUNK) << CHUNK_SHIFT) + block;
  let count: i32 = load32(cursor + C_DF) - (ordinal << BLOCK_SHIFT);
  if (count > BLOCK_POSTINGS) count = BLOCK_POSTINGS;
  store32(cursor + C_ORDINAL, ordinal);
  decodeBlock(cursor, block, count, firstOfBlock(cursor, block) - 1);
  store32(cursor + C_BLOCK_LAST, load32(cursor + C_LAST_DOCS + (block << 2)));
}

/** Decodes the block of the loaded chunk that was found last, unless it is decoded. */
export function openBlock(cursor: i32): void {
  const block: i32 = load32(cursor + C_HINT);
  if (load32(cursor + C_BLOCK_LAST) !== load32(cursor + C_LAST_DOCS + (block << 2))) loadBlock(cursor, block);
}

/** Moves to the first document at or after `target` and returns it, or END. Never moves back. */
export function nextAtLeast(cursor: i32, target: i32): i32 {
  let document: i32 = load32(cursor + C_DOC);
  if (document >= target) return document;
  if (load32(cursor + C_BLOCK_LAST) < target) {
    const block: i32 = seekBlock(cursor, target);
    if (block < 0) {
      store32(cursor + C_DOC, END);
      store32(cursor + C_BLOCK_LAST, END);
      return END;
    }
    loadBlock(cursor, block);
  }
  const docs: i32 = cursor + C_DOCS;
  let index: i32 = load32(cursor + C_INDEX);
  if (load32(docs + (index << 2)) < target) {
    index = placeAtLeast(docs, target);
    store32(cursor + C_INDEX, index);
  }
  document = load32(docs + (index << 2));
  store32(cursor + C_DOC, document);
  return document;
}

/** Leaves a cursor whose block was read up to `index`; returns its document. */
export function leaveAt(cursor: i32, index: i32): i32 {
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

/** Decodes the next block in order, from the first; returns its postings, 0 at the end. */
export function nextBlock(cursor: i32): i32 {
  if (load32(cursor + C_DF) === 0) return 0;
  const ordinal: i32 = load32(cursor + C_ORDINAL) + 1;
  if (ordinal >= load32(cursor + C_BLOCKS)) return 0;
  if (load32(cursor + C_KIND) === 3) {
    const chunk: i32 = ordinal >> CHUNK_SHIFT;
    if (chunk !== load32(cursor + C_CHUNK)) loadChunk(cursor, chunk);
    loadBlock(cursor, ordinal - (chunk << CHUNK_SHIFT));
  }
  store32(cursor + C_ORDINAL, ordinal);
  return load32(cursor + C_COUNT);
}
