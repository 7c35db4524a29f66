/**
 * Finds weights of the bonuses that rank collections best. Scores are sums of weight × feature, so that once the
 * features of every candidate are known no further search of the index is needed.
 */

import { measureRanking, type Judgements } from './relevance-metrics.ts';

export interface Candidate {
  readonly id: string;
  /** What the first stage gave. */
  readonly base: number;
  /** Features per unit of weight, in one order for all. */
  readonly features: readonly number[];
}

export interface JudgedCandidates {
  readonly candidates: readonly Candidate[];
  readonly judgements: Judgements;
}

export type CandidateCollection = readonly JudgedCandidates[];

/** Factors on a weight that a step tries. */
const FACTORS = [0, 0.5, 0.71, 1.41, 2];
/** Of a weight that is 0. */
const SEEDS = [0.25, 0.5];
/** A step must gain this much on the mean over collections: less is fitting chance. */
const LEAST_GAIN = 0.0005;
const MAX_ROUNDS = 10;
/** No weight beyond this: each bonus stays at most twice the mass of the query. */
const MAX_WEIGHT = 2;

/** nDCG@10 of a collection, query by query. */
export function gains(collection: CandidateCollection, weights: readonly number[]): number[] {
  return collection.map(({ candidates, judgements }) => {
    const scored = candidates.map(({ id, base, features }) => ({
      id,
      score: features.reduce((sum, feature, i) => sum + feature * (weights[i] ?? 0), base),
    }));
    scored.sort((a, b) => b.score - a.score);
    return measureRanking(
      scored.map(({ id }) => id),
      judgements,
    ).ndcg10;
  });
}

export function meanGain(collection: CandidateCollection, weights: readonly number[]): number {
  return mean(gains(collection, weights));
}

/** Climbs from `start`, one weight at a time, each collection counting alike. Deterministic. */
export function climb(collections: readonly CandidateCollection[], start: readonly number[]): number[] {
  const goodness = (weights: readonly number[]): number =>
    mean(collections.map((collection) => meanGain(collection, weights)));
  let best = [...start];
  let reached = goodness(best);
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const before = reached;
    for (const place of start.keys()) {
      for (const candidate of stepsFrom(best[place] ?? 0)) {
        const tried = best.with(place, candidate);
        const gain = goodness(tried);
        if (gain < reached + LEAST_GAIN) continue;
        best = tried;
        reached = gain;
      }
    }
    if (reached === before) break;
  }
  return best;
}

function stepsFrom(weight: number): number[] {
  const steps = weight === 0 ? SEEDS : FACTORS.map((factor) => Math.round(weight * factor * 1000) / 1000);
  return steps.filter((step) => step <= MAX_WEIGHT);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}
