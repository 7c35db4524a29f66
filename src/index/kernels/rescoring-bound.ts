/**
 * What the second stage can give a document at most, by how often the words stand in it: a phrase stands there no more
 * often than its rarest word. All that is known without positions is counted as it is.
 */

import { load32, loadF64, toF64 } from './memory.ts';
import { gapOf, titleShare } from './rescoring.ts';
import {
  MOST_BOUNDED,
  ORDERED_SHARE,
  Q_CLOSE,
  Q_CLOSE_COUNT,
  Q_CLOSENESS,
  Q_EARLY,
  Q_FREQUENCIES,
  Q_MASSES,
  Q_PAIRS,
  Q_PHRASE,
  Q_PLACES,
  Q_POSSIBLE,
  Q_RANK,
  Q_TABLES,
  Q_TERMS,
  Q_TITLE,
  Q_WINDOW,
  QT_PAIR,
  QT_PHRASE,
  QT_SATURATED,
} from './rescoring-layout.ts';
import type { f64, i32 } from './types.ts';

/** Upper bound of the sum of the features of the document at which the terms were found, by its rank at most `rank`. */
export function boundFound(program: i32, rank: i32): f64 {
  const terms: i32 = load32(program + Q_TERMS);
  const masses: i32 = load32(program + Q_MASSES);
  const frequencies: i32 = load32(program + Q_FREQUENCIES);
  let mass: f64 = 0;
  for (let term: i32 = 0; term < terms; term++) {
    if (load32(frequencies + (term << 2)) > 0) mass += loadF64(masses + (term << 3));
  }
  return (
    (loadF64(program + Q_EARLY) + loadF64(program + Q_WINDOW)) * mass +
    loadF64(program + Q_TITLE) * titleShare(program) +
    (loadF64(program + Q_RANK) * toF64(rank)) / 255 +
    pairsBound(program, terms)
  );
}

function pairsBound(program: i32, terms: i32): f64 {
  if (terms < 2) return 0;
  const masses: i32 = load32(program + Q_MASSES);
  const frequencies: i32 = load32(program + Q_FREQUENCIES);
  const tables: i32 = load32(program + Q_TABLES);
  const close: i32 = load32(program + Q_CLOSE);
  const count: i32 = load32(program + Q_CLOSE_COUNT);
  let pairs: f64 = 0;
  for (let term: i32 = 0; term + 1 < terms; term++) {
    const own: i32 = load32(frequencies + (term << 2));
    const next: i32 = load32(frequencies + (term << 2) + 4);
    if (own === 0 || next === 0 || gapOf(program, term, term + 1) <= 0) continue;
    const mass: f64 = loadF64(masses + (term << 3)) + loadF64(masses + (term << 3) + 8);
    const inOrder: f64 = shareAt(tables + QT_PAIR, own < next ? own : next);
    pairs += mass * (ORDERED_SHARE * inOrder + (1 - ORDERED_SHARE) * shareAt(tables + QT_PAIR, own));
  }
  let reached: f64 = 0;
  for (let i: i32 = 0; i < count; i++) {
    const a: i32 = load32(close + (i << 2));
    const own: i32 = load32(frequencies + (a << 2));
    if (own === 0) continue;
    const share: f64 = shareAt(tables + QT_SATURATED, own);
    for (let j: i32 = i + 1; j < count; j++) {
      const b: i32 = load32(close + (j << 2));
      if (load32(frequencies + (b << 2)) === 0) continue;
      reached += (loadF64(masses + (a << 3)) + loadF64(masses + (b << 3))) * share;
    }
  }
  const possible: f64 = loadF64(program + Q_POSSIBLE);
  if (possible > 0) reached = reached / possible;
  return (
    loadF64(program + Q_PHRASE) * shareAt(tables + QT_PHRASE, mostPhrases(program, terms)) +
    (loadF64(program + Q_PAIRS) / 2) * pairs +
    loadF64(program + Q_CLOSENESS) * reached
  );
}

/** Occurrences of the rarest word that a phrase of the whole query needs. */
function mostPhrases(program: i32, terms: i32): i32 {
  const frequencies: i32 = load32(program + Q_FREQUENCIES);
  const places: i32 = load32(program + Q_PLACES);
  let least: i32 = load32(frequencies);
  let reached: i32 = load32(places);
  for (let term: i32 = 1; term < terms; term++) {
    const place: i32 = load32(places + (term << 2));
    if (place <= reached) continue;
    reached = place;
    const own: i32 = load32(frequencies + (term << 2));
    if (own < least) least = own;
  }
  return least;
}

/** The greatest share of a feature that so many occurrences reach. */
function shareAt(table: i32, occurrences: i32): f64 {
  return loadF64(table + ((occurrences < MOST_BOUNDED ? occurrences : MOST_BOUNDED) << 3));
}
