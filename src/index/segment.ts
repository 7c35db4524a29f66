/** An open segment, in a file or in memory: what kernels need to read it, and who still uses it. */

import { assert, type CollectionId, type DocId, isPeregrineError, must } from '../base/index.ts';
import type { Disk, DiskFile } from '../disk/index.ts';
import { SegmentFields } from './columns/segment-fields.ts';
import { filterBits, filterPlace } from './docid-filter.ts';
import { joinDocId } from './document-table.ts';
import { type HashedWords, NO_HASHED_WORDS } from './words/hashed-words.ts';
import { listOfHashedWords, WordList } from './words/word-list.ts';
import type { LiveBits } from './live-bits.ts';
import { LiveTotals } from './live-totals.ts';
import type { IndexMemory } from './index-memory.ts';
import {
  SEGMENT_BYTES,
  SEGMENT_CONTENT,
  SEGMENT_DATE,
  SEGMENT_DOC_ID_HIGH,
  SEGMENT_DOC_ID_LOW,
  SEGMENT_DOCUMENTS,
  SEGMENT_FILTER,
  SEGMENT_FILTER_BLOCKS,
  SEGMENT_LEAVES,
  SEGMENT_LENGTHS,
  SEGMENT_NUMBER,
  SEGMENT_ORDER,
  SEGMENT_POSITIONS,
  SEGMENT_POSTINGS,
  SEGMENT_RANKS,
  SEGMENT_SITE,
  SEGMENT_TABLE,
  SEGMENT_TOP,
  SEGMENT_ZONE_INDEX,
  SEGMENT_ZONES,
} from './kernels/layout.ts';
import {
  checkPage,
  corruptSegment,
  decodeHead,
  FIELD_COLUMNS,
  PAGE_BYTES,
  PAGE_WORDS,
  type SegmentHead,
} from './segment-format.ts';

export interface SegmentColumns {
  readonly docId: DocId;
  readonly siteHash: number;
  readonly contentHash: number;
  readonly date_min: number;
  readonly language: number;
  readonly rank: number;
  readonly depth: number;
}

/** A segment that no file holds: its pages, and its words beside them. */
export interface FinishedSegment {
  readonly head: SegmentHead;
  readonly pages: readonly Uint8Array[];
  readonly words: HashedWords;
}

/** Word of a term's record that says how many documents have it. */
const RECORD_DOCUMENTS = 2;

/** Where a segment's bytes are. */
type Home =
  | { readonly kind: 'file'; readonly file: DiskFile; readonly size_bytes: number }
  | { readonly kind: 'memory'; readonly frames: readonly number[] };

export class Segment {
  readonly id: number;
  readonly collection: CollectionId;
  readonly head: SegmentHead;
  /** File's path, or a name for messages. */
  readonly name: string;
  /** Address of the descriptor that kernels take. */
  readonly descriptor: number;
  /** Columns of fields. */
  readonly fields: SegmentFields;
  /** Its side dictionary; of a segment in memory it is made when it is first read. */
  readonly words: WordList;
  /** Words of a segment in memory. */
  readonly hashedWords: HashedWords | undefined;
  readonly #memory: IndexMemory;
  readonly #home: Home;
  readonly #table: number;
  readonly #top: number;
  readonly #source: number;
  #totals: LiveTotals | undefined;
  #holders = 1;

  private constructor(
    memory: IndexMemory,
    at: { id: number; collection: CollectionId; name: string },
    head: SegmentHead,
    home: Home,
    top: Int32Array,
    hashedWords?: HashedWords,
  ) {
    this.id = at.id;
    this.collection = at.collection;
    this.name = at.name;
    this.head = head;
    this.#memory = memory;
    this.#home = home;
    const { linear, frames } = memory;
    this.#table = linear.allocateZeroed(Math.max(4, head.pages * 4));
    this.#top = linear.allocate(Math.max(16, top.length * 4));
    linear.words.set(top, this.#top >> 2);
    this.descriptor = linear.allocateZeroed(SEGMENT_BYTES);
    this.#source = frames.add(() => ({
      name: this.name,
      table: this.#table,
      readPage: (page, into) => this.#readPage(page, into),
    }));
    if (home.kind === 'memory') linear.words.set(home.frames, this.#table >> 2);
    this.#describe();
    const limit = head.pages * PAGE_WORDS;
    const words = (word: number, count: number): Int32Array => this.#words(word, count);
    const source = { name: this.name, words, limit };
    this.hashedWords = hashedWords;
    this.words =
      hashedWords === undefined
        ? new WordList(source, head.regions.words)
        : listOfHashedWords(this.name, hashedWords, (high, low) => this.#documentsWith(high, low));
    this.fields = new SegmentFields(memory.columns, source, head.regions, head.documents);
  }

  /** Opens a segment's file: reads its head and the top of its dictionary, nothing else. `CORRUPT`, `IO`. */
  static async open(
    memory: IndexMemory,
    disk: Disk,
    path: string,
    at: { id: number; collection: CollectionId },
  ): Promise<Segment> {
    const file = await disk.open(path, 'read');
    try {
      const page = new Uint8Array(PAGE_BYTES);
      await readWhole(file, page, 0, path);
      const head = decodeHead(page, path);
      const size_bytes = await file.size();
      if (size_bytes !== head.pages * PAGE_BYTES) throw corruptSegment(path, 0, 'the file has another size');
      const top = new Int32Array(head.leaves * 4);
      let filled = 0;
      while (filled < top.length) {
        const word = head.regions.top + filled;
        const number = Math.floor(word / PAGE_WORDS);
        await readWhole(file, page, number, path);
        const words = new Int32Array(page.buffer, 0, PAGE_WORDS);
        const piece = words.subarray(word % PAGE_WORDS, (word % PAGE_WORDS) + top.length - filled);
        top.set(piece, filled);
        filled += piece.length;
      }
      return new Segment(memory, { ...at, name: path }, head, { kind: 'file', file, size_bytes }, top);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Keeps finished pages in memory. */
  static inMemory(
    memory: IndexMemory,
    at: { id: number; collection: CollectionId },
    { head, pages, words }: FinishedSegment,
  ): Segment {
    const frames = pages.map((page) => {
      const address = memory.linear.allocate(PAGE_BYTES);
      memory.linear.bytes.set(page, address);
      return address;
    });
    const top = new Int32Array(head.leaves * 4);
    for (let i = 0; i < top.length; i++) {
      const word = head.regions.top + i;
      const page = must(pages[Math.floor(word / PAGE_WORDS)], 'a page');
      top[i] = new Int32Array(page.buffer, 0, PAGE_WORDS)[word % PAGE_WORDS] as number;
    }
    return new Segment(
      memory,
      { ...at, name: `live segment ${at.id}` },
      head,
      { kind: 'memory', frames },
      top,
      words,
    );
  }

  get isLive(): boolean {
    return this.#home.kind === 'memory';
  }

  get memory_bytes(): number {
    if (this.#home.kind === 'file') return 0;
    const { hashes, ends, bytes } = this.hashedWords ?? NO_HASHED_WORDS;
    return this.#home.frames.length * PAGE_BYTES + hashes.byteLength + ends.byteLength + bytes.byteLength;
  }

  get disk_bytes(): number {
    return this.#home.kind === 'file' ? this.#home.size_bytes : 0;
  }

  docId(document: number): DocId {
    const { docIdHigh, docIdLow } = this.head.regions;
    return joinDocId(this.#word(docIdHigh + document), this.#word(docIdLow + document));
  }

  columns(document: number): SegmentColumns {
    const { site, content, date, ranks } = this.head.regions;
    const packed = this.#word(ranks + document);
    return {
      docId: this.docId(document),
      siteHash: this.#word(site + document) >>> 0,
      contentHash: this.#word(content + document) >>> 0,
      date_min: this.#word(date + document) >>> 0,
      language: packed & 0xffff,
      rank: (packed >>> 16) & 255,
      depth: packed >>> 24,
    };
  }

  /** Code of the length of a document's field group; see magnitude-code. */
  lengthCode(document: number, group: number): number {
    const column = this.head.lengths[group] ?? -1;
    return column < 0 ? 0 : this.#memory.kernels.loadByte(this.descriptor, column, document);
  }

  /** Lengths of each field group over the documents that live. */
  liveTotals(live: LiveBits): Float64Array {
    this.#totals ??= new LiveTotals(this.head.fieldTotals, (document, group) =>
      this.lengthCode(document, group),
    );
    return this.#totals.of(live, (group) => (this.head.lengths[group] ?? -1) >= 0);
  }

  /** Number of the document with this id, or −1. Dead documents are found too. */
  find(docId: DocId): number {
    const { documents, leastDocId, greatestDocId, regions, filterWords } = this.head;
    if (documents === 0 || docId < leastDocId || docId > greatestDocId) return -1;
    const high = Math.floor(docId / 2 ** 32);
    const low = (docId % 2 ** 32) | 0;
    const bits = filterBits(high, low);
    const place = filterPlace(high, low, filterWords);
    if ((this.#word(regions.filter + place) & bits) !== bits) return -1;
    let first = 0;
    let past = documents;
    while (first < past) {
      const middle = (first + past) >> 1;
      const document = this.#word(regions.order + middle);
      const found = this.docId(document);
      if (found === docId) return document;
      if (found < docId) first = middle + 1;
      else past = middle;
    }
    return -1;
  }

  /** True where `error` says that a page of this segment's file can't be read. */
  isDamage(error: unknown): boolean {
    return !this.isLive && isPeregrineError(error, 'CORRUPT') && error.facts['file'] === this.name;
  }

  /** What `read` gives, or `otherwise` where it meets a damaged page of this segment, which the log names once. */
  soundly<T>(read: () => T, otherwise: T): T {
    try {
      return read();
    } catch (thrown) {
      const error = this.#memory.explain(thrown);
      if (!this.isDamage(error)) throw error;
      this.#memory.reportDamage(error);
      return otherwise;
    }
  }

  /** Reads a page of a file into `into`, checked. */
  #readPage(page: number, into: Uint8Array): void {
    assert(this.#home.kind === 'file', 'the pages of a live segment are in memory');
    if (page < 0 || page >= this.head.pages) throw corruptSegment(this.name, page, 'it is behind the end');
    const read = this.#home.file.readSync(into, page * PAGE_BYTES);
    if (read !== PAGE_BYTES) throw corruptSegment(this.name, page, 'the file ends before it');
    checkPage(into, page, this.name);
  }

  /** Reads a page past the frames: `CORRUPT` where its checksum is wrong. */
  checkPage(number: number): void {
    if (this.#home.kind === 'file') {
      this.#readPage(number, new Uint8Array(PAGE_BYTES));
    } else {
      const frame = must(this.#home.frames[number], 'a page');
      checkPage(this.#memory.linear.bytes.subarray(frame, frame + PAGE_BYTES), number, this.name);
    }
  }

  hold(): this {
    this.#holders += 1;
    return this;
  }

  /** The last release gives memory back and closes the file. */
  release(): void {
    assert(this.#holders > 0, 'a segment is released once by each holder');
    this.#holders -= 1;
    if (this.#holders > 0) return;
    const { linear, frames } = this.#memory;
    this.fields.release();
    frames.remove(this.#source);
    linear.free(this.#table);
    linear.free(this.#top);
    linear.free(this.descriptor);
    if (this.#home.kind === 'memory') for (const frame of this.#home.frames) linear.free(frame);
    else void this.#home.file.close().catch(() => undefined);
  }

  /** A copy of `count` words. */
  #words(word: number, count: number): Int32Array {
    const { linear, frames } = this.#memory;
    const limit = this.head.pages * PAGE_WORDS;
    if (word < 0 || count < 0 || word + count > limit) {
      throw corruptSegment(this.name, Math.floor(word / PAGE_WORDS), 'it ends before what it points to');
    }
    const copy = new Int32Array(count);
    for (let filled = 0; filled < count;) {
      const page = Math.floor((word + filled) / PAGE_WORDS);
      const within = (word + filled) % PAGE_WORDS;
      const known = linear.words[(this.#table >> 2) + page] ?? 0;
      const frame = known === 0 ? frames.load(this.#source, page) : known;
      const piece = Math.min(count - filled, PAGE_WORDS - within);
      const from = (frame >> 2) + within;
      copy.set(linear.words.subarray(from, from + piece), filled);
      filled += piece;
    }
    return copy;
  }

  #word(word: number): number {
    return this.#memory.kernels.loadWord(this.descriptor, word);
  }

  #documentsWith(high: number, low: number): number {
    const { kernels } = this.#memory;
    const record = kernels.findTerm(this.descriptor, high, low);
    return record < 0 ? 0 : kernels.loadWord(this.descriptor, record + RECORD_DOCUMENTS);
  }

  #describe(): void {
    const { regions, lengths, documents, leaves, filterWords } = this.head;
    const set = (field: number, value: number): void => {
      this.#memory.linear.words[(this.descriptor + field) >> 2] = value;
    };
    set(SEGMENT_NUMBER, this.#source);
    set(SEGMENT_TABLE, this.#table);
    set(SEGMENT_DOCUMENTS, documents);
    set(SEGMENT_TOP, this.#top);
    set(SEGMENT_LEAVES, leaves);
    set(SEGMENT_DOC_ID_HIGH, regions.docIdHigh);
    set(SEGMENT_DOC_ID_LOW, regions.docIdLow);
    set(SEGMENT_SITE, regions.site);
    set(SEGMENT_CONTENT, regions.content);
    set(SEGMENT_DATE, regions.date);
    set(SEGMENT_RANKS, regions.ranks);
    set(SEGMENT_ORDER, regions.order);
    set(SEGMENT_FILTER, regions.filter);
    set(SEGMENT_FILTER_BLOCKS, filterWords);
    set(SEGMENT_ZONE_INDEX, regions.zoneIndex);
    set(SEGMENT_ZONES, regions.zones);
    set(SEGMENT_POSTINGS, regions.postings);
    set(SEGMENT_POSITIONS, regions.positions);
    for (let group = 0; group < FIELD_COLUMNS; group++)
      set(SEGMENT_LENGTHS + group * 4, lengths[group] ?? -1);
  }
}

async function readWhole(file: DiskFile, page: Uint8Array, number: number, path: string): Promise<void> {
  const read = await file.read(page, number * PAGE_BYTES);
  if (read !== PAGE_BYTES) throw corruptSegment(path, number, 'the file ends before it');
  checkPage(page, number, path);
}
