/**
 * Writes a segment: columns first, then the lists that kernels leave in buffers, then positions, dictionary and words.
 * Layout: docs/formats/segment.md.
 */

import { assert, must, PeregrineError } from '../base/index.ts';
import type { Disk, DiskFile } from '../disk/index.ts';
import { writeColumns } from './columns/column-codec.ts';
import type { Column } from './columns/column.ts';
import { DictionaryWriter, RECORD_WORDS } from './dictionary-writer.ts';
import { filterBits, filterPlace, filterWords } from './docid-filter.ts';
import { type DocumentTable, documentOrder } from './document-table.ts';
import { emptyBuffer, freeBuffers, heldWords } from './growing-buffers.ts';
import type { IndexMemory } from './index-memory.ts';
import {
  PACKED_COLUMNS,
  type PackedColumn,
  type PackedColumnName,
  packRows,
  placeColumns,
  rangeOf,
  ROW_COLUMNS,
} from './packed-columns.ts';
import { PageStream } from './page-stream.ts';
import {
  encodeHead,
  FIELD_COLUMNS,
  MAX_SEGMENT_WORDS,
  type RegionName,
  SEGMENT_VERSION,
  type SegmentHead,
} from './segment-format.ts';
import type { FinishedSegment } from './segment.ts';
import { SpillList } from './spill-list.ts';
import type { HashedWords } from './words/hashed-words.ts';
import type { CountedWord } from './words/word-frequencies.ts';
import { WordListWriter } from './words/word-list.ts';
import {
  W_DOCUMENTS,
  W_DRAINED,
  W_LENGTHS,
  W_OCCURRENCES,
  W_POSITIONS,
  W_POSTINGS,
  W_RECORDS,
  W_REGION,
  W_STREAM,
  W_TERMS,
  WRITER_BUFFERS,
  WRITER_BYTES,
} from './write-kernels/write-layout.ts';

/** Words written between two pauses. */
const WORDS_A_STEP = 5000;
/** Fixed columns of so many documents are a step each. */
const MANY_DOCUMENTS = 10_000;

/** Told of the documents of each term, in the order of hashes. */
export type FrequencyListener = (high: number, low: number, documents: number) => void;

export class SegmentWriter {
  /** Where kernels write. */
  readonly address: number;
  readonly #memory: IndexMemory;
  readonly #documents: DocumentTable;
  readonly #stream = new PageStream();
  readonly #regions: Partial<Record<RegionName, number>> = {};
  #columns: readonly PackedColumn[] = [];
  readonly #lengthColumns: number[] = [];
  /** Columns of length codes in linear memory, for bounds. */
  readonly #lengths: number[] = [];
  readonly #positions = new SpillList();
  readonly #records = new SpillList();
  readonly #order: Int32Array;
  #words: Iterable<CountedWord> = [];

  /** With the documents' columns written, one at a step; `fields`: those beside the fixed ones. */
  static *of(
    memory: IndexMemory,
    documents: DocumentTable,
    fields: Iterable<Column> = [],
  ): Generator<void, SegmentWriter> {
    const writer = new SegmentWriter(memory, documents);
    let isBegun = false;
    try {
      yield* writer.columns(fields);
      isBegun = true;
      return writer;
    } finally {
      if (!isBegun) writer.close();
    }
  }

  /** Of these documents; {@link columns} come first. */
  constructor(memory: IndexMemory, documents: DocumentTable) {
    this.#memory = memory;
    this.#documents = documents;
    this.#order = documentOrder(documents);
    this.address = memory.linear.allocateZeroed(WRITER_BYTES);
    this.#set(W_DOCUMENTS, documents.count);
  }

  /** Words for the side dictionary, in order; asked for once, when all terms are written. */
  expectWords(words: Iterable<CountedWord>): void {
    this.#words = words;
  }

  /** Takes what kernels have written out of their buffers. */
  take(onTerm?: FrequencyListener): void {
    const { linear } = this.#memory;
    const postings = heldWords(linear, this.address + W_POSTINGS);
    this.#stream.append(postings, 0, postings.length);
    const positions = heldWords(linear, this.address + W_POSITIONS);
    this.#positions.append(positions, 0, positions.length);
    const records = heldWords(linear, this.address + W_RECORDS);
    this.#records.append(records, 0, records.length);
    if (onTerm !== undefined) {
      for (let i = 0; i < records.length; i += RECORD_WORDS) {
        onTerm(records[i] as number, records[i + 1] as number, records[i + 2] as number);
      }
    }
    for (const buffer of [W_POSTINGS, W_POSITIONS, W_RECORDS]) emptyBuffer(linear, this.address + buffer);
    this.#set(W_STREAM, this.#stream.position);
    this.#set(W_DRAINED, this.#positions.length);
  }

  /** Writes what is complete to `file`, and what has to wait to files beside it: memory stays small. */
  async drain(disk: Disk, file: DiskFile): Promise<void> {
    await this.#stream.drain(file);
    await this.#positions.spill(disk, `${file.path}.positions`);
    await this.#records.spill(disk, `${file.path}.terms`);
  }

  /** All pages of the segment, in memory; where nothing was drained. Its words stay beside them. */
  finish(words: HashedWords): FinishedSegment {
    this.#regions.positions = this.#stream.position;
    for (const piece of this.#positions.pieces()) this.#stream.append(piece, 0, piece.length);
    this.#regions.dictionary = this.#stream.position;
    const dictionary = new DictionaryWriter(this.#stream, this.#terms);
    for (const piece of this.#records.pieces()) dictionary.add(piece);
    const head = this.#finishHead(dictionary, new WordListWriter());
    return { head, pages: this.#stream.pages, words };
  }

  /** Writes the rest to the file that was drained to. Not synced. */
  async finishFile(file: DiskFile): Promise<SegmentHead> {
    this.#regions.positions = this.#stream.position;
    for await (const piece of this.#positions.all()) {
      this.#stream.append(piece, 0, piece.length);
      await this.#stream.drain(file);
    }
    this.#regions.dictionary = this.#stream.position;
    const dictionary = new DictionaryWriter(this.#stream, this.#terms);
    for await (const piece of this.#records.all()) {
      dictionary.add(piece);
      await this.#stream.drain(file);
    }
    const words = new WordListWriter();
    let left = WORDS_A_STEP;
    for (const counted of this.#words) {
      words.add(counted);
      left -= 1;
      if (left > 0) continue;
      left = WORDS_A_STEP;
      await this.#memory.pause();
    }
    const head = this.#finishHead(dictionary, words);
    await this.#stream.finishFile(file);
    return head;
  }

  /** Removes the files beside the segment's own. After {@link finishFile}, or instead of it. */
  async discard(disk: Disk): Promise<void> {
    await this.#positions.discard(disk);
    await this.#records.discard(disk);
  }

  /** Gives memory back; once, whatever became of the segment. */
  close(): void {
    const { linear } = this.#memory;
    this.#positions.release();
    this.#records.release();
    freeBuffers(linear, this.address, WRITER_BUFFERS);
    for (const address of this.#lengths) linear.free(address);
    linear.free(this.address);
  }

  get #terms(): number {
    return this.#memory.linear.words[(this.address + W_TERMS) >> 2] as number;
  }

  #set(field: number, value: number): void {
    this.#memory.linear.words[(this.address + field) >> 2] = value;
  }

  #finishHead(dictionary: DictionaryWriter, words: WordListWriter): SegmentHead {
    assert(dictionary.written === this.#terms, 'every term has a record');
    this.#regions.top = dictionary.finish();
    this.#regions.words = words.finish(this.#stream);
    const { count, fieldTotals } = this.#documents;
    if (this.#stream.position > MAX_SEGMENT_WORDS) {
      throw new PeregrineError('TOO_LARGE', 'A segment of the index can hold 8 GiB at most.');
    }
    const head: SegmentHead = {
      version: SEGMENT_VERSION,
      documents: count,
      terms: this.#terms,
      leaves: dictionary.leaves,
      filterWords: filterWords(count),
      occurrences: this.#memory.linear.floats[(this.address + W_OCCURRENCES) >> 3] as number,
      pages: this.#stream.pageCount,
      leastDocId: count === 0 ? 0 : this.#documents.docId(must(this.#order[0], 'the first docId')),
      greatestDocId: count === 0 ? 0 : this.#documents.docId(must(this.#order[count - 1], 'the last docId')),
      regions: this.#regions as Record<RegionName, number>,
      columns: this.#columns,
      lengths: this.#lengthColumns,
      fieldTotals: [...fieldTotals],
    };
    this.#stream.finish(encodeHead(head));
    return head;
  }

  /** The documents' columns, one at a step; `fields`: those beside the fixed ones, each of which is let go when it is written. */
  *columns(fields: Iterable<Column>): Generator<void> {
    const table = this.#documents;
    const { count } = table;
    const column = (name: RegionName, words: Int32Array, length: number): void => {
      this.#regions[name] = this.#stream.position;
      this.#stream.append(words, 0, length);
    };
    yield* this.#writePacked();
    for (let group = 0; group < FIELD_COLUMNS; group++) this.#writeLengths(group, table.lengths[group]);
    const filter = new Int32Array(filterWords(count));
    for (let document = 0; document < count; document++) {
      const high = table.docIdHigh[document] as number;
      const low = table.docIdLow[document] as number;
      const place = filterPlace(high, low, filter.length);
      filter[place] = (filter[place] as number) | filterBits(high, low);
    }
    column('filter', filter, filter.length);
    column('zones', table.zones, table.zoneWords);
    if (count > MANY_DOCUMENTS) yield;
    this.#regions.fields = yield* writeColumns(this.#stream, fields, count);
    this.#regions.postings = this.#stream.position;
    this.#set(W_REGION, this.#stream.position);
    this.#set(W_STREAM, this.#stream.position);
    this.#set(W_DRAINED, 0);
    yield;
  }

  /** The rows first, then what is a column by itself. */
  *#writePacked(): Generator<void> {
    const table = this.#documents;
    const { count } = table;
    const valuesOf = (name: PackedColumnName): Int32Array => (name === 'order' ? this.#order : table[name]);
    const columns = placeColumns(PACKED_COLUMNS.map((name) => rangeOf(valuesOf(name), count)));
    this.#columns = columns;
    const alone = PACKED_COLUMNS.filter((name) => !ROW_COLUMNS.some((other) => other === name));
    for (const names of [ROW_COLUMNS, ...alone.map((name) => [name])]) {
      for (const name of names) this.#regions[name] = this.#stream.position;
      const packed = names.map((name) => ({
        values: valuesOf(name),
        column: must(columns[PACKED_COLUMNS.indexOf(name)], 'a packed column'),
      }));
      for (const words of packRows(packed, count)) {
        this.#stream.append(words, 0, words.length);
        if (count > MANY_DOCUMENTS) yield;
      }
    }
  }

  #writeLengths(group: number, codes: Uint8Array | undefined): void {
    if (codes === undefined) {
      this.#lengthColumns.push(-1);
      return;
    }
    this.#lengthColumns.push(this.#stream.position);
    const { count } = this.#documents;
    const words = new Int32Array((count + 3) >> 2);
    new Uint8Array(words.buffer).set(codes.subarray(0, count));
    this.#stream.append(words, 0, words.length);
    const { linear } = this.#memory;
    const address = linear.allocate(Math.max(4, words.length * 4));
    linear.words.set(words, address >> 2);
    this.#lengths.push(address);
    this.#set(W_LENGTHS + group * 4, address);
  }
}
