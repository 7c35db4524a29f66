/** An open segment, in a file or in memory: what kernels need to read it, and who still uses it. */

import { assert, type CollectionId, isPeregrineError, must } from '../base/index.ts';
import type { Disk, DiskFile } from '../disk/index.ts';
import { type HashedWords, NO_HASHED_WORDS } from './words/hashed-words.ts';
import { listOfHashedWords, WordList } from './words/word-list.ts';
import { PACKED_COLUMNS } from './packed-columns.ts';
import type { LiveBits } from './live-bits.ts';
import { LiveTotals } from './live-totals.ts';
import type { IndexMemory } from './index-memory.ts';
import { readFilePage } from './segment-page.ts';
import { SegmentReader } from './segment-reader.ts';
import { type TermCounts, TermFrequencies } from './term-frequencies.ts';
import type { LentSegment } from './threads/thread-messages.ts';
import {
  COLUMN_BYTES,
  COLUMN_LEAST,
  COLUMN_OFFSET_SHIFT,
  COLUMN_SHAPE,
  COLUMN_STRIDE_SHIFT,
  LIST_INLINE,
  MENU_GROUP,
  RECORD_MENU_ONLY,
  RECORD_BARE,
  RECORD_KIND_SHIFT,
  SEGMENT_BYTES,
  SEGMENT_DOC_ID_HIGH,
  SEGMENT_DOCUMENTS,
  SEGMENT_FILTER,
  SEGMENT_FILTER_BLOCKS,
  SEGMENT_IMPACT_WORDS,
  SEGMENT_LEAVES,
  SEGMENT_LENGTHS,
  SEGMENT_NUMBER,
  SEGMENT_POSITIONS,
  SEGMENT_POSTINGS,
  SEGMENT_TABLE,
  SEGMENT_TOP,
  SEGMENT_ZONES,
} from './kernels/layout.ts';
import {
  checkPage,
  corruptSegment,
  decodeHead,
  FIELD_COLUMNS,
  impactWordsOf,
  PAGE_BYTES,
  PAGE_WORDS,
  type SegmentHead,
} from './segment-format.ts';

/** A segment that no file holds: its pages, and its words beside them. */
export interface FinishedSegment {
  readonly head: SegmentHead;
  readonly pages: readonly Uint8Array[];
  readonly words: HashedWords;
}

/** Words of a term's record. */
const RECORD_DOCUMENTS = 2;
const RECORD_KIND = 5;
const NO_DOCUMENTS: TermCounts = { documents: 0, menuOnly: 0 };

/** Where a segment's bytes are. */
type Home =
  | { readonly kind: 'file'; readonly file: DiskFile; readonly size_bytes: number }
  | { readonly kind: 'memory'; readonly frames: readonly number[] };

export class Segment extends SegmentReader {
  readonly id: number;
  readonly collection: CollectionId;
  /** Its side dictionary; of a segment in memory it is made when it is first read. */
  readonly words: WordList;
  /** Words of a segment in memory. */
  readonly hashedWords: HashedWords | undefined;
  readonly #memory: IndexMemory;
  readonly #home: Home;
  readonly #table: number;
  readonly #top: number;
  /** Something that its file holds can't be read, or makes no sense: merges leave it alone until it is repaired. */
  isDamaged = false;
  #totals: LiveTotals | undefined;
  /** Documents of a segment only ever die: their number says which they are. */
  #frequencies: { readonly deleted: number; readonly known: TermFrequencies } | undefined;
  #holders = 1;

  private constructor(
    memory: IndexMemory,
    at: { id: number; collection: CollectionId; name: string },
    head: SegmentHead,
    home: Home,
    top: Int32Array,
    hashedWords?: HashedWords,
  ) {
    const placed = placeSegment(memory, at.name, head, home, top);
    super(memory, { ...placed, name: at.name, head });
    this.id = at.id;
    this.collection = at.collection;
    this.#memory = memory;
    this.#home = home;
    this.#table = placed.table;
    this.#top = placed.top;
    const source = {
      name: this.name,
      words: (word: number, count: number) => this.readWords(word, count),
      limit: head.pages * PAGE_WORDS,
    };
    this.hashedWords = hashedWords;
    this.words =
      hashedWords === undefined
        ? new WordList(source, head.regions.words)
        : listOfHashedWords(this.name, hashedWords, (high, low) => this.termCounts(high, low).documents);
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

  /** Whether another thread can read it. */
  get isLendable(): boolean {
    return this.#home.kind === 'memory' || this.#home.file.descriptor !== undefined;
  }

  /** As another thread can read it, while someone holds it here. */
  lend(): LentSegment {
    const { number, name, head, descriptor } = this;
    const descriptorOfFile = this.#home.kind === 'file' ? this.#home.file.descriptor : undefined;
    return { number, name, head, descriptor, descriptorOfFile };
  }

  get memory_bytes(): number {
    if (this.#home.kind === 'file') return 0;
    const { hashes, ends, bytes } = this.hashedWords ?? NO_HASHED_WORDS;
    return this.#home.frames.length * PAGE_BYTES + hashes.byteLength + ends.byteLength + bytes.byteLength;
  }

  /** What stays in memory of a segment in a file as long as it is open, whatever is asked. */
  get resident_bytes(): number {
    return this.#home.kind === 'file' ? SEGMENT_BYTES + 4 * this.head.pages + 16 * this.head.leaves : 0;
  }

  get disk_bytes(): number {
    return this.#home.kind === 'file' ? this.#home.size_bytes : 0;
  }

  /** Lengths of each field group over the documents that live. */
  liveTotals(live: LiveBits): Float64Array {
    this.#totals ??= new LiveTotals(this.head.fieldTotals, (document, group) =>
      this.lengthCode(document, group),
    );
    return this.#totals.of(live, (group) => (this.head.lengths[group] ?? -1) >= 0);
  }

  /** A cache of how many live documents have a term, empty where others live than when it was asked for last. */
  frequencies({ deleted }: LiveBits): TermFrequencies {
    if (this.#frequencies?.deleted !== deleted) {
      this.#frequencies = { deleted, known: new TermFrequencies() };
    }
    return this.#frequencies.known;
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
      this.isDamaged = true;
      this.#memory.reportDamage(error);
      return otherwise;
    }
  }

  /** Documents that have a term, live or not. Of a segment of version 3 none is known to have it in menus alone. */
  termCounts(high: number, low: number): TermCounts {
    const { kernels } = this.#memory;
    const record = kernels.findTerm(this.descriptor, high, low);
    if (record < 0) return NO_DOCUMENTS;
    const documents = kernels.loadWord(this.descriptor, record + RECORD_DOCUMENTS);
    const kind = kernels.loadWord(this.descriptor, record + RECORD_KIND);
    if (kind >> RECORD_KIND_SHIFT !== LIST_INLINE) return { documents, menuOnly: kind & RECORD_MENU_ONLY };
    return { documents, menuOnly: (kind & RECORD_BARE) === 0 && (kind & 15) === MENU_GROUP ? 1 : 0 };
  }

  /** Reads a page past the frames: `CORRUPT` where its checksum is wrong. */
  checkPage(number: number): void {
    if (this.#home.kind === 'file') {
      readFilePage(this.#home.file, this.name, this.head.pages, number, new Uint8Array(PAGE_BYTES));
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
    this.forget();
    this.#memory.lent?.forget(this.number);
    frames.remove(this.number);
    linear.free(this.#table);
    linear.free(this.#top);
    linear.free(this.descriptor);
    if (this.#home.kind === 'memory') for (const frame of this.#home.frames) linear.free(frame);
    else void this.#home.file.close().catch(() => undefined);
  }
}

/** Lays what kernels need of a segment into linear memory. */
function placeSegment(
  { linear, frames }: IndexMemory,
  name: string,
  head: SegmentHead,
  home: Home,
  top: Int32Array,
): { number: number; descriptor: number; table: number; top: number } {
  const table = linear.allocateZeroed(Math.max(4, head.pages * 4));
  const topAt = linear.allocate(Math.max(16, top.length * 4));
  linear.words.set(top, topAt >> 2);
  const descriptor = linear.allocateZeroed(SEGMENT_BYTES);
  const number = frames.add(() => ({
    name,
    table,
    readPage: (page, into) => {
      assert(home.kind === 'file', 'the pages of a live segment are in memory');
      readFilePage(home.file, name, head.pages, page, into);
    },
  }));
  if (home.kind === 'memory') linear.words.set(home.frames, table >> 2);
  describe(linear.words.subarray(descriptor >> 2), head, { number, table, top: topAt });
  return { number, descriptor, table, top: topAt };
}

function describe(
  descriptor: Int32Array,
  head: SegmentHead,
  at: { number: number; table: number; top: number },
): void {
  const { regions, columns, lengths, documents, leaves, filterWords } = head;
  const set = (field: number, value: number): void => {
    descriptor[field >> 2] = value;
  };
  set(SEGMENT_NUMBER, at.number);
  set(SEGMENT_TABLE, at.table);
  set(SEGMENT_TOP, at.top);
  set(SEGMENT_DOCUMENTS, documents);
  set(SEGMENT_LEAVES, leaves);
  set(SEGMENT_IMPACT_WORDS, impactWordsOf(head));
  set(SEGMENT_FILTER, regions.filter);
  set(SEGMENT_FILTER_BLOCKS, filterWords);
  set(SEGMENT_ZONES, regions.zones);
  set(SEGMENT_POSTINGS, regions.postings);
  set(SEGMENT_POSITIONS, regions.positions);
  PACKED_COLUMNS.forEach((name, i) => {
    const { least, width, stride, offset } = must(columns[i], 'a packed column');
    const shape = width | (offset << COLUMN_OFFSET_SHIFT) | (stride << COLUMN_STRIDE_SHIFT);
    set(SEGMENT_DOC_ID_HIGH + i * COLUMN_BYTES, regions[name]);
    set(SEGMENT_DOC_ID_HIGH + i * COLUMN_BYTES + COLUMN_LEAST, least);
    set(SEGMENT_DOC_ID_HIGH + i * COLUMN_BYTES + COLUMN_SHAPE, shape);
  });
  for (let group = 0; group < FIELD_COLUMNS; group++) set(SEGMENT_LENGTHS + group * 4, lengths[group] ?? -1);
}

async function readWhole(file: DiskFile, page: Uint8Array, number: number, path: string): Promise<void> {
  const read = await file.read(page, number * PAGE_BYTES);
  if (read !== PAGE_BYTES) throw corruptSegment(path, number, 'the file ends before it');
  checkPage(page, number, path);
}
