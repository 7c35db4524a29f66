/** The first documents of a segment in the order of columns. Equal ones by ascending docId. */

import type { DocId } from '../../base/index.ts';
import type { FieldValue } from '../../text/index.ts';
import { joinDocId, splitDocId } from '../document-table.ts';
import {
  E_DOC,
  E_ID_HIGH,
  E_ID_LOW,
  E_RANKS,
  FIELD_BYTES,
  MISSING,
  S_AFTER,
  S_COUNT,
  S_DOCUMENTS,
  S_ENTRIES,
  S_FIELDS,
  S_KEYS,
  S_LIMIT,
  S_MATCHES,
  S_PARTIAL,
  S_SEGMENT,
  SORT_BYTES,
} from '../kernels/layout.ts';
import type { SortKey, SortPlace } from './column-query.ts';
import { type Column, compareValues, lowerBound, rowOf } from './column.ts';
import { type FieldMemory, type FieldSegment, type PackedField, writeField } from './packed-field.ts';

export interface SortedHit {
  readonly document: number;
  readonly docId: DocId;
  readonly values: readonly (FieldValue | undefined)[];
}

/** A key with the segment's field, if any of its documents has it. */
interface PackedKey {
  readonly key: SortKey;
  readonly field: PackedField | undefined;
}

/** The first `limit` of the documents set at the address `matches` that come after `after`, in order. */
export function sortDocuments(
  memory: FieldMemory,
  segment: FieldSegment,
  matches: number,
  keys: readonly PackedKey[],
  limit: number,
  after: SortPlace | undefined,
): { readonly hits: readonly SortedHit[]; readonly isPartial: boolean } {
  const { linear, kernels } = memory;
  const room = Math.min(limit, segment.documents);
  const entryBytes = E_RANKS + keys.length * 4;
  const fields = SORT_BYTES;
  const entries = fields + keys.length * FIELD_BYTES;
  // One entry is being looked at, one is that which all come after.
  const last = entries + (room + 1) * entryBytes;
  const sort = linear.allocate(last + entryBytes);
  try {
    const set = (field: number, value: number): void => {
      linear.words[(sort + field) >> 2] = value;
    };
    set(S_SEGMENT, segment.descriptor);
    set(S_DOCUMENTS, segment.documents);
    set(S_MATCHES, matches);
    set(S_KEYS, keys.length);
    set(S_FIELDS, sort + fields);
    set(S_LIMIT, room);
    set(S_ENTRIES, sort + entries);
    set(S_AFTER, after === undefined ? 0 : sort + last);
    keys.forEach(({ key, field }, i) => {
      const isDescending = key.order === 'descending';
      writeField(linear, sort + fields + i * FIELD_BYTES, segment, field?.entry, isDescending);
      if (after !== undefined) set(last + E_RANKS + i * 4, rankOfValue(field, key, after.values[i]));
    });
    if (after !== undefined) {
      const { high, low } = splitDocId(after.docId);
      set(last + E_ID_HIGH, high);
      set(last + E_ID_LOW, low);
    }
    kernels.sortDocuments(sort);
    const { words } = linear;
    const hits = Array.from({ length: words[(sort + S_COUNT) >> 2] as number }, (_, i) =>
      hitAt(words, (sort + entries + i * entryBytes) >> 2, keys),
    );
    return {
      hits: hits.sort(compareSorted(keys.map(({ key }) => key))),
      isPartial: words[(sort + S_PARTIAL) >> 2] === 1,
    };
  } finally {
    linear.free(sort);
  }
}

function hitAt(words: Int32Array, entry: number, keys: readonly PackedKey[]): SortedHit {
  return {
    document: words[entry + (E_DOC >> 2)] as number,
    docId: joinDocId(words[entry + (E_ID_HIGH >> 2)] as number, words[entry + (E_ID_LOW >> 2)] as number),
    values: keys.map(({ key, field }, i) =>
      valueOfRank(field, key, words[entry + (E_RANKS >> 2) + i] as number),
    ),
  };
}

/** Order of hits of several segments or shards. */
export function compareSorted(
  keys: readonly SortKey[],
): (
  a: Pick<SortedHit, 'docId'> & { readonly values: SortPlace['values'] },
  b: Pick<SortedHit, 'docId'> & { readonly values: SortPlace['values'] },
) => number {
  return (a, b) => {
    for (const [i, { order }] of keys.entries()) {
      const [left, right] = [a.values[i], b.values[i]];
      if (left === undefined && right === undefined) continue;
      if (left === undefined) return 1;
      if (right === undefined) return -1;
      const difference = compareValues(left, right);
      if (difference !== 0) return order === 'ascending' ? difference : -difference;
    }
    return a.docId - b.docId;
  };
}

/** The value that kernels ranked so. */
function valueOfRank(
  field: PackedField | undefined,
  { order }: SortKey,
  rank: number,
): FieldValue | undefined {
  if (field === undefined || rank === MISSING) return undefined;
  const { dictionary } = field;
  const place = rank >> 1;
  return dictionary[order === 'ascending' ? place : dictionary.length - 1 - place];
}

/** Where a value stands among ranks, which are twice the places: between two of them where no document has it. */
function rankOfValue(
  field: PackedField | undefined,
  { order }: SortKey,
  value: FieldValue | undefined,
): number {
  if (value === undefined) return MISSING;
  if (field === undefined) return 0;
  const { dictionary } = field;
  const place = lowerBound(dictionary, value);
  const isThere = place < dictionary.length && dictionary[place] === value;
  if (order === 'ascending') return isThere ? 2 * place : 2 * place - 1;
  return 2 * (dictionary.length - 1 - place) + (isThere ? 0 : 1);
}

function chosenOrdinal({ starts, ordinals }: Column, row: number, order: SortKey['order']): number {
  if (starts === undefined) return ordinals[row] as number;
  return ordinals[
    order === 'ascending' ? (starts[row] as number) : (starts[row + 1] as number) - 1
  ] as number;
}

/** The value that a document is sorted by. */
export function valueOf(
  column: Column | undefined,
  { order }: Pick<SortKey, 'order'>,
  document: number,
): FieldValue | undefined {
  const row = column === undefined ? -1 : rowOf(column, document);
  return column === undefined || row < 0 ? undefined : column.dictionary[chosenOrdinal(column, row, order)];
}
