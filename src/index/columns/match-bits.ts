/** Documents of a segment as bits: bit `d & 31` of word `d >> 5` is document d. */

import type { DocId } from '../../base/index.ts';
import { compareVersions, type FieldValue, isVersion, isVersionOf } from '../../text/index.ts';
import type { Clause } from '../clause.ts';
import type { ColumnFilter } from './column-query.ts';
import { type ColumnKey, type Dictionary, lowerBound, type PlaceSpan } from './column.ts';
import type { MatchBits, PackedField } from './packed-field.ts';

export function noBits(documents: number): MatchBits {
  return new Int32Array((documents + 31) >> 5);
}

export function allBits(documents: number): MatchBits {
  const bits = noBits(documents).fill(-1);
  const rest = documents & 31;
  if (rest !== 0) bits[bits.length - 1] = (1 << rest) - 1;
  return bits;
}

function setBit(bits: MatchBits, document: number): void {
  bits[document >> 5] = (bits[document >> 5] as number) | (1 << (document & 31));
}

/** Keeps in `bits` what `other` has too. */
export function intersect(bits: MatchBits, other: MatchBits): void {
  for (let i = 0; i < bits.length; i++) bits[i] = (bits[i] as number) & (other[i] as number);
}

/** Takes out of `bits` what `other` has. */
export function subtract(bits: MatchBits, other: MatchBits): void {
  for (let i = 0; i < bits.length; i++) bits[i] = (bits[i] as number) & ~(other[i] as number);
}

/** Calls `take` with each document, ascending. */
export function forEachBit(bits: MatchBits, take: (document: number) => void): void {
  for (let i = 0; i < bits.length; i++) {
    let left = bits[i] as number;
    while (left !== 0) {
      take((i << 5) + 31 - Math.clz32(left & -left));
      left &= left - 1;
    }
  }
}

/** A segment as filters see it. */
export interface FilteredDocuments {
  readonly documents: number;
  readonly field: (key: ColumnKey) => PackedField | undefined;
  /** Documents with a value inside a span of the dictionary, at a place at which `accepted`, if there is one, is 1. */
  readonly marked: (field: PackedField, span: PlaceSpan, accepted?: Uint8Array) => MatchBits;
  /** Number of the document with this id, or −1. */
  readonly find: (docId: DocId) => number;
  /** The documents whose words meet a clause, dead ones too. */
  readonly meeting: (clause: Clause) => MatchBits;
}

/** The documents that meet a filter. */
export function filterBits(filter: ColumnFilter, of: FilteredDocuments): MatchBits {
  const { documents } = of;
  switch (filter.kind) {
    case 'not': {
      const bits = allBits(documents);
      subtract(bits, filterBits(filter.filter, of));
      return bits;
    }
    case 'all': {
      const bits = allBits(documents);
      for (const inner of filter.filters) intersect(bits, filterBits(inner, of));
      return bits;
    }
    case 'any': {
      const bits = noBits(documents);
      for (const inner of filter.filters) {
        const more = filterBits(inner, of);
        for (let i = 0; i < bits.length; i++) bits[i] = (bits[i] as number) | (more[i] as number);
      }
      return bits;
    }
    case 'documents': {
      const bits = noBits(documents);
      for (const document of filter.docIds.map(of.find)) if (document >= 0) setBit(bits, document);
      return bits;
    }
    case 'words':
      return of.meeting(filter.clause);
    case 'values':
    case 'versions':
    case 'range':
    case 'prefix':
    case 'exists':
      break;
  }
  const field = of.field(filter.column);
  if (field === undefined) return noBits(documents);
  const { dictionary } = field;
  if (filter.kind === 'values' || filter.kind === 'versions') {
    const accepted =
      filter.kind === 'values'
        ? acceptedPlaces(dictionary, filter.values)
        : acceptedVersions(dictionary, filter);
    const span = { first: accepted.indexOf(1), past: accepted.lastIndexOf(1) + 1 };
    return span.past === 0 ? noBits(documents) : of.marked(field, span, accepted);
  }
  const span = spanOf(dictionary, filter);
  return span.first < span.past ? of.marked(field, span) : noBits(documents);
}

/** What a filter of one span accepts. */
function spanOf(
  dictionary: Dictionary,
  filter: Extract<ColumnFilter, { kind: 'range' | 'prefix' | 'exists' }>,
): PlaceSpan {
  if (filter.kind === 'exists') return { first: 0, past: dictionary.length };
  if (filter.kind === 'prefix') {
    const first = lowerBound(dictionary, filter.prefix);
    let past = first;
    while (past < dictionary.length && String(dictionary[past]).startsWith(filter.prefix)) past += 1;
    return { first, past };
  }
  const { from, to, excludesFrom = false, excludesTo = false } = filter;
  let first = from === undefined ? 0 : lowerBound(dictionary, from);
  if (excludesFrom && first < dictionary.length && dictionary[first] === from) first += 1;
  let past = to === undefined ? dictionary.length : lowerBound(dictionary, to);
  if (!excludesTo && past < dictionary.length && dictionary[past] === to) past += 1;
  return { first, past };
}

function acceptedPlaces(dictionary: Dictionary, values: readonly FieldValue[]): Uint8Array {
  const accepted = new Uint8Array(dictionary.length);
  for (const value of values) {
    const place = lowerBound(dictionary, value);
    if (place < dictionary.length && dictionary[place] === value) accepted[place] = 1;
  }
  return accepted;
}

function acceptedVersions(
  dictionary: Dictionary,
  filter: Extract<ColumnFilter, { kind: 'versions' }>,
): Uint8Array {
  const accepted = new Uint8Array(dictionary.length);
  for (let place = 0; place < accepted.length; place++) {
    if (isBetweenVersions(String(dictionary[place]), filter)) accepted[place] = 1;
  }
  return accepted;
}

function isBetweenVersions(
  text: string,
  { from, to, excludesFrom, excludesTo }: Extract<ColumnFilter, { kind: 'versions' }>,
): boolean {
  if (!isVersion(text)) return false;
  const above = from === undefined ? 1 : (compareVersions(text, from) ?? 0);
  const below = to === undefined ? -1 : (compareVersions(text, to) ?? 0);
  const isAbove = excludesFrom === true ? above > 0 && !isVersionOf(text, from ?? '') : above >= 0;
  const isBelow = excludesTo === true ? below < 0 : below <= 0 || isVersionOf(text, to ?? '');
  return isAbove && isBelow;
}
