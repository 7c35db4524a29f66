/** Merges the lists of segments: terms side by side in the order of their hashes, live documents under new numbers. */

import {
  C_DOCS,
  C_FREQUENCIES,
  C_MASK,
  C_STARTS,
  LIST_INLINE,
  RECORD_BARE,
  RECORD_BYTES,
  RECORD_KIND_SHIFT,
  SEGMENT_LEAVES,
  SEGMENT_TOP,
} from '../kernels/layout.ts';
import { readStarts } from '../kernels/block.ts';
import { nextBlock, openRecord } from '../kernels/cursor.ts';
import { load32, store32 } from '../kernels/memory.ts';
import { wordAddress } from '../kernels/pages.ts';
import { readGaps } from '../kernels/position-codes.ts';
import type { i32 } from '../kernels/types.ts';
import { copyWords, emptied, reserve, take } from './buffers.ts';
import { beginPosting, beginTerm, endTerm, waiting, writeInline } from './list-writer.ts';
import {
  M_CURRENT,
  M_CURSOR,
  M_POSITIONS,
  M_SOURCES,
  M_TABLE,
  S_IS_DONE,
  S_LEAF,
  S_NUMBERS,
  S_PLACE,
  S_RECORD,
  S_RECORDS,
  S_SEGMENT,
  S_WORD,
  SOURCE_SHIFT,
  W_FREQUENCIES,
  W_GAPS,
  W_HIGH,
  W_LOW,
  W_MASK,
} from './write-layout.ts';

/** Flips the sign so that comparing signed numbers orders unsigned ones. */
const SIGN: i32 = -2147483648;
const RECORD_WORDS: i32 = RECORD_BYTES >> 2;

/** Puts every source at its first term. */
export function beginMerge(merge: i32): void {
  const sources: i32 = load32(merge + M_SOURCES);
  for (let source: i32 = 0; source < sources; source++) {
    const at: i32 = load32(merge + M_TABLE) + (source << SOURCE_SHIFT);
    store32(at + S_LEAF, -1);
    store32(at + S_PLACE, -1);
    store32(at + S_RECORDS, 0);
    store32(at + S_IS_DONE, 0);
    nextRecord(at);
  }
  store32(merge + M_CURRENT, -1);
}

/** Copies until `limit` words wait to be handed out, or some `budget` postings and terms are done; 0 at the end. */
export function mergeTerms(merge: i32, writer: i32, limit: i32, budget: i32): i32 {
  const table: i32 = load32(merge + M_TABLE);
  let left: i32 = budget;
  while (left > 0 && waiting(writer) < limit) {
    const current: i32 = load32(merge + M_CURRENT);
    if (current < 0) {
      const least: i32 = leastSource(merge);
      if (least < 0) return 0;
      const at: i32 = table + (least << SOURCE_SHIFT);
      // Most terms stand in one segment, once.
      if (isLoneInline(merge, least) === 1) {
        copyInline(at, writer);
        nextRecord(at);
      } else {
        beginTerm(writer, load32(at + S_RECORD), load32(at + S_RECORD + 4), documentsOf(merge, least));
        openSource(merge, least);
      }
      left--;
    } else {
      const postings: i32 = nextBlock(load32(merge + M_CURSOR));
      left -= postings + 1;
      if (postings > 0) copyBlock(merge, table + (current << SOURCE_SHIFT), writer, postings);
      else finishSource(merge, writer, current);
    }
  }
  return 1;
}

/** 1 where a source's term is inline and no source behind it has the term; sources before have passed it. */
function isLoneInline(merge: i32, source: i32): i32 {
  const at: i32 = load32(merge + M_TABLE) + (source << SOURCE_SHIFT);
  if (load32(at + S_RECORD + 20) >> RECORD_KIND_SHIFT !== LIST_INLINE) return 0;
  return sameTerm(merge, source + 1, load32(at + S_RECORD), load32(at + S_RECORD + 4)) < 0 ? 1 : 0;
}

function copyInline(at: i32, writer: i32): void {
  const number: i32 = load32(load32(at + S_NUMBERS) + (load32(at + S_RECORD + 12) << 2));
  if (number < 0) return;
  const kind: i32 = load32(at + S_RECORD + 20);
  const group: i32 = (kind & RECORD_BARE) === 0 ? kind & 15 : -1;
  writeInline(
    writer,
    load32(at + S_RECORD),
    load32(at + S_RECORD + 4),
    number,
    load32(at + S_RECORD + 16),
    group,
  );
}

/** The first source that stands at the least hash; −1 where all are done. */
function leastSource(merge: i32): i32 {
  const sources: i32 = load32(merge + M_SOURCES);
  let least: i32 = -1;
  let high: i32 = 0;
  let low: i32 = 0;
  let at: i32 = load32(merge + M_TABLE);
  for (let source: i32 = 0; source < sources; source++) {
    if (load32(at + S_IS_DONE) === 0) {
      const ownHigh: i32 = load32(at + S_RECORD) ^ SIGN;
      const ownLow: i32 = load32(at + S_RECORD + 4) ^ SIGN;
      if (least < 0 || ownHigh < high || (ownHigh === high && ownLow < low)) {
        least = source;
        high = ownHigh;
        low = ownLow;
      }
    }
    at += 1 << SOURCE_SHIFT;
  }
  return least;
}

/** The first source from `first` on that stands at a term, or −1. */
function sameTerm(merge: i32, first: i32, high: i32, low: i32): i32 {
  const sources: i32 = load32(merge + M_SOURCES);
  let at: i32 = load32(merge + M_TABLE) + (first << SOURCE_SHIFT);
  for (let source: i32 = first; source < sources; source++) {
    if (load32(at + S_RECORD) === high && load32(at + S_RECORD + 4) === low && load32(at + S_IS_DONE) === 0) {
      return source;
    }
    at += 1 << SOURCE_SHIFT;
  }
  return -1;
}

/** Documents of the term at which `first` stands, and others behind it may, in all sources, those included that don't live. */
function documentsOf(merge: i32, first: i32): i32 {
  const at: i32 = load32(merge + M_TABLE) + (first << SOURCE_SHIFT);
  const high: i32 = load32(at + S_RECORD);
  const low: i32 = load32(at + S_RECORD + 4);
  let sum: i32 = 0;
  for (let source: i32 = first; source >= 0; source = sameTerm(merge, source + 1, high, low)) {
    sum += load32(load32(merge + M_TABLE) + (source << SOURCE_SHIFT) + S_RECORD + 8);
  }
  return sum;
}

function openSource(merge: i32, source: i32): void {
  const at: i32 = load32(merge + M_TABLE) + (source << SOURCE_SHIFT);
  store32(merge + M_CURRENT, source);
  openRecord(
    load32(merge + M_CURSOR),
    load32(at + S_SEGMENT),
    load32(at + S_RECORD + 8),
    load32(at + S_RECORD + 12),
    load32(at + S_RECORD + 16),
    load32(at + S_RECORD + 20),
  );
}

/** Goes on to the next source that has the term, or ends the term. */
function finishSource(merge: i32, writer: i32, source: i32): void {
  nextRecord(load32(merge + M_TABLE) + (source << SOURCE_SHIFT));
  const next: i32 = sameTerm(merge, source + 1, load32(writer + W_HIGH), load32(writer + W_LOW));
  if (next >= 0) {
    openSource(merge, next);
    return;
  }
  endTerm(writer);
  store32(merge + M_CURRENT, -1);
}

/** Moves a source to its next term. */
function nextRecord(at: i32): void {
  const segment: i32 = load32(at + S_SEGMENT);
  const place: i32 = load32(at + S_PLACE) + 1;
  store32(at + S_PLACE, place);
  if (place >= load32(at + S_RECORDS)) {
    const leaf: i32 = load32(at + S_LEAF) + 1;
    store32(at + S_LEAF, leaf);
    if (leaf >= load32(segment + SEGMENT_LEAVES)) {
      store32(at + S_IS_DONE, 1);
      return;
    }
    const entry: i32 = load32(segment + SEGMENT_TOP) + (leaf << 4);
    store32(at + S_WORD, load32(entry + 8));
    store32(at + S_RECORDS, load32(entry + 12));
    store32(at + S_PLACE, 0);
  }
  const record: i32 = wordAddress(segment, load32(at + S_WORD) + load32(at + S_PLACE) * RECORD_WORDS);
  for (let i: i32 = 0; i < RECORD_BYTES; i += 4) store32(at + S_RECORD + i, load32(record + i));
}

/** Copies the postings of the decoded block whose documents live. */
function copyBlock(merge: i32, source: i32, writer: i32, postings: i32): void {
  const cursor: i32 = load32(merge + M_CURSOR);
  const numbers: i32 = load32(source + S_NUMBERS);
  const mask: i32 = load32(cursor + C_MASK);
  if (mask === 0) {
    for (let i: i32 = 0; i < postings; i++) {
      const number: i32 = load32(numbers + (load32(cursor + C_DOCS + (i << 2)) << 2));
      if (number >= 0) beginPosting(writer, number);
    }
    return;
  }
  readStarts(cursor);
  const all: i32 = load32(cursor + C_STARTS + (postings << 2));
  // Gaps are written four at a time.
  const found: i32 = emptied(merge + M_POSITIONS, all + 3);
  readGaps(cursor, all, found);
  for (let i: i32 = 0; i < postings; i++) {
    const number: i32 = load32(numbers + (load32(cursor + C_DOCS + (i << 2)) << 2));
    if (number < 0) continue;
    const to: i32 = writer + W_FREQUENCIES + (beginPosting(writer, number) << 2);
    copyFrequencies(cursor, writer, mask, i, to);
    const start: i32 = load32(cursor + C_STARTS + (i << 2));
    const count: i32 = load32(cursor + C_STARTS + (i << 2) + 4) - start;
    copyWords(reserve(writer + W_GAPS, count), found + (start << 2), count);
    take(writer + W_GAPS, count);
  }
}

function copyFrequencies(cursor: i32, writer: i32, mask: i32, posting: i32, to: i32): void {
  let own: i32 = load32(writer + W_MASK);
  let from: i32 = cursor + C_FREQUENCIES + (posting << 2);
  let target: i32 = to;
  let group: i32 = 0;
  for (let rest: i32 = mask; rest !== 0; rest = rest >>> 1) {
    if ((rest & 1) !== 0) {
      const frequency: i32 = load32(from);
      if (frequency > 0) {
        store32(target, frequency);
        own = own | (1 << group);
      }
    }
    from += 512;
    target += 512;
    group++;
  }
  store32(writer + W_MASK, own);
}
