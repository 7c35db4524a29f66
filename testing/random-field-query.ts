/** Random questions about fields: filters, orders, facets, groups. */

import type { Random } from '../src/base/index.ts';
import type { ColumnFilter, FacetRequest, SortKey } from '../src/index/columns/column-query.ts';
import type { ColumnKey } from '../src/index/columns/column.ts';
import type { IndexQuery } from '../src/index/index-query.ts';
import { docIdOf, FIELD_KEYS, randomClause, randomFieldValue } from './index-fixtures.ts';

/** Words that conditions ask for. */
const CLAUSE_WORDS = 20;
const UNKNOWN: ColumnKey = { name: 'nowhere', type: 'number' };

export type FieldParts = Pick<IndexQuery, 'filters' | 'sort' | 'facets' | 'group' | 'everything'>;

/** What a query asks of fields besides its words. */
export function randomFieldParts(random: Random): FieldParts {
  const some = <Item>(most: number, make: () => Item): Item[] =>
    Array.from({ length: random.below(most + 1) }, make);
  return {
    filters: some(2, () => randomFilter(random, 0)),
    facets: some(3, () => randomFacet(random)),
    everything: random.below(2) === 0,
    ...(random.below(2) === 0 && { sort: some(2, () => randomSortKey(random)) }),
    ...(random.below(4) === 0 && {
      group: { by: random.below(2) === 0 ? 'site' : randomKey(random), perGroup: 1 + random.below(3) },
    }),
  };
}

export function randomFilter(random: Random, nesting: number): ColumnFilter {
  const column = randomKey(random);
  const value = (): ReturnType<typeof randomFieldValue> => randomFieldValue(random, column);
  const inner = (): ColumnFilter => randomFilter(random, nesting + 1);
  switch (random.below(nesting > 1 ? 7 : 10)) {
    case 0:
      return { kind: 'exists', column };
    case 1:
      return { kind: 'values', column, values: Array.from({ length: random.below(4) }, value) };
    case 2:
      return column.type === 'keyword'
        ? { kind: 'prefix', column, prefix: String(value()) }
        : { kind: 'range', column, from: value() };
    case 3:
      return {
        kind: 'range',
        column,
        ...(random.below(3) > 0 && { from: value() }),
        ...(random.below(3) > 0 && { to: value() }),
        excludesFrom: random.below(2) === 0,
        excludesTo: random.below(2) === 0,
      };
    case 4:
      return {
        kind: 'documents',
        docIds: Array.from({ length: random.below(9) }, () => docIdOf(random.below(60))),
      };
    case 5:
      return {
        kind: 'versions',
        column: { ...column, type: 'keyword' },
        ...(random.below(3) > 0 && { from: randomVersion(random) }),
        ...(random.below(3) > 0 && { to: randomVersion(random) }),
        excludesFrom: random.below(3) === 0,
        excludesTo: random.below(3) === 0,
      };
    case 6:
      return { kind: 'words', clause: randomClause(random, CLAUSE_WORDS) };
    case 7:
      return { kind: 'not', filter: inner() };
    case 8:
      return { kind: 'any', filters: [inner(), inner()] };
    default:
      return { kind: 'all', filters: [inner(), inner()] };
  }
}

function randomVersion(random: Random): string {
  return ['1', '1.9', '1.9.2', '1.10', '1.10.3', '2'][random.below(6)] ?? '';
}

function randomFacet(random: Random): FacetRequest {
  const column = randomKey(random);
  switch (random.below(4)) {
    case 0:
      return { kind: 'values', column };
    case 1:
      return { kind: 'statistics', column };
    case 2: {
      if (column.type === 'keyword') return { kind: 'values', column };
      const steps = ['hour', 'day', 'week', 'month', 'year', 1.5, 1000] as const;
      const step = steps[random.below(steps.length)] ?? 1;
      return { kind: 'histogram', column, step: column.type === 'integer' ? 2 ** 50 : step };
    }
    default:
      return {
        kind: 'ranges',
        column,
        ranges: Array.from({ length: random.below(3) }, () => ({
          ...(random.below(3) > 0 && { from: randomFieldValue(random, column) }),
          ...(random.below(3) > 0 && { to: randomFieldValue(random, column) }),
        })),
      };
  }
}

function randomSortKey(random: Random): SortKey {
  return { column: randomKey(random), order: random.below(2) === 0 ? 'ascending' : 'descending' };
}

function randomKey(random: Random): ColumnKey {
  return FIELD_KEYS[random.below(FIELD_KEYS.length + 1)] ?? UNKNOWN;
}
