/** The columns of a segment's documents while it is written: by dense document number, growing. */

import type { DocId } from '../base/index.ts';
import { MAGNITUDES } from './magnitude-code.ts';
import { FIELD_COLUMNS } from './segment-format.ts';
import {
  D_COLUMNS,
  D_HIGH,
  D_LOW,
  DOCUMENT_SHIFT,
  ROW_CONTENT,
  ROW_DATE,
  ROW_LENGTHS,
  ROW_RANKS,
  ROW_SITE,
  ROW_WORDS,
  ROW_ZONES,
} from './write-kernels/write-layout.ts';

const LOW = 2 ** 32;
const FIRST_ROOM = 16;
/** Fewer are compared with one another. */
const FEW_DOCUMENTS = 512;
const DIGIT_BITS = 11;
const DIGITS = 2 ** DIGIT_BITS;

export class DocumentTable {
  count = 0;
  docIdHigh: Int32Array;
  docIdLow: Int32Array;
  site: Int32Array;
  content: Int32Array;
  date: Int32Array;
  /** Language in the lower half, rank and depth in the two bytes above. */
  ranks: Int32Array;
  /** Place of the document's zones in {@link zones}; −1 without. */
  zoneIndex: Int32Array;
  /** Length codes by field group; undefined while all are zero. */
  readonly lengths: (Uint8Array | undefined)[] = Array.from({ length: FIELD_COLUMNS });
  /** Sums of the lengths that the codes stand for, so that a document takes with it what it has brought. */
  readonly fieldTotals: Float64Array = new Float64Array(FIELD_COLUMNS);
  zones: Int32Array = new Int32Array(64);
  zoneWords = 0;
  #lastZones = 0;

  /** `documents`: so many are expected. */
  constructor(documents: number = FIRST_ROOM) {
    const room = Math.max(1, documents);
    this.docIdHigh = new Int32Array(room);
    this.docIdLow = new Int32Array(room);
    this.site = new Int32Array(room);
    this.content = new Int32Array(room);
    this.date = new Int32Array(room);
    this.ranks = new Int32Array(room);
    this.zoneIndex = new Int32Array(room);
  }

  docId(document: number): DocId {
    return joinDocId(this.docIdHigh[document] ?? 0, this.docIdLow[document] ?? 0);
  }

  /** Adds the documents of `count` rows, of which the first stands at `first` of `words`, and their columns from `columns` on. */
  addRows(words: Int32Array, first: number, count: number, columns: number): void {
    let row = first;
    for (let left = count; left > 0; left--) {
      const high = words[row + (D_HIGH >> 2)] as number;
      const low = words[row + (D_LOW >> 2)] as number;
      this.addRow(high, low, words, columns + (words[row + (D_COLUMNS >> 2)] as number));
      row += 1 << (DOCUMENT_SHIFT - 2);
    }
  }

  /**
   * Adds a document, by the halves of its docId, whose columns stand at `row` of `words`; returns what stands behind them. Layout:
   * write-kernels/write-layout.ts.
   */
  addRow(docIdHigh: number, docIdLow: number, words: Int32Array, row: number): number {
    const document = this.#next();
    this.docIdHigh[document] = docIdHigh;
    this.docIdLow[document] = docIdLow;
    this.site[document] = words[row + ROW_SITE] as number;
    this.content[document] = words[row + ROW_CONTENT] as number;
    this.date[document] = words[row + ROW_DATE] as number;
    this.ranks[document] = words[row + ROW_RANKS] as number;
    for (let four = 0; four < FIELD_COLUMNS / 4; four++) {
      let codes = words[row + ROW_LENGTHS + four] as number;
      for (let group = four * 4; codes !== 0; group++, codes >>>= 8) {
        if ((codes & 255) !== 0) this.#setLength(document, group, codes & 255);
      }
    }
    const zones = words[row + ROW_ZONES] as number;
    const past = row + ROW_WORDS + zones;
    if (zones === 0) {
      this.zoneIndex[document] = -1;
      return past;
    }
    if (this.#hasLastZones(words, past - zones - 1, zones)) {
      this.zoneIndex[document] = this.#lastZones;
      return past;
    }
    while (this.zoneWords + zones + 1 > this.zones.length) this.zones = doubled(this.zones);
    this.#lastZones = this.zoneWords;
    this.zoneIndex[document] = this.zoneWords;
    // Their number stands before them in a row, too.
    for (let at = past - zones - 1; at < past; at++) this.zones[this.zoneWords++] = words[at] as number;
    return past;
  }

  /** True where the zones written last are the same: documents of one kind share them. */
  #hasLastZones(words: Int32Array, row: number, zones: number): boolean {
    if (this.zoneWords === 0) return false;
    for (let i = 0; i <= zones; i++) if (words[row + i] !== this.zones[this.#lastZones + i]) return false;
    return true;
  }

  #next(): number {
    const document = this.count;
    if (document === this.docIdHigh.length) {
      this.docIdHigh = doubled(this.docIdHigh);
      this.docIdLow = doubled(this.docIdLow);
      this.site = doubled(this.site);
      this.content = doubled(this.content);
      this.date = doubled(this.date);
      this.ranks = doubled(this.ranks);
      this.zoneIndex = doubled(this.zoneIndex);
    }
    this.count += 1;
    return document;
  }

  #setLength(document: number, group: number, code: number): void {
    let column = this.lengths[group];
    if (column === undefined) {
      if (code === 0) return;
      column = new Uint8Array(this.docIdHigh.length);
    } else if (column.length < this.docIdHigh.length) {
      const grown = new Uint8Array(this.docIdHigh.length);
      grown.set(column);
      column = grown;
    }
    this.lengths[group] = column;
    column[document] = code;
    this.fieldTotals[group] = (this.fieldTotals[group] ?? 0) + (MAGNITUDES[code] ?? 0);
  }
}

/** Where what follows a row stands. */
export function behindRow(words: Int32Array, row: number): number {
  return row + ROW_WORDS + (words[row + ROW_ZONES] as number);
}

/** Document numbers by ascending docId: by the upper halves digit by digit, what is equal there by the lower ones. */
export function documentOrder({ count, docIdHigh, docIdLow }: DocumentTable): Int32Array {
  let order: Int32Array = new Int32Array(count);
  for (let document = 0; document < count; document++) order[document] = document;
  const byHigh = (a: number, b: number): number => (docIdHigh[a] as number) - (docIdHigh[b] as number);
  const byLow = (a: number, b: number): number =>
    ((docIdLow[a] as number) >>> 0) - ((docIdLow[b] as number) >>> 0);
  if (count < FEW_DOCUMENTS) return order.sort((a, b) => byHigh(a, b) || byLow(a, b));
  let other: Int32Array = new Int32Array(count);
  for (let shift = 0; shift < 32; shift += DIGIT_BITS) {
    if (sortDigit(order, other, docIdHigh, shift)) [order, other] = [other, order];
  }
  let first = 0;
  for (let place = 1; place <= count; place++) {
    if (place < count && docIdHigh[order[place] as number] === docIdHigh[order[first] as number]) continue;
    if (place - first > 1) order.subarray(first, place).sort(byLow);
    first = place;
  }
  return order;
}

/** False where all have the same digit, so that nothing was done. */
function sortDigit(from: Int32Array, to: Int32Array, half: Int32Array, shift: number): boolean {
  const places = new Uint32Array(DIGITS);
  const { length } = from;
  for (let i = 0; i < length; i++) {
    const digit = ((half[i] as number) >>> shift) & (DIGITS - 1);
    places[digit] = (places[digit] as number) + 1;
  }
  let sum = 0;
  for (let digit = 0; digit < DIGITS; digit++) {
    const count = places[digit] as number;
    if (count === length) return false;
    places[digit] = sum;
    sum += count;
  }
  for (let i = 0; i < length; i++) {
    const document = from[i] as number;
    const digit = ((half[document] as number) >>> shift) & (DIGITS - 1);
    const place = places[digit] as number;
    to[place] = document;
    places[digit] = place + 1;
  }
  return true;
}

/** A document id from its halves, each as a signed word. */
export function joinDocId(high: number, low: number): DocId {
  return ((high >>> 0) * LOW + (low >>> 0)) as DocId;
}

/** Its halves, each as a signed word. */
export function splitDocId(docId: DocId): { readonly high: number; readonly low: number } {
  return { high: Math.floor(docId / LOW), low: docId | 0 };
}

function doubled(array: Int32Array): Int32Array<ArrayBuffer> {
  const grown = new Int32Array(array.length * 2);
  grown.set(array);
  return grown;
}
