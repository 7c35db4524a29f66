/** The decoded block of a cursor: its documents, their frequencies by group, scores and numbers of occurrences. */

import {
  BLOCK_POSTINGS,
  C_ALPHA,
  C_BETA,
  C_BITS,
  C_BLOCK_WORDS,
  C_COUNT,
  C_DOCS,
  C_FREQUENCIES,
  C_FREQUENCIES_READY,
  C_FREQUENCY_WORD,
  C_SUMS,
  C_SUMS_AT,
  C_SUMS_BASE,
  C_SUMS_FIRST,
  C_SUMS_PAST,
  C_NEXT,
  C_INDEX,
  C_LAST_DOCS,
  C_LESS_ONE,
  C_MASK,
  C_POSITION_WIDTH,
  C_POSITION_WORD,
  C_POSITION_WORDS,
  C_SCORES,
  C_SCORES_READY,
  C_SEGMENT,
  C_STARTS,
  C_STARTS_READY,
  C_UPPER_WORD,
  C_WIDTHS,
  SEGMENT_LENGTHS,
} from './layout.ts';
import { readDocuments } from './bit-lists.ts';
import { clearSums, endWords, hopefulOf, runningSums, weigh } from './lanes.ts';
import { bitsAt, countTrailingZeros, load32, load8, loadF64, store32, storeF64, toF64 } from './memory.ts';
import { loadByte, wordAddress, wordsLeft } from './pages.ts';
import { frequencyFor, occurrenceWeight, termScore, termScores, weightsOf } from './scoring.ts';
import type { f64, i32 } from './types.ts';
import { addBlock, addToBlock, unpackBlock, unpackDocuments } from './unpack.ts';

/** What stands at C_SCORES: see C_SCORES_READY. */
const SCORED: i32 = 1;
export const WEIGHED: i32 = 2;

let blocksRead: i32 = 0;

/** Blocks decoded since the last call. */
export function takeBlocksRead(): i32 {
  const count: i32 = blocksRead;
  blocksRead = 0;
  return count;
}

export function countGroups(mask: i32): i32 {
  let count: i32 = 0;
  for (let rest: i32 = mask; rest !== 0; rest = rest & (rest - 1)) count++;
  return count;
}

export function clearDocs(cursor: i32, from: i32): void {
  endWords(cursor + C_DOCS, from);
}

export function decodeBlock(cursor: i32, block: i32, count: i32, base: i32): void {
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
  if (load32(cursor + C_BITS) !== 0) {
    const last: i32 = load32(cursor + C_LAST_DOCS + (block << 2));
    const found: i32 = readDocuments(cursor, base, last);
    // What was found beyond the block's own can but be where the bits are damaged.
    if (found < BLOCK_POSTINGS) clearDocs(cursor, found);
  } else if (count === BLOCK_POSTINGS) {
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
  store32(cursor + C_UPPER_WORD, -1);
  store32(cursor + C_SUMS_FIRST, 0);
  store32(cursor + C_SUMS_PAST, 0);
  store32(cursor + C_SUMS_BASE, 0);
  store32(cursor + C_SUMS_AT, cursor + C_SUMS);
  store32(cursor + C_NEXT, -1);
}

/** Words that `count` numbers of `width` bits take. */
export function packedWords(width: i32, count: i32): i32 {
  return (width * count + 31) >> 5;
}

/** Numbers of `width` bits one after the other, as in blocks that are not full. */
export function unpackSequence(width: i32, count: i32, from: i32, to: i32): void {
  const mask: i32 = width === 32 ? -1 : (1 << width) - 1;
  let bit: i32 = 0;
  for (let at: i32 = to; at < to + (count << 2); at += 4) {
    store32(at, bitsAt(from, bit) & mask);
    bit += width;
  }
}

export function frequencyWords(cursor: i32): i32 {
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
  for (let rest: i32 = mask; rest !== 0; rest = rest & (rest - 1)) {
    const to: i32 = cursor + C_FREQUENCIES + (countTrailingZeros(rest) << 9);
    const width: i32 = load8(cursor + C_WIDTHS + place);
    if (count === BLOCK_POSTINGS) unpackBlock(width, from, to);
    else unpackSequence(width, count, from, to);
    if (lessOne === 1) addToBlock(1, to);
    from += packedWords(width, count) << 2;
    place++;
  }
}

/** Decodes the frequencies of one group of the block's mask, and no others. */
export function readFrequenciesOf(cursor: i32, group: i32): void {
  if (load32(cursor + C_FREQUENCIES_READY) === 1) return;
  const count: i32 = load32(cursor + C_COUNT);
  let from: i32 = wordAddress(load32(cursor + C_SEGMENT), load32(cursor + C_FREQUENCY_WORD));
  let place: i32 = 0;
  for (let before: i32 = load32(cursor + C_MASK) & ((1 << group) - 1); before !== 0; place++) {
    from += packedWords(load8(cursor + C_WIDTHS + place), count) << 2;
    before = before & (before - 1);
  }
  const to: i32 = cursor + C_FREQUENCIES + (group << 9);
  const width: i32 = load8(cursor + C_WIDTHS + place);
  if (count === BLOCK_POSTINGS) unpackBlock(width, from, to);
  else unpackSequence(width, count, from, to);
  if (load32(cursor + C_LESS_ONE) === 1) addToBlock(1, to);
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
  const ready: i32 = load32(cursor + C_SCORES_READY);
  if (ready !== 0) {
    const own: f64 = loadF64(cursor + C_SCORES + (index << 3));
    return ready === WEIGHED ? termScore(loadF64(cursor + C_ALPHA), loadF64(cursor + C_BETA), own) : own;
  }
  readFrequencies(cursor);
  const segment: i32 = load32(cursor + C_SEGMENT);
  const document: i32 = load32(cursor + C_DOCS + (index << 2));
  let weighed: f64 = 0;
  for (let rest: i32 = load32(cursor + C_MASK); rest !== 0; rest = rest & (rest - 1)) {
    const group: i32 = countTrailingZeros(rest);
    const frequency: i32 = load32(cursor + C_FREQUENCIES + (group << 9) + (index << 2));
    if (frequency === 0) continue;
    const column: i32 = load32(segment + SEGMENT_LENGTHS + (group << 2));
    const code: i32 = column < 0 ? 0 : loadByte(segment, column, document);
    weighed += toF64(frequency) * occurrenceWeight(group, code);
  }
  return termScore(loadF64(cursor + C_ALPHA), loadF64(cursor + C_BETA), weighed);
}

/** Scores of all postings of the block, for lists that are read through. */
export function readScores(cursor: i32): void {
  if (load32(cursor + C_SCORES_READY) === SCORED) return;
  readWeighed(cursor);
  store32(cursor + C_SCORES_READY, SCORED);
  const count: i32 = load32(cursor + C_COUNT);
  termScores(cursor + C_SCORES, count, loadF64(cursor + C_ALPHA), loadF64(cursor + C_BETA));
}

/** Weighed frequencies in the place of scores, for lists of whose postings few can be enough: without a division each. */
export function readWeighed(cursor: i32): void {
  if (load32(cursor + C_SCORES_READY) !== 0) return;
  store32(cursor + C_SCORES_READY, WEIGHED);
  readFrequencies(cursor);
  const segment: i32 = load32(cursor + C_SEGMENT);
  const count: i32 = load32(cursor + C_COUNT);
  clearSums(cursor + C_SCORES);
  for (let rest: i32 = load32(cursor + C_MASK); rest !== 0; rest = rest & (rest - 1)) {
    weighGroup(cursor, segment, countTrailingZeros(rest), count);
  }
}

/** What a posting needs at C_SCORES, be it a score or a weighed frequency, to have a score of `least`; no less has it. */
export function enoughFor(cursor: i32, least: f64): f64 {
  if (load32(cursor + C_SCORES_READY) === SCORED) return least;
  return frequencyFor(loadF64(cursor + C_ALPHA), loadF64(cursor + C_BETA), least);
}

/** A bit for each of the 32 postings from `start` on: whether it stands from `from` to `past` − 1 with `least` or more at C_SCORES. */
export function hopefulIn(cursor: i32, start: i32, from: i32, past: i32, least: f64): i32 {
  let bits: i32 = hopefulOf(cursor + C_SCORES + (start << 3), least);
  if (start < from) bits = bits & (-1 << (from - start));
  const many: i32 = past - start;
  return many < 32 ? bits & ((1 << many) - 1) : bits;
}

/**
 * Place of the first of 128 ascending numbers at or after `target`, which the last is. Without a branch, for where it
 * stands can't be foretold.
 */
export function placeAtLeast(docs: i32, target: i32): i32 {
  let at: i32 = docs + ((load32(docs + 252) < target ? 1 : 0) << 8);
  at += (load32(at + 124) < target ? 1 : 0) << 7;
  at += (load32(at + 60) < target ? 1 : 0) << 6;
  at += (load32(at + 28) < target ? 1 : 0) << 5;
  at += (load32(at + 12) < target ? 1 : 0) << 4;
  at += (load32(at + 4) < target ? 1 : 0) << 3;
  at += (load32(at) < target ? 1 : 0) << 2;
  return (at - docs) >> 2;
}

/** Adds the weighed frequencies of one group. */
function weighGroup(cursor: i32, segment: i32, group: i32, count: i32): void {
  const column: i32 = load32(segment + SEGMENT_LENGTHS + (group << 2));
  const frequencies: i32 = cursor + C_FREQUENCIES + (group << 9);
  const docs: i32 = cursor + C_DOCS;
  if (column < 0) {
    for (let i: i32 = 0; i < count; i++) {
      const frequency: i32 = load32(frequencies + (i << 2));
      if (frequency === 0) continue;
      const at: i32 = cursor + C_SCORES + (i << 3);
      storeF64(at, loadF64(at) + toF64(frequency) * occurrenceWeight(group, 0));
    }
    return;
  }
  // Lengths of documents far from each other stand in more than one page: what is in one is weighed together.
  const last: i32 = load32(docs + ((count - 1) << 2));
  let start: i32 = 0;
  while (start < count) {
    const first: i32 = load32(docs + (start << 2)) >> 2;
    const past: i32 = (first + wordsLeft(column + first)) << 2;
    const end: i32 = last < past ? count : placeAtLeast(docs, past);
    const lengths: i32 = wordAddress(segment, column + first) - (first << 2);
    const at: i32 = start << 2;
    weigh(frequencies + at, docs + at, end - start, lengths, weightsOf(group), cursor + C_SCORES + (at << 1));
    start = end;
  }
}

/** Fills the numbers of occurrences before each posting. */
export function readStarts(cursor: i32): void {
  if (load32(cursor + C_STARTS_READY) === 1) return;
  store32(cursor + C_STARTS_READY, 1);
  readFrequencies(cursor);
  const sums: i32 = cursor + C_STARTS + 4;
  store32(cursor + C_STARTS, 0);
  let rest: i32 = load32(cursor + C_MASK);
  if (rest === 0) {
    for (let at: i32 = sums; at < sums + 512; at += 4) store32(at, 0);
    return;
  }
  // Numbers of 32 bits are packed as they are.
  unpackBlock(32, cursor + C_FREQUENCIES + (countTrailingZeros(rest) << 9), sums);
  for (rest = rest & (rest - 1); rest !== 0; rest = rest & (rest - 1)) {
    addBlock(cursor + C_FREQUENCIES + (countTrailingZeros(rest) << 9), sums);
  }
  // Behind the last posting stands what was there before.
  runningSums(sums);
}
