/** What a search reads of a segment, by its descriptor: on the thread that holds it open, or on one that is lent it. */

import type { DocId } from '../base/index.ts';
import { SegmentFields } from './columns/segment-fields.ts';
import { filterBits, filterPlace } from './docid-filter.ts';
import { joinDocId, splitDocId } from './document-table.ts';
import { GroupLists } from './group-lists.ts';
import {
  SEGMENT_CONTENT,
  SEGMENT_DOC_ID_HIGH,
  SEGMENT_DOC_ID_LOW,
  SEGMENT_ORDER,
  SEGMENT_RANKS,
  SEGMENT_SITE,
  SEGMENT_TABLE,
} from './kernels/layout.ts';
import type { QueryMemory } from './query-memory.ts';
import { corruptSegment, PAGE_WORDS, type SegmentHead } from './segment-format.ts';

/** What a result is told by. */
export interface SegmentColumns {
  readonly docId: DocId;
  readonly siteHash: number;
  readonly contentHash: number;
  readonly language: number;
}

/** A segment as it stands in linear memory. */
export interface PlacedSegment {
  /** Under which kernels ask for its pages. */
  readonly number: number;
  /** File's path, or a name for messages. */
  readonly name: string;
  readonly head: SegmentHead;
  /** Address of the descriptor that kernels take. */
  readonly descriptor: number;
}

/** Places of a docId that are guessed before they are bisected. */
const MOST_GUESSES = 8;

export class SegmentReader implements PlacedSegment {
  readonly number: number;
  readonly name: string;
  readonly head: SegmentHead;
  readonly descriptor: number;
  /** Columns of fields. */
  readonly fields: SegmentFields;
  /** Documents by term and field group. */
  readonly groups: GroupLists;
  readonly #memory: QueryMemory;

  constructor(memory: QueryMemory, { number, name, head, descriptor }: PlacedSegment) {
    this.#memory = memory;
    this.number = number;
    this.name = name;
    this.head = head;
    this.descriptor = descriptor;
    const source = {
      name,
      words: (word: number, count: number) => this.readWords(word, count),
      limit: head.pages * PAGE_WORDS,
    };
    this.fields = new SegmentFields(memory.columns, source, head);
    this.groups = new GroupLists(memory, descriptor);
  }

  /** Gives up what was unpacked. */
  forget(): void {
    this.fields.release();
    this.groups.release();
  }

  docId(document: number): DocId {
    return joinDocId(this.#column(SEGMENT_DOC_ID_HIGH, document), this.#column(SEGMENT_DOC_ID_LOW, document));
  }

  /** Its upper half, which tells most documents apart. */
  docIdHigh(document: number): number {
    return this.#column(SEGMENT_DOC_ID_HIGH, document);
  }

  columns(document: number): SegmentColumns {
    return {
      docId: this.docId(document),
      siteHash: this.#column(SEGMENT_SITE, document) >>> 0,
      contentHash: this.#column(SEGMENT_CONTENT, document) >>> 0,
      language: this.#column(SEGMENT_RANKS, document) & 0xffff,
    };
  }

  /** Code of the length of a document's field group; see magnitude-code. */
  lengthCode(document: number, group: number): number {
    const column = this.head.lengths[group] ?? -1;
    return column < 0 ? 0 : this.#memory.kernels.loadByte(this.descriptor, column, document);
  }

  /** Number of the document with this id, or −1. Dead documents are found too. */
  find(docId: DocId): number {
    const { documents, leastDocId, greatestDocId, regions, filterWords } = this.head;
    if (documents === 0 || docId < leastDocId || docId > greatestDocId) return -1;
    const { high, low } = splitDocId(docId);
    const bits = filterBits(high, low);
    const place = filterPlace(high, low, filterWords);
    if ((this.readWord(regions.filter + place) & bits) !== bits) return -1;
    let first = 0;
    let past = documents;
    let below: number = leastDocId;
    let above: number = greatestDocId;
    // DocIds are hashes: where one stands is guessed well, and bisection is for those that are not spread evenly.
    for (let guesses = 0; first < past; guesses++) {
      const share = guesses < MOST_GUESSES ? (docId - below) / Math.max(1, above - below) : 0.5;
      const middle = Math.min(past - 1, first + Math.floor((past - first) * share));
      const document = this.inOrder(middle);
      const found = this.docId(document);
      if (found === docId) return document;
      if (found < docId) {
        first = middle + 1;
        below = found;
      } else {
        past = middle;
        above = found;
      }
    }
    return -1;
  }

  /** The first document from `first` on, before `past`, the lowest bits of whose docId are marked: kernels/docids.ts. `past` without one. */
  nextMarked(first: number, past: number, marks: number, bits: number): number {
    return this.#memory.kernels.nextMarked(this.descriptor, first, past, marks, bits);
  }

  /** Document number `place` by ascending docId. */
  inOrder(place: number): number {
    return this.#column(SEGMENT_ORDER, place);
  }

  /** A copy of `count` words of the filter of docIds: docid-filter.ts. */
  filter(first: number, count: number): Int32Array {
    return this.readWords(this.head.regions.filter + first, count);
  }

  /** A copy of `count` words. */
  readWords(word: number, count: number): Int32Array {
    const { linear, pages } = this.#memory;
    const limit = this.head.pages * PAGE_WORDS;
    if (word < 0 || count < 0 || word + count > limit) {
      throw corruptSegment(this.name, Math.floor(word / PAGE_WORDS), 'it ends before what it points to');
    }
    const table = (linear.words[(this.descriptor + SEGMENT_TABLE) >> 2] as number) >> 2;
    const copy = new Int32Array(count);
    for (let filled = 0; filled < count;) {
      const page = Math.floor((word + filled) / PAGE_WORDS);
      const within = (word + filled) % PAGE_WORDS;
      const known = linear.words[table + page] as number;
      const frame = known === 0 ? pages.load(this.number, page) : known;
      const piece = Math.min(count - filled, PAGE_WORDS - within);
      const from = (frame >> 2) + within;
      copy.set(linear.words.subarray(from, from + piece), filled);
      filled += piece;
    }
    return copy;
  }

  readWord(word: number): number {
    return this.#memory.kernels.loadWord(this.descriptor, word);
  }

  #column(column: number, document: number): number {
    return this.#memory.kernels.columnValue(this.descriptor, column, document);
  }
}
