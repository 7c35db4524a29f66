/** Positions of a posting, phrases, and the zones that positions stand in. */

import {
  C_DOC,
  C_INDEX,
  C_SEGMENT,
  C_STARTS,
  EVERY_GROUP,
  SEGMENT_ZONE_INDEX,
  SEGMENT_ZONES,
  WINDOW_GAPS,
} from './layout.ts';
import { readStarts } from './block.ts';
import { columnValue } from './columns.ts';
import { load32, scratch, store32 } from './memory.ts';
import { loadWord } from './pages.ts';
import { gapsFrom, readGaps } from './position-codes.ts';
import type { i32 } from './types.ts';

/** Positions decoded at a time while two lists are compared. */
const PIECE: i32 = 16;

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
  const start: i32 = load32(cursor + C_STARTS + (index << 2));
  let gap: i32 = to;
  if (count > WINDOW_GAPS) readGaps(cursor, start, count, to);
  else gap = gapsFrom(cursor, start, count);
  let position: i32 = shift - 1;
  for (let at: i32 = to; at < to + (count << 2); at += 4) {
    position += load32(gap) + 1;
    store32(at, position);
    gap += 4;
  }
  return count;
}

/** 1 where `b` has a position `gap` after one of `a`, both at one document; else 0. Decodes no more than it needs. */
function follows(a: i32, b: i32, gap: i32): i32 {
  const aIndex: i32 = load32(a + C_INDEX);
  const bIndex: i32 = load32(b + C_INDEX);
  let aRest: i32 = occurrences(a, aIndex);
  let bRest: i32 = occurrences(b, bIndex);
  if (aRest === 0 || bRest === 0) return 0;
  let aStart: i32 = load32(a + C_STARTS + (aIndex << 2));
  let bStart: i32 = load32(b + C_STARTS + (bIndex << 2));
  let aPiece: i32 = aRest < PIECE ? aRest : PIECE;
  let bPiece: i32 = bRest < PIECE ? bRest : PIECE;
  let aAt: i32 = gapsFrom(a, aStart, aPiece);
  let bAt: i32 = gapsFrom(b, bStart, bPiece);
  let aPast: i32 = aAt + (aPiece << 2);
  let bPast: i32 = bAt + (bPiece << 2);
  positionsRead += aPiece + bPiece;
  let x: i32 = load32(aAt) + gap;
  let y: i32 = load32(bAt);
  while (x !== y) {
    if (x < y) {
      aAt += 4;
      if (aAt === aPast) {
        aRest -= aPiece;
        if (aRest === 0) return 0;
        aStart += aPiece;
        aPiece = aRest < PIECE ? aRest : PIECE;
        aAt = gapsFrom(a, aStart, aPiece);
        aPast = aAt + (aPiece << 2);
        positionsRead += aPiece;
      }
      x += load32(aAt) + 1;
    } else {
      bAt += 4;
      if (bAt === bPast) {
        bRest -= bPiece;
        if (bRest === 0) return 0;
        bStart += bPiece;
        bPiece = bRest < PIECE ? bRest : PIECE;
        bAt = gapsFrom(b, bStart, bPiece);
        bPast = bAt + (bPiece << 2);
        positionsRead += bPiece;
      }
      y += load32(bAt) + 1;
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
    if (follows(load32(before), load32(before + 8), gap) === 0) return 0;
    if (count === 2 && groups === EVERY_GROUP) return 1;
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
  const place: i32 = columnValue(segment, SEGMENT_ZONE_INDEX, document);
  return place < 0 ? -1 : load32(segment + SEGMENT_ZONES) + place;
}
