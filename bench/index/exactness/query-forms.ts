/** A query of a class in several forms: with conditions, other weights, other numbers of results. */

import { seededRandom } from '../../../src/base/index.ts';
import { ALL_GROUPS, type Clause, type IndexQuery, type RankingWeights } from '../../../src/index/index.ts';
import { DEFAULT_WEIGHTS } from '../../../src/query/index.ts';
import { fieldGroup } from '../../../src/text/index.ts';

export interface QueryForm {
  readonly name: string;
  readonly query: IndexQuery;
}

const LIMITS: readonly number[] = [1, 3, 10, 40, 200];
const HEAD_GROUPS = (1 << fieldGroup('title')) | (1 << fieldGroup('heading'));

const FIRST_STAGE: RankingWeights = { ...DEFAULT_WEIGHTS, rerankDepth: 0 };
/** Bounds hold whatever the weights are: lengths count for all or for nothing, titles for less than texts. */
const WEIGHTS: Readonly<Record<string, RankingWeights>> = {
  'first stage': FIRST_STAGE,
  'both stages': { ...DEFAULT_WEIGHTS, rerankDepth: 20 },
  'long documents': {
    ...FIRST_STAGE,
    k1: 3,
    fieldLengthNorms: DEFAULT_WEIGHTS.fieldLengthNorms.map(() => 0),
  },
  'short documents': {
    ...FIRST_STAGE,
    k1: 0.4,
    presence: 0,
    fieldWeights: DEFAULT_WEIGHTS.fieldWeights.map((weight, group) => weight / (group + 1)),
    fieldLengthNorms: DEFAULT_WEIGHTS.fieldLengthNorms.map(() => 1),
  },
};

/** The same query as it is, with a condition, without a word, with a word that must stand in a head. */
export function formsOf(query: IndexQuery, seed: number): readonly QueryForm[] {
  const random = seededRandom(seed);
  const pick = <T>(values: readonly T[]): T => values[random.below(values.length)] as T;
  const { scored, statistics } = query;
  const first = scored[0];
  const last = scored.at(-1);
  if (first === undefined || last === undefined) return [];
  const shapes: [string, IndexQuery][] = [['as it is', query]];
  shapes.push([
    'the first word in a head',
    { ...query, required: [...query.required, termIn(first.stem, HEAD_GROUPS)] },
  ]);
  if (scored.length > 1) {
    shapes.push(['only the first word required', { ...query, required: [termIn(first.stem, ALL_GROUPS)] }]);
    const documentFrequencies = statistics.documentFrequencies.slice(0, -1);
    const surfaceFrequencies = statistics.surfaceFrequencies.slice(0, -1);
    shapes.push([
      'the last word excluded',
      {
        ...query,
        scored: scored.slice(0, -1),
        required: [],
        excluded: [termIn(last.stem, ALL_GROUPS)],
        statistics: { ...statistics, documentFrequencies, surfaceFrequencies },
      },
    ]);
  }
  return shapes.map(([shape, shaped]) => {
    const [weights, chosen] = pick(Object.entries(WEIGHTS));
    const limit = pick(LIMITS);
    const rescore = pick(['best', 'all'] as const);
    return {
      name: `${shape}, ${weights} of ${rescore}, ${limit} wanted`,
      query: { ...shaped, weights: chosen, limit, rescore },
    };
  });
}

function termIn(hash: bigint, groups: number): Clause {
  return { kind: 'term', hash, groups };
}
