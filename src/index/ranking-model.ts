/** The numbers of the ranking: idf, field norms, the bonuses of the second stage. Shared by the index and its naive twin. */

import {
  APART_TOKENS,
  EARLY_TOKENS,
  NEAR_TOKENS,
  ORDERED_SHARE,
  PAIR_SATURATION,
  PHRASE_SATURATION,
  WINDOW_TOKENS,
} from './kernels/rescoring-layout.ts';
import type { IndexQuery, RankingWeights, ScoredTerm, TermStatistics } from './index-query.ts';

/** Adding and taking away 1.5 · 2²² rounds to a multiple of 2⁻³⁰: sums of such numbers are exact in any order. */
const ROUNDER = 1.5 * 2 ** 22;
/** A field of no length must not make a frequency infinite. */
const LEAST_NORM_DIVISOR = 0.001;
/** So many sites may share a name before it tells less. */
const NAMESAKES = 3;
/** Distance in tokens at which two words count half as much as side by side. */
const CLOSE_TOKENS = 8;
/** Words of a query, the weightiest, whose closeness to each other is looked at: pairs grow with the square. */
const CLOSE_TERMS = 12;

export function roundScore(score: number): number {
  return score + ROUNDER - ROUNDER;
}

/**
 * Inverse document frequency as BM25 has it, always positive, of a term that `frequency` of the documents have, `menuOnly` of
 * them in menus and nowhere else: those don't make it common, unless it has no other place.
 */
export function rarity(documents: number, frequency: number, menuOnly: number): number {
  const telling = frequency > menuOnly ? frequency - menuOnly : frequency;
  const df = Math.min(telling, documents);
  return Math.log(1 + (documents - df + 0.5) / (df + 0.5));
}

/** Of the scored term at `place`. */
export function stemRarity(statistics: TermStatistics, place: number): number {
  const { documentCount, documentFrequencies, menuOnlyFrequencies } = statistics;
  return rarity(documentCount, documentFrequencies[place] ?? 0, menuOnlyFrequencies[place] ?? 0);
}

/** What a scored list adds for a weighed frequency f: alpha · f / (k1 + f) + beta. */
export interface ListWeight {
  readonly alpha: number;
  readonly beta: number;
}

/** Weights of the stem's list and of the surface form's, where there is one. */
export function listWeights(
  term: ScoredTerm,
  place: number,
  statistics: TermStatistics,
  weights: RankingWeights,
): { readonly stem: ListWeight; readonly surface: ListWeight | undefined; readonly mass: number } {
  const { documentCount, surfaceFrequencies, menuOnlySurfaceFrequencies } = statistics;
  const mass = term.weight * stemRarity(statistics, place);
  const stem = { alpha: mass * (weights.k1 + 1), beta: roundScore(mass * weights.presence) };
  if (term.surface === undefined || weights.surfaceWeight === 0) return { stem, surface: undefined, mass };
  const own = rarity(documentCount, surfaceFrequencies[place] ?? 0, menuOnlySurfaceFrequencies[place] ?? 0);
  return {
    stem,
    surface: { alpha: term.weight * own * (weights.k1 + 1) * weights.surfaceWeight, beta: 0 },
    mass,
  };
}

/** What the front page of the site that a query names gets, wherever the words stand. */
export function homeBonus({ home, scored, statistics, weights }: IndexQuery): number {
  if (home === undefined || home.documents === 0) return 0;
  const mass = scored.reduce(
    (total, term, place) => total + listWeights(term, place, statistics, weights).mass,
    0,
  );
  return roundScore((weights.home * mass) / Math.max(1, home.documents / NAMESAKES));
}

/** Weight of one occurrence in a field group `length` tokens long. */
export function occurrenceWeight(
  group: number,
  length: number,
  { documentCount, fieldLengthTotals }: TermStatistics,
  { fieldWeights, fieldLengthNorms }: RankingWeights,
): number {
  const average = documentCount === 0 ? 0 : (fieldLengthTotals[group] ?? 0) / documentCount;
  const norm = fieldLengthNorms[group] ?? 0;
  const divisor = average === 0 ? 1 : 1 - norm + (norm * length) / average;
  return (fieldWeights[group] ?? 0) / Math.max(LEAST_NORM_DIVISOR, divisor);
}

/** A document as the second stage sees it. Arrays are parallel to the scored terms. */
export interface RerankInput {
  /** idf × weight. */
  readonly masses: readonly number[];
  readonly places: readonly number[];
  /** Ascending; empty where the document lacks the term. */
  readonly positions: readonly Uint32Array[];
  readonly titleFrequencies: readonly number[];
  readonly titleLength: number;
  /** Position at which the text after the title begins. */
  readonly bodyStart: number;
  /** 0 … 255. */
  readonly rank: number;
}

export type RerankFeatures = Readonly<
  Record<'phrase' | 'pairs' | 'closeness' | 'titleMatch' | 'earlyMatch' | 'windowMatch' | 'rank', number>
>;

/** The bonuses of a document, each at most its weight × the idf mass of the query. */
export function rerankFeatures(input: RerankInput, weights: RankingWeights): RerankFeatures {
  const total = sum(input.masses);
  return {
    phrase: roundScore(weights.phrase * total * phraseShare(input)),
    pairs: roundScore(weights.pairs * pairMass(input)),
    closeness: roundScore(weights.closeness * total * closenessShare(input)),
    titleMatch: roundScore(weights.titleMatch * total * titleShare(input)),
    earlyMatch: roundScore(weights.earlyMatch * earlyMass(input)),
    windowMatch: roundScore(weights.windowMatch * windowMass(input)),
    rank: roundScore((weights.rank * total * input.rank) / 255),
  };
}

/** How often the whole query stands there in order, saturated: 0 … 1. Queries of one word have no phrase. */
function phraseShare({ places, positions }: RerankInput): number {
  const lead = positions[0];
  if (lead === undefined || positions.length < 2) return 0;
  const first = places[0] ?? 0;
  let found: Uint32Array = lead;
  let reached = first;
  for (let term = 1; term < positions.length && found.length > 0; term++) {
    // Another name of a word before stands at its place.
    if ((places[term] ?? 0) <= reached) continue;
    reached = places[term] ?? 0;
    found = followedBy(found, positions[term] ?? new Uint32Array(0), (places[term] ?? 0) - first);
  }
  return found.length / (found.length + PHRASE_SATURATION);
}

/** Those of `a` at whose distance `gap` something of `b` stands. */
function followedBy(a: Uint32Array, b: Uint32Array, gap: number): Uint32Array {
  const kept = new Uint32Array(a.length);
  let count = 0;
  let j = 0;
  for (const position of a) {
    while (j < b.length && (b[j] as number) < position + gap) j += 1;
    if (j < b.length && b[j] === position + gap) kept[count++] = position;
  }
  return kept.subarray(0, count);
}

function countFollowed(a: Uint32Array, b: Uint32Array, gap: number): number {
  let count = 0;
  let j = 0;
  for (const position of a) {
    while (j < b.length && (b[j] as number) < position + gap) j += 1;
    if (j < b.length && b[j] === position + gap) count += 1;
  }
  return count;
}

/** Query neighbours that are neighbours in the text, in order or near one another. */
function pairMass({ masses, places, positions }: RerankInput): number {
  let mass = 0;
  for (let term = 0; term + 1 < positions.length; term++) {
    if ((places[term + 1] ?? 0) <= (places[term] ?? 0)) continue;
    const a = positions[term] as Uint32Array;
    const b = positions[term + 1] as Uint32Array;
    if (a.length === 0 || b.length === 0) continue;
    const ordered = countFollowed(a, b, (places[term + 1] ?? 0) - (places[term] ?? 0));
    const near = nearPairs(a, b);
    const share =
      (ORDERED_SHARE * ordered) / (ordered + PAIR_SATURATION) +
      ((1 - ORDERED_SHARE) * near) / (near + PAIR_SATURATION);
    mass += (((masses[term] ?? 0) + (masses[term + 1] ?? 0)) / 2) * share;
  }
  return mass;
}

/** Occurrences of `a` with one of `b` less than a few tokens before or after. */
function nearPairs(a: Uint32Array, b: Uint32Array): number {
  let count = 0;
  let j = 0;
  for (const position of a) {
    while (j < b.length && (b[j] as number) + NEAR_TOKENS <= position) j += 1;
    if (j < b.length && (b[j] as number) < position + NEAR_TOKENS) count += 1;
  }
  return count;
}

/** Numbers of the terms whose closeness to each other is looked at. */
export function closeTerms(masses: readonly number[]): readonly number[] {
  const terms = masses.map((_, term) => term);
  if (terms.length <= CLOSE_TERMS) return terms;
  terms.sort((a, b) => (masses[b] ?? 0) - (masses[a] ?? 0) || a - b);
  terms.length = CLOSE_TERMS;
  return terms;
}

/** What an occurrence counts at a distance of fewer than APART_TOKENS from the nearest of the other word: 0 … 1. */
export function closenessAt(distance: number): number {
  const share = distance / CLOSE_TOKENS;
  return 1 / (1 + share * share);
}

/** How close any two words of the query stand to each other, neighbours in it or not: 0 … 1. */
function closenessShare({ masses, positions }: RerankInput): number {
  const terms = closeTerms(masses);
  let reached = 0;
  let possible = 0;
  for (let i = 0; i < terms.length; i++) {
    const a = terms[i] as number;
    for (let j = i + 1; j < terms.length; j++) {
      const b = terms[j] as number;
      const mass = (masses[a] ?? 0) + (masses[b] ?? 0);
      possible += mass;
      const near = closeness(positions[a] as Uint32Array, positions[b] as Uint32Array);
      reached += (mass * near) / (near + 1);
    }
  }
  return possible === 0 ? 0 : reached / possible;
}

/** Occurrences of `a`, each counted by its distance from the nearest one of `b`. */
function closeness(a: Uint32Array, b: Uint32Array): number {
  if (a.length === 0 || b.length === 0) return 0;
  let sum = 0;
  let j = 0;
  for (const position of a) {
    let distance = Math.abs((b[j] as number) - position);
    while (j + 1 < b.length) {
      const next = Math.abs((b[j + 1] as number) - position);
      if (next > distance) break;
      distance = next;
      j += 1;
    }
    if (distance < APART_TOKENS) sum += closenessAt(distance);
  }
  return sum;
}

/** Dice coefficient of the idf masses of query and title, words that the query does not name counted at its mean. */
function titleShare({ masses, titleFrequencies, titleLength }: RerankInput): number {
  const total = sum(masses);
  if (titleLength === 0 || total === 0) return 0;
  let shared = 0;
  let matched = 0;
  masses.forEach((mass, term) => {
    const frequency = titleFrequencies[term] ?? 0;
    if (frequency === 0) return;
    shared += mass;
    matched += frequency;
  });
  const others = Math.max(0, titleLength - matched) * (total / masses.length);
  return (2 * shared) / (total + shared + others);
}

/** Mass of the terms among the first tokens of the text. */
function earlyMass({ masses, positions, bodyStart }: RerankInput): number {
  let mass = 0;
  for (let term = 0; term < positions.length; term++) {
    const own = positions[term] as Uint32Array;
    let at = 0;
    while (at < own.length && (own[at] as number) < bodyStart) at += 1;
    if (at < own.length && (own[at] as number) < bodyStart + EARLY_TOKENS) mass += masses[term] as number;
  }
  return mass;
}

/** Largest mass of different terms inside any stretch of tokens. */
function windowMass({ masses, positions }: RerankInput): number {
  const terms = positions.length;
  let possible = 0;
  for (let term = 0; term < terms; term++) {
    if ((positions[term] as Uint32Array).length > 0) possible += masses[term] as number;
  }
  const heads = new Uint32Array(terms);
  let best = 0;
  // Each occurrence opens a window; the heads of all terms only move on.
  while (best < possible) {
    let start = Infinity;
    for (let term = 0; term < terms; term++) {
      const head = (positions[term] as Uint32Array)[heads[term] as number];
      if (head !== undefined && head < start) start = head;
    }
    if (start === Infinity) break;
    let mass = 0;
    for (let term = 0; term < terms; term++) {
      const head = (positions[term] as Uint32Array)[heads[term] as number];
      if (head === undefined) continue;
      if (head < start + WINDOW_TOKENS) mass += masses[term] as number;
      if (head === start) heads[term] = (heads[term] as number) + 1;
    }
    if (mass > best) best = mass;
  }
  return best;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
