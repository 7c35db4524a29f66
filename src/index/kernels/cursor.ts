/** Walks one posting list: finds chunks and blocks by their last documents, decodes a block, its frequencies, its scores. */

import {
  BLOCK_POSTINGS,
  BLOCK_SHIFT,
  C_ALPHA,
  C_BETA,
  C_BLOCK_BOUNDS,
  C_BLOCK_LAST,
  C_BLOCK_WORDS,
  C_BLOCKS,
  C_BOUND,
  C_CHUNK,
  C_CHUNK_COUNT,
  C_CHUNK_FIRST,
  C_CHUNK_LAST,
  C_CHUNK_TABLE,
  C_CHUNKS,
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
  C_IS_SCORED,
  C_KIND,
  C_LAST_DOCS,
  C_LESS_ONE,
  C_MASK,
  C_ORDINAL,
  C_POSITION_WIDTH,
  C_POSITION_WORD,
  C_POSITION_WORDS,
  C_SCORES,
  C_SCORES_READY,
  C_SEGMENT,
  C_STARTS,
  C_STARTS_READY,
  C_WIDTHS,
  C_WINDOW_BOUND,
  CHUNK_BLOCKS,
  CHUNK_SHIFT,
  END,
  LIST_INLINE,
  LIST_SHORT,
  RECORD_BARE,
  RECORD_KIND_SHIFT,
  SEGMENT_LENGTHS,
  SEGMENT_POSITIONS,
  SEGMENT_POSTINGS,
} from './layout.ts';
import { findTerm } from './dictionary.ts';
import { copyBytes, load32, load8, loadF64, store32, storeF64, toF64 } from './memory.ts';
import { loadByte, loadWord, wordAddress, wordsLeft } from './pages.ts';
import { impactBound, occurrenceWeight, termScore } from './scoring.ts';
import type { f64, i32 } from './types.ts';
import { addToBlock, unpackBlock, unpackDocuments } from './unpack.ts';

let blocksRead: i32 = 0;

/** Blocks decoded since the last call. */
export function takeBlocksRead(): i32 {
  const count: i32 = blocksRead;
  blocksRead = 0;
  return count;
}

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
  store32(cursor + C_KIND, LIST_INLINE);
  store32(cursor + C_DF, 0);
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
  store32(cursor + C_KIND, kind);
  store32(cursor + C_DF, df);
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
  if (load32(cursor + C_IS_SCORED) === 1) setSingleBound(cursor, postingScore(cursor, 0) + 0.000000002);
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
    setSingleBound(cursor, impactBound(impacts, mask, loadF64(cursor + C_ALPHA), loadF64(cursor + C_BETA)));
  }
}

function openLong(cursor: i32, segment: i32, place: i32): void {
  const word: i32 = load32(segment + SEGMENT_POSTINGS) + place;
  const blocks: i32 = loadWord(segment, word);
  const mask: i32 = loadWord(segment, word + 1);
  const chunks: i32 = (blocks + CHUNK_BLOCKS - 1) >> CHUNK_SHIFT;
  const groups: i32 = countGroups(mask);
  store32(cursor + C_BLOCKS, blocks);
  store32(cursor + C_CHUNKS, chunks);
  store32(cursor + C_CHUNK, -1);
  store32(cursor + C_CHUNK_FIRST, 0);
  store32(cursor + C_CHUNK_LAST, -1);
  store32(cursor + C_CHUNK_TABLE, word + 2 + groups);
  if (load32(cursor + C_IS_SCORED) === 1) {
    // The list's head and impacts stand in one page.
    const impacts: i32 = wordAddress(segment, word) + 8;
    storeF64(
      cursor + C_BOUND,
      impactBound(impacts, mask, loadF64(cursor + C_ALPHA), loadF64(cursor + C_BETA)),
    );
  }
}

function finishSingle(cursor: i32, last: i32): void {
  store32(cursor + C_BLOCK_LAST, last);
  store32(cursor + C_CHUNK_LAST, last);
  store32(cursor + C_LAST_DOCS, last);
}

function setSingleBound(cursor: i32, bound: f64): void {
  storeF64(cursor + C_BOUND, bound);
  storeF64(cursor + C_BLOCK_BOUNDS, bound);
}

export function countGroups(mask: i32): i32 {
  let count: i32 = 0;
  for (let rest: i32 = mask; rest !== 0; rest = rest & (rest - 1)) count++;
  return count;
}

function clearDocs(cursor: i32, from: i32): void {
  for (let i: i32 = from; i < BLOCK_POSTINGS; i++) store32(cursor + C_DOCS + (i << 2), END);
}

/** Makes chunk `chunk` of a long list the loaded one, with bounds where the cursor scores. */
function loadChunk(cursor: i32, chunk: i32): void {
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
  copyBytes(cursor + C_LAST_DOCS, address, size);
  const isScored: i32 = load32(cursor + C_IS_SCORED);
  const alpha: f64 = loadF64(cursor + C_ALPHA);
  const beta: f64 = loadF64(cursor + C_BETA);
  for (let i: i32 = 0; i < count; i++) {
    const at: i32 = address + size + (i << 2);
    store32(cursor + C_BLOCK_WORDS + (i << 2), postings + load32(at));
    store32(cursor + C_POSITION_WORDS + (i << 2), positions + load32(at + size));
    if (isScored === 1) {
      const impacts: i32 = load32(at + size + size);
      const bound: f64 = impactBound(address + ((impacts & 0xffff) << 2), impacts >>> 16, alpha, beta);
      storeF64(cursor + C_BLOCK_BOUNDS + (i << 3), bound);
    }
  }
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
    if (load32(cursor + C_CHUNK_COUNT) === 0 || load32(cursor + C_KIND) !== 3) return -1;
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

function loadBlock(cursor: i32, block: i32): void {
  const ordinal: i32 = (load32(cursor + C_CHUNK) << CHUNK_SHIFT) + block;
  let count: i32 = load32(cursor + C_DF) - (ordinal << BLOCK_SHIFT);
  if (count > BLOCK_POSTINGS) count = BLOCK_POSTINGS;
  store32(cursor + C_ORDINAL, ordinal);
  decodeBlock(cursor, block, count, firstOfBlock(cursor, block) - 1);
  store32(cursor + C_BLOCK_LAST, load32(cursor + C_LAST_DOCS + (block << 2)));
}

function decodeBlock(cursor: i32, block: i32, count: i32, base: i32): void {
  const segment: i32 = load32(cursor + C_SEGMENT);
  const word: i32 = load32(cursor + C_BLOCK_WORDS + (block << 2));
  const address: i32 = wordAddress(segment, word);
  const head: i32 = load32(address);
  const width: i32 = head & 63;
  const mask: i32 = head >>> 16;
  const widthWords: i32 = (countGroups(mask) + 3) >> 2;
  const docs: i32 = address + 4 + (widthWords << 2);
  blocksRead++;
  for (let i: i32 = 0; i < widthWords; i++) {
    store32(cursor + C_WIDTHS + (i << 2), load32(address + 4 + (i << 2)));
  }
  if (count === BLOCK_POSTINGS) {
    unpackDocuments(width, docs, cursor + C_DOCS, base);
  } else {
    unpackSequence(width, count, docs, cursor + C_DOCS);
    let document: i32 = base;
    for (let at: i32 = cursor + C_DOCS; at < cursor + C_DOCS + (count << 2); at += 4) {
      document += load32(at) + 1;
      store32(at, document);
    }
    clearDocs(cursor, count);
  }
  store32(cursor + C_COUNT, count);
  store32(cursor + C_INDEX, 0);
  store32(cursor + C_MASK, mask);
  store32(cursor + C_LESS_ONE, (head >>> 12) & 1);
  store32(cursor + C_POSITION_WIDTH, (head >>> 6) & 63);
  store32(cursor + C_POSITION_WORD, load32(cursor + C_POSITION_WORDS + (block << 2)));
  store32(cursor + C_FREQUENCY_WORD, word + 1 + widthWords + packedWords(width, count));
  store32(cursor + C_FREQUENCIES_READY, 0);
  store32(cursor + C_STARTS_READY, 0);
  store32(cursor + C_SCORES_READY, 0);
}

/** Words that `count` numbers of `width` bits take. */
export function packedWords(width: i32, count: i32): i32 {
  return (width * count + 31) >> 5;
}

/** Numbers of `width` bits one after the other, as in blocks that are not full. */
export function unpackSequence(width: i32, count: i32, from: i32, to: i32): void {
  const mask: i32 = width === 32 ? -1 : (1 << width) - 1;
  let bit: i32 = 0;
  for (let i: i32 = 0; i < count; i++) {
    let value: i32 = 0;
    if (width > 0) {
      const address: i32 = from + ((bit >> 5) << 2);
      const shift: i32 = bit & 31;
      value = load32(address) >>> shift;
      if (shift + width > 32) value |= load32(address + 4) << (32 - shift);
    }
    store32(to + (i << 2), value & mask);
    bit += width;
  }
}

function frequencyWords(cursor: i32): i32 {
  const count: i32 = load32(cursor + C_COUNT);
  const groups: i32 = countGroups(load32(cursor + C_MASK));
  let words: i32 = 0;
  for (let i: i32 = 0; i < groups; i++) words += packedWords(load8(cursor + C_WIDTHS + i), count);
  return words;
}

/** Decodes the frequencies of the block, by group. */
export function readFrequencies(cursor: i32): void {
  if (load32(cursor + C_FREQUENCIES_READY) === 1) return;
  store32(cursor + C_FREQUENCIES_READY, 1);
  const count: i32 = load32(cursor + C_COUNT);
  const lessOne: i32 = load32(cursor + C_LESS_ONE);
  const mask: i32 = load32(cursor + C_MASK);
  if (mask === 0) return;
  let from: i32 = wordAddress(load32(cursor + C_SEGMENT), load32(cursor + C_FREQUENCY_WORD));
  let place: i32 = 0;
  let to: i32 = cursor + C_FREQUENCIES;
  for (let rest: i32 = mask; rest !== 0; rest = rest >>> 1) {
    if ((rest & 1) !== 0) {
      const width: i32 = load8(cursor + C_WIDTHS + place);
      if (count === BLOCK_POSTINGS) unpackBlock(width, from, to);
      else unpackSequence(width, count, from, to);
      if (lessOne === 1) addToBlock(1, to);
      from += packedWords(width, count) << 2;
      place++;
    }
    to += 512;
  }
}

/** Occurrences of posting `index` in the groups of `groups`. */
export function frequencyIn(cursor: i32, index: i32, groups: i32): i32 {
  readFrequencies(cursor);
  let sum: i32 = 0;
  let at: i32 = cursor + C_FREQUENCIES + (index << 2);
  for (let rest: i32 = load32(cursor + C_MASK) & groups; rest !== 0; rest = rest >>> 1) {
    if ((rest & 1) !== 0) sum += load32(at);
    at += 512;
  }
  return sum;
}

/** Score of posting `index` of the block. */
export function postingScore(cursor: i32, index: i32): f64 {
  readFrequencies(cursor);
  const segment: i32 = load32(cursor + C_SEGMENT);
  const document: i32 = load32(cursor + C_DOCS + (index << 2));
  let weighed: f64 = 0;
  let group: i32 = 0;
  for (let rest: i32 = load32(cursor + C_MASK); rest !== 0; rest = rest >>> 1) {
    if ((rest & 1) !== 0) {
      const frequency: i32 = load32(cursor + C_FREQUENCIES + (group << 9) + (index << 2));
      if (frequency > 0) {
        const column: i32 = load32(segment + SEGMENT_LENGTHS + (group << 2));
        const code: i32 = column < 0 ? 0 : loadByte(segment, column, document);
        weighed += toF64(frequency) * occurrenceWeight(group, code);
      }
    }
    group++;
  }
  return termScore(loadF64(cursor + C_ALPHA), loadF64(cursor + C_BETA), weighed);
}

/** Scores of all postings of the block, for lists that are read through. */
export function readScores(cursor: i32): void {
  if (load32(cursor + C_SCORES_READY) === 1) return;
  store32(cursor + C_SCORES_READY, 1);
  readFrequencies(cursor);
  const segment: i32 = load32(cursor + C_SEGMENT);
  const count: i32 = load32(cursor + C_COUNT);
  const alpha: f64 = loadF64(cursor + C_ALPHA);
  const beta: f64 = loadF64(cursor + C_BETA);
  const scores: i32 = cursor + C_SCORES;
  for (let i: i32 = 0; i < count; i++) storeF64(scores + (i << 3), 0);
  let group: i32 = 0;
  for (let rest: i32 = load32(cursor + C_MASK); rest !== 0; rest = rest >>> 1) {
    if ((rest & 1) !== 0) weighGroup(cursor, segment, group, count);
    group++;
  }
  for (let i: i32 = 0; i < count; i++) {
    storeF64(scores + (i << 3), termScore(alpha, beta, loadF64(scores + (i << 3))));
  }
}

/** Adds the weighed frequencies of one group. Finds the length column's page once for all documents that it covers. */
function weighGroup(cursor: i32, segment: i32, group: i32, count: i32): void {
  const column: i32 = load32(segment + SEGMENT_LENGTHS + (group << 2));
  const frequencies: i32 = cursor + C_FREQUENCIES + (group << 9);
  let past: i32 = 0;
  let bytes: i32 = 0;
  for (let i: i32 = 0; i < count; i++) {
    const frequency: i32 = load32(frequencies + (i << 2));
    if (frequency > 0) {
      const document: i32 = load32(cursor + C_DOCS + (i << 2));
      if (document >= past && column >= 0) {
        const word: i32 = column + (document >> 2);
        bytes = wordAddress(segment, word) - ((document >> 2) << 2);
        past = ((document >> 2) + wordsLeft(word)) << 2;
      }
      const code: i32 = column < 0 ? 0 : load8(bytes + document);
      const at: i32 = cursor + C_SCORES + (i << 3);
      storeF64(at, loadF64(at) + toF64(frequency) * occurrenceWeight(group, code));
    }
  }
}

/** Fills the numbers of occurrences before each posting. */
export function readStarts(cursor: i32): void {
  if (load32(cursor + C_STARTS_READY) === 1) return;
  store32(cursor + C_STARTS_READY, 1);
  readFrequencies(cursor);
  const count: i32 = load32(cursor + C_COUNT);
  const mask: i32 = load32(cursor + C_MASK);
  let sum: i32 = 0;
  for (let i: i32 = 0; i < count; i++) {
    store32(cursor + C_STARTS + (i << 2), sum);
    let at: i32 = cursor + C_FREQUENCIES + (i << 2);
    for (let rest: i32 = mask; rest !== 0; rest = rest >>> 1) {
      if ((rest & 1) !== 0) sum += load32(at);
      at += 512;
    }
  }
  store32(cursor + C_STARTS + (count << 2), sum);
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
    // Places behind the last posting hold END, so that seven fixed steps find the place.
    index = load32(docs + 252) < target ? 64 : 0;
    if (load32(docs + ((index + 31) << 2)) < target) index += 32;
    if (load32(docs + ((index + 15) << 2)) < target) index += 16;
    if (load32(docs + ((index + 7) << 2)) < target) index += 8;
    if (load32(docs + ((index + 3) << 2)) < target) index += 4;
    if (load32(docs + ((index + 1) << 2)) < target) index += 2;
    if (load32(docs + (index << 2)) < target) index += 1;
    store32(cursor + C_INDEX, index);
  }
  document = load32(docs + (index << 2));
  store32(cursor + C_DOC, document);
  return document;
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
      const own: f64 = loadF64(cursor + C_BLOCK_BOUNDS + (block << 3));
      if (own > bound) bound = own;
      block++;
    }
    if (block < 0 || load32(cursor + C_CHUNK_LAST) >= past - 1) break;
    block = seekBlock(cursor, load32(cursor + C_CHUNK_LAST) + 1);
  }
  storeF64(cursor + C_WINDOW_BOUND, bound);
  return bound;
}
