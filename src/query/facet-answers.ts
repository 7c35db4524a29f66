/** Counts of fields as a person is shown them. */

import { type FacetRequest, type FacetResult, topValues } from '../index/index.ts';
import type { FieldValue } from '../text/index.ts';
import type { ColumnPlan } from './column-plan.ts';
import { facetRange } from './query-printer.ts';
import type { FacetAnswer } from './search-contract.ts';
import type { MergedHits } from './shard-search.ts';

/** Values of a field that are given: the most frequent. */
const MAX_FACET_VALUES = 50;

export function facetAnswers({ facets }: ColumnPlan, hits: MergedHits): FacetAnswer[] {
  return facets.flatMap(({ name, request }, i) => {
    const result = hits.facets[i];
    return result === undefined ? [] : [{ name, isExact: !hits.partial, ...answerOf(request, result) }];
  });
}

type Counts = Pick<FacetAnswer, 'counts' | 'values' | 'missing'>;

function answerOf(request: FacetRequest, result: FacetResult): Counts {
  const { missing } = result;
  if (result.kind === 'statistics') return { counts: [], values: result.values, missing };
  if (result.kind === 'ranges') {
    const ranges = request.kind === 'ranges' ? request.ranges : [];
    const counts = result.counts.map((documents, place) => {
      const { from, to } = ranges[place] ?? {};
      return { value: facetRange(shown(from, request), shown(to, request)), documents };
    });
    return { counts, values: counts.length, missing };
  }
  const top =
    result.kind === 'histogram'
      ? [...result.counts]
          .sort((a, b) => Number(b[0]) - Number(a[0]))
          .slice(0, MAX_FACET_VALUES)
          .map(([value, count]) => ({ value, count }))
      : topValues(result.counts, MAX_FACET_VALUES);
  const counts = top.map(({ value, count }) => ({ value: shown(value, request), documents: count }));
  return { counts, values: result.counts.size, missing };
}

function shown(value: FieldValue | undefined, { column }: FacetRequest): string {
  if (value === undefined) return '';
  return column.type === 'date' ? new Date(Number(value)).toISOString().slice(0, 10) : String(value);
}
