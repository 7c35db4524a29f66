/** Inverts analysed documents, as batches carry them, into a segment; the loops are kernels (write-kernels/invert.ts). */

import type { DocId } from '../base/index.ts';
import type { DocumentField } from '../text/index.ts';
import { ColumnBuilder } from './columns/column-builder.ts';
import { DocumentTable } from './document-table.ts';
import { freeBuffers, heldWords } from './growing-buffers.ts';
import type { IndexMemory } from './index-memory.ts';
import { SegmentWriter } from './segment-writer.ts';
import type { FinishedSegment } from './segment.ts';
import { type HashedWords, HashedWordsWriter } from './words/hashed-words.ts';
import {
  I_BUFFERS,
  I_DOCUMENT_TABLE,
  I_DOCUMENTS,
  I_ORDER,
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
  readonly fields: readonly DocumentField[] | undefined;
}

/** Words that kernels may write before they are taken. */
const TAKE_WORDS = 2 ** 17;

/** The segment of `documents`, in their order. */
export function buildSegment(memory: IndexMemory, documents: readonly PlacedDocument[]): FinishedSegment {
  const inversion = new Inversion(memory, documents);
  try {
    inversion.run();
    const table = inversion.documentTable();
    const fields = new ColumnBuilder();
    documents.forEach((document, number) => {
      if (document.fields !== undefined) fields.add(number, document.fields);
    });
    const writer = new SegmentWriter(memory, table, fields.finish(table.count));
    try {
      while (memory.writing.encodeTerms(inversion.address, writer.address, TAKE_WORDS) !== 0) writer.take();
      writer.take();
      return writer.finish(inversion.words());
    } finally {
      writer.close();
    }
  } finally {
    inversion.close();
  }
}

/** The state of an inversion in linear memory. */
class Inversion {
  readonly address: number;
  readonly #memory: IndexMemory;
  readonly #documents: readonly PlacedDocument[];
  readonly #table: number;

  constructor(memory: IndexMemory, documents: readonly PlacedDocument[]) {
    this.#memory = memory;
    this.#documents = documents;
    const { linear } = memory;
    this.address = linear.allocateZeroed(INVERSION_BYTES);
    this.#table = linear.allocate(Math.max(8, documents.length * 8));
    linear.words[(this.address + I_DOCUMENTS) >> 2] = documents.length;
    linear.words[(this.address + I_DOCUMENT_TABLE) >> 2] = this.#table;
    let at = this.#table >> 2;
    for (const { address, size_bytes } of documents) {
      linear.words[at++] = address;
      linear.words[at++] = size_bytes;
    }
  }

  run(): void {
    this.#memory.writing.invertDocuments(this.address);
  }

  documentTable(): DocumentTable {
    const table = new DocumentTable();
    const { words } = this.#memory.linear;
    let row = (words[(this.address + I_ROWS) >> 2] as number) >> 2;
    for (const { docId } of this.#documents) row = table.add(docId, words, row);
    return table;
  }

  /** The words of the documents' terms, each once. */
  words(): HashedWords {
    const { linear } = this.#memory;
    const { words, bytes } = linear;
    const terms = (words[(this.address + I_TERMS) >> 2] as number) >> 2;
    const found = new HashedWordsWriter();
    for (const number of heldWords(linear, this.address + I_ORDER)) {
      const term = terms + (number << (TERM_SHIFT - 2));
      const length = words[term + (T_LETTER_COUNT >> 2)] as number;
      if (length === 0) continue;
      const from = words[term + (T_LETTERS >> 2)] as number;
      const low = words[term + (T_LOW >> 2)] as number;
      found.add(low, words[term + (T_HIGH >> 2)] as number, bytes, from, from + length);
    }
    return found.finish();
  }

  close(): void {
    const { linear } = this.#memory;
    freeBuffers(linear, this.address + I_BUFFERS, INVERSION_BUFFERS);
    linear.free(this.#table);
    linear.free(this.address);
  }
}
