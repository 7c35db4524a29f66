/** The first documents of a segment in the order of columns. Equal ones by ascending docId. */

import type { FieldValue } from '../../text/index.ts';
import type { SortKey, SortPlace } from './column-query.ts';
import { type Column, type ColumnKey, compareValues, lowerBound, rowOf } from './column.ts';
import { forEachBit, type MatchBits } from './match-bits.ts';

export interface SortedHit {
  readonly document: number;
  readonly docId: number;
  readonly values: readonly (FieldValue | undefined)[];
}

/** What a segment offers to sorting. */
export interface SortableSegment {
  readonly get: (key: ColumnKey) => Column | undefined;
  readonly docIds: () => Float64Array;
}

/** Above every rank: documents without the field. */
const MISSING = 0x7fffffff;

/** The best `limit` of the documents in `bits` that come after `after`, in order. */
export function sortDocuments(
  segment: SortableSegment,
  documents: number,
  bits: MatchBits,
  keys: readonly SortKey[],
  limit: number,
  after: SortPlace | undefined,
): SortedHit[] {
  const columns = keys.map(({ column }) => segment.get(column));
  const ranks = keys.map((key, i) => ranksOf(columns[i], key, documents));
  const docIds = segment.docIds();
  const start = after && {
    ranks: keys.map((key, i) => rankOfValue(columns[i], key, after.values[i])),
    docId: after.docId as number,
  };
  const compare = (a: number, b: number): number => {
    for (const own of ranks) {
      const difference = (own[a] as number) - (own[b] as number);
      if (difference !== 0) return difference;
    }
    return (docIds[a] as number) - (docIds[b] as number);
  };
  const heap = new BoundedHeap(limit, compare);
  forEachBit(bits, (document) => {
    if (start === undefined || isAfter(document)) heap.offer(document);
  });
  return heap.sorted().map((document) => ({
    document,
    docId: docIds[document] as number,
    values: keys.map((key, i) => valueOf(columns[i], key, document)),
  }));

  function isAfter(document: number): boolean {
    if (start === undefined) return true;
    for (let i = 0; i < ranks.length; i++) {
      const difference = ((ranks[i] as Int32Array)[document] as number) - (start.ranks[i] as number);
      if (difference !== 0) return difference > 0;
    }
    return (docIds[document] as number) > start.docId;
  }
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

/** By document: a number that rises in the order of the key. Twice the place, so that others fit between. */
function ranksOf(column: Column | undefined, { order }: SortKey, documents: number): Int32Array {
  const ranks = new Int32Array(documents).fill(MISSING);
  if (column === undefined) return ranks;
  const last = column.dictionary.length - 1;
  for (let row = 0; row < column.rows; row++) {
    const ordinal = chosenOrdinal(column, row, order);
    ranks[column.documents?.[row] ?? row] = 2 * (order === 'ascending' ? ordinal : last - ordinal);
  }
  return ranks;
}

function rankOfValue(column: Column | undefined, { order }: SortKey, value: FieldValue | undefined): number {
  if (value === undefined) return MISSING;
  if (column === undefined) return 0;
  const { dictionary } = column;
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

/** Keeps the least `limit` of what is offered: a heap with the greatest on top. */
class BoundedHeap {
  readonly #limit: number;
  readonly #compare: (a: number, b: number) => number;
  readonly #items: number[] = [];

  constructor(limit: number, compare: (a: number, b: number) => number) {
    this.#limit = limit;
    this.#compare = compare;
  }

  offer(item: number): void {
    const items = this.#items;
    if (items.length < this.#limit) {
      let place = items.push(item) - 1;
      while (place > 0) {
        const parent = (place - 1) >> 1;
        if (this.#compare(items[parent] as number, item) >= 0) break;
        items[place] = items[parent] as number;
        place = parent;
      }
      items[place] = item;
    } else if (this.#limit > 0 && this.#compare(item, items[0] as number) < 0) {
      this.#sink(item);
    }
  }

  sorted(): number[] {
    return this.#items.toSorted(this.#compare);
  }

  #sink(item: number): void {
    const items = this.#items;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= items.length) break;
      if (child + 1 < items.length && this.#compare(items[child + 1] as number, items[child] as number) > 0) {
        child += 1;
      }
      if (this.#compare(items[child] as number, item) <= 0) break;
      items[place] = items[child] as number;
      place = child;
    }
    items[place] = item;
  }
}
