/** The columns of a segment's documents while it is written: by dense document number, growing. */

import type { DocId } from '../base/index.ts';
import type { AnalysedDocument } from '../text/index.ts';
import { MAGNITUDES, magnitudeBelow } from './magnitude-code.ts';
import { FIELD_COLUMNS } from './segment-format.ts';

const LOW = 2 ** 32;

export class DocumentTable {
  count = 0;
  docIdHigh: Int32Array = new Int32Array(16);
  docIdLow: Int32Array = new Int32Array(16);
  site: Int32Array = new Int32Array(16);
  content: Int32Array = new Int32Array(16);
  date: Int32Array = new Int32Array(16);
  /** Language in the lower half, rank and depth in the two bytes above. */
  ranks: Int32Array = new Int32Array(16);
  /** Place of the document's zones in {@link zones}; −1 without. */
  zoneIndex: Int32Array = new Int32Array(16);
  /** Length codes by field group; undefined while all are zero. */
  readonly lengths: (Uint8Array | undefined)[] = Array.from({ length: FIELD_COLUMNS });
  /** Sums of the lengths that the codes stand for, so that a document takes with it what it has brought. */
  readonly fieldTotals: Float64Array = new Float64Array(FIELD_COLUMNS);
  zones: Int32Array = new Int32Array(64);
  zoneWords = 0;

  docId(document: number): DocId {
    return joinDocId(this.docIdHigh[document] ?? 0, this.docIdLow[document] ?? 0);
  }

  /** Adds a document; returns its number. */
  add(docId: DocId, { columns, fieldLengths, zoneStarts, zoneGroups }: AnalysedDocument): number {
    const document = this.#next();
    this.#setDocId(document, docId);
    this.site[document] = columns.siteHash;
    this.content[document] = columns.contentHash;
    this.date[document] = columns.date_min;
    this.ranks[document] = columns.language | (columns.rank << 16) | (columns.depth << 24);
    fieldLengths.forEach((length, group) => {
      this.#setLength(document, group, magnitudeBelow(length));
    });
    this.#addZones(document, zoneStarts, zoneGroups);
    return document;
  }

  /** Adds a document whose columns a segment holds already. `zones` holds start × 16 + group for each. */
  addRaw(row: {
    docIdHigh: number;
    docIdLow: number;
    site: number;
    content: number;
    date: number;
    ranks: number;
    lengths: readonly number[];
    zones: Int32Array;
  }): number {
    const document = this.#next();
    this.docIdHigh[document] = row.docIdHigh;
    this.docIdLow[document] = row.docIdLow;
    this.site[document] = row.site;
    this.content[document] = row.content;
    this.date[document] = row.date;
    this.ranks[document] = row.ranks;
    row.lengths.forEach((code, group) => this.#setLength(document, group, code));
    if (row.zones.length === 0) {
      this.zoneIndex[document] = -1;
    } else {
      this.#zoneRoom(row.zones.length + 1);
      this.zoneIndex[document] = this.zoneWords;
      this.zones[this.zoneWords] = row.zones.length;
      this.zones.set(row.zones, this.zoneWords + 1);
      this.zoneWords += row.zones.length + 1;
    }
    return document;
  }

  /** Document numbers by ascending docId. */
  order(): Int32Array {
    const ids = Float64Array.from({ length: this.count }, (_, document) => this.docId(document));
    const order = Int32Array.from(ids, (_, document) => document);
    return order.sort((a, b) => (ids[a] ?? 0) - (ids[b] ?? 0));
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

  #setDocId(document: number, docId: DocId): void {
    this.docIdHigh[document] = Math.floor(docId / LOW);
    this.docIdLow[document] = (docId % LOW) | 0;
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

  /** Neighbouring zones of one group become one: no phrase crosses the gap between them anyway. */
  #addZones(document: number, starts: Uint32Array, groups: Uint8Array): void {
    this.#zoneRoom(starts.length + 1);
    if (starts.length === 0) {
      this.zoneIndex[document] = -1;
      return;
    }
    const head = this.zoneWords;
    let at = head + 1;
    let before = -1;
    for (let i = 0; i < starts.length; i++) {
      const group = groups[i] as number;
      if (group !== before) this.zones[at++] = (starts[i] as number) * 16 + group;
      before = group;
    }
    this.zoneIndex[document] = head;
    this.zones[head] = at - head - 1;
    this.zoneWords = at;
  }

  #zoneRoom(words: number): void {
    while (this.zoneWords + words > this.zones.length) this.zones = doubled(this.zones);
  }
}

/** A document id from its halves, each as a signed word. */
export function joinDocId(high: number, low: number): DocId {
  return ((high >>> 0) * LOW + (low >>> 0)) as DocId;
}

function doubled(array: Int32Array): Int32Array<ArrayBuffer> {
  const grown = new Int32Array(array.length * 2);
  grown.set(array);
  return grown;
}
