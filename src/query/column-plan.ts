/** Conditions, order and facets of a query in terms of the columns that a collection has. */

import type { ColumnFilter, ColumnKey, FacetRequest, FieldSummary, SortKey } from '../index/index.ts';
import { type FieldType, type FieldValue, isVersion } from '../text/index.ts';
import type { FieldCondition } from './conditions.ts';
import { datePeriod } from './date-period.ts';
import { integerOf, integerRange } from './integer-bound.ts';
import type { FacetDirective, RangeNode, SortDirective } from './query-syntax.ts';

export interface ColumnPlan {
  readonly filters: readonly ColumnFilter[];
  readonly sort: readonly SortKey[];
  /** In the order of the directives that could be followed, with the name of each as it was typed. */
  readonly facets: readonly { readonly name: string; readonly request: FacetRequest }[];
  readonly warnings: readonly string[];
}

/** Names that people use for fields, by ours. */
const ALIASES: Readonly<Record<string, string>> = {
  spidered: 'fetched',
  hopcount: 'depth',
  lang: 'language',
  published: 'date',
  filetype: 'type',
};
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
  readonly #columns = new Map<string, FieldSummary[]>();
  readonly #now_ms: number;

  constructor(fields: readonly FieldSummary[], now_ms: number) {
    this.#now_ms = now_ms;
    for (const field of fields) {
      for (const name of new Set([field.name.toLowerCase(), field.name.toLowerCase().replaceAll(':', '.')])) {
        this.#columns.set(name, [...(this.#columns.get(name) ?? []), field]);
      }
    }
  }

  filter(condition: FieldCondition): ColumnFilter {
    if (condition.kind === 'not') return { kind: 'not', filter: this.filter(condition.condition) };
    if (condition.kind === 'words') return condition;
    if (condition.kind === 'document') return { kind: 'documents', docIds: [condition.docId] };
    if (condition.kind !== 'range') {
      return { kind: condition.kind, filters: condition.conditions.map((inner) => this.filter(inner)) };
    }
    const columns = this.#columnsOf(condition.name);
    const chosen = this.#ranges(columns, condition);
    if (chosen.length === 0 && columns.length > 0) {
      this.warnings.add(`${condition.name}: can't be compared with what was typed.`);
    }
    const [alone] = chosen;
    return chosen.length === 1 && alone !== undefined ? alone : { kind: 'any', filters: chosen };
  }

  /** Numbers and dates where the bounds are such, else texts: as versions, or letter by letter. */
  #ranges(columns: readonly FieldSummary[], condition: RangeNode): ColumnFilter[] {
    const texts = columns.filter(({ type }) => type === 'keyword');
    if (isOfVersions(condition) && condition.name.endsWith('version')) {
      return texts.map((column) => versionRange(column, condition));
    }
    const ordered = columns
      .filter(({ type }) => type !== 'keyword')
      .flatMap((column) => this.#range(column, condition));
    if (ordered.length > 0) return ordered;
    return isOfVersions(condition) && looksLikeVersion(condition)
      ? texts.map((column) => versionRange(column, condition))
      : texts.flatMap((column) => this.#range(column, condition));
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
          ...bound('from', this.#value(column, from, 'first')),
          ...bound('to', this.#value(column, to, 'first')),
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
    const found = this.#columns.get(ALIASES[name] ?? name) ?? this.#columns.get(name) ?? [];
    if (found.length === 0) this.warnings.add(`No document has a field ${name}.`);
    return found;
  }

  #range(field: FieldSummary, condition: RangeNode): ColumnFilter[] {
    if (field.type === 'integer') return integerFilter(field, condition);
    const { from, to, excludesFrom, excludesTo } = condition;
    const low =
      from === undefined ? undefined : this.#value(field, from, excludesFrom === true ? 'last' : 'first');
    const high =
      to === undefined ? undefined : this.#value(field, to, excludesTo === true ? 'first' : 'last');
    if ((from !== undefined && low === undefined) || (to !== undefined && high === undefined)) return [];
    return [
      {
        kind: 'range',
        column: keyOf(field),
        ...bound('from', low),
        ...bound('to', high),
        ...(excludesFrom === true && { excludesFrom }),
        ...(excludesTo === true && { excludesTo }),
      },
    ];
  }

  /** The typed text as a value of the column; of a period its first or last moment. */
  #value({ type }: FieldSummary, text: string, end: 'first' | 'last'): FieldValue | undefined {
    if (text === '') return undefined;
    switch (type) {
      case 'keyword':
        return text;
      case 'number':
        return /^[-+]?[\d.]+(?:e[-+]?\d+)?$/i.test(text) && !Number.isNaN(Number(text))
          ? Number(text)
          : undefined;
      case 'integer':
        return integerOf(text);
      case 'date':
        return datePeriod(text, this.#now_ms)?.[end === 'first' ? 'first_ms' : 'last_ms'];
      default:
        return type satisfies never;
    }
  }
}

/** Whole numbers that a float would round, beside others of the same name: both are asked. */
function integerFilter(field: FieldSummary, condition: RangeNode): ColumnFilter[] {
  const range = integerRange(condition);
  if (range === undefined) return [];
  return range === 'none'
    ? [{ kind: 'any', filters: [] }]
    : [{ kind: 'range', column: keyOf(field), ...range }];
}

/** Whether all bounds could be versions. */
function isOfVersions({ from, to }: RangeNode): boolean {
  return [from, to].every((bound) => bound === undefined || isVersion(bound));
}

/** Whether a bound could hardly be anything else. */
function looksLikeVersion({ from = '', to = '' }: RangeNode): boolean {
  return [from, to].some((bound) => /^v\d|^\d+\.\d+\.\d/i.test(bound));
}

function versionRange(
  field: FieldSummary,
  { from, to, excludesFrom, excludesTo }: RangeNode,
): Extract<ColumnFilter, { kind: 'versions' }> {
  return {
    kind: 'versions',
    column: keyOf(field),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    ...(excludesFrom === true && { excludesFrom }),
    ...(excludesTo === true && { excludesTo }),
  };
}

function keyOf({ name, type }: FieldSummary): ColumnKey {
  return { name, type };
}

function bound<K extends 'from' | 'to'>(key: K, value: FieldValue | undefined): { [P in K]?: FieldValue } {
  return (value === undefined ? {} : { [key]: value }) as { [P in K]?: FieldValue };
}
