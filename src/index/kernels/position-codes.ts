/**
 * Distances between the positions of a block: Rice codes in two parts. Lower bits stand side by side, so that those of
 * any occurrence are found by its number; behind them the upper parts in unary, found by counting ones.
 */

import {
  C_COUNT,
  C_INLINE_POSITION,
  C_KIND,
  C_NEXT,
  C_NEXT_BIT,
  C_NEXT_WORD,
  C_POSITION_WIDTH,
  C_POSITION_WORD,
  C_SEGMENT,
  C_STARTS,
  C_SUMS,
  C_SUMS_AT,
  C_SUMS_BASE,
  C_SUMS_FIRST,
  C_SUMS_PAST,
  C_UPPER_BEFORE,
  C_UPPER_WORD,
  C_WIDE_SUMS,
  C_ZEROS,
  LIST_INLINE,
  MOST_SUMS,
  UNPACKED_SUMS,
  WIDE_ZEROS,
  WINDOW_SUMS,
} from './layout.ts';
import { countTrailingZeros, load32, store32 } from './memory.ts';
import { isAddress, loadWord, wordAddress, wordsLeft } from './pages.ts';
import {
  behindLast,
  behindOne,
  differences,
  endSums,
  onesBefore,
  skipOnes,
  unpackSums,
} from './position-lanes.ts';
import type { i32 } from './types.ts';

/** Occurrences passed over, up to which more is decoded than was asked for: finding a place costs as much as decoding them. */
const NEAR: i32 = 32;
/** Words behind the last lower bits that a step may read. */
const BEHIND_LOWER: i32 = 5;

/**
 * Address of the running sums of the distances of `count` occurrences from `start` on, with the sum before them in the
 * word before: at least 1, at most WINDOW_SUMS; starts have been read. They stand in the cursor's window, until the next
 * call for the cursor; four of them can be read where fewer are left.
 */
export function sumsFrom(cursor: i32, start: i32, count: i32): i32 {
  const window: i32 = cursor + C_SUMS;
  if (load32(cursor + C_KIND) === LIST_INLINE) {
    store32(cursor + C_SUMS_BASE, 0);
    store32(window, load32(cursor + C_INLINE_POSITION) + 1);
    endSums(window + 4);
    return window;
  }
  const first: i32 = load32(cursor + C_SUMS_FIRST);
  const past: i32 = load32(cursor + C_SUMS_PAST);
  if (start >= first && start + count <= past) return load32(cursor + C_SUMS_AT) + ((start - first) << 2);
  let many: i32 = count;
  // Short ones, one after the other: the next will be asked for, too.
  if (count <= NEAR && start >= first && start - past <= NEAR) {
    many = load32(cursor + C_STARTS + (load32(cursor + C_COUNT) << 2)) - start;
    if (many > WINDOW_SUMS) many = WINDOW_SUMS;
  }
  readSums(cursor, start, many, window);
  store32(cursor + C_SUMS_AT, window);
  store32(cursor + C_SUMS_FIRST, start);
  store32(cursor + C_SUMS_PAST, start + many);
  return window;
}

/** Occurrences from `start` to `past` − 1 that {@link coverSums} would unpack, or pass over. */
export function uncovered(cursor: i32, start: i32, past: i32): i32 {
  const end: i32 = load32(cursor + C_SUMS_PAST);
  if (start < load32(cursor + C_SUMS_FIRST) || start > end + NEAR) return past - start;
  return past > end ? past - end : 0;
}

/**
 * The same for occurrences from `start` to `past` − 1, of many documents: at most MOST_SUMS, in the wide room. They go
 * on where those at hand end, if that is near and there is room.
 */
export function coverSums(cursor: i32, start: i32, past: i32): i32 {
  if (load32(cursor + C_KIND) === LIST_INLINE) return sumsFrom(cursor, start, 1);
  const wide: i32 = load32(cursor + C_WIDE_SUMS);
  let first: i32 = load32(cursor + C_SUMS_FIRST);
  let end: i32 = load32(cursor + C_SUMS_PAST);
  const isElsewhere: i32 = load32(cursor + C_SUMS_AT) !== wide && first < end ? 1 : 0;
  if (isElsewhere === 1 || start < first || start > end + NEAR || past - first > MOST_SUMS) {
    first = start;
    end = start;
    store32(cursor + C_SUMS_FIRST, first);
  }
  store32(cursor + C_SUMS_AT, wide);
  while (end < past) {
    const to: i32 = wide + ((end - first) << 2);
    let many: i32 = past - end < UNPACKED_SUMS ? past - end : UNPACKED_SUMS;
    if (unpackAt(cursor, end, many, wide + WIDE_ZEROS, to) === 0) {
      // Over the border of a page: but few at a time step by step.
      if (many > WINDOW_SUMS) many = WINDOW_SUMS;
      readSums(cursor, end, many, to);
    }
    end += many;
  }
  store32(cursor + C_SUMS_PAST, end);
  return wide + ((start - first) << 2);
}

/** Writes the distances of `count` occurrences from the block's first on, each less one, to `to`, with room for three more. */
export function readGaps(cursor: i32, count: i32, to: i32): void {
  for (let start: i32 = 0; start < count; start += WINDOW_SUMS) {
    const rest: i32 = count - start;
    const piece: i32 = rest < WINDOW_SUMS ? rest : WINDOW_SUMS;
    differences(sumsFrom(cursor, start, piece), piece, to + (start << 2));
  }
}

/** Where {@link findUpper} has found an upper part: the first word of its eight bytes, and its first bit; 64: behind. */
let upperWord: i32 = 0;
let upperBit: i32 = 0;

/** Finds the upper part of occurrence `place` of the block, whose starts have been read. Forward is fast. */
function findUpper(cursor: i32, place: i32): void {
  const total: i32 = load32(cursor + C_STARTS + (load32(cursor + C_COUNT) << 2));
  const firstBit: i32 = total * load32(cursor + C_POSITION_WIDTH);
  const begin: i32 = load32(cursor + C_POSITION_WORD) + (firstBit >>> 5);
  // Pages have an even number of words, so that two of them from an even one on stand in one page, and evenly.
  const first: i32 = begin & -2;
  const firstHidden: i32 = (firstBit & 31) + ((begin & 1) << 5);
  if (place === 0) {
    upperWord = first;
    upperBit = firstHidden;
    return;
  }
  let word: i32 = load32(cursor + C_UPPER_WORD);
  let before: i32 = load32(cursor + C_UPPER_BEFORE);
  // The one that ends the part before stands in the remembered unit or behind it.
  if (word < 0 || before >= place) {
    word = first;
    before = 0;
  }
  const segment: i32 = load32(cursor + C_SEGMENT);
  // Lower bits may share the first unit.
  let hidden: i32 = word === first ? firstHidden : 0;
  let address: i32 = wordAddress(segment, word);
  let past: i32 = address + (wordsLeft(word) << 2);
  let found: i32 = skipOnes(address, past, hidden, before, place);
  while (found === past) {
    word += (past - address) >> 2;
    hidden = 0;
    address = wordAddress(segment, word);
    past = address + (wordsLeft(word) << 2);
    found = skipOnes(address, past, 0, onesBefore, place);
  }
  if (found !== address) hidden = 0;
  word += (found - address) >> 2;
  store32(cursor + C_UPPER_WORD, word);
  store32(cursor + C_UPPER_BEFORE, onesBefore);
  upperWord = word;
  upperBit = behindOne(found, hidden, place - onesBefore);
}

/** Writes the sums of `count` occurrences from `first` on to `to`; they go on from the sum in the word before. */
function readSums(cursor: i32, first: i32, count: i32, to: i32): void {
  if (unpackAt(cursor, first, count, cursor + C_ZEROS, to) === 1) return;
  const width: i32 = load32(cursor + C_POSITION_WIDTH);
  const firstBit: i32 = first * width;
  const word: i32 = load32(cursor + C_POSITION_WORD) + (firstBit >>> 5);
  sumStepwise(load32(cursor + C_SEGMENT), width, word, firstBit & 31, count, to);
}

/** The same many bits at a time; 0 where that can't be, over the border of a page: then nothing is written. */
function unpackAt(cursor: i32, first: i32, count: i32, zeros: i32, to: i32): i32 {
  if (load32(cursor + C_NEXT) === first) {
    upperWord = load32(cursor + C_NEXT_WORD);
    upperBit = load32(cursor + C_NEXT_BIT);
  } else findUpper(cursor, first);
  const segment: i32 = load32(cursor + C_SEGMENT);
  const width: i32 = load32(cursor + C_POSITION_WIDTH);
  const firstBit: i32 = first * width;
  const word: i32 = load32(cursor + C_POSITION_WORD) + (firstBit >>> 5);
  const bit: i32 = firstBit & 31;
  if (wordsLeft(word) <= ((bit + count * width) >> 5) + BEHIND_LOWER) return 0;
  const upper: i32 = wordAddress(segment, upperWord);
  const lower: i32 = wordAddress(segment, word);
  const past: i32 = upper + (wordsLeft(upperWord) << 2);
  if (isAddress(segment, upperWord, upper) === 0) return 0;
  const base: i32 = load32(to - 4);
  if (unpackSums(upper, past, upperBit, lower, bit, width, count, base, zeros, to) === 0) return 0;
  // Where the next occurrence is asked for, its place is known.
  store32(cursor + C_NEXT, first + count);
  store32(cursor + C_NEXT_WORD, upperWord + ((behindLast >> 6) << 1));
  store32(cursor + C_NEXT_BIT, behindLast & 63);
  return 1;
}

/** A word at a time, from where {@link findUpper} has found the first upper part: over the borders of pages, or wide. */
function sumStepwise(segment: i32, width: i32, word: i32, bit: i32, count: i32, to: i32): void {
  const mask: i32 = (1 << width) - 1;
  let upper: i32 = upperWord + (upperBit >> 5);
  let used: i32 = upperBit & 31;
  let sum: i32 = load32(to - 4);
  for (let i: i32 = 0; i < count; i++) {
    let zeros: i32 = -used;
    let bits: i32 = loadWord(segment, upper) & (-1 << used);
    while (bits === 0) {
      zeros += 32;
      upper++;
      bits = loadWord(segment, upper);
    }
    const one: i32 = countTrailingZeros(bits);
    const at: i32 = bit + i * width;
    const lower: i32 = word + (at >> 5);
    const shift: i32 = at & 31;
    let low: i32 = loadWord(segment, lower) >>> shift;
    if (shift + width > 32) low = low | (loadWord(segment, lower + 1) << (32 - shift));
    sum += ((zeros + one) << width) + (low & mask) + 1;
    store32(to + (i << 2), sum);
    used = one + 1;
    upper += used >> 5;
    used = used & 31;
  }
  endSums(to + (count << 2));
}
