/** Conditions, order and facets of a query in terms of the columns that a collection has. */

import type { ColumnFilter, FacetRequest, FieldSummary, SortKey } from '../index/index.ts';
import type { FieldType } from '../text/index.ts';
import type { FieldCondition } from './conditions.ts';
import { bound, FieldColumns, keyOf } from './field-columns.ts';
import { printQuery } from './query-printer.ts';
import type { FacetDirective, SortDirective } from './query-syntax.ts';

export interface ColumnPlan {
  readonly filters: readonly ColumnFilter[];
  readonly sort: readonly SortKey[];
  /** In the order of the directives that could be followed, with the name of each as it was typed. */
  readonly facets: readonly { readonly name: string; readonly request: FacetRequest }[];
  readonly warnings: readonly string[];
}

/** Types in which order tells more first. */
const ORDERED: readonly FieldType[] = ['number', 'integer', 'date', 'keyword'];

export function planColumns(
  asked: {
    readonly fields: readonly FieldCondition[];
    readonly sort: readonly SortDirective[];
    readonly facets: readonly FacetDirective[];
  },
  fields: () => readonly FieldSummary[],
  now_ms: number,
): ColumnPlan {
  if (asked.fields.length + asked.sort.length + asked.facets.length === 0) {
    return { filters: [], sort: [], facets: [], warnings: [] };
  }
  const planner = new ColumnPlanner(fields(), now_ms);
  const filters = asked.fields.map((condition) => planner.filter(condition));
  const sort = asked.sort.flatMap((directive) => planner.sortKey(directive));
  const facets = asked.facets.flatMap((directive) => planner.facet(directive));
  return { filters, sort, facets, warnings: [...planner.warnings] };
}

class ColumnPlanner {
  readonly warnings = new Set<string>();
  readonly #columns: FieldColumns;

  constructor(fields: readonly FieldSummary[], now_ms: number) {
    this.#columns = new FieldColumns(fields, now_ms);
  }

  filter(condition: FieldCondition): ColumnFilter {
    if (condition.kind === 'not') return { kind: 'not', filter: this.filter(condition.condition) };
    if (condition.kind === 'words') return condition;
    if (condition.kind === 'document') return { kind: 'documents', docIds: [condition.docId] };
    if (condition.kind !== 'range') {
      return { kind: condition.kind, filters: condition.conditions.map((inner) => this.filter(inner)) };
    }
    const columns = this.#columnsOf(condition.name);
    const chosen = this.#columns.ranges(condition);
    if (chosen.length === 0 && columns.length > 0) {
      this.warnings.add(`${condition.name}: can't be compared with what was typed.`);
    }
    if (chosen.length > 0 && chosen.every(isReversed)) {
      this.warnings.add(`Nothing lies in ${printQuery(condition)}: it ends before it begins.`);
    }
    const [alone] = chosen;
    return chosen.length === 1 && alone !== undefined ? alone : { kind: 'any', filters: chosen };
  }

  sortKey({ name, order }: SortDirective): SortKey[] {
    const [best] = this.#columnsOf(name).toSorted(
      (a, b) => b.documents - a.documents || ORDERED.indexOf(a.type) - ORDERED.indexOf(b.type),
    );
    return best === undefined ? [] : [{ column: keyOf(best), order }];
  }

  facet({ name, ranges }: FacetDirective): { name: string; request: FacetRequest }[] {
    const columns = this.#columnsOf(name);
    if (ranges.length > 0) {
      for (const column of columns) {
        const read = ranges.map(([from, to]) => ({
          ...bound('from', this.#columns.value(column, from, 'first')),
          ...bound('to', this.#columns.value(column, to, 'first')),
        }));
        const isRead = ranges.every(
          ([from, to], i) =>
            (from === '' || read[i]?.from !== undefined) && (to === '' || read[i]?.to !== undefined),
        );
        if (isRead && column.type !== 'keyword') {
          return [{ name, request: { kind: 'ranges', column: keyOf(column), ranges: read } }];
        }
      }
      if (columns.length > 0) this.warnings.add(`facet:${name} can't count these ranges.`);
      return [];
    }
    const date = columns.find(({ type }) => type === 'date');
    const words = columns.find(({ type }) => type === 'keyword');
    const [first] = columns;
    if (date !== undefined) {
      return [{ name, request: { kind: 'histogram', column: keyOf(date), step: 'month' } }];
    }
    const column = words ?? first;
    return column === undefined ? [] : [{ name, request: { kind: 'values', column: keyOf(column) } }];
  }

  #columnsOf(name: string): readonly FieldSummary[] {
    const found = this.#columns.of(name);
    if (found.length === 0) this.warnings.add(`No document has a field ${name}.`);
    return found;
  }
}

/** Its first bound lies above the second. */
function isReversed(filter: ColumnFilter): boolean {
  if (filter.kind !== 'range' || filter.from === undefined || filter.to === undefined) return false;
  return typeof filter.from === typeof filter.to && filter.from > filter.to;
}
