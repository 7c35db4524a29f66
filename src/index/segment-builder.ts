/** Inverts analysed documents, as batches carry them, into a segment; the loops are kernels (write-kernels/file-postings.ts, invert.ts, encode-terms.ts). */

import type { Column } from './columns/column.ts';
import { ColumnBuilder } from './columns/column-builder.ts';
import { DocumentTable } from './document-table.ts';
import { freeBuffers, growBuffer, heldWords } from './growing-buffers.ts';
import type { IndexMemory } from './index-memory.ts';
import { columnSum, type PlacedDocuments } from './placed-documents.ts';
import type { SegmentSource } from './segment-file.ts';
import { SegmentWriter } from './segment-writer.ts';
import type { FinishedSegment } from './segment.ts';
import { atOnce } from './steps.ts';
import { HashedWordsWriter, wordsInOrder } from './words/hashed-words.ts';
import { WordFrequencies } from './words/word-frequencies.ts';
import {
  BUFFER_BYTES,
  D_ADDRESS,
  D_SIZE,
  DOCUMENT_SHIFT,
  I_BUFFERS,
  I_DOCUMENT_TABLE,
  I_FIRST_PART,
  I_ORDER,
  I_PART_BITS,
  I_PARTS,
  I_PAST_PART,
  I_ROWS,
  I_TERMS,
  INVERSION_BUFFERS,
  INVERSION_BYTES,
  T_HIGH,
  T_LETTER_COUNT,
  T_LETTERS,
  T_LOW,
  T_POSTINGS,
  TERM_SHIFT,
} from './write-kernels/write-layout.ts';

/** Words that kernels may write before they are taken. */
const TAKE_WORDS = 2 ** 15;
/** Bytes of documents that are read between two pauses. */
const STEP_BYTES = 2 ** 18;
/** Bytes of documents whose postings are inverted at a time: what that takes stays in the processor's cache. */
const PART_BYTES = 2 ** 15;
const MOST_PART_BITS = 10;
/** Parts that are filed in one pass over the documents: the more documents, the more passes, not the more memory. */
const PARTS_A_PASS = 128;
const PARTS_A_STEP = 8;
/** Documents whose fields are gathered, and words that are counted, between two pauses. */
const DOCUMENTS_A_STEP = 64;
const WORDS_A_STEP = 4096;
/** Filed postings take so many times what the documents do, as a rule. */
const FILED_SHARE = 2.7;

/** The segment of `documents`, in their order. */
export function buildSegment(memory: IndexMemory, documents: PlacedDocuments): FinishedSegment {
  return atOnce(segmentSteps(memory, documents));
}

/**
 * The same with a pause every millisecond or two, in which others may use the memory; the documents must stay where they
 * are. Whoever gives it up calls `return`, which frees what it took.
 */
export function* segmentSteps(
  memory: IndexMemory,
  documents: PlacedDocuments,
): Generator<void, FinishedSegment> {
  const inverter = yield* DocumentInverter.of(memory, documents);
  try {
    yield* inverter.steps();
    return inverter.writer.finish(inverter.words.finish());
  } finally {
    inverter.close();
  }
}

/** Documents on their way into a segment, in memory or in a file. */
export class DocumentInverter implements SegmentSource {
  readonly writer: SegmentWriter;
  readonly words: HashedWordsWriter = new HashedWordsWriter();
  /** Documents that have each of them. */
  readonly #frequencies: number[] = [];
  readonly #memory: IndexMemory;
  readonly #inversion: Inversion;

  /** With the columns of all documents written. */
  static *of(memory: IndexMemory, documents: PlacedDocuments): Generator<void, DocumentInverter> {
    const inversion = new Inversion(memory, documents);
    let inverter: DocumentInverter | undefined;
    try {
      yield* inversion.file(0);
      const table = inversion.documentTable();
      const columns = yield* columnsOf(memory, documents);
      const writer = yield* SegmentWriter.of(memory, table, columns);
      inverter = new DocumentInverter(memory, inversion, writer);
      return inverter;
    } finally {
      if (inverter === undefined) inversion.close();
    }
  }

  private constructor(memory: IndexMemory, inversion: Inversion, writer: SegmentWriter) {
    this.#memory = memory;
    this.#inversion = inversion;
    this.writer = writer;
  }

  close(): void {
    this.writer.close();
    this.#inversion.close();
  }

  /** Writes all lists. */
  *steps(): Generator<void> {
    const [inversion, { writing }] = [this.#inversion, this.#memory];
    for (let part = 0; part < inversion.parts; part++) {
      if (part > 0 && part % PARTS_A_PASS === 0) yield* inversion.file(part);
      inversion.invert(part);
      while (writing.encodeTerms(inversion.address, this.writer.address, TAKE_WORDS) !== 0) {
        this.writer.take();
        yield;
      }
      inversion.addWords(this.words, this.#frequencies);
      if (part % PARTS_A_STEP === 0) yield;
    }
    this.writer.take();
  }

  *stepsWithWords(): Generator<void> {
    yield* this.steps();
    const hashed = this.words.finish();
    const words = new WordFrequencies(yield* wordsInOrder(hashed));
    for (let i = 0; i < hashed.count; i++) {
      const [low, high] = [hashed.hashes[i * 2] ?? 0, hashed.hashes[i * 2 + 1] ?? 0];
      words.take(high, low, this.#frequencies[i] ?? 0);
      if ((i + 1) % WORDS_A_STEP === 0) yield;
    }
    this.writer.expectWords(words.entries());
  }
}

function* columnsOf({ linear }: IndexMemory, documents: PlacedDocuments): Generator<void, Column[]> {
  const { count, fieldsAt } = documents;
  // Linear memory may move between two steps: fields are taken along.
  const bytes = new Uint8Array(columnSum(documents.fields_bytes, count));
  let end = 0;
  for (let number = 0; number < count; number++) {
    const [from = 0, fields_bytes = 0] = [fieldsAt[number], documents.fields_bytes[number]];
    if (fields_bytes > 0) bytes.set(linear.bytes.subarray(from, from + fields_bytes), end);
    end += fields_bytes;
  }
  const builder = new ColumnBuilder(bytes);
  let at = 0;
  let gathered = 0;
  for (let number = 0; number < count; number++) {
    const fields_bytes = documents.fields_bytes[number] ?? 0;
    if (fields_bytes === 0) continue;
    builder.add(number, at, at + fields_bytes);
    at += fields_bytes;
    gathered += 1;
    if (gathered % DOCUMENTS_A_STEP === 0) yield;
  }
  return yield* builder.finish(count);
}

/** The state of an inversion in linear memory. */
class Inversion {
  readonly address: number;
  readonly parts: number;
  readonly #memory: IndexMemory;
  readonly #documents: PlacedDocuments;
  readonly #size_bytes: number;
  readonly #table: number;
  /** Parts of a pass, and their buffers of filed postings. */
  readonly #partsAtOnce: number;
  readonly #filed: number;

  constructor(memory: IndexMemory, documents: PlacedDocuments) {
    this.#memory = memory;
    this.#documents = documents;
    const { linear } = memory;
    this.#size_bytes = columnSum(documents.sizes_bytes, documents.count);
    const bits = partBits(this.#size_bytes);
    this.parts = 2 ** bits;
    this.#partsAtOnce = Math.min(this.parts, PARTS_A_PASS);
    this.address = linear.allocateZeroed(INVERSION_BYTES);
    this.#table = linear.allocateZeroed(Math.max(8, documents.count << DOCUMENT_SHIFT));
    this.#filed = linear.allocateZeroed(this.#partsAtOnce * BUFFER_BYTES);
    this.#set(I_DOCUMENT_TABLE, this.#table);
    this.#set(I_PART_BITS, bits);
    this.#set(I_PARTS, this.#filed);
    let entry = this.#table;
    for (let number = 0; number < documents.count; number++) {
      linear.words[(entry + D_ADDRESS) >> 2] = documents.addresses[number] as number;
      linear.words[(entry + D_SIZE) >> 2] = documents.sizes_bytes[number] as number;
      entry += 1 << DOCUMENT_SHIFT;
    }
  }

  /** Files what all documents have in the parts of a pass, of which `firstPart` is the first. */
  *file(firstPart: number): Generator<void> {
    const { writing } = this.#memory;
    this.#makeRoom();
    this.#set(I_FIRST_PART, firstPart);
    this.#set(I_PAST_PART, firstPart + this.#partsAtOnce);
    const step_bytes = (STEP_BYTES * this.parts) / this.#partsAtOnce;
    let first = 0;
    let size_bytes = 0;
    const { count, sizes_bytes } = this.#documents;
    for (let number = 0; number < count; number++) {
      size_bytes += sizes_bytes[number] as number;
      if (size_bytes < step_bytes && number + 1 < count) continue;
      writing.fileDocuments(this.address, first, number + 1);
      first = number + 1;
      size_bytes = 0;
      yield;
    }
  }

  /** So that buffers of parts seldom have to grow. */
  #makeRoom(): void {
    if (this.parts === 1) return;
    const words = Math.ceil((this.#size_bytes * FILED_SHARE) / 4 / this.parts);
    for (let part = 0; part < this.#partsAtOnce; part++) {
      growBuffer(this.#memory.linear, this.#filed + part * BUFFER_BYTES, words);
    }
  }

  /** After the first pass. */
  documentTable(): DocumentTable {
    const table = new DocumentTable();
    const { words } = this.#memory.linear;
    let row = (words[(this.address + I_ROWS) >> 2] as number) >> 2;
    for (let number = 0; number < this.#documents.count; number++) {
      row = table.add(this.#documents.docId(number), words, row);
    }
    return table;
  }

  /** Makes the terms of a part of the pass ready to be encoded, and gives back what was filed of it. */
  invert(part: number): void {
    const { linear, writing } = this.#memory;
    writing.invertPart(this.address, part);
    const buffer = this.#filed + (part % this.#partsAtOnce) * BUFFER_BYTES;
    freeBuffers(linear, buffer, 1);
    linear.words.fill(0, buffer >> 2, (buffer + BUFFER_BYTES) >> 2);
  }

  /** Adds the words of the part's terms, each once, and how many documents have each. */
  addWords(found: HashedWordsWriter, frequencies: number[]): void {
    const { linear } = this.#memory;
    const { words, bytes } = linear;
    const terms = (words[(this.address + I_TERMS) >> 2] as number) >> 2;
    let posting = 0;
    for (const number of heldWords(linear, this.address + I_ORDER)) {
      const term = terms + (number << (TERM_SHIFT - 2));
      const past = words[term + (T_POSTINGS >> 2)] as number;
      const documents = past - posting;
      posting = past;
      const length = words[term + (T_LETTER_COUNT >> 2)] as number;
      if (length === 0) continue;
      const from = words[term + (T_LETTERS >> 2)] as number;
      const low = words[term + (T_LOW >> 2)] as number;
      found.add(low, words[term + (T_HIGH >> 2)] as number, bytes, from, from + length);
      frequencies.push(documents);
    }
  }

  close(): void {
    const { linear } = this.#memory;
    freeBuffers(linear, this.address + I_BUFFERS, INVERSION_BUFFERS);
    freeBuffers(linear, this.#filed, this.#partsAtOnce);
    linear.free(this.#filed);
    linear.free(this.#table);
    linear.free(this.address);
  }

  #set(field: number, value: number): void {
    this.#memory.linear.words[(this.address + field) >> 2] = value;
  }
}

/** Bits of hashes by which the postings of so many bytes of documents are filed. */
function partBits(size_bytes: number): number {
  return Math.min(MOST_PART_BITS, Math.max(0, Math.ceil(Math.log2(size_bytes / PART_BYTES))));
}
