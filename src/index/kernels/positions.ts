/** Positions of a posting, phrases, and the zones that positions stand in. */

import {
  BEHIND_POSITIONS,
  C_DOC,
  C_FOUND,
  C_INDEX,
  C_SEGMENT,
  C_STARTS,
  END,
  EVERY_GROUP,
  FOUND_BYTES,
  SEGMENT_ZONE_INDEX,
  SEGMENT_ZONES,
  WINDOW_SUMS,
} from './layout.ts';
import { readStarts } from './block.ts';
import { columnValue } from './columns.ts';
import { load32, scratch, store32 } from './memory.ts';
import { loadWord } from './pages.ts';
import { sumsFrom } from './position-codes.ts';
import { keepCommon, passed, shiftSums } from './position-lanes.ts';
import type { i32 } from './types.ts';

let positionsRead: i32 = 0;

/** Positions decoded since the last call. */
export function takePositionsRead(): i32 {
  const count: i32 = positionsRead;
  positionsRead = 0;
  return count;
}

/** Says that positions were decoded elsewhere. */
export function countPositions(count: i32): void {
  positionsRead += count;
}

/** Occurrences of posting `index` of the block. */
export function occurrences(cursor: i32, index: i32): i32 {
  readStarts(cursor);
  return load32(cursor + C_STARTS + ((index + 1) << 2)) - load32(cursor + C_STARTS + (index << 2));
}

/** Writes the positions of posting `index`, each plus `shift`, ascending, to `to`, with room for BEHIND_POSITIONS more; returns their number. */
export function readPositions(cursor: i32, index: i32, to: i32, shift: i32): i32 {
  const count: i32 = occurrences(cursor, index);
  positionsRead += count;
  const first: i32 = load32(cursor + C_STARTS + (index << 2));
  let before: i32 = shift - 1;
  for (let at: i32 = 0; at < count; at += WINDOW_SUMS) {
    const piece: i32 = count - at < WINDOW_SUMS ? count - at : WINDOW_SUMS;
    const sums: i32 = sumsFrom(cursor, first + at, piece);
    before -= load32(sums - 4);
    shiftSums(sums, piece, before, to + (at << 2));
    before += load32(sums + ((piece - 1) << 2));
  }
  return count;
}

/**
 * 1 where the cursors of a phrase, all at one document, hold their words at the wanted distances, in one of `groups`.
 * `items` lists pairs of cursor and distance from the phrase's beginning. The word that stands there least often gives
 * the places, the others take from them, in the order of their number: most are gone before the frequent ones are read.
 */
export function hasPhrase(items: i32, count: i32, groups: i32): i32 {
  let item: i32 = nextItem(items, count, -1, 0);
  const lead: i32 = load32(items + (item << 3));
  const leadIndex: i32 = load32(lead + C_INDEX);
  let least: i32 = occurrences(lead, leadIndex);
  if (least === 0) return 0;
  let found: i32 = lead + C_FOUND;
  let other: i32 = found + FOUND_BYTES;
  if (least > WINDOW_SUMS) {
    other = scratch(1, least + BEHIND_POSITIONS);
    found = scratch(0, least + BEHIND_POSITIONS);
  }
  let left: i32 = readPositions(lead, leadIndex, found, -load32(items + (item << 3) + 4));
  for (let step: i32 = 1; step < count; step++) {
    item = count === 2 ? 1 - item : nextItem(items, count, item, least);
    const cursor: i32 = load32(items + (item << 3));
    least = occurrences(cursor, load32(cursor + C_INDEX));
    const isOneEnough: i32 = step === count - 1 && groups === EVERY_GROUP ? 1 : 0;
    left = keepBefore(found, left, cursor, load32(items + (item << 3) + 4), other, isOneEnough);
    if (left === 0) return 0;
    const kept: i32 = other;
    other = found;
    found = kept;
  }
  if (groups === EVERY_GROUP) return 1;
  return stand(lead, found, left, load32(items + 4), groups);
}

/** The item that comes behind `item`, which has `size` occurrences, in the order of their numbers; −1: the first. */
function nextItem(items: i32, count: i32, item: i32, size: i32): i32 {
  let next: i32 = -1;
  let least: i32 = END;
  for (let i: i32 = 0; i < count; i++) {
    const cursor: i32 = load32(items + (i << 3));
    const own: i32 = occurrences(cursor, load32(cursor + C_INDEX));
    if (own >= least || (item >= 0 && (own < size || (own === size && i <= item)))) continue;
    next = i;
    least = own;
  }
  return next;
}

/** Writes those of `count` places to `to` that the cursor's word stands `offset` behind; returns how many. */
function keepBefore(from: i32, count: i32, cursor: i32, offset: i32, to: i32, isOneEnough: i32): i32 {
  const index: i32 = load32(cursor + C_INDEX);
  const first: i32 = load32(cursor + C_STARTS + (index << 2));
  const size: i32 = occurrences(cursor, index);
  const last: i32 = load32(from + ((count - 1) << 2)) + offset;
  let before: i32 = -1;
  let place: i32 = 0;
  let kept: i32 = 0;
  for (let at: i32 = 0; at < size; at += WINDOW_SUMS) {
    const piece: i32 = size - at < WINDOW_SUMS ? size - at : WINDOW_SUMS;
    const sums: i32 = sumsFrom(cursor, first + at, piece);
    positionsRead += piece;
    before -= load32(sums - 4);
    kept += keepCommon(from + (place << 2), count - place, sums, piece, offset - before, to + (kept << 2));
    place += passed;
    before += load32(sums + ((piece - 1) << 2));
    if (place >= count || before >= last || (kept > 0 && isOneEnough === 1)) break;
  }
  return kept;
}

/**
 * 1 where two cursors, both at one document, have different positions at most `distance` apart; `isOrdered` 1: that of the right
 * one behind the left one's.
 */
export function hasNear(left: i32, right: i32, distance: i32, isOrdered: i32): i32 {
  const leftIndex: i32 = load32(left + C_INDEX);
  const rightIndex: i32 = load32(right + C_INDEX);
  const a: i32 = scratch(0, occurrences(left, leftIndex) + BEHIND_POSITIONS);
  const aCount: i32 = readPositions(left, leftIndex, a, 0);
  const b: i32 = scratch(1, occurrences(right, rightIndex) + BEHIND_POSITIONS);
  const bCount: i32 = readPositions(right, rightIndex, b, 0);
  let j: i32 = 0;
  for (let i: i32 = 0; i < aCount; i++) {
    const at: i32 = load32(a + (i << 2));
    const least: i32 = isOrdered === 1 ? at + 1 : at - distance;
    while (j < bCount && load32(b + (j << 2)) < least) j++;
    let next: i32 = j;
    // Two forms of one word stand at one place.
    if (next < bCount && load32(b + (next << 2)) === at) next++;
    if (next < bCount && load32(b + (next << 2)) <= at + distance) return 1;
  }
  return 0;
}

/** 1 where one of the positions, plus `shift`, stands in a zone of `groups`. */
function stand(cursor: i32, positions: i32, count: i32, shift: i32, groups: i32): i32 {
  if (beginZones(load32(cursor + C_SEGMENT), load32(cursor + C_DOC)) === 0) return 0;
  for (let at: i32 = positions; at < positions + (count << 2); at += 4) {
    if (((groups >>> groupAt(load32(at) + shift)) & 1) !== 0) return 1;
  }
  return 0;
}

/**
 * Keeps those of `count` ascending positions that stand in no zone of `group`, of the document that {@link beginZones} was
 * told, none before those asked for last; returns their number.
 */
export function keepOutside(group: i32, positions: i32, count: i32): i32 {
  let kept: i32 = 0;
  for (let at: i32 = positions; at < positions + (count << 2); at += 4) {
    const position: i32 = load32(at);
    store32(positions + (kept << 2), position);
    kept += groupAt(position) === group ? 0 : 1;
  }
  return kept;
}

// The zones that are walked: segment, word of the zone at hand, its group, where the next one begins, how many follow it.
let zoneSegment: i32 = 0;
let zoneWord: i32 = 0;
let zoneGroup: i32 = 0;
let zoneEnd: i32 = 0;
let zonesLeft: i32 = 0;

/** Stands before the zones of a document; 0 where it has none. */
export function beginZones(segment: i32, document: i32): i32 {
  const word: i32 = zonesOf(segment, document);
  if (word < 0) return 0;
  zoneSegment = segment;
  zoneWord = word;
  zonesLeft = loadWord(segment, word);
  zoneEnd = 0;
  return 1;
}

/** Group of the zone that a position stands in, which is not before the one that was asked for last. */
function groupAt(position: i32): i32 {
  while (position >= zoneEnd && zonesLeft > 0) {
    zoneWord++;
    zonesLeft--;
    zoneGroup = loadWord(zoneSegment, zoneWord) & 15;
    zoneEnd = zonesLeft > 0 ? loadWord(zoneSegment, zoneWord + 1) >>> 4 : END;
  }
  return zoneGroup;
}

/** Word of a document's zone list: their number, then start × 16 + group for each; −1 without zones. */
export function zonesOf(segment: i32, document: i32): i32 {
  const place: i32 = columnValue(segment, SEGMENT_ZONE_INDEX, document);
  return place < 0 ? -1 : load32(segment + SEGMENT_ZONES) + place;
}
