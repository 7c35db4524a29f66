/** Writes a segment: columns first, then terms in ascending order of their hashes. Layout: docs/formats/segment.md. */

import { assert, must, PeregrineError } from '../base/index.ts';
import type { Disk, DiskFile } from '../disk/index.ts';
import { packedWords, packStream } from './bit-packing.ts';
import { BLOCK_POSTINGS, BlockEncoder, countBits, joinImpacts } from './block-encoder.ts';
import { writeColumns } from './columns/column-codec.ts';
import type { Column } from './columns/column.ts';
import { DictionaryWriter } from './dictionary-writer.ts';
import { filterBits, filterPlace, filterWords } from './docid-filter.ts';
import type { DocumentTable } from './document-table.ts';
import { PageStream } from './page-stream.ts';
import {
  encodeHead,
  FIELD_COLUMNS,
  MAX_SEGMENT_WORDS,
  type RegionName,
  type SegmentHead,
} from './segment-format.ts';
import { NO_WORDS, WordFrequencies, type WordsOfTerms } from './words/word-frequencies.ts';
import { WordListWriter } from './words/word-list.ts';
import { SpillList } from './spill-list.ts';

const CHUNK_BLOCKS = 64;
/** Words written between two pauses. */
const WORDS_A_STEP = 5000;
const LIST_INLINE = 1;
const LIST_SHORT = 2;
const LIST_LONG = 3;
const KIND_SHIFT = 28;
const BARE = 1 << 27;

export class SegmentWriter {
  readonly #documents: DocumentTable;
  readonly #stream = new PageStream();
  readonly #regions: Partial<Record<RegionName, number>> = {};
  readonly #lengthColumns: number[] = [];
  readonly #positions = new SpillList();
  readonly #dictionary = new SpillList();
  readonly #block = new BlockEncoder();
  readonly #words = new WordListWriter();
  #frequencies = new WordFrequencies(NO_WORDS);
  #postings = 0;
  #terms = 0;
  #occurrences = 0;
  // The term being written.
  #high = 0;
  #low = 0;
  #df = 0;
  #termOccurrences = 0;
  #lastDocument = -1;
  #listMask = 0;
  readonly #listImpacts = new Int32Array(FIELD_COLUMNS);
  readonly #chunk: { last: number; word: number; position: number; impacts: number[]; mask: number }[] = [];
  readonly #chunkLasts: number[] = [];
  readonly #chunkWords: number[] = [];
  #blocks = 0;

  /** `fields`: columns of the documents beside the fixed ones. */
  constructor(documents: DocumentTable, fields: readonly Column[] = []) {
    this.#documents = documents;
    this.#writeColumns();
    this.#regions.fields = fields.length === 0 ? 0 : writeColumns(this.#stream, fields, documents.count);
    this.#postings = this.#stream.position;
    this.#regions.postings = this.#postings;
  }

  /** Words for the side dictionary; before the first term. */
  expectWords(words: WordsOfTerms): void {
    this.#frequencies = new WordFrequencies(words);
  }

  /** Hash as two signed words. Terms ascend as unsigned numbers. */
  beginTerm(high: number, low: number): void {
    this.#high = high;
    this.#low = low;
    this.#df = 0;
    this.#termOccurrences = 0;
    this.#lastDocument = -1;
    this.#listMask = 0;
    this.#blocks = 0;
  }

  /** Begins the posting of a document; documents ascend. Then frequencies and positions of it. */
  beginPosting(document: number): void {
    if (this.#block.count === BLOCK_POSTINGS) this.#finishBlock();
    this.#block.begin(document);
    this.#df += 1;
  }

  addFrequency(group: number, frequency: number): void {
    this.#block.addFrequency(group, frequency);
  }

  addPosition(position: number): void {
    this.#block.addPosition(position);
  }

  endTerm(): void {
    if (this.#df === 0) return;
    this.#terms += 1;
    this.#frequencies.take(this.#high, this.#low, this.#df);
    const place = this.#blocks === 0 ? this.#finishSmall() : this.#finishLong();
    this.#occurrences += this.#termOccurrences;
    this.#dictionary.push(this.#high);
    this.#dictionary.push(this.#low);
    this.#dictionary.push(this.#df);
    for (const word of place) this.#dictionary.push(word);
    this.#block.clear();
  }

  /** Writes what is complete to `file`, and what has to wait to files beside it: memory stays small. */
  async drain(disk: Disk, file: DiskFile): Promise<void> {
    await this.#stream.drain(file);
    await this.#positions.spill(disk, `${file.path}.positions`);
    await this.#dictionary.spill(disk, `${file.path}.terms`);
  }

  /** All pages of the segment, in memory; where nothing was drained. */
  finish(): { head: SegmentHead; pages: readonly Uint8Array[] } {
    this.#regions.positions = this.#stream.position;
    for (const piece of this.#positions.pieces()) this.#stream.append(piece, 0, piece.length);
    this.#regions.dictionary = this.#stream.position;
    const dictionary = new DictionaryWriter(this.#stream, this.#terms);
    for (const piece of this.#dictionary.pieces()) dictionary.add(piece);
    for (const counted of this.#frequencies.entries()) this.#words.add(counted);
    const head = this.#finishHead(dictionary);
    return { head, pages: this.#stream.pages };
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
    for await (const piece of this.#dictionary.all()) {
      dictionary.add(piece);
      await this.#stream.drain(file);
    }
    let left = WORDS_A_STEP;
    for (const counted of this.#frequencies.entries()) {
      this.#words.add(counted);
      left -= 1;
      if (left > 0) continue;
      left = WORDS_A_STEP;
      await new Promise((resolve) => setImmediate(resolve));
    }
    const head = this.#finishHead(dictionary);
    await this.#stream.finishFile(file);
    return head;
  }

  /** Removes the files beside the segment's own. After {@link finishFile}, or instead of it. */
  async discard(disk: Disk): Promise<void> {
    await this.#positions.discard(disk);
    await this.#dictionary.discard(disk);
  }

  #finishHead(dictionary: DictionaryWriter): SegmentHead {
    assert(dictionary.written === this.#terms, 'every term has a record');
    this.#regions.top = dictionary.finish();
    this.#regions.words = this.#words.finish(this.#stream);
    const { count, fieldTotals } = this.#documents;
    if (this.#stream.position > MAX_SEGMENT_WORDS) {
      throw new PeregrineError('TOO_LARGE', 'A segment of the index can hold 8 GiB at most.');
    }
    const head: SegmentHead = {
      documents: count,
      terms: this.#terms,
      leaves: dictionary.leaves,
      filterWords: filterWords(count),
      occurrences: this.#occurrences,
      pages: this.#stream.pageCount,
      leastDocId: count === 0 ? 0 : this.#documents.docId(must(this.#order[0], 'the first docId')),
      greatestDocId: count === 0 ? 0 : this.#documents.docId(must(this.#order[count - 1], 'the last docId')),
      regions: this.#regions as Record<RegionName, number>,
      lengths: this.#lengthColumns,
      fieldTotals: [...fieldTotals],
    };
    this.#stream.finish(encodeHead(head));
    return head;
  }

  #order: Int32Array = new Int32Array(0);

  #writeColumns(): void {
    const table = this.#documents;
    const { count } = table;
    this.#order = table.order();
    const column = (name: RegionName, words: Int32Array, length = count): void => {
      this.#regions[name] = this.#stream.position;
      this.#stream.append(words, 0, length);
    };
    column('docIdHigh', table.docIdHigh);
    column('docIdLow', table.docIdLow);
    column('site', table.site);
    column('content', table.content);
    column('date', table.date);
    column('ranks', table.ranks);
    for (let group = 0; group < FIELD_COLUMNS; group++) {
      const codes = table.lengths[group];
      if (codes === undefined) {
        this.#lengthColumns.push(-1);
        continue;
      }
      this.#lengthColumns.push(this.#stream.position);
      const words = new Int32Array((count + 3) >> 2);
      new Uint8Array(words.buffer).set(codes.subarray(0, count));
      this.#stream.append(words, 0, words.length);
    }
    column('order', this.#order);
    const filter = new Int32Array(filterWords(count));
    for (let document = 0; document < count; document++) {
      const high = table.docIdHigh[document] as number;
      const low = table.docIdLow[document] as number;
      const place = filterPlace(high, low, filter.length);
      filter[place] = (filter[place] as number) | filterBits(high, low);
    }
    column('filter', filter, filter.length);
    column('zoneIndex', table.zoneIndex);
    column('zones', table.zones, table.zoneWords);
  }

  /** Packs the block that is full or the last, and puts it where it belongs; the list will be a long one. */
  #finishBlock(): void {
    const block = this.#block;
    const position = this.#encodeBlock();
    const word = this.#stream.fit(block.wordCount);
    this.#stream.append(block.words, 0, block.wordCount);
    const last = block.documents[block.count - 1] as number;
    const impacts = [...block.impacts.subarray(0, block.impactCount)];
    this.#chunk.push({ last, word: word - this.#postings, position, impacts, mask: block.mask });
    this.#lastDocument = last;
    this.#blocks += 1;
    block.clear();
    if (this.#chunk.length === CHUNK_BLOCKS) this.#finishChunk();
  }

  /** Packs the block; returns where its positions begin. */
  #encodeBlock(): number {
    const block = this.#block;
    block.encode(this.#lastDocument, this.#documents.lengths);
    const position = this.#positions.length;
    const words = packedWords(block.positionWidth, block.occurrences);
    if (words > 0) {
      const packed = new Int32Array(words);
      packStream(block.gaps, 0, block.occurrences, block.positionWidth, packed, 0);
      this.#positions.append(packed, 0, words);
    }
    this.#termOccurrences += block.occurrences;
    this.#joinImpacts();
    return position;
  }

  #joinImpacts(): void {
    const { impacts, mask } = this.#block;
    let place = 0;
    for (let group = 0; group < FIELD_COLUMNS; group++) {
      if ((mask & (1 << group)) === 0) continue;
      const own = impacts[place++] as number;
      const isFirst = (this.#listMask & (1 << group)) === 0;
      this.#listImpacts[group] = isFirst ? own : joinImpacts(this.#listImpacts[group] as number, own);
    }
    this.#listMask |= mask;
  }

  /** Block table of up to 64 blocks: last documents, places, position places, impacts; inside one page. */
  #finishChunk(): void {
    const blocks = this.#chunk;
    const impactWords = blocks.reduce((sum, { impacts }) => sum + impacts.length, 0);
    const head = blocks.length * 4;
    const word = this.#stream.fit(head + impactWords);
    for (const { last } of blocks) this.#stream.word(last);
    for (const { word } of blocks) this.#stream.word(word);
    for (const { position } of blocks) this.#stream.word(position);
    let at = head;
    for (const { mask, impacts } of blocks) {
      this.#stream.word((mask << 16) | at);
      at += impacts.length;
    }
    for (const { impacts } of blocks) for (const impact of impacts) this.#stream.word(impact);
    this.#chunkLasts.push(must(blocks.at(-1), 'a block').last);
    this.#chunkWords.push(word - this.#postings);
    blocks.length = 0;
  }

  /** Record of a term of one block. */
  #finishSmall(): readonly number[] {
    const block = this.#block;
    if (block.count === 1 && block.occurrences <= 1 && countBits(block.mask) === block.occurrences) {
      const document = block.documents[0] as number;
      if (block.occurrences === 0) return [document, 0, (LIST_INLINE << KIND_SHIFT) | BARE];
      this.#termOccurrences = 1;
      return [document, block.gaps[0] as number, (LIST_INLINE << KIND_SHIFT) | (31 - Math.clz32(block.mask))];
    }
    const position = this.#encodeBlock();
    const word = this.#stream.fit(1 + block.wordCount + block.impactCount);
    this.#stream.word(position);
    this.#stream.append(block.words, 0, block.wordCount);
    this.#stream.append(block.impacts, 0, block.impactCount);
    return [word - this.#postings, this.#termOccurrences, LIST_SHORT << KIND_SHIFT];
  }

  #finishLong(): readonly number[] {
    if (this.#block.count > 0) this.#finishBlock();
    if (this.#chunk.length > 0) this.#finishChunk();
    const groups = countBits(this.#listMask);
    const word = this.#stream.fit(2 + groups);
    this.#stream.word(this.#blocks);
    this.#stream.word(this.#listMask);
    for (let group = 0; group < FIELD_COLUMNS; group++) {
      if ((this.#listMask & (1 << group)) !== 0) this.#stream.word(this.#listImpacts[group] as number);
    }
    for (const last of this.#chunkLasts) this.#stream.word(last);
    for (const place of this.#chunkWords) this.#stream.word(place);
    this.#chunkLasts.length = 0;
    this.#chunkWords.length = 0;
    return [word - this.#postings, Math.min(0x7fffffff, this.#termOccurrences), LIST_LONG << KIND_SHIFT];
  }
}
