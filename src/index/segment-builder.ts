/** Inverts analysed documents, as batches carry them, into a segment; the loops are kernels (write-kernels/invert.ts). */

import type { DocId } from '../base/index.ts';
import type { Column } from './columns/column.ts';
import { ColumnBuilder } from './columns/column-builder.ts';
import { DocumentTable } from './document-table.ts';
import { freeBuffers, heldWords } from './growing-buffers.ts';
import type { IndexMemory } from './index-memory.ts';
import { SegmentWriter } from './segment-writer.ts';
import type { FinishedSegment } from './segment.ts';
import { atOnce } from './steps.ts';
import { type HashedWords, HashedWordsWriter } from './words/hashed-words.ts';
import {
  I_BUFFERS,
  I_DOCUMENT_TABLE,
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
  /** Address and size of its fields; 0 where it has none. */
  readonly fieldsAt: number;
  readonly fields_bytes: number;
}

/** Words that kernels may write before they are taken. */
const TAKE_WORDS = 2 ** 15;
/** Bytes of documents that are read between two pauses. */
const STEP_BYTES = 2 ** 18;
/** Words gathered between two pauses. */
const WORDS_A_STEP = 16_384;

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
    yield* inversion.steps();
    const table = inversion.documentTable();
    const writer = yield* SegmentWriter.of(memory, table, columnsOf(memory, documents));
    try {
      while (memory.writing.encodeTerms(inversion.address, writer.address, TAKE_WORDS) !== 0) {
        writer.take();
        yield;
      }
      writer.take();
      const words = yield* inversion.words();
      return writer.finish(words);
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
  readonly #memory: IndexMemory;
  readonly #documents: readonly PlacedDocument[];
  readonly #table: number;

  constructor(memory: IndexMemory, documents: readonly PlacedDocument[]) {
    this.#memory = memory;
    this.#documents = documents;
    const { linear } = memory;
    this.address = linear.allocateZeroed(INVERSION_BYTES);
    this.#table = linear.allocate(Math.max(8, documents.length * 8));
    linear.words[(this.address + I_DOCUMENT_TABLE) >> 2] = this.#table;
    let at = this.#table >> 2;
    for (const { address, size_bytes } of documents) {
      linear.words[at++] = address;
      linear.words[at++] = size_bytes;
    }
  }

  *steps(): Generator<void> {
    const { writing } = this.#memory;
    yield* this.#inSteps((first, past) => writing.countDocuments(this.address, first, past));
    writing.orderTerms(this.address);
    yield;
    yield* this.#inSteps((first, past) => writing.scatterDocuments(this.address, first, past));
  }

  /** Runs of documents of {@link STEP_BYTES}, a pause behind each. */
  *#inSteps(read: (first: number, past: number) => void): Generator<void> {
    let first = 0;
    let size_bytes = 0;
    for (const [number, document] of this.#documents.entries()) {
      size_bytes += document.size_bytes;
      if (size_bytes < STEP_BYTES && number + 1 < this.#documents.length) continue;
      read(first, number + 1);
      first = number + 1;
      size_bytes = 0;
      yield;
    }
  }

  documentTable(): DocumentTable {
    const table = new DocumentTable();
    const { words } = this.#memory.linear;
    let row = (words[(this.address + I_ROWS) >> 2] as number) >> 2;
    for (const { docId } of this.#documents) row = table.add(docId, words, row);
    return table;
  }

  /** The words of the documents' terms, each once. */
  *words(): Generator<void, HashedWords> {
    const { linear } = this.#memory;
    const found = new HashedWordsWriter();
    const count = heldWords(linear, this.address + I_ORDER).length;
    for (let first = 0; first < count; first += WORDS_A_STEP) {
      this.#addWords(found, first, Math.min(count, first + WORDS_A_STEP));
      yield;
    }
    return found.finish();
  }

  #addWords(found: HashedWordsWriter, first: number, past: number): void {
    const { linear } = this.#memory;
    const { words, bytes } = linear;
    const terms = (words[(this.address + I_TERMS) >> 2] as number) >> 2;
    const order = heldWords(linear, this.address + I_ORDER);
    for (let rank = first; rank < past; rank++) {
      const term = terms + ((order[rank] as number) << (TERM_SHIFT - 2));
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
    linear.free(this.#table);
    linear.free(this.address);
  }
}
