/** Positions of a posting, phrases, and the zones that positions stand in. */

import {
  C_DOC,
  C_INDEX,
  C_INLINE_POSITION,
  C_KIND,
  C_POSITION_WIDTH,
  C_POSITION_WORD,
  C_SEGMENT,
  C_STARTS,
  EVERY_GROUP,
  LIST_INLINE,
  SEGMENT_ZONE_INDEX,
  SEGMENT_ZONES,
} from './layout.ts';
import { readStarts } from './block.ts';
import { bitsAt, load32, scratch, store32 } from './memory.ts';
import { loadWord, wordAddress, wordsLeft } from './pages.ts';
import type { i32 } from './types.ts';

let positionsRead: i32 = 0;

/** Positions decoded since the last call. */
export function takePositionsRead(): i32 {
  const count: i32 = positionsRead;
  positionsRead = 0;
  return count;
}

/** Occurrences of posting `index` of the block. */
export function occurrences(cursor: i32, index: i32): i32 {
  readStarts(cursor);
  return load32(cursor + C_STARTS + ((index + 1) << 2)) - load32(cursor + C_STARTS + (index << 2));
}

/** Writes the positions of posting `index`, each plus `shift`, ascending, to `to`; returns their number. */
export function readPositions(cursor: i32, index: i32, to: i32, shift: i32): i32 {
  const count: i32 = occurrences(cursor, index);
  positionsRead += count;
  if (count === 0) return 0;
  if (load32(cursor + C_KIND) === LIST_INLINE) {
    store32(to, load32(cursor + C_INLINE_POSITION) + shift);
    return 1;
  }
  const segment: i32 = load32(cursor + C_SEGMENT);
  const width: i32 = load32(cursor + C_POSITION_WIDTH);
  const mask: i32 = width === 32 ? -1 : (1 << width) - 1;
  const firstBit: i32 = load32(cursor + C_STARTS + (index << 2)) * width;
  let word: i32 = load32(cursor + C_POSITION_WORD) + (firstBit >>> 5);
  let used: i32 = firstBit & 31;
  let address: i32 = wordAddress(segment, word);
  let left: i32 = wordsLeft(word);
  let position: i32 = shift - 1;
  for (let i: i32 = 0; i < count; i++) {
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
    position += (value & mask) + 1;
    store32(to + (i << 2), position);
  }
  return count;
}

/**
 * 1 where `b` has a position `gap` after one of `a`, both at one document; 0 where not; −1 where that can't be told
 * from pages side by side. Takes positions as they come and keeps none.
 */
function follows(a: i32, b: i32, gap: i32): i32 {
  const aIndex: i32 = load32(a + C_INDEX);
  const bIndex: i32 = load32(b + C_INDEX);
  const aCount: i32 = occurrences(a, aIndex);
  const bCount: i32 = occurrences(b, bIndex);
  if (aCount === 0 || bCount === 0) return 0;
  if (load32(a + C_KIND) === LIST_INLINE || load32(b + C_KIND) === LIST_INLINE) return -1;
  const aWidth: i32 = load32(a + C_POSITION_WIDTH);
  const bWidth: i32 = load32(b + C_POSITION_WIDTH);
  const aMask: i32 = aWidth === 32 ? -1 : (1 << aWidth) - 1;
  const bMask: i32 = bWidth === 32 ? -1 : (1 << bWidth) - 1;
  let aBit: i32 = load32(a + C_STARTS + (aIndex << 2)) * aWidth;
  let bBit: i32 = load32(b + C_STARTS + (bIndex << 2)) * bWidth;
  const aWord: i32 = load32(a + C_POSITION_WORD) + (aBit >> 5);
  const bWord: i32 = load32(b + C_POSITION_WORD) + (bBit >> 5);
  aBit = aBit & 31;
  bBit = bBit & 31;
  if (wordsLeft(aWord) <= (aBit + aCount * aWidth) >> 5) return -1;
  if (wordsLeft(bWord) <= (bBit + bCount * bWidth) >> 5) return -1;
  // The page of `a` was used just now: loading that of `b` takes another frame.
  wordAddress(load32(a + C_SEGMENT), aWord);
  const bAddress: i32 = wordAddress(load32(b + C_SEGMENT), bWord);
  const aAddress: i32 = wordAddress(load32(a + C_SEGMENT), aWord);
  let aLeft: i32 = aCount - 1;
  let bLeft: i32 = bCount - 1;
  let x: i32 = (bitsAt(aAddress, aBit) & aMask) + gap;
  let y: i32 = bitsAt(bAddress, bBit) & bMask;
  positionsRead += 2;
  while (x !== y) {
    positionsRead++;
    if (x < y) {
      if (aLeft === 0) return 0;
      aLeft--;
      aBit += aWidth;
      x += (bitsAt(aAddress, aBit) & aMask) + 1;
    } else {
      if (bLeft === 0) return 0;
      bLeft--;
      bBit += bWidth;
      y += (bitsAt(bAddress, bBit) & bMask) + 1;
    }
  }
  return 1;
}

/**
 * 1 where the cursors of a phrase, all at one document, hold their words at the wanted distances, in one of `groups`.
 * `items` lists pairs of cursor and distance from the phrase's beginning.
 */
export function hasPhrase(items: i32, count: i32, groups: i32): i32 {
  // Neighbours first: most documents without the phrase lack one of its pairs.
  for (let item: i32 = 1; item < count; item++) {
    const before: i32 = items + ((item - 1) << 3);
    const gap: i32 = load32(before + 12) - load32(before + 4);
    const answer: i32 = follows(load32(before), load32(before + 8), gap);
    if (answer === 0) return 0;
    if (answer === 1 && count === 2 && groups === EVERY_GROUP) return 1;
  }
  const lead: i32 = load32(items);
  const leadIndex: i32 = load32(lead + C_INDEX);
  const found: i32 = scratch(0, occurrences(lead, leadIndex) + 1);
  let left: i32 = readPositions(lead, leadIndex, found, -load32(items + 4));
  for (let item: i32 = 1; item < count && left > 0; item++) {
    const cursor: i32 = load32(items + (item << 3));
    const index: i32 = load32(cursor + C_INDEX);
    const other: i32 = scratch(1, occurrences(cursor, index) + 1);
    const size: i32 = readPositions(cursor, index, other, -load32(items + (item << 3) + 4));
    left = intersect(found, left, other, size);
  }
  if (left === 0) return 0;
  if (groups === EVERY_GROUP) return 1;
  return stand(lead, found, left, load32(items + 4), groups);
}

/** 1 where two cursors, both at one document, have different positions at most `distance` apart. */
export function hasNear(left: i32, right: i32, distance: i32): i32 {
  const leftIndex: i32 = load32(left + C_INDEX);
  const rightIndex: i32 = load32(right + C_INDEX);
  const a: i32 = scratch(0, occurrences(left, leftIndex) + 1);
  const aCount: i32 = readPositions(left, leftIndex, a, 0);
  const b: i32 = scratch(1, occurrences(right, rightIndex) + 1);
  const bCount: i32 = readPositions(right, rightIndex, b, 0);
  let j: i32 = 0;
  for (let i: i32 = 0; i < aCount; i++) {
    const at: i32 = load32(a + (i << 2));
    while (j < bCount && load32(b + (j << 2)) < at - distance) j++;
    let next: i32 = j;
    // Two forms of one word stand at one place.
    if (next < bCount && load32(b + (next << 2)) === at) next++;
    if (next < bCount && load32(b + (next << 2)) <= at + distance) return 1;
  }
  return 0;
}

/** Keeps those of `a` that stand in `b` too; returns their number. */
function intersect(a: i32, aCount: i32, b: i32, bCount: i32): i32 {
  let i: i32 = 0;
  let j: i32 = 0;
  let kept: i32 = 0;
  while (i < aCount && j < bCount) {
    const x: i32 = load32(a + (i << 2));
    const y: i32 = load32(b + (j << 2));
    if (x === y) {
      store32(a + (kept << 2), x);
      kept++;
      i++;
      j++;
    } else if (x < y) i++;
    else j++;
  }
  return kept;
}

/** 1 where one of the positions, plus `shift`, stands in a zone of `groups`. */
function stand(cursor: i32, positions: i32, count: i32, shift: i32, groups: i32): i32 {
  const segment: i32 = load32(cursor + C_SEGMENT);
  let zone: i32 = zonesOf(segment, load32(cursor + C_DOC));
  if (zone < 0) return 0;
  const zones: i32 = loadWord(segment, zone);
  let next: i32 = zones > 1 ? loadWord(segment, zone + 2) >>> 4 : 0x7fffffff;
  let entry: i32 = 0;
  zone++;
  for (let i: i32 = 0; i < count; i++) {
    const position: i32 = load32(positions + (i << 2)) + shift;
    while (position >= next) {
      entry++;
      next = entry + 1 < zones ? loadWord(segment, zone + entry + 1) >>> 4 : 0x7fffffff;
    }
    if (((groups >>> (loadWord(segment, zone + entry) & 15)) & 1) !== 0) return 1;
  }
  return 0;
}

/** Word of a document's zone list: their number, then start × 16 + group for each; −1 without zones. */
export function zonesOf(segment: i32, document: i32): i32 {
  const place: i32 = loadWord(segment, load32(segment + SEGMENT_ZONE_INDEX) + document);
  return place < 0 ? -1 : load32(segment + SEGMENT_ZONES) + place;
}
