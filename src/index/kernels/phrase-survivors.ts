/**
 * Phrases in the documents of a stretch, in all of them at once: the positions of a span of documents are unpacked
 * together, and two words at a time are compared document after document. One by one each costs calls and branches that
 * are guessed wrong, which is more than its positions.
 */

import {
  C_DF,
  C_MATCHES,
  C_STARTS,
  C_WIDE_SUMS,
  END,
  EVERY_GROUP,
  MOST_SUMS,
  MOST_WIDE,
  N_COUNT,
  N_GROUPS,
  N_ITEMS,
  N_KIND,
  NODE_PHRASE,
  P_CORE,
  P_CORE_COUNT,
  P_RESIDUE,
  P_RESIDUE_COUNT,
  P_SURVIVORS,
  SURVIVOR_PLACES,
  SURVIVOR_SCORES,
  WIDE_BYTES,
  WIDE_SUMS,
  WINDOW_SUMS,
} from './layout.ts';
import { readStarts } from './block.ts';
import { divide, load32, loadF64, scratch, store32, storeF64 } from './memory.ts';
import { coverSums, sumsFrom, uncovered } from './position-codes.ts';
import { findPairs, isCommon } from './position-lanes.ts';
import { countPositions } from './positions.ts';
import { program } from './query-state.ts';
import type { i32 } from './types.ts';

/** Positions that are unpacked in the time that a document takes which is looked at by itself, and each position of it. */
const DOCUMENT_WORTH: i32 = 48;
const POSITION_WORTH: i32 = 2;
/** Positions of both words in a document, from which on they are read piece by piece. */
const MANY: i32 = 160;
/** The scratch buffer of the room for sums. */
const SUMS_SCRATCH: i32 = 4;

/** 1 where {@link keepPhrases} has asked all that is to be asked of the documents that it kept. */
export let isAnswered: i32 = 0;

/** Gives the lists of the core room for the positions of many documents, before the segment is searched. */
export function giveRoom(): void {
  const core: i32 = load32(program + P_CORE);
  const lists: i32 = load32(program + P_CORE_COUNT);
  const many: i32 = lists < MOST_WIDE ? lists : MOST_WIDE;
  let room: i32 = scratch(SUMS_SCRATCH, (many * WIDE_BYTES) >> 2) + WIDE_SUMS;
  for (let list: i32 = 0; list < lists; list++) {
    store32(load32(core + (list << 2)) + C_WIDE_SUMS, list < many ? room : 0);
    if (list >= many) continue;
    store32(room - 4, 0);
    room += WIDE_BYTES;
  }
}

/** Keeps those of `found` survivors, at which C_MATCHES of all lists stand, in which the phrases may be; returns how many. */
export function keepPhrases(found: i32): i32 {
  const residue: i32 = load32(program + P_RESIDUE);
  const questions: i32 = load32(program + P_RESIDUE_COUNT);
  let left: i32 = found;
  isAnswered = 1;
  for (let question: i32 = 0; question < questions && left > 0; question++) {
    const node: i32 = load32(residue + (question << 2));
    if (load32(node + N_KIND) === NODE_PHRASE) {
      const count: i32 = load32(node + N_COUNT);
      if (count !== 2 || load32(node + N_GROUPS) !== EVERY_GROUP) isAnswered = 0;
      left = keepPhrase(load32(node + N_ITEMS), count, left);
    } else isAnswered = 0;
  }
  return left;
}

/** Compares the rarest word of a phrase with each other one, rare ones first: `items` lists pairs of cursor and distance. */
function keepPhrase(items: i32, count: i32, found: i32): i32 {
  const lead: i32 = nextRarest(items, count, -1);
  let left: i32 = found;
  let item: i32 = lead;
  for (let step: i32 = 1; step < count && left > 0; step++) {
    item = nextRarest(items, count, item);
    const distance: i32 = load32(items + (item << 3) + 4) - load32(items + (lead << 3) + 4);
    left = keepPair(load32(items + (lead << 3)), load32(items + (item << 3)), distance, left);
  }
  return left;
}

/** The item that comes behind `item` in the order of the documents of their words; −1: the first. */
function nextRarest(items: i32, count: i32, item: i32): i32 {
  const size: i32 = item < 0 ? -1 : load32(load32(items + (item << 3)) + C_DF);
  let next: i32 = -1;
  let least: i32 = END;
  for (let i: i32 = 0; i < count; i++) {
    const own: i32 = load32(load32(items + (i << 3)) + C_DF);
    if (own >= least || own < size || (own === size && i <= item)) continue;
    next = i;
    least = own;
  }
  return next;
}

/** Keeps the survivors in which the word of `b` stands `distance` behind that of `a`. */
function keepPair(a: i32, b: i32, distance: i32, found: i32): i32 {
  readStarts(a);
  readStarts(b);
  const kept: i32 = load32(program + P_SURVIVORS) + SURVIVOR_PLACES;
  const hasRoom: i32 = load32(a + C_WIDE_SUMS) !== 0 && load32(b + C_WIDE_SUMS) !== 0 ? 1 : 0;
  let count: i32 = 0;
  let from: i32 = 0;
  while (from < found) {
    let past: i32 = found;
    while (past > from && (spanOf(a, from, past) > MOST_SUMS || spanOf(b, from, past) > MOST_SUMS)) {
      past = (from + past) >> 1;
    }
    if (past > from && hasRoom === 1 && isWorthIt(a, b, from, past) === 1) {
      count += pairsBetween(a, b, distance, from, past, kept + (count << 2));
    } else {
      if (past === from) past++;
      for (let i: i32 = from; i < past; i++) {
        store32(kept + (count << 2), i);
        count += mayHavePair(a, b, distance, i);
      }
    }
    from = past;
  }
  if (count < found) keepPlaces(kept, count);
  return count;
}

/** Number of the block's first occurrence in survivor `i`, and of that behind its last. */
function startAt(cursor: i32, i: i32): i32 {
  return load32(cursor + C_STARTS + (load32(cursor + C_MATCHES + (i << 2)) << 2));
}

function endAt(cursor: i32, i: i32): i32 {
  return load32(cursor + C_STARTS + 4 + (load32(cursor + C_MATCHES + (i << 2)) << 2));
}

/** Occurrences from survivor `from` to survivor `past` − 1, those of the documents between them, too. */
function spanOf(cursor: i32, from: i32, past: i32): i32 {
  return endAt(cursor, past - 1) - startAt(cursor, from);
}

/** 1 where unpacking all positions between costs less than looking at each survivor. */
function isWorthIt(a: i32, b: i32, from: i32, past: i32): i32 {
  const cost: i32 =
    uncovered(a, startAt(a, from), endAt(a, past - 1)) + uncovered(b, startAt(b, from), endAt(b, past - 1));
  const count: i32 = past - from;
  if (cost <= count * DOCUMENT_WORTH) return 1;
  const share: i32 = wantedShare(a, from, past) + wantedShare(b, from, past);
  // Of many the first few may be enough.
  return share < MANY && cost <= count * (DOCUMENT_WORTH + share * POSITION_WORTH) ? 1 : 0;
}

/** Occurrences in a document, on average of the span. */
function wantedShare(cursor: i32, from: i32, past: i32): i32 {
  const matches: i32 = cursor + C_MATCHES;
  const documents: i32 = load32(matches + ((past - 1) << 2)) - load32(matches + (from << 2)) + 1;
  return divide(spanOf(cursor, from, past), documents);
}

/** 1 where survivor `i` has the pair, read so far as it takes to know; where `a` is `b`, which can't be read at two places, always. */
function mayHavePair(a: i32, b: i32, distance: i32, i: i32): i32 {
  if (a === b) {
    isAnswered = 0;
    return 1;
  }
  let at: i32 = startAt(a, i);
  let otherAt: i32 = startAt(b, i);
  const end: i32 = endAt(a, i);
  const otherEnd: i32 = endAt(b, i);
  // Positions are sums and what these lack, which grows from piece to piece.
  let before: i32 = -1;
  let otherBefore: i32 = -1;
  let sums: i32 = 0;
  let otherSums: i32 = 0;
  let past: i32 = 0;
  let otherPast: i32 = 0;
  while (true) {
    if (sums === past) {
      if (at >= end) return 0;
      const piece: i32 = end - at < WINDOW_SUMS ? end - at : WINDOW_SUMS;
      sums = sumsFrom(a, at, piece);
      countPositions(piece);
      past = sums + (piece << 2);
      before -= load32(sums - 4);
      at += piece;
    }
    if (otherSums === otherPast) {
      if (otherAt >= otherEnd) return 0;
      const piece: i32 = otherEnd - otherAt < WINDOW_SUMS ? otherEnd - otherAt : WINDOW_SUMS;
      otherSums = sumsFrom(b, otherAt, piece);
      countPositions(piece);
      otherPast = otherSums + (piece << 2);
      otherBefore -= load32(otherSums - 4);
      otherAt += piece;
    }
    const shift: i32 = before + distance - otherBefore;
    if (isCommon(sums, past, otherSums, otherPast, shift) === 1) return 1;
    const last: i32 = load32(past - 4) + shift;
    const otherLast: i32 = load32(otherPast - 4);
    if (last <= otherLast) {
      before += load32(past - 4);
      sums = past;
    }
    if (otherLast <= last) {
      otherBefore += otherLast;
      otherSums = otherPast;
    }
  }
}

function pairsBetween(a: i32, b: i32, distance: i32, from: i32, past: i32, to: i32): i32 {
  const first: i32 = startAt(a, from);
  const otherFirst: i32 = startAt(b, from);
  const end: i32 = endAt(a, past - 1);
  const otherEnd: i32 = endAt(b, past - 1);
  countPositions(uncovered(a, first, end));
  const sums: i32 = coverSums(a, first, end);
  countPositions(uncovered(b, otherFirst, otherEnd));
  const otherSums: i32 = coverSums(b, otherFirst, otherEnd);
  return findPairs(
    a + C_MATCHES + (from << 2),
    a + C_STARTS,
    sums - (first << 2),
    b + C_MATCHES + (from << 2),
    b + C_STARTS,
    otherSums - (otherFirst << 2),
    past - from,
    distance,
    from,
    to,
  );
}

/** Keeps the survivors whose places are told, ascending: documents, scores, places in all lists of the core. */
export function keepPlaces(places: i32, count: i32): void {
  const survivors: i32 = load32(program + P_SURVIVORS);
  const core: i32 = load32(program + P_CORE);
  const lists: i32 = load32(program + P_CORE_COUNT);
  for (let i: i32 = 0; i < count; i++) {
    const place: i32 = load32(places + (i << 2));
    store32(survivors + (i << 2), load32(survivors + (place << 2)));
    storeF64(survivors + SURVIVOR_SCORES + (i << 3), loadF64(survivors + SURVIVOR_SCORES + (place << 3)));
  }
  for (let list: i32 = 0; list < lists; list++) {
    const matches: i32 = load32(core + (list << 2)) + C_MATCHES;
    for (let i: i32 = 0; i < count; i++) {
      store32(matches + (i << 2), load32(matches + (load32(places + (i << 2)) << 2)));
    }
  }
}
