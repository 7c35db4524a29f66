/**
 * Distances between the positions of a block: Rice codes in two parts. Lower bits stand side by side, so that those of
 * any occurrence are found by its number; behind them the upper parts in unary, found by counting ones.
 */

import {
  C_COUNT,
  C_GAPS,
  C_GAPS_FIRST,
  C_GAPS_PAST,
  C_INLINE_POSITION,
  C_KIND,
  C_NEXT,
  C_NEXT_BIT,
  C_NEXT_WORD,
  C_POSITION_WIDTH,
  C_POSITION_WORD,
  C_SEGMENT,
  C_STARTS,
  C_UPPER_BEFORE,
  C_UPPER_WORD,
  LIST_INLINE,
  WINDOW_GAPS,
} from './layout.ts';
import { countTrailingZeros, load32, store32 } from './memory.ts';
import { isAddress, wordAddress, wordsLeft } from './pages.ts';
import { behindLast, behindOne, onesBefore, skipOnes, unpackGaps } from './position-lanes.ts';
import type { i32 } from './types.ts';

/** Occurrences passed over, up to which more is decoded than was asked for: finding a place costs as much as decoding them. */
const NEAR: i32 = 8;

/**
 * Address of the distances of `count` occurrences from `start` on, each less one: at least 1, at most WINDOW_GAPS; starts
 * have been read. They stand in the cursor's window, until the next call for the cursor.
 */
export function gapsFrom(cursor: i32, start: i32, count: i32): i32 {
  const window: i32 = cursor + C_GAPS;
  if (load32(cursor + C_KIND) === LIST_INLINE) {
    store32(window, load32(cursor + C_INLINE_POSITION));
    return window;
  }
  const first: i32 = load32(cursor + C_GAPS_FIRST);
  const past: i32 = load32(cursor + C_GAPS_PAST);
  if (start >= first && start + count <= past) return window + ((start - first) << 2);
  let many: i32 = count;
  // Short ones, one after the other: the next will be asked for, too.
  if (count <= NEAR && start >= first && start - past <= NEAR) {
    many = load32(cursor + C_STARTS + (load32(cursor + C_COUNT) << 2)) - start;
    if (many > WINDOW_GAPS) many = WINDOW_GAPS;
  }
  readGaps(cursor, start, many, window);
  store32(cursor + C_GAPS_FIRST, start);
  store32(cursor + C_GAPS_PAST, start + many);
  return window;
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

/** Writes the distances of `count` occurrences from `first` on, each less one, to `to`. */
export function readGaps(cursor: i32, first: i32, count: i32, to: i32): void {
  if (count === 0) return;
  if (load32(cursor + C_NEXT) === first) {
    upperWord = load32(cursor + C_NEXT_WORD);
    upperBit = load32(cursor + C_NEXT_BIT);
  } else findUpper(cursor, first);
  const segment: i32 = load32(cursor + C_SEGMENT);
  const width: i32 = load32(cursor + C_POSITION_WIDTH);
  const firstBit: i32 = first * width;
  const word: i32 = load32(cursor + C_POSITION_WORD) + (firstBit >>> 5);
  if (wordsLeft(word) > ((firstBit & 31) + count * width) >> 5) {
    const upper: i32 = wordAddress(segment, upperWord);
    const lower: i32 = wordAddress(segment, word);
    const past: i32 = upper + (wordsLeft(upperWord) << 2);
    if (
      isAddress(segment, upperWord, upper) === 1 &&
      unpackGaps(upper, past, upperBit, lower, firstBit & 31, width, count, to) === 1
    ) {
      // Where the next occurrence is asked for, its place is known.
      store32(cursor + C_NEXT, first + count);
      store32(cursor + C_NEXT_WORD, upperWord + ((behindLast >> 6) << 1));
      store32(cursor + C_NEXT_BIT, behindLast & 63);
      return;
    }
  }
  readUpper(segment, width, to, to + (count << 2));
  if (width > 0) addLower(segment, word, firstBit & 31, width, to, to + (count << 2));
}

/** From where {@link findUpper} has found the first, over the borders of pages. */
function readUpper(segment: i32, width: i32, to: i32, past: i32): void {
  let word: i32 = upperWord + (upperBit >> 5);
  let used: i32 = upperBit & 31;
  let address: i32 = wordAddress(segment, word);
  let left: i32 = wordsLeft(word);
  let bits: i32 = load32(address) >>> used;
  for (let at: i32 = to; at < past; at += 4) {
    let upper: i32 = 0;
    while (bits === 0) {
      upper += 32 - used;
      used = 0;
      word++;
      address += 4;
      left--;
      if (left === 0) {
        address = wordAddress(segment, word);
        left = wordsLeft(word);
      }
      bits = load32(address);
    }
    const zeros: i32 = countTrailingZeros(bits);
    store32(at, (upper + zeros) << width);
    used += zeros + 1;
    bits = (bits >>> zeros) >>> 1;
  }
}

function addLower(segment: i32, from: i32, bit: i32, width: i32, to: i32, past: i32): void {
  const mask: i32 = (1 << width) - 1;
  let word: i32 = from;
  let used: i32 = bit;
  let address: i32 = wordAddress(segment, word);
  let left: i32 = wordsLeft(word);
  for (let at: i32 = to; at < past; at += 4) {
    if (used > 31) {
      used -= 32;
      word++;
      left--;
      address += 4;
      if (left === 0) {
        address = wordAddress(segment, word);
        left = wordsLeft(word);
      }
    }
    let value: i32 = load32(address) >>> used;
    used += width;
    if (used > 32) {
      used -= 32;
      word++;
      left--;
      address += 4;
      if (left === 0) {
        address = wordAddress(segment, word);
        left = wordsLeft(word);
      }
      value |= load32(address) << (width - used);
    }
    store32(at, load32(at) | (value & mask));
  }
}
