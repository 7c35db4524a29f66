/** Whether two configurations differ by more than chance, from their measures query by query. */

import { seededRandom } from '../src/base/index.ts';

export interface PairedComparison {
  /** Mean of the second less mean of the first. */
  readonly difference: number;
  /** Standard error of the difference. */
  readonly standardError: number;
  /** Share of random swaps of the two sides that differ at least as much: small where it is no chance. */
  readonly p: number;
  readonly better: number;
  readonly worse: number;
}

const ROUNDS = 10_000;
const SEED = 1;

/** Fisher's randomisation test over pairs, two-sided. The same numbers give the same answer. */
export function comparePaired(first: readonly number[], second: readonly number[]): PairedComparison {
  const differences = first.map((value, i) => (second[i] ?? 0) - value);
  const count = Math.max(1, differences.length);
  const sum = differences.reduce((total, value) => total + value, 0);
  const mean = sum / count;
  const variance =
    differences.reduce((total, value) => total + (value - mean) ** 2, 0) / Math.max(1, count - 1);
  const telling = differences.filter((value) => value !== 0);
  const random = seededRandom(SEED);
  let extreme = 0;
  for (let round = 0; round < ROUNDS; round++) {
    let swapped = 0;
    for (const value of telling) swapped += random.unit() < 0.5 ? value : -value;
    if (Math.abs(swapped) >= Math.abs(sum) - 1e-12) extreme += 1;
  }
  return {
    difference: mean,
    standardError: Math.sqrt(variance / count),
    p: (extreme + 1) / (ROUNDS + 1),
    better: telling.filter((value) => value > 0).length,
    worse: telling.filter((value) => value < 0).length,
  };
}
