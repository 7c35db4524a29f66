/** Up to 128 postings of one term, gathered and packed: documents, frequencies by group, positions, impacts. */

import {
  countLeadingZeros,
  countTrailingZeros,
  load32,
  load8,
  loadF64,
  store32,
  store8,
  storeF64,
  toF64,
} from '../kernels/memory.ts';
import { countGroups, packedWords } from '../kernels/block.ts';
import { MENU_GROUP } from '../kernels/layout.ts';
import type { i32 } from '../kernels/types.ts';
import { reserve, take } from './buffers.ts';
import { packGaps, WORDS_BEHIND } from './gap-packing.ts';
import { notePosting, takeImpacts } from './impacts.ts';
import { chooseWidth, chosenBits } from './position-packer.ts';
import { joinedBits, packLanes } from './write-lanes.ts';
import {
  B_ADDRESS,
  B_USED,
  W_MENU_ONLY,
  W_BLOCK_WORDS,
  W_COUNT,
  W_DOC_GAPS,
  W_DOCS,
  W_DOCUMENT_WIDTH,
  W_DRAINED,
  W_FREQUENCIES,
  W_GAPS,
  W_IMPACTS,
  W_LAST,
  W_LENGTHS,
  W_LESS_ONE,
  W_MASK,
  W_OCCURRENCES,
  W_POSITION_WIDTH,
  W_POSITIONS,
  W_TERM_OCCURRENCES,
  W_WIDTHS,
} from './write-layout.ts';

const MOST_OCCURRENCES: i32 = 0x7fffffff;

/** Bits that the largest of numbers needs whose bitwise or is `all`. */
export function bitsFor(all: i32): i32 {
  return 32 - countLeadingZeros(all);
}

/** Packs `count` numbers one after the other; words beyond the last bit are not touched. */
export function packStream(from: i32, count: i32, width: i32, to: i32): void {
  if (width === 0) return;
  let target: i32 = to;
  let shift: i32 = 0;
  let word: i32 = 0;
  for (let at: i32 = from; at < from + (count << 2); at += 4) {
    const value: i32 = load32(at);
    word = word | (value << shift);
    shift += width;
    if (shift >= 32) {
      store32(target, word);
      target += 4;
      shift -= 32;
      word = shift === 0 ? 0 : value >>> (width - shift);
    }
  }
  if (shift > 0) store32(target, word);
}

/** Packs a block's numbers; returns the address behind them. */
function pack(from: i32, count: i32, width: i32, to: i32): i32 {
  if (width === 0) return to;
  if (count === 128) packLanes(from, width, to);
  else packStream(from, count, width, to);
  return to + (packedWords(width, count) << 2);
}

/**
 * Finds the widths of the block and its impacts, `impactWords` words for each group; of documents that stand as bits elsewhere
 * the block has nothing. Afterwards frequencies may be less one, and W_BLOCK_WORDS is set.
 */
export function measureBlock(writer: i32, impactWords: i32, hasBits: i32): void {
  const count: i32 = load32(writer + W_COUNT);
  const mask: i32 = load32(writer + W_MASK);
  if ((mask & (1 << MENU_GROUP)) !== 0) countMenuOnly(writer, count, mask);
  const documentWidth: i32 = hasBits === 1 ? 0 : bitsFor(findGaps(writer, count));
  const groups: i32 = countGroups(mask);
  const lessOne: i32 = groups === 1 ? everyPostingHas(writer, count, mask) : 0;
  let words: i32 = 1 + ((groups + 3) >> 2) + packedWords(documentWidth, count);
  let place: i32 = 0;
  let group: i32 = 0;
  for (let rest: i32 = mask; rest !== 0; rest = rest >>> 1) {
    if ((rest & 1) !== 0) {
      noteGroup(writer, count, group);
      takeImpacts(writer, writer + W_IMPACTS + place * (impactWords << 2), impactWords);
      const frequencies: i32 = writer + W_FREQUENCIES + (group << 9);
      let bits: i32 = 0;
      if (lessOne === 1) {
        for (let at: i32 = frequencies; at < frequencies + (count << 2); at += 4) {
          const frequency: i32 = load32(at) - 1;
          store32(at, frequency);
          bits = bits | frequency;
        }
      } else if (count === 128) bits = joinedBits(frequencies);
      else for (let at: i32 = frequencies; at < frequencies + (count << 2); at += 4) bits = bits | load32(at);
      const width: i32 = bitsFor(bits);
      store32(writer + W_WIDTHS + (place << 2), width);
      words += packedWords(width, count);
      place++;
    }
    group++;
  }
  store32(writer + W_DOCUMENT_WIDTH, documentWidth);
  store32(writer + W_LESS_ONE, lessOne);
  store32(writer + W_BLOCK_WORDS, words);
}

/** Writes the block that was measured to `to`; returns the address behind it. */
export function writeBlock(writer: i32, to: i32): i32 {
  const count: i32 = load32(writer + W_COUNT);
  const mask: i32 = load32(writer + W_MASK);
  const documentWidth: i32 = load32(writer + W_DOCUMENT_WIDTH);
  const positionWidth: i32 = load32(writer + W_POSITION_WIDTH);
  const groups: i32 = countGroups(mask);
  const widthWords: i32 = (groups + 3) >> 2;
  store32(to, documentWidth | (positionWidth << 6) | (load32(writer + W_LESS_ONE) << 12) | (mask << 16));
  for (let i: i32 = 1; i <= widthWords; i++) store32(to + (i << 2), 0);
  for (let i: i32 = 0; i < groups; i++) store8(to + 4 + i, load32(writer + W_WIDTHS + (i << 2)));
  let at: i32 = pack(writer + W_DOC_GAPS, count, documentWidth, to + 4 + (widthWords << 2));
  let place: i32 = 0;
  let frequencies: i32 = writer + W_FREQUENCIES;
  for (let rest: i32 = mask; rest !== 0; rest = rest >>> 1) {
    if ((rest & 1) !== 0) {
      at = pack(frequencies, count, load32(writer + W_WIDTHS + (place << 2)), at);
      place++;
    }
    frequencies += 512;
  }
  return at;
}

/** Packs the block's positions, before the block itself; returns the word of their region at which they begin. */
export function writePositions(writer: i32): i32 {
  const gaps: i32 = writer + W_GAPS;
  const positions: i32 = writer + W_POSITIONS;
  const count: i32 = load32(gaps + B_USED);
  // For chooseWidth.
  const behind: i32 = reserve(gaps, 3);
  store32(behind, 0);
  store32(behind + 4, 0);
  store32(behind + 8, 0);
  const from: i32 = load32(gaps + B_ADDRESS);
  const begin: i32 = load32(writer + W_DRAINED) + load32(positions + B_USED);
  const width: i32 = chooseWidth(from, count);
  const words: i32 = (chosenBits + 31) >> 5;
  packGaps(from, count, width, reserve(positions, words + WORDS_BEHIND), words);
  take(positions, words);
  store32(writer + W_POSITION_WIDTH, width);
  countOccurrences(writer, count);
  return begin;
}

/** Of the term, at most what a record can say, and of all terms. */
export function countOccurrences(writer: i32, count: i32): void {
  const sum: i32 = load32(writer + W_TERM_OCCURRENCES) + count;
  store32(writer + W_TERM_OCCURRENCES, sum < 0 || sum > MOST_OCCURRENCES ? MOST_OCCURRENCES : sum);
  storeF64(writer + W_OCCURRENCES, loadF64(writer + W_OCCURRENCES) + toF64(count));
}

/** Counts the postings whose term stands in menus and nowhere else. */
function countMenuOnly(writer: i32, count: i32, mask: i32): void {
  const others: i32 = mask & ~(1 << MENU_GROUP);
  let menuOnly: i32 = load32(writer + W_MENU_ONLY);
  for (let at: i32 = writer + W_FREQUENCIES; at < writer + W_FREQUENCIES + (count << 2); at += 4) {
    if (load32(at + (MENU_GROUP << 9)) === 0) continue;
    let elsewhere: i32 = 0;
    for (let rest: i32 = others; rest !== 0; rest = rest & (rest - 1)) {
      elsewhere = elsewhere | load32(at + (countTrailingZeros(rest) << 9));
    }
    if (elsewhere === 0) menuOnly++;
  }
  store32(writer + W_MENU_ONLY, menuOnly);
}

/** Makes room for the next block. Its documents and frequencies are no more. */
export function clearBlock(writer: i32): void {
  const size: i32 = load32(writer + W_COUNT) << 2;
  let frequencies: i32 = writer + W_FREQUENCIES;
  for (let rest: i32 = load32(writer + W_MASK); rest !== 0; rest = rest >>> 1) {
    if ((rest & 1) !== 0) for (let at: i32 = 0; at < size; at += 4) store32(frequencies + at, 0);
    frequencies += 512;
  }
  store32(writer + W_COUNT, 0);
  store32(writer + W_MASK, 0);
  store32(writer + W_GAPS + B_USED, 0);
}

/** Distances between documents, each less one; returns the bitwise or of all. */
function findGaps(writer: i32, count: i32): i32 {
  let before: i32 = load32(writer + W_LAST);
  let bits: i32 = 0;
  for (let at: i32 = 0; at < count << 2; at += 4) {
    const document: i32 = load32(writer + W_DOCS + at);
    const gap: i32 = document - before - 1;
    store32(writer + W_DOC_GAPS + at, gap);
    bits = bits | gap;
    before = document;
  }
  return bits;
}

function everyPostingHas(writer: i32, count: i32, mask: i32): i32 {
  const frequencies: i32 = writer + W_FREQUENCIES + ((31 - countLeadingZeros(mask)) << 9);
  for (let at: i32 = frequencies; at < frequencies + (count << 2); at += 4) if (load32(at) === 0) return 0;
  return 1;
}

/** Notes all postings of the block that have the group. */
function noteGroup(writer: i32, count: i32, group: i32): void {
  const frequencies: i32 = writer + W_FREQUENCIES + (group << 9);
  const lengths: i32 = load32(writer + W_LENGTHS + (group << 2));
  for (let i: i32 = 0; i < count; i++) {
    const frequency: i32 = load32(frequencies + (i << 2));
    if (frequency === 0) continue;
    notePosting(writer, frequency, lengths === 0 ? 0 : load8(lengths + load32(writer + W_DOCS + (i << 2))));
  }
}
