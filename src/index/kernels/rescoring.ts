/** The second stage of ranking: the features of a document by the positions of the query's words, and bounds of them. */

import {
  C_FREQUENCIES,
  C_INDEX,
  C_MASK,
  C_STARTS,
  CURSOR_BYTES,
  MENU_GROUP,
  SEGMENT_LENGTHS,
  SEGMENT_RANKS,
  WINDOW_SUMS,
} from './layout.ts';
import { readStarts } from './block.ts';
import {
  closenessSum,
  comparePair,
  countPhrases,
  leastDistance,
  near,
  ordered,
  windowMass,
} from './closeness.ts';
import { columnValue } from './columns.ts';
import { nextAtLeast, openCursor } from './cursor.ts';
import { load32, loadF64, store32, storeF64, toF64 } from './memory.ts';
import { loadByte, loadWord } from './pages.ts';
import { sumsFrom } from './position-codes.ts';
import { endSums, shiftSums } from './position-lanes.ts';
import { beginZones, countPositions, keepOutside, zonesOf } from './positions.ts';
import {
  APART_TOKENS,
  EARLY_TOKENS,
  MOST_POSITIONS,
  ORDERED_SHARE,
  PAIR_SATURATION,
  PHRASE_SATURATION,
  POSITIONS_BYTES,
  Q_CLOSE,
  Q_CLOSE_COUNT,
  Q_CLOSENESS,
  Q_CURSORS,
  Q_DOC,
  Q_EARLY,
  Q_ENDS,
  Q_FEATURES,
  Q_FREQUENCIES,
  Q_HASHES,
  Q_MASSES,
  Q_MEAN,
  Q_PAIRS,
  Q_PHRASE,
  Q_PLACES,
  Q_POSITIONS,
  Q_POSSIBLE,
  Q_RANK,
  Q_SEGMENT,
  Q_TABLES,
  Q_TERMS,
  Q_TITLE,
  Q_TITLES,
  Q_TOTAL,
  Q_WINDOW,
  QT_CLOSENESS,
  QT_MAGNITUDES,
  TITLE_GROUP,
} from './rescoring-layout.ts';
import { rounded } from './scoring.ts';
import type { f64, i32 } from './types.ts';

/** Features of a document of `segment`, for Q_FEATURES; fast where documents come in order. */
export function compareDocument(program: i32, segment: i32, document: i32): void {
  findTerms(program, segment, document);
  compareFound(program);
}

/** Puts the cursors of the terms at a document, and says how often each stands there, but for menus, and in its title. */
export function findTerms(program: i32, segment: i32, document: i32): void {
  const terms: i32 = load32(program + Q_TERMS);
  const cursors: i32 = load32(program + Q_CURSORS);
  if (load32(program + Q_SEGMENT) !== segment || document < load32(program + Q_DOC)) {
    const hashes: i32 = load32(program + Q_HASHES);
    for (let term: i32 = 0; term < terms; term++) {
      const hash: i32 = hashes + (term << 3);
      openCursor(cursors + term * CURSOR_BYTES, segment, load32(hash), load32(hash + 4));
    }
    store32(program + Q_SEGMENT, segment);
  }
  store32(program + Q_DOC, document);
  const frequencies: i32 = load32(program + Q_FREQUENCIES);
  const titles: i32 = load32(program + Q_TITLES);
  for (let term: i32 = 0; term < terms; term++) {
    const cursor: i32 = cursors + term * CURSOR_BYTES;
    let own: i32 = 0;
    let inTitle: i32 = 0;
    if (nextAtLeast(cursor, document) === document) {
      readStarts(cursor);
      const index: i32 = load32(cursor + C_INDEX) << 2;
      const mask: i32 = load32(cursor + C_MASK);
      own = load32(cursor + C_STARTS + 4 + index) - load32(cursor + C_STARTS + index);
      own -= inMenus(cursor, index, mask);
      if (((mask >>> TITLE_GROUP) & 1) === 1)
        inTitle = load32(cursor + C_FREQUENCIES + (TITLE_GROUP << 9) + index);
      if (own > MOST_POSITIONS) own = MOST_POSITIONS;
    }
    store32(frequencies + (term << 2), own);
    store32(titles + (term << 2), inTitle);
  }
}

/** Occurrences in menus of the posting `index` bytes behind the first of a block whose starts have been read. */
function inMenus(cursor: i32, index: i32, mask: i32): i32 {
  return ((mask >>> MENU_GROUP) & 1) === 0 ? 0 : load32(cursor + C_FREQUENCIES + (MENU_GROUP << 9) + index);
}

/** The features of the document at which the cursors stand. Returns their sum. */
export function compareFound(program: i32): f64 {
  readOwn(program);
  const terms: i32 = load32(program + Q_TERMS);
  comparePairs(program, terms);
  const features: i32 = program + Q_FEATURES;
  storeF64(features + 24, rounded(loadF64(program + Q_TITLE) * titleShare(program)));
  storeF64(features + 32, rounded(loadF64(program + Q_EARLY) * earlyMass(program)));
  storeF64(features + 40, rounded(loadF64(program + Q_WINDOW) * bestWindow(program, terms)));
  storeF64(features + 48, rounded((loadF64(program + Q_RANK) * toF64(rankOf(program))) / 255));
  let sum: f64 = 0;
  for (let at: i32 = features; at < features + 56; at += 8) sum += loadF64(at);
  return sum;
}

/** Rank by links of the document at hand, 0 … 255. */
export function rankOf(program: i32): i32 {
  return (columnValue(load32(program + Q_SEGMENT), SEGMENT_RANKS, load32(program + Q_DOC)) >>> 16) & 255;
}

/** Reads where the terms stand, but for menus: every page of a site says there what the others do. */
function readOwn(program: i32): void {
  const terms: i32 = load32(program + Q_TERMS);
  const cursors: i32 = load32(program + Q_CURSORS);
  const frequencies: i32 = load32(program + Q_FREQUENCIES);
  const ends: i32 = load32(program + Q_ENDS);
  let to: i32 = load32(program + Q_POSITIONS);
  for (let term: i32 = 0; term < terms; term++) {
    const own: i32 = load32(frequencies + (term << 2));
    if (own > 0) readTerm(program, cursors + term * CURSOR_BYTES, own, to);
    const end: i32 = to + (own << 2);
    store32(ends + (term << 2), end);
    endSums(end);
    to += POSITIONS_BYTES;
  }
}

/** Writes the first `wanted` positions outside menus to `to`. */
function readTerm(program: i32, cursor: i32, wanted: i32, to: i32): void {
  const index: i32 = load32(cursor + C_INDEX) << 2;
  const first: i32 = load32(cursor + C_STARTS + index);
  const size: i32 = load32(cursor + C_STARTS + 4 + index) - first;
  const isMixed: i32 = inMenus(cursor, index, load32(cursor + C_MASK)) > 0 ? 1 : 0;
  if (isMixed === 1) beginZones(load32(program + Q_SEGMENT), load32(program + Q_DOC));
  let before: i32 = -1;
  let kept: i32 = 0;
  for (let at: i32 = 0; at < size && kept < wanted; at += WINDOW_SUMS) {
    const piece: i32 = size - at < WINDOW_SUMS ? size - at : WINDOW_SUMS;
    const sums: i32 = sumsFrom(cursor, first + at, piece);
    countPositions(piece);
    before -= load32(sums - 4);
    shiftSums(sums, piece, before, to + (kept << 2));
    before += load32(sums + ((piece - 1) << 2));
    kept += isMixed === 1 ? keepOutside(MENU_GROUP, to + (kept << 2), piece) : piece;
  }
}

/** Phrases, pairs of neighbours and closeness of any two: the first three features. */
function comparePairs(program: i32, terms: i32): void {
  const masses: i32 = load32(program + Q_MASSES);
  const close: i32 = load32(program + Q_CLOSE);
  const count: i32 = load32(program + Q_CLOSE_COUNT);
  // Where all are looked at, neighbours are among them.
  const isAll: i32 = count === terms ? 1 : 0;
  let reached: f64 = 0;
  let pairs: f64 = 0;
  let phrases: i32 = -1;
  leastOfAll = APART_TOKENS;
  for (let i: i32 = 0; i < count; i++) {
    const a: i32 = load32(close + (i << 2));
    for (let j: i32 = i + 1; j < count; j++) {
      const b: i32 = load32(close + (j << 2));
      const gap: i32 = gapOf(program, a, b);
      if (compareTerms(program, a, b, gap) === 0) continue;
      const mass: f64 = loadF64(masses + (a << 3)) + loadF64(masses + (b << 3));
      reached += (mass * closenessSum) / (closenessSum + 1);
      if (isAll === 0 || b !== a + 1 || gap <= 0) continue;
      pairs += (mass / 2) * pairShare();
      if (terms === 2) phrases = ordered;
    }
  }
  const others: i32 = isAll === 1 ? 0 : terms - 1;
  for (let term: i32 = 0; term < others; term++) {
    const gap: i32 = gapOf(program, term, term + 1);
    if (gap <= 0 || compareTerms(program, term, term + 1, gap) === 0) continue;
    const mass: f64 = loadF64(masses + (term << 3)) + loadF64(masses + (term << 3) + 8);
    pairs += (mass / 2) * pairShare();
  }
  if (terms < 2) phrases = 0;
  else if (phrases < 0) phrases = countPhrases(program);
  const found: f64 = toF64(phrases);
  const possible: f64 = loadF64(program + Q_POSSIBLE);
  const closeness: f64 = possible === 0 ? 0 : reached / possible;
  const features: i32 = program + Q_FEATURES;
  storeF64(features, rounded(loadF64(program + Q_PHRASE) * (found / (found + PHRASE_SATURATION))));
  storeF64(features + 8, rounded(loadF64(program + Q_PAIRS) * pairs));
  storeF64(features + 16, rounded(loadF64(program + Q_CLOSENESS) * closeness));
}

/** The least distance of any two terms that were compared. */
let leastOfAll: i32 = 0;

export function gapOf(program: i32, a: i32, b: i32): i32 {
  const places: i32 = load32(program + Q_PLACES);
  return load32(places + (b << 2)) - load32(places + (a << 2));
}

/** 0 where one of the two terms does not stand in the document. */
function compareTerms(program: i32, a: i32, b: i32, gap: i32): i32 {
  const ends: i32 = load32(program + Q_ENDS);
  const positions: i32 = load32(program + Q_POSITIONS);
  const from: i32 = positions + a * POSITIONS_BYTES;
  const other: i32 = positions + b * POSITIONS_BYTES;
  const past: i32 = load32(ends + (a << 2));
  if (past === from || load32(ends + (b << 2)) === other) return 0;
  comparePair(from, past, other, gap > 0 ? gap : 0, load32(program + Q_TABLES) + QT_CLOSENESS);
  if (leastDistance < leastOfAll) leastOfAll = leastDistance;
  return 1;
}

/** Neighbours in the text, in order or near one another, of the pair that was compared last. */
function pairShare(): f64 {
  const inOrder: f64 = toF64(ordered);
  const nearby: f64 = toF64(near);
  return (
    (ORDERED_SHARE * inOrder) / (inOrder + PAIR_SATURATION) +
    ((1 - ORDERED_SHARE) * nearby) / (nearby + PAIR_SATURATION)
  );
}

/** Dice coefficient of the idf masses of query and title, words that the query does not name counted at its mean. */
export function titleShare(program: i32): f64 {
  const terms: i32 = load32(program + Q_TERMS);
  const masses: i32 = load32(program + Q_MASSES);
  const titles: i32 = load32(program + Q_TITLES);
  let shared: f64 = 0;
  let matched: i32 = 0;
  for (let term: i32 = 0; term < terms; term++) {
    const frequency: i32 = load32(titles + (term << 2));
    if (frequency === 0) continue;
    shared += loadF64(masses + (term << 3));
    matched += frequency;
  }
  const total: f64 = loadF64(program + Q_TOTAL);
  if (matched === 0 || total === 0) return 0;
  const segment: i32 = load32(program + Q_SEGMENT);
  const column: i32 = load32(segment + SEGMENT_LENGTHS + (TITLE_GROUP << 2));
  const code: i32 = column < 0 ? 0 : loadByte(segment, column, load32(program + Q_DOC));
  const length: f64 = loadF64(load32(program + Q_TABLES) + QT_MAGNITUDES + (code << 3));
  if (length === 0) return 0;
  const rest: f64 = length - toF64(matched);
  const others: f64 = (rest > 0 ? rest : 0) * loadF64(program + Q_MEAN);
  return (2 * shared) / (total + shared + others);
}

/** Mass of the terms among the first tokens of the text. */
function earlyMass(program: i32): f64 {
  const terms: i32 = load32(program + Q_TERMS);
  const masses: i32 = load32(program + Q_MASSES);
  const ends: i32 = load32(program + Q_ENDS);
  const start: i32 = bodyStart(load32(program + Q_SEGMENT), load32(program + Q_DOC));
  let mass: f64 = 0;
  let from: i32 = load32(program + Q_POSITIONS);
  for (let term: i32 = 0; term < terms; term++) {
    let at: i32 = from;
    while (load32(at) < start) at += 4;
    if (at < load32(ends + (term << 2)) && load32(at) < start + EARLY_TOKENS)
      mass += loadF64(masses + (term << 3));
    from += POSITIONS_BYTES;
  }
  return mass;
}

/** Start of the first zone that is no title. */
function bodyStart(segment: i32, document: i32): i32 {
  const zones: i32 = zonesOf(segment, document);
  if (zones < 0) return 0;
  const count: i32 = loadWord(segment, zones);
  for (let i: i32 = 1; i <= count; i++) {
    const zone: i32 = loadWord(segment, zones + i);
    if ((zone & 15) !== TITLE_GROUP) return zone >>> 4;
  }
  return 0;
}

/** Two terms at a known distance need no walk. */
function bestWindow(program: i32, terms: i32): f64 {
  if (terms !== 2 || leastOfAll >= APART_TOKENS) return windowMass(program);
  const masses: i32 = load32(program + Q_MASSES);
  return loadF64(masses) + loadF64(masses + 8);
}
