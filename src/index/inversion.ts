/**
 * An inversion of documents in linear memory, for kernels: their bytes, what is filed of them, part by part, the terms and postings of the
 * part at hand.
 */

import { DocumentTable } from './document-table.ts';
import { freeBuffers, heldWords } from './growing-buffers.ts';
import type { IndexMemory } from './index-memory.ts';
import type { PlacedDocuments } from './placed-documents.ts';
import type { HashedWordsWriter } from './words/hashed-words.ts';
import {
  B_ADDRESS,
  B_USED,
  BUFFER_BYTES,
  D_FIELDS,
  D_FIELDS_SIZE,
  DOCUMENT_SHIFT,
  I_BUFFERS,
  I_DOCUMENT_TABLE,
  I_FIRST_PART,
  I_ORDER,
  I_PART_BITS,
  I_PARTS,
  I_PAST_PART,
  I_PIECES,
  I_TERMS,
  INVERSION_BUFFERS,
  INVERSION_BYTES,
  PART_SHIFT,
  T_HIGH,
  T_LETTER_COUNT,
  T_LETTERS,
  T_LOW,
  T_POSTINGS,
  TERM_SHIFT,
} from './write-kernels/write-layout.ts';

/** Bytes of documents that are read between two pauses. */
const STEP_BYTES = 2 ** 18;
/** Documents whose columns are gathered in a call: of one that is made once alone nothing is known when it is compiled. */
const DOCUMENTS_A_CALL = 1024;
/** Bytes of documents whose postings are inverted at a time, at most: what that takes stays in the processor's cache. */
const PART_BYTES = 2 ** 17;
const MOST_PART_BITS = 10;
/** Of postings that are filed in one pass over the documents: the more documents, the more passes, not the more memory. */
export const PASS_BYTES: number = 2 ** 26;
/** Filed postings take so many times what the documents do, as a rule. */
const FILED_SHARE = 1.7;

export class Inversion {
  readonly address: number;
  readonly parts: number;
  /** Parts of a pass, */
  readonly partsAtOnce: number;
  /** and those that are inverted between two pauses. */
  readonly partsAStep: number;
  readonly #memory: IndexMemory;
  readonly #documents: PlacedDocuments;
  /** Rows of the documents, in which is noted how far they were filed. */
  readonly #table: number;
  /** What is known of each part of a pass. */
  readonly #filed: number;

  constructor(memory: IndexMemory, documents: PlacedDocuments, pass_bytes: number) {
    this.#memory = memory;
    this.#documents = documents;
    const { linear } = memory;
    this.#table = linear.allocate(Math.max(1, documents.count << DOCUMENT_SHIFT));
    documents.copyRows(this.#table);
    const { size_bytes } = documents;
    const bits = partBits(size_bytes);
    this.parts = 2 ** bits;
    this.partsAStep = Math.max(1, Math.floor((STEP_BYTES * this.parts) / Math.max(1, size_bytes)));
    // As much in each pass.
    const passes = Math.max(1, Math.ceil((size_bytes * FILED_SHARE) / pass_bytes));
    this.partsAtOnce = Math.ceil(this.parts / passes);
    this.address = linear.allocateZeroed(INVERSION_BYTES);
    this.#filed = linear.allocateZeroed(this.partsAtOnce << PART_SHIFT);
    this.#set(I_DOCUMENT_TABLE, this.#table);
    this.#set(I_PART_BITS, bits);
    this.#set(I_PARTS, this.#filed);
  }

  /** Files what all documents have in the parts of a pass, of which `firstPart` is the first. */
  *file(firstPart: number): Generator<void> {
    const { writing } = this.#memory;
    this.#set(I_FIRST_PART, firstPart);
    this.#set(I_PAST_PART, firstPart + this.partsAtOnce);
    const step_bytes = Math.ceil((STEP_BYTES * this.parts) / this.partsAtOnce);
    const { count } = this.#documents;
    let next = 0;
    while (next < count) {
      next = writing.fileDocuments(this.address, next, count, step_bytes);
      yield;
    }
  }

  documentTable(): DocumentTable {
    const { count, columnsAt } = this.#documents;
    const table = new DocumentTable(count);
    const { words } = this.#memory.linear;
    for (let first = 0; first < count; first += DOCUMENTS_A_CALL) {
      table.addRows(words, this.#rowOf(first), Math.min(DOCUMENTS_A_CALL, count - first), columnsAt >> 2);
    }
    return table;
  }

  /** Bytes of the fields of all documents, in their order, and where each one's end; undefined where none has any. */
  fields(): { readonly bytes: Uint8Array; readonly ends: Uint32Array } | undefined {
    const { count, fields_bytes } = this.#documents;
    if (fields_bytes === 0) return undefined;
    const bytes = new Uint8Array(fields_bytes);
    const ends = new Uint32Array(count);
    const { linear } = this.#memory;
    let end = 0;
    for (let number = 0; number < count; number++) {
      const row = this.#rowOf(number);
      const own_bytes = linear.words[row + (D_FIELDS_SIZE >> 2)] as number;
      if (own_bytes > 0) {
        const from = linear.words[row + (D_FIELDS >> 2)] as number;
        bytes.set(linear.bytes.subarray(from, from + own_bytes), end);
        end += own_bytes;
      }
      ends[number] = end;
    }
    return { bytes, ends };
  }

  /** Makes the terms of a part of the pass ready to be encoded. */
  invert(part: number): void {
    this.#memory.writing.invertPart(this.address, part);
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
    const pieces = (this.address + I_PIECES) >> 2;
    const count = (linear.words[pieces + (B_USED >> 2)] as number) / (BUFFER_BYTES >> 2);
    freeBuffers(linear, linear.words[pieces + (B_ADDRESS >> 2)] as number, count);
    freeBuffers(linear, this.address + I_BUFFERS, INVERSION_BUFFERS);
    linear.free(this.#filed);
    linear.free(this.#table);
    linear.free(this.address);
  }

  /** Word at which the row of a document stands. */
  #rowOf(number: number): number {
    return (this.#table + (number << DOCUMENT_SHIFT)) >> 2;
  }

  #set(field: number, value: number): void {
    this.#memory.linear.words[(this.address + field) >> 2] = value;
  }
}

/** Bits of hashes by which the postings of so many bytes of documents are filed. */
function partBits(size_bytes: number): number {
  return Math.min(MOST_PART_BITS, Math.max(0, Math.ceil(Math.log2(size_bytes / PART_BYTES))));
}
