/** Fields as plain values and loops: filters, orders, facets, groups, as tests hold the index to them. */

import type { DocId } from '../src/base/index.ts';
import type { AnalysedDocument } from '../src/text/analysed-document.ts';
import type { FieldValue } from '../src/text/document-fields.ts';
import type { ColumnFilter, FacetRequest, FacetResult, SortKey } from '../src/index/columns/column-query.ts';
import type { ColumnKey } from '../src/index/columns/column.ts';
import { meets } from './naive-clauses.ts';

export interface NaiveMatch {
  readonly docId: DocId;
  readonly document: AnalysedDocument;
}

/** Distinct values of a document, ascending. */
export function valuesOf({ fields = [] }: AnalysedDocument, { name, type }: ColumnKey): FieldValue[] {
  const values = fields
    .filter((field) => field.name === name && field.type === type)
    .flatMap((field): readonly FieldValue[] => field.values);
  return [...new Set(values)].sort((a, b) => (a < b ? -1 : 1));
}

export function passes(match: NaiveMatch, filter: ColumnFilter): boolean {
  const { document } = match;
  switch (filter.kind) {
    case 'not':
      return !passes(match, filter.filter);
    case 'all':
      return filter.filters.every((inner) => passes(match, inner));
    case 'any':
      return filter.filters.some((inner) => passes(match, inner));
    case 'words':
      return meets(document, filter.clause);
    case 'documents':
      return filter.docIds.includes(match.docId);
    case 'versions':
      return valuesOf(document, filter.column).some((value) => isWithin(String(value), filter));
    case 'exists':
      return valuesOf(document, filter.column).length > 0;
    case 'values':
      return valuesOf(document, filter.column).some((value) => filter.values.includes(value));
    case 'prefix':
      return valuesOf(document, filter.column).some((value) => String(value).startsWith(filter.prefix));
    case 'range':
      break;
  }
  return valuesOf(document, filter.column).some(
    (value) =>
      (filter.from === undefined ||
        (filter.excludesFrom === true ? value > filter.from : value >= filter.from)) &&
      (filter.to === undefined || (filter.excludesTo === true ? value < filter.to : value <= filter.to)),
  );
}

/** For versions of up to three numbers below a thousand, and nothing else. */
function isWithin(
  text: string,
  { from, to, excludesFrom, excludesTo }: Extract<ColumnFilter, { kind: 'versions' }>,
): boolean {
  if (!/^\d+(?:\.\d+)*$/.test(text)) return false;
  const own = versionPlace(text, '0');
  const isAbove =
    from === undefined ||
    (excludesFrom === true ? own > versionPlace(from, '999') : own >= versionPlace(from, '0'));
  const isBelow =
    to === undefined || (excludesTo === true ? own < versionPlace(to, '0') : own <= versionPlace(to, '999'));
  return isAbove && isBelow;
}

/** Sorts as the version does; parts that are missing are `rest`. */
function versionPlace(version: string, rest: string): string {
  return [...version.split('.'), rest, rest, rest]
    .slice(0, 3)
    .map((part) => part.padStart(3, '0'))
    .join('.');
}

export function sortValues(document: AnalysedDocument, keys: readonly SortKey[]): (FieldValue | undefined)[] {
  return keys.map(({ column, order }) => valuesOf(document, column).at(order === 'ascending' ? 0 : -1));
}

/** In the order of keys, then of docIds. */
export function sorted(matches: readonly NaiveMatch[], keys: readonly SortKey[]): NaiveMatch[] {
  return [...matches].sort((a, b) => {
    const [left, right] = [sortValues(a.document, keys), sortValues(b.document, keys)];
    for (const [i, { order }] of keys.entries()) {
      const [x, y] = [left[i], right[i]];
      if (x === y) continue;
      if (x === undefined) return 1;
      if (y === undefined) return -1;
      return x < y === (order === 'ascending') ? -1 : 1;
    }
    return a.docId - b.docId;
  });
}

export function facet(matches: readonly NaiveMatch[], request: FacetRequest): FacetResult {
  const lists = matches.map(({ document }) => valuesOf(document, request.column));
  const missing = lists.filter((list) => list.length === 0).length;
  switch (request.kind) {
    case 'values':
      return { kind: 'values', counts: countEach(lists), missing };
    case 'histogram': {
      const steps = lists.map((list) => [
        ...new Set(list.map((value) => stepStart(Number(value), request.step))),
      ]);
      return { kind: 'histogram', counts: countEach(steps), missing };
    }
    case 'ranges': {
      const counts = request.ranges.map(
        ({ from, to }) =>
          lists.filter((list) =>
            list.some((value) => (from === undefined || value >= from) && (to === undefined || value < to)),
          ).length,
      );
      return { kind: 'ranges', counts, missing };
    }
    case 'statistics':
      break;
  }
  const all = lists.flat().sort((a, b) => (a < b ? -1 : 1));
  const sum =
    request.column.type === 'integer'
      ? all.reduce<bigint>((total, value) => total + BigInt(value), 0n)
      : request.column.type === 'keyword'
        ? 0
        : all.reduce<number>((total, value) => total + Number(value), 0);
  return { kind: 'statistics', missing, values: all.length, sum, min: all[0], max: all.at(-1) };
}

/** No more than so many of each group. */
export function capped<Item>(items: readonly Item[], groupOf: (item: Item) => unknown, most: number): Item[] {
  const counts = new Map<unknown, number>();
  return items.filter((item) => {
    const group = groupOf(item);
    counts.set(group, (counts.get(group) ?? 0) + 1);
    return (counts.get(group) ?? 0) <= most;
  });
}

function countEach(lists: readonly (readonly FieldValue[])[]): Map<FieldValue, number> {
  const counts = new Map<FieldValue, number>();
  for (const value of lists.flat()) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

/** By the calendar's own words. */
function stepStart(value: number, step: Extract<FacetRequest, { kind: 'histogram' }>['step']): number {
  if (typeof step === 'number') return Math.floor(value / step) * step + 0;
  const text = new Date(Math.floor(value)).toISOString();
  if (step === 'year') return Date.parse(text.replace(/-\d\d-\d\dT.*/, '-01-01T00:00:00Z'));
  if (step === 'month') return Date.parse(text.replace(/-\d\dT.*/, '-01T00:00:00Z'));
  if (step === 'hour') return Date.parse(text.replace(/:.*/, ':00:00Z'));
  const day = Date.parse(text.replace(/T.*/, 'T00:00:00Z'));
  return step === 'day' ? day : day - ((new Date(day).getUTCDay() + 6) % 7) * 86_400_000;
}
