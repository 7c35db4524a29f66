/** What ranges ask of the columns that a collection has: bounds are read by the type of the field that they are of. */

import type { ColumnFilter, ColumnKey, FieldSummary } from '../index/index.ts';
import { STANDARD_FIELDS } from '../document/index.ts';
import { type FieldValue, isVersion } from '../text/index.ts';
import { datePeriod } from './date-period.ts';
import { integerOf, integerRange } from './integer-bound.ts';
import { printQuery } from './query-printer.ts';
import type { RangeNode } from './query-syntax.ts';

/** Names that people use for fields, by ours. */
const ALIASES: Readonly<Record<string, string>> = {
  spidered: 'fetched',
  hopcount: 'depth',
  lang: 'language',
  published: 'date',
  filetype: 'type',
};

/** The columns of a collection by name, as long as one view lasts. */
export class FieldColumns {
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

  /** Those of a name as people type it; empty where no document has such a field. */
  of(name: string): readonly FieldSummary[] {
    return this.#columns.get(ALIASES[name] ?? name) ?? this.#columns.get(name) ?? [];
  }

  /** False for bounds that mean nothing in the field; what no document has, nothing is compared with. */
  canCompare(condition: RangeNode): boolean {
    return this.of(condition.name).length === 0 || this.ranges(condition).length > 0;
  }

  /** Why a range is no condition but text, as a sentence; undefined for one that is. */
  whyText(condition: RangeNode): string | undefined {
    const { name } = condition;
    if (!this.canCompare(condition)) {
      return `${printQuery(condition)} can't be compared with what the field ${name} holds; it was searched as text.`;
    }
    // Fields that the program gives are meant as such though no document has one.
    if (this.of(name).length > 0 || STANDARD_FIELDS.has(ALIASES[name] ?? name)) return undefined;
    return `No document has a field ${name}; ${printQuery(condition)} was searched as text.`;
  }

  /**
   * Numbers and dates where the bounds are such, else texts: as versions, or letter by letter. One for each column that the
   * bounds can be compared with.
   */
  ranges(condition: RangeNode): ColumnFilter[] {
    const columns = this.of(condition.name);
    const texts = columns.filter(({ type }) => type === 'keyword');
    if (isOfVersions(condition) && condition.name.endsWith('version')) {
      return texts.map((column) => versionRange(column, condition));
    }
    const ordered = columns
      .filter(({ type }) => type !== 'keyword')
      .flatMap((column) => this.#range(column, condition));
    if (ordered.length > 0) return ordered;
    if (isOfVersions(condition) && looksLikeVersion(condition)) {
      return texts.map((column) => versionRange(column, condition));
    }
    return texts
      .filter((column) => isOfWords(column, columns))
      .flatMap((column) => this.#range(column, condition));
  }

  #range(field: FieldSummary, condition: RangeNode): ColumnFilter[] {
    if (field.type === 'integer') return integerFilter(field, condition);
    const { from, to, excludesFrom, excludesTo } = condition;
    const low =
      from === undefined ? undefined : this.value(field, from, excludesFrom === true ? 'last' : 'first');
    const high = to === undefined ? undefined : this.value(field, to, excludesTo === true ? 'first' : 'last');
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
  value({ type }: FieldSummary, text: string, end: 'first' | 'last'): FieldValue | undefined {
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

/**
 * A number or a date that a page spells stands beside it as a text, too. Where half of the texts are such, letters order
 * nothing: `<abc` would be every price.
 */
function isOfWords({ documents }: FieldSummary, columns: readonly FieldSummary[]): boolean {
  const spelled = columns.filter(({ type }) => type !== 'keyword').map((column) => column.documents);
  return documents > 2 * Math.max(0, ...spelled);
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

export function keyOf({ name, type }: FieldSummary): ColumnKey {
  return { name, type };
}

export function bound<K extends 'from' | 'to'>(
  key: K,
  value: FieldValue | undefined,
): { [P in K]?: FieldValue } {
  return (value === undefined ? {} : { [key]: value }) as { [P in K]?: FieldValue };
}
