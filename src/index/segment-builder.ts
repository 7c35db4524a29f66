/** Inverts analysed documents, as batches carry them, into a segment; the loops are kernels (write-kernels/file-postings.ts, invert.ts, encode-terms.ts). */

import type { DocId } from '../base/index.ts';
import type { Column } from './columns/column.ts';
import { ColumnBuilder } from './columns/column-builder.ts';
import { DocumentTable } from './document-table.ts';
import { freeBuffers, growBuffer, heldWords } from './growing-buffers.ts';
import type { IndexMemory } from './index-memory.ts';
import { SegmentWriter } from './segment-writer.ts';
import type { FinishedSegment } from './segment.ts';
import { atOnce } from './steps.ts';
import { HashedWordsWriter } from './words/hashed-words.ts';
import {
  B_ADDRESS,
  BUFFER_BYTES,
  I_BUFFERS,
  I_DOCUMENT_TABLE,
  I_ORDER,
  I_PART_BITS,
  I_PARTS,
  I_ROWS,
  I_TERMS,
  INVERSION_BUFFERS,
  INVERSION_BYTES,
  T_HIGH,
  T_LETTER_COUNT,
  T_LETTERS,
  T_LOW,
  TERM_SHIFT,
} from './write-kernels/write-layout.ts';

/** An analysed document whose bytes stand in linear memory and were found sound. */
export interface PlacedDocument {
  readonly docId: DocId;
  readonly address: number;
  readonly size_bytes: number;
  /** Address and size of its fields; 0 where it has none. */
  readonly fieldsAt: number;
  readonly fields_bytes: number;
}

/** Words that kernels may write before they are taken. */
const TAKE_WORDS = 2 ** 15;
/** Bytes of documents that are read between two pauses. */
const STEP_BYTES = 2 ** 18;
/** Bytes of documents whose postings are inverted at a time: what that takes stays in the processor's cache. */
const PART_BYTES = 2 ** 15;
const MOST_PART_BITS = 8;
const PARTS_A_STEP = 8;
/** Filed postings take so many times what the documents do, as a rule. */
const FILED_SHARE = 2.7;

/** The segment of `documents`, in their order. */
export function buildSegment(memory: IndexMemory, documents: readonly PlacedDocument[]): FinishedSegment {
  return atOnce(segmentSteps(memory, documents));
}

/**
 * The same with a pause every millisecond or two, in which others may use the memory; the documents must stay where they
 * are. Whoever gives it up calls `return`, which frees what it took.
 */
export function* segmentSteps(
  memory: IndexMemory,
  documents: readonly PlacedDocument[],
): Generator<void, FinishedSegment> {
  const inversion = new Inversion(memory, documents);
  try {
    yield* inversion.file();
    const table = inversion.documentTable();
    const writer = yield* SegmentWriter.of(memory, table, columnsOf(memory, documents));
    try {
      const words = new HashedWordsWriter();
      for (let part = 0; part < inversion.parts; part++) {
        inversion.invert(part);
        while (memory.writing.encodeTerms(inversion.address, writer.address, TAKE_WORDS) !== 0) {
          writer.take();
          yield;
        }
        inversion.addWords(words);
        if (part % PARTS_A_STEP === 0) yield;
      }
      writer.take();
      return writer.finish(words.finish());
    } finally {
      writer.close();
    }
  } finally {
    inversion.close();
  }
}

function columnsOf({ linear }: IndexMemory, documents: readonly PlacedDocument[]): Column[] {
  const builder = new ColumnBuilder(linear.bytes);
  documents.forEach(({ fieldsAt, fields_bytes }, number) => {
    if (fields_bytes > 0) builder.add(number, fieldsAt, fieldsAt + fields_bytes);
  });
  return builder.finish(documents.length);
}

/** The state of an inversion in linear memory. */
class Inversion {
  readonly address: number;
  readonly parts: number;
  readonly #memory: IndexMemory;
  readonly #documents: readonly PlacedDocument[];
  readonly #size_bytes: number;
  readonly #table: number;
  /** Buffers of filed postings. */
  readonly #filed: number;

  constructor(memory: IndexMemory, documents: readonly PlacedDocument[]) {
    this.#memory = memory;
    this.#documents = documents;
    const { linear } = memory;
    this.#size_bytes = documents.reduce((sum, document) => sum + document.size_bytes, 0);
    const bits = partBits(this.#size_bytes);
    this.parts = 2 ** bits;
    this.address = linear.allocateZeroed(INVERSION_BYTES);
    this.#table = linear.allocate(Math.max(8, documents.length * 8));
    this.#filed = linear.allocateZeroed(this.parts * BUFFER_BYTES);
    linear.words[(this.address + I_DOCUMENT_TABLE) >> 2] = this.#table;
    linear.words[(this.address + I_PART_BITS) >> 2] = bits;
    linear.words[(this.address + I_PARTS) >> 2] = this.#filed;
    let at = this.#table >> 2;
    for (const { address, size_bytes: own_bytes } of documents) {
      linear.words[at++] = address;
      linear.words[at++] = own_bytes;
    }
  }

  /** Files the postings of all documents by parts. */
  *file(): Generator<void> {
    const { writing } = this.#memory;
    this.#makeRoom();
    let first = 0;
    let size_bytes = 0;
    for (const [number, document] of this.#documents.entries()) {
      size_bytes += document.size_bytes;
      if (size_bytes < STEP_BYTES && number + 1 < this.#documents.length) continue;
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
    for (let part = 0; part < this.parts; part++) {
      growBuffer(this.#memory.linear, this.#filed + part * BUFFER_BYTES, words);
    }
  }

  documentTable(): DocumentTable {
    const table = new DocumentTable();
    const { words } = this.#memory.linear;
    let row = (words[(this.address + I_ROWS) >> 2] as number) >> 2;
    for (const { docId } of this.#documents) row = table.add(docId, words, row);
    return table;
  }

  /** Makes the terms of a part ready to be encoded, and gives back what was filed of it. */
  invert(part: number): void {
    const { linear, writing } = this.#memory;
    writing.invertPart(this.address, part);
    const buffer = this.#filed + part * BUFFER_BYTES;
    freeBuffers(linear, buffer, 1);
    linear.words[(buffer + B_ADDRESS) >> 2] = 0;
  }

  /** Adds the words of the part's terms, each once. */
  addWords(found: HashedWordsWriter): void {
    const { linear } = this.#memory;
    const { words, bytes } = linear;
    const terms = (words[(this.address + I_TERMS) >> 2] as number) >> 2;
    for (const number of heldWords(linear, this.address + I_ORDER)) {
      const term = terms + (number << (TERM_SHIFT - 2));
      const length = words[term + (T_LETTER_COUNT >> 2)] as number;
      if (length === 0) continue;
      const from = words[term + (T_LETTERS >> 2)] as number;
      const low = words[term + (T_LOW >> 2)] as number;
      found.add(low, words[term + (T_HIGH >> 2)] as number, bytes, from, from + length);
    }
  }

  close(): void {
    const { linear } = this.#memory;
    freeBuffers(linear, this.address + I_BUFFERS, INVERSION_BUFFERS);
    freeBuffers(linear, this.#filed, this.parts);
    linear.free(this.#filed);
    linear.free(this.#table);
    linear.free(this.address);
  }
}

/** Bits of hashes by which the postings of so many bytes of documents are filed. */
function partBits(size_bytes: number): number {
  return Math.min(MOST_PART_BITS, Math.max(0, Math.ceil(Math.log2(size_bytes / PART_BYTES))));
}
