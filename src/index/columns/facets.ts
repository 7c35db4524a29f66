/** Counts over all matches: of values, ranges, steps of a calendar; least, greatest and sum. */

import { assert } from '../../base/index.ts';
import type { FieldValue } from '../../text/index.ts';
import { startOfStep } from './calendar.ts';
import type { FacetRequest, FacetResult } from './column-query.ts';
import { type Column, type ColumnKey, lowerBound } from './column.ts';
import { countBits, hasBit, type MatchBits } from './match-bits.ts';

/** The facet over one segment's matches; `column` is undefined where none of its documents has the field. */
export function countFacet(request: FacetRequest, column: Column | undefined, bits: MatchBits): FacetResult {
  const matches = countBits(bits);
  if (column === undefined) return emptyFacet(request, matches);
  switch (request.kind) {
    case 'values': {
      const { counts, documents } = countSteps(column, bits, (place) => place, column.dictionary.length);
      const byValue = new Map<FieldValue, number>();
      counts.forEach((count, place) => {
        if (count > 0) byValue.set(column.dictionary[place] as FieldValue, count);
      });
      return { kind: 'values', counts: byValue, missing: matches - documents };
    }
    case 'histogram': {
      const { firsts, stepOf } = stepsOf(column, request.step);
      const { counts, documents } = countSteps(
        column,
        bits,
        (place) => stepOf[place] as number,
        firsts.length,
      );
      const byStep = new Map<FieldValue, number>();
      counts.forEach((count, step) => {
        if (count > 0) byStep.set(firsts[step] as number, count);
      });
      return { kind: 'histogram', counts: byStep, missing: matches - documents };
    }
    case 'ranges': {
      let documents = 0;
      const counts = request.ranges.map(({ from, to }) => {
        const first = from === undefined ? 0 : lowerBound(column.dictionary, from);
        const past = to === undefined ? column.dictionary.length : lowerBound(column.dictionary, to);
        const found = countSteps(column, bits, (place) => (place >= first && place < past ? 0 : -1), 1);
        documents = found.documents;
        return found.counts[0] ?? 0;
      });
      if (request.ranges.length === 0) documents = countSteps(column, bits, () => -1, 0).documents;
      return { kind: 'ranges', counts, missing: matches - documents };
    }
    case 'statistics':
      break;
  }
  return statisticsOf(column, bits, matches);
}

/** The same facet of several parts together. */
export function mergeFacets(parts: readonly FacetResult[]): FacetResult {
  const [first, ...others] = parts;
  assert(first !== undefined, 'a facet has a part');
  return others.reduce(joinFacets, first);
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

/** Matching documents by step, each once a step; `stepOf` rises with the place, −1 counts nowhere. */
function countSteps(
  { documents, rows, starts, ordinals }: Column,
  bits: MatchBits,
  stepOf: (place: number) => number,
  steps: number,
): { counts: Int32Array; documents: number } {
  const counts = new Int32Array(steps);
  let found = 0;
  for (let row = 0; row < rows; row++) {
    if (!hasBit(bits, documents === undefined ? row : (documents[row] as number))) continue;
    found += 1;
    const end = starts === undefined ? row + 1 : (starts[row + 1] as number);
    let before = -1;
    for (let i = starts === undefined ? row : (starts[row] as number); i < end; i++) {
      const step = stepOf(ordinals[i] as number);
      if (step >= 0 && step !== before) counts[step] = (counts[step] as number) + 1;
      before = step;
    }
  }
  return { counts, documents: found };
}

/** Step of each place of the dictionary, and the first value of each step. */
function stepsOf(
  { dictionary }: Column,
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

function statisticsOf(column: Column, bits: MatchBits, matches: number): FacetResult {
  const { documents, rows, starts, ordinals, dictionary } = column;
  let [found, values, least, greatest] = [0, 0, dictionary.length, -1];
  let sum = noSum(column);
  for (let row = 0; row < rows; row++) {
    if (!hasBit(bits, documents === undefined ? row : (documents[row] as number))) continue;
    found += 1;
    const end = starts === undefined ? row + 1 : (starts[row + 1] as number);
    for (let i = starts === undefined ? row : (starts[row] as number); i < end; i++) {
      const ordinal = ordinals[i] as number;
      values += 1;
      if (ordinal < least) least = ordinal;
      if (ordinal > greatest) greatest = ordinal;
      const value = dictionary[ordinal];
      if (typeof value === 'number' || typeof value === 'bigint') sum = addSums(sum, value);
    }
  }
  return {
    kind: 'statistics',
    missing: matches - found,
    values,
    sum,
    min: values === 0 ? undefined : dictionary[least],
    max: values === 0 ? undefined : dictionary[greatest],
  };
}
