/** Refuses what can't be asked of fields, before any work is done. */

import { PeregrineError, toDocId } from '../../base/index.ts';
import { type FieldType, type FieldValue, isVersion } from '../../text/index.ts';
import type { ColumnFilter, FacetRequest, GroupRequest, SortKey, SortPlace } from './column-query.ts';
import type { ColumnKey } from './column.ts';

export interface FieldQuery {
  readonly filters?: readonly ColumnFilter[];
  readonly sort?: readonly SortKey[];
  readonly after?: SortPlace;
  readonly facets?: readonly FacetRequest[];
  readonly group?: GroupRequest;
}

const TYPE_OF_VALUES: Readonly<Record<FieldType, string>> = {
  number: 'number',
  date: 'number',
  integer: 'bigint',
  keyword: 'string',
};
/** Parentheses nest fifty deep in queries, and each can be three conditions. */
const MAX_NESTING = 256;

/** `BAD_ARGUMENT`. */
export function checkFieldQuery({ filters = [], sort = [], after, facets = [], group }: FieldQuery): void {
  for (const filter of filters) checkFilter(filter, 0);
  if (after !== undefined) {
    if (after.values.length !== sort.length) {
      throw refused(`a place has a value for each of the ${sort.length} sort keys`);
    }
    sort.forEach(({ column }, i) => checkValue(column, after.values[i]));
  }
  for (const facet of facets) checkFacet(facet);
  if (group !== undefined && !(Number.isSafeInteger(group.perGroup) && group.perGroup >= 1)) {
    throw refused('a group has one hit at least');
  }
}

function checkFilter(filter: ColumnFilter, nesting: number): void {
  if (nesting > MAX_NESTING) throw refused(`filters nest ${MAX_NESTING} deep at most`);
  switch (filter.kind) {
    case 'range':
      checkValue(filter.column, filter.from);
      checkValue(filter.column, filter.to);
      break;
    case 'versions':
      if (filter.column.type !== 'keyword') throw refused(`${filter.column.name} holds no texts`);
      checkVersion(filter.from);
      checkVersion(filter.to);
      break;
    case 'documents':
      for (const docId of filter.docIds) toDocId(docId);
      break;
    case 'values':
      for (const value of filter.values) checkValue(filter.column, value);
      break;
    case 'prefix':
      checkValue(filter.column, filter.prefix);
      break;
    case 'not':
      checkFilter(filter.filter, nesting + 1);
      break;
    case 'all':
    case 'any':
      for (const inner of filter.filters) checkFilter(inner, nesting + 1);
      break;
    case 'exists':
    case 'words':
      break;
  }
}

function checkVersion(text: string | undefined): void {
  if (text === undefined || isVersion(text)) return;
  throw refused(`${text.slice(0, 40)} is no version`);
}

function checkFacet(facet: FacetRequest): void {
  if (facet.kind === 'ranges') {
    for (const { from, to } of facet.ranges) {
      checkValue(facet.column, from);
      checkValue(facet.column, to);
    }
  }
  if (facet.kind !== 'histogram') return;
  if (facet.column.type === 'keyword') throw refused(`${facet.column.name} holds texts, which have no steps`);
  if (typeof facet.step === 'number' && !(facet.step > 0 && Number.isFinite(facet.step))) {
    throw refused(`the step of a histogram is above 0, not ${facet.step}`);
  }
}

function checkValue({ name, type }: ColumnKey, value: FieldValue | undefined): void {
  if (value === undefined) return;
  if (typeof value !== TYPE_OF_VALUES[type] || Number.isNaN(value)) {
    throw refused(`${String(value).slice(0, 40)} is no value of ${name}, a field of type ${type}`);
  }
}

function refused(why: string): PeregrineError {
  return new PeregrineError('BAD_ARGUMENT', `This can't be asked of fields: ${why}.`);
}
