/**
 * One field of the documents of a segment that is made: each distinct value once, found again by its bytes, and for each
 * document the numbers of its values. Nothing is made for a document.
 */

import { dateAt, type FieldReader, type FieldType, type FieldValue } from '../../text/index.ts';
import { type Column, type ColumnKey, compareValues, dictionaryOf } from './column.ts';

const FIRST_ROWS = 64;
const FIRST_PLACES = 128;
/** The sign of the upper half alone: −0. */
const MINUS = -2147483648;

export class GatheredColumn {
  readonly #key: ColumnKey;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #nameFrom: number;
  readonly #nameTo: number;
  #documents = new Int32Array(FIRST_ROWS);
  #rows = 0;
  /** By row, where in {@link #numbers} its values begin. */
  #starts = new Int32Array(FIRST_ROWS);
  /** Of each value, the number of the distinct one. */
  #numbers = new Int32Array(FIRST_ROWS);
  #count = 0;
  readonly #values: FieldValue[] = [];
  /** Of each distinct value: the halves of a number, or hash and length of a text, and where it stands. */
  #low = new Int32Array(FIRST_ROWS);
  #high = new Int32Array(FIRST_ROWS);
  #from = new Int32Array(FIRST_ROWS);
  /** Numbers of distinct values, one more, in an open table by their hashes. */
  #table = new Int32Array(FIRST_PLACES);

  /** `reader` stands at the first such field. */
  constructor(key: ColumnKey, bytes: Uint8Array, { nameFrom, nameTo }: FieldReader) {
    this.#key = key;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset);
    this.#nameFrom = nameFrom;
    this.#nameTo = nameTo;
  }

  isOf({ type, nameFrom, nameTo }: FieldReader): boolean {
    return type === this.#key.type && this.#isSame(this.#nameFrom, nameFrom, nameTo - nameFrom, this.#nameTo);
  }

  /** Adds all values of the field at which `reader` stands. Documents ascend; one may come twice. */
  add(document: number, reader: FieldReader): void {
    if (this.#rows === 0 || this.#documents[this.#rows - 1] !== document) {
      if (this.#rows === this.#documents.length) {
        this.#documents = doubled(this.#documents);
        this.#starts = doubled(this.#starts);
      }
      this.#documents[this.#rows] = document;
      this.#starts[this.#rows] = this.#count;
      this.#rows += 1;
    }
    while (reader.nextValue()) {
      if (this.#count === this.#numbers.length) this.#numbers = doubled(this.#numbers);
      this.#numbers[this.#count++] = this.#numberOf(reader);
    }
  }

  finish(documentCount: number): Column {
    const { name, type } = this.#key;
    const values = this.#values;
    const order = Int32Array.from(values, (_, number) => number).sort((a, b) =>
      compareValues(values[a] as FieldValue, values[b] as FieldValue),
    );
    const ranks = new Int32Array(values.length);
    for (let rank = 0; rank < order.length; rank++) ranks[order[rank] as number] = rank;
    const { ordinals, starts } = this.#ordinals(ranks);
    const rows = this.#rows;
    return {
      name,
      type,
      documents: rows === documentCount ? undefined : this.#documents.slice(0, rows),
      rows,
      starts: ordinals.length === rows ? undefined : starts,
      ordinals,
      dictionary: dictionaryOf(
        type,
        Array.from(order, (number) => values[number] as FieldValue),
      ),
    };
  }

  /** Ascending within a row, each once. */
  #ordinals(ranks: Int32Array): { ordinals: Int32Array; starts: Int32Array } {
    const ordinals = new Int32Array(this.#count);
    const starts = new Int32Array(this.#rows + 1);
    let used = 0;
    for (let row = 0; row < this.#rows; row++) {
      const from = this.#starts[row] as number;
      const past = row + 1 < this.#rows ? (this.#starts[row + 1] as number) : this.#count;
      const first = used;
      for (let i = from; i < past; i++) ordinals[used++] = ranks[this.#numbers[i] as number] as number;
      if (past - from > 1) {
        const sorted = ordinals.subarray(first, used).sort();
        used = first;
        for (let i = 0; i < sorted.length; i++) {
          if (i === 0 || sorted[i] !== ordinals[used - 1]) ordinals[used++] = sorted[i] as number;
        }
      }
      starts[row + 1] = used;
    }
    return { ordinals: used === ordinals.length ? ordinals : ordinals.slice(0, used), starts };
  }

  /** The number of the value at which `reader` stands. */
  #numberOf(reader: FieldReader): number {
    const { from, to } = reader;
    const isText = this.#key.type === 'keyword';
    const low = isText ? this.#hashOf(from, to) : this.#view.getInt32(from, true);
    let high = isText ? to - from : this.#view.getInt32(from + 4, true);
    // Equal numbers, though not equal bytes.
    if (this.#key.type === 'number' && low === 0 && high === MINUS) high = 0;
    const mask = this.#table.length - 1;
    let place = mixed(low, high) & mask;
    for (;;) {
      const number = (this.#table[place] as number) - 1;
      if (number < 0) break;
      if (
        this.#low[number] === low &&
        this.#high[number] === high &&
        (!isText || this.#isSame(this.#from[number] as number, from, high))
      ) {
        return number;
      }
      place = (place + 1) & mask;
    }
    const number = this.#values.push(valueAt(this.#view, this.#key.type, reader)) - 1;
    if (number === this.#low.length) {
      this.#low = doubled(this.#low);
      this.#high = doubled(this.#high);
      this.#from = doubled(this.#from);
    }
    this.#low[number] = low;
    this.#high[number] = high;
    this.#from[number] = from;
    this.#table[place] = number + 1;
    if (2 * this.#values.length > mask) this.#growTable();
    return number;
  }

  #growTable(): void {
    const table = new Int32Array(this.#table.length * 2);
    const mask = table.length - 1;
    for (let number = 0; number < this.#values.length; number++) {
      let place = mixed(this.#low[number] as number, this.#high[number] as number) & mask;
      while (table[place] !== 0) place = (place + 1) & mask;
      table[place] = number + 1;
    }
    this.#table = table;
  }

  /** FNV-1a. */
  #hashOf(from: number, to: number): number {
    let hash = -2128831035;
    for (let at = from; at < to; at++) hash = Math.imul(hash ^ (this.#bytes[at] as number), 0x01000193);
    return hash;
  }

  /** `length` bytes at `a` and at `b` are the same; what begins at `a` ends at `past`. */
  #isSame(a: number, b: number, length: number, past = a + length): boolean {
    if (past - a !== length) return false;
    for (let i = 0; i < length; i++) if (this.#bytes[a + i] !== this.#bytes[b + i]) return false;
    return true;
  }
}

function valueAt(view: DataView, type: FieldType, reader: FieldReader): FieldValue {
  if (type === 'keyword') return reader.text(reader.from, reader.to);
  if (type === 'integer') return view.getBigInt64(reader.from, true);
  // Without the sign of −0.
  return type === 'date' ? dateAt(view, reader.from) : view.getFloat64(reader.from, true) + 0;
}

function mixed(low: number, high: number): number {
  const hash = Math.imul(low ^ Math.imul(high, 0x9e3779b1), 0x85ebca6b);
  return hash ^ (hash >>> 15);
}

function doubled(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const grown = new Int32Array(array.length * 2);
  grown.set(array);
  return grown;
}
