/** One field of many documents: a sorted dictionary of its values, and for each document the places of its values in it. */

import type { FieldType, FieldValue } from '../../text/index.ts';

/** A field of one name may have several types; each is a column of its own. */
export interface ColumnKey {
  readonly name: string;
  readonly type: FieldType;
}

/** Places of a dictionary, first and past the last. */
export interface PlaceSpan {
  readonly first: number;
  readonly past: number;
}

/** Distinct values, ascending. */
export type Dictionary = readonly string[] | Float64Array | BigInt64Array;

export interface Column extends ColumnKey {
  /** Documents with a value, ascending; undefined where every document has one: then row and document are one. */
  readonly documents: Int32Array | undefined;
  readonly rows: number;
  /** First place in `ordinals` of each row, one more than rows; undefined where each has one value. */
  readonly starts: Int32Array | undefined;
  /** Places in the dictionary, ascending within a row. */
  readonly ordinals: Int32Array;
  readonly dictionary: Dictionary;
}

export function keyText({ name, type }: ColumnKey): string {
  return `${type}:${name}`;
}

/** Order of values of one type; texts by their UTF-16 units. */
export function compareValues(a: FieldValue, b: FieldValue): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The first place whose value is `value` or above; the dictionary's length where none is. */
export function lowerBound(dictionary: Dictionary, value: FieldValue): number {
  let first = 0;
  let past = dictionary.length;
  while (first < past) {
    const middle = (first + past) >> 1;
    if ((dictionary[middle] as FieldValue) < value) first = middle + 1;
    else past = middle;
  }
  return first;
}

/** Row of a document, or −1. */
export function rowOf({ documents, rows }: Column, document: number): number {
  if (documents === undefined) return document < rows ? document : -1;
  let first = 0;
  let past = rows;
  while (first < past) {
    const middle = (first + past) >> 1;
    if ((documents[middle] as number) < document) first = middle + 1;
    else past = middle;
  }
  return first < rows && documents[first] === document ? first : -1;
}

/** The dictionary of a type as it is kept in memory. */
export function dictionaryOf(type: FieldType, values: readonly FieldValue[]): Dictionary {
  if (type === 'keyword') return values as readonly string[];
  if (type === 'integer') return BigInt64Array.from(values as readonly bigint[]);
  return Float64Array.from(values as readonly number[]);
}

export function rowBytes({
  documents,
  starts,
  ordinals,
}: Pick<Column, 'documents' | 'starts' | 'ordinals'>): number {
  return (documents?.byteLength ?? 0) + (starts?.byteLength ?? 0) + ordinals.byteLength;
}

export function dictionaryBytes(dictionary: Dictionary): number {
  if (dictionary instanceof Float64Array || dictionary instanceof BigInt64Array) return dictionary.byteLength;
  return dictionary.reduce((sum, text) => sum + 32 + text.length * 2, 0);
}
