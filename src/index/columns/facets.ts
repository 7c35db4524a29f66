/** Counts over all matches: of values, ranges, steps of a calendar; least, greatest and sum. */

import { assert } from '../../base/index.ts';
import type { FieldValue } from '../../text/index.ts';
import { startOfStep } from './calendar.ts';
import type { FacetRequest, FacetResult } from './column-query.ts';
import { type ColumnKey, type Dictionary, lowerBound } from './column.ts';

/** A field of a segment, and how many of the matches there have its values. */
export interface FacetField {
  readonly dictionary: Dictionary;
  /** Whether each document has one value. */
  readonly isSingle: boolean;
  /**
   * Matches by step, each once a step, and how many have the field at all; `steps` names the step of each place of the
   * dictionary, rising, −1 for none; without it each place is one.
   */
  count(stepCount: number, steps?: Int32Array): { readonly counts: Int32Array; readonly documents: number };
}

/** The facet over one segment's matches; `field` is undefined where none of its documents has it. */
export function countFacet(
  request: FacetRequest,
  field: FacetField | undefined,
  matches: number,
): FacetResult {
  if (field === undefined) return emptyFacet(request, matches);
  const { dictionary } = field;
  switch (request.kind) {
    case 'values': {
      const { counts, documents } = field.count(dictionary.length);
      return {
        kind: 'values',
        counts: byFirst(counts, (place) => dictionary[place] as FieldValue),
        missing: matches - documents,
      };
    }
    case 'histogram': {
      const { firsts, stepOf } = stepsOf(dictionary, request.step);
      const { counts, documents } = field.count(firsts.length, stepOf);
      return {
        kind: 'histogram',
        counts: byFirst(counts, (step) => firsts[step] as number),
        missing: matches - documents,
      };
    }
    case 'ranges': {
      const { counts, documents } = countRanges(field, request.ranges);
      return { kind: 'ranges', counts, missing: matches - documents };
    }
    case 'statistics':
      break;
  }
  return statisticsOf(request.column, field, matches);
}

/** What was counted, by the value that stands for it. */
function byFirst(counts: Int32Array, valueOf: (step: number) => FieldValue): Map<FieldValue, number> {
  const found = new Map<FieldValue, number>();
  for (let step = 0; step < counts.length; step++) {
    const count = counts[step] as number;
    if (count > 0) found.set(valueOf(step), count);
  }
  return found;
}

function countRanges(
  field: FacetField,
  ranges: Extract<FacetRequest, { kind: 'ranges' }>['ranges'],
): { counts: number[]; documents: number } {
  const { dictionary, isSingle } = field;
  const all = field.count(dictionary.length);
  const counts = ranges.map(({ from, to }) => {
    const first = from === undefined ? 0 : lowerBound(dictionary, from);
    const past = to === undefined ? dictionary.length : lowerBound(dictionary, to);
    if (first >= past) return 0;
    if (isSingle) return all.counts.subarray(first, past).reduce((sum, count) => sum + count, 0);
    // A document with several values in the range counts once.
    const steps = new Int32Array(dictionary.length).fill(-1).fill(0, first, past);
    return field.count(1, steps).counts[0] ?? 0;
  });
  return { counts, documents: all.documents };
}

/** The same facet of several parts together; of none, where time was over before any answered, nothing was counted. */
export function mergeFacets(request: FacetRequest, parts: readonly FacetResult[]): FacetResult {
  return parts.reduce(joinFacets, emptyFacet(request, 0));
}

/** The `n` most frequent values: by count, then ascending. */
export function topValues(
  counts: ReadonlyMap<FieldValue, number>,
  n: number,
): readonly { readonly value: FieldValue; readonly count: number }[] {
  return [...counts]
    .map(([value, count]) => ({ value, count }))
    .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
    .slice(0, n);
}

function joinFacets(a: FacetResult, b: FacetResult): FacetResult {
  const missing = a.missing + b.missing;
  if (a.kind === 'ranges' && b.kind === 'ranges') {
    return { kind: 'ranges', counts: a.counts.map((count, i) => count + (b.counts[i] ?? 0)), missing };
  }
  if (a.kind === 'statistics' && b.kind === 'statistics') {
    return {
      kind: 'statistics',
      missing,
      values: a.values + b.values,
      sum: addSums(a.sum, b.sum),
      min: a.min === undefined || (b.min !== undefined && b.min < a.min) ? b.min : a.min,
      max: a.max === undefined || (b.max !== undefined && b.max > a.max) ? b.max : a.max,
    };
  }
  assert(isCounted(a) && isCounted(b), 'parts of one facet are of one kind');
  const counts = new Map<FieldValue, number>(a.counts);
  for (const [value, count] of b.counts) counts.set(value, (counts.get(value) ?? 0) + count);
  return { kind: a.kind, counts, missing };
}

function isCounted(
  facet: FacetResult,
): facet is Extract<FacetResult, { counts: ReadonlyMap<FieldValue, number> }> {
  return facet.kind === 'values' || facet.kind === 'histogram';
}

function emptyFacet(request: FacetRequest, missing: number): FacetResult {
  switch (request.kind) {
    case 'values':
    case 'histogram':
      return { kind: request.kind, counts: new Map(), missing };
    case 'ranges':
      return { kind: 'ranges', counts: request.ranges.map(() => 0), missing };
    case 'statistics':
      break;
  }
  return {
    kind: 'statistics',
    missing,
    values: 0,
    sum: noSum(request.column),
    min: undefined,
    max: undefined,
  };
}

/** Sums of integers are exact. */
function noSum({ type }: ColumnKey): number | bigint {
  return type === 'integer' ? 0n : 0;
}

function addSums(a: number | bigint, b: number | bigint): number | bigint {
  if (typeof a === 'bigint' && typeof b === 'bigint') return a + b;
  return Number(a) + Number(b);
}

/** Step of each place of the dictionary, and the first value of each step. */
function stepsOf(
  dictionary: Dictionary,
  step: Extract<FacetRequest, { kind: 'histogram' }>['step'],
): { firsts: number[]; stepOf: Int32Array } {
  const firsts: number[] = [];
  const stepOf = new Int32Array(dictionary.length);
  for (let place = 0; place < dictionary.length; place++) {
    const first = startOfStep(Number(dictionary[place]), step);
    if (first !== firsts.at(-1)) firsts.push(first);
    stepOf[place] = firsts.length - 1;
  }
  return { firsts, stepOf };
}

function statisticsOf(column: ColumnKey, field: FacetField, matches: number): FacetResult {
  const { dictionary } = field;
  const { counts, documents } = field.count(dictionary.length);
  let [values, least, greatest] = [0, -1, -1];
  let sum = noSum(column);
  for (let place = 0; place < counts.length; place++) {
    const count = counts[place] as number;
    if (count === 0) continue;
    values += count;
    if (least < 0) least = place;
    greatest = place;
    const value = dictionary[place];
    if (typeof value === 'bigint') sum = addSums(sum, value * BigInt(count));
    else if (typeof value === 'number') sum = addSums(sum, value * count);
  }
  return {
    kind: 'statistics',
    missing: matches - documents,
    values,
    sum,
    min: values === 0 ? undefined : dictionary[least],
    max: values === 0 ? undefined : dictionary[greatest],
  };
}
