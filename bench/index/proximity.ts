/** What it costs to ask the second stage of every match, and that nothing is lost by leaving out what a bound leaves no chance. */

import { isDeepStrictEqual } from 'node:util';
import type { IndexQuery } from '../../src/index/index.ts';
import type { PeregrineContestant } from './peregrine-contestant.ts';
import type { QueryClass } from './query-classes.ts';
import type { ProximityFigures } from './report.ts';

/** As the product looks at. */
const DEPTH = 200;

/** The best ten by everything, closeness of the words in every match included. */
export function measureProximity(
  peregrine: PeregrineContestant,
  queryClass: QueryClass,
  timeOf: (queries: readonly IndexQuery[]) => number,
): ProximityFigures {
  const best = peregrine.prepare(queryClass, 'top', DEPTH);
  const all = best.map((query) => ({ ...query, rescore: 'all' as const }));
  const every = all.map((query) => ({ ...query, exhaustive: true }));
  const own_us = timeOf(all);
  const every_us = timeOf(every);
  const best_us = timeOf(best);
  let rescored = 0;
  for (const [i, query] of all.entries()) {
    const { hits, counters } = peregrine.answer(query);
    const right = every[i] === undefined ? [] : peregrine.answer(every[i]).hits;
    if (!isDeepStrictEqual(hits, right)) throw new Error(`Query ${i} of ${queryClass.name}: not the best.`);
    rescored += counters['rescored'] ?? 0;
  }
  return { own_us, every_us, best_us, rescored: rescored / all.length };
}
