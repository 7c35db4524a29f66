/**
 * Documents that are applied and wait to be seen: their bytes as they came, in linear memory, checked for the kernels. There, too, is a row
 * for each operation, which says where what in a document begins, and a table of the newest row of each document.
 */

import { type CollectionId, type DocId, PeregrineError } from '../base/index.ts';
import type { DerivedPayloads } from '../storage/index.ts';
import { checkFields, decodeAnalysedDocument } from '../text/index.ts';
import { joinDocId, splitDocId } from './document-table.ts';
import { freeBuffers } from './growing-buffers.ts';
import { highHalf, lowHalf } from './hash-halves.ts';
import type { IndexMemory } from './index-memory.ts';
import { type ChosenDocuments, PlacedDocuments } from './placed-documents.ts';
import {
  B_ADDRESS,
  B_USED,
  D_FIELDS,
  D_FIELDS_SIZE,
  D_FILTER,
  D_FILTERS_END,
  D_HIGH,
  D_LOW,
  D_SIZE,
  D_STATE,
  DOCUMENT_SHIFT,
  IS_AGAIN,
  IS_DELETION,
  IS_OLD,
  P_DELETED,
  P_DOCUMENTS,
  P_ROWS,
  WAITING_BUFFERS,
  WAITING_BYTES,
} from './write-kernels/write-layout.ts';

const FIRST_CHUNK_BYTES = 2 ** 12;
const CHUNK_BYTES = 2 ** 18;
/** Room that a chunk has left from so many bytes on is worth a call. */
const LEAST_ROOM_BYTES = 2 ** 14;
/** Documents that are taken out of a batch in one call. */
const MOST_ADMITTED = 512;
/** What a deletion that waits takes. */
const DELETION_BYTES = 16;
const FILTER_BYTES = 8;
/** Words of a row. */
const ROW_STEP: number = 1 << (DOCUMENT_SHIFT - 2);

export class PendingDocuments {
  readonly #memory: IndexMemory;
  /** Address of what kernels keep of them, 0 before the first operation. */
  #waiting = 0;
  /** Operations, each of which has a row. */
  #count = 0;
  readonly #chunks: number[] = [];
  /** Rows by the lower halves of their filters' hashes: of those that had come when somebody asked last, so many. */
  readonly #byFilter = new Map<number, number[]>();
  #filed = 0;
  /** Documents of so many rows were looked up for {@link growth}, */
  #lookedUp = 0;
  /** and so many live versions they replace. */
  #replaced = 0;
  #free = 0;
  #end = 0;
  /** Of the operations since the last {@link clear}, and of the fields of their documents. */
  size_bytes = 0;
  #fields_bytes = 0;

  constructor(memory: IndexMemory) {
    this.#memory = memory;
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /** Of the newest operations, in their order; good until the next operation. */
  get docIds(): Float64Array {
    const docIds = new Float64Array(this.#count);
    const { words } = this.#memory.linear;
    let row = this.#count === 0 ? 0 : this.#rowAt(0) >> 2;
    let next = 0;
    for (let left = this.#count; left > 0; left--, row += ROW_STEP) {
      if (((words[row + (D_STATE >> 2)] as number) & IS_OLD) !== 0) continue;
      docIds[next++] = joinDocId(words[row + (D_HIGH >> 2)] as number, words[row + (D_LOW >> 2)] as number);
    }
    return docIds.subarray(0, next);
  }

  /** Those of the newest operations that are not deletions, in the same order. */
  get documents(): PlacedDocuments {
    const { linear } = this.#memory;
    const isAll = this.count === this.#count && this.#deleted === 0;
    const all = { chosen: this.#count, size_bytes: this.size_bytes, fields_bytes: this.#fields_bytes };
    return new PlacedDocuments(linear, this.#waiting, isAll ? all : this.#newestPuts());
  }

  has(docId: DocId): boolean {
    return this.#rowOf(docId) >= 0;
  }

  /** The newest operation is on the document, and is not its deletion. */
  isPut(docId: DocId): boolean {
    const number = this.#rowOf(docId);
    return number >= 0 && (this.#said(number, D_STATE) & IS_DELETION) === 0;
  }

  /** Documents that were put or deleted. */
  get count(): number {
    return this.#waiting === 0 ? 0 : this.#word(P_DOCUMENTS);
  }

  /**
   * How many more documents live once these are visible. `versionsBefore`: live versions of one before that. Looks each
   * document up once, however often it is asked: only who asks pays for it.
   */
  growth(versionsBefore: (docId: DocId) => number): number {
    for (; this.#lookedUp < this.#count; this.#lookedUp++) {
      const isAgain = (this.#said(this.#lookedUp, D_STATE) & IS_AGAIN) !== 0;
      if (!isAgain) this.#replaced += versionsBefore(this.#docIdOf(this.#lookedUp));
    }
    return this.count - this.#deleted - this.#replaced;
  }

  /** What was live before is so no more without having been replaced: {@link growth} is to be counted anew. */
  lookUpAgain(): void {
    this.#lookedUp = 0;
    this.#replaced = 0;
  }

  /** Copies the document. `CORRUPT`, `UNSUPPORTED_VERSION`. */
  put(docId: DocId, bytes: Uint8Array): void {
    const address = this.#allocate(bytes.length);
    const { linear, writing } = this.#memory;
    linear.bytes.set(bytes, address);
    const { high, low } = splitDocId(docId);
    if (writing.admitDocument(this.#rows(), address, bytes.length, low, high) === 0) {
      // It says what is wrong.
      decodeAnalysedDocument(bytes);
      throw new PeregrineError('CORRUPT', 'An analysed document can be read, but not indexed.');
    }
    this.#take(1);
  }

  /**
   * Copies the documents of puts into `collection` that begin `payloads`, many at a time, and moves it behind them. Not all
   * that are left, and none where the next one is something else, or not sound: that is {@link put}'s to say.
   */
  putMany(payloads: DerivedPayloads, collection: CollectionId): void {
    const wanted_bytes = Math.min(CHUNK_BYTES, payloads.bytes.length - payloads.at);
    const room_bytes = this.#end - this.#free;
    // What a chunk has left is filled first.
    if (room_bytes < wanted_bytes && room_bytes >= LEAST_ROOM_BYTES) {
      if (this.#admit(payloads, collection, room_bytes)) return;
    }
    this.#admit(payloads, collection, wanted_bytes);
  }

  /** False where none is whole in the next `size_bytes`. */
  #admit(payloads: DerivedPayloads, collection: CollectionId, size_bytes: number): boolean {
    const { bytes, at, left } = payloads;
    const address = this.#allocate(size_bytes);
    const { linear, writing } = this.#memory;
    linear.bytes.set(bytes.subarray(at, at + size_bytes), address);
    const most = Math.min(MOST_ADMITTED, left);
    const count = writing.admitPuts(this.#rows(), address, address + size_bytes, collection, most);
    const taken_bytes = writing.admittedTo() - address;
    this.#free = address + ((taken_bytes + 7) & -8);
    this.#take(count);
    if (count > 0) payloads.moveTo(at + taken_bytes, count);
    return count > 0;
  }

  delete(docId: DocId): void {
    const { high, low } = splitDocId(docId);
    this.#memory.writing.addDeletion(this.#rows(), low, high);
    this.#take(1);
    this.size_bytes += DELETION_BYTES;
  }

  /** Documents with a filter term. */
  withFilter(filterHash: bigint): DocId[] {
    this.#file();
    const [high, low] = [highHalf(filterHash), lowHalf(filterHash)];
    const found: DocId[] = [];
    for (const number of this.#byFilter.get(low) ?? []) {
      if ((this.#said(number, D_STATE) & IS_OLD) !== 0) continue;
      const hashes = this.#filtersOf(number);
      if (hashes.some(([ownLow, ownHigh]) => ownLow === low && ownHigh === high))
        found.push(this.#docIdOf(number));
    }
    return found;
  }

  clear(): void {
    this.#byFilter.clear();
    this.#count = 0;
    this.#filed = 0;
    this.lookUpAgain();
    const { linear } = this.#memory;
    if (this.#waiting !== 0) {
      freeBuffers(linear, this.#waiting, WAITING_BUFFERS);
      linear.free(this.#waiting);
      this.#waiting = 0;
    }
    for (const chunk of this.#chunks.splice(0)) linear.free(chunk);
    this.#free = 0;
    this.#end = 0;
    this.size_bytes = 0;
    this.#fields_bytes = 0;
  }

  /** Where kernels add rows. Those that nobody has taken, because something failed, go. */
  #rows(): number {
    const { linear } = this.#memory;
    if (this.#waiting === 0) this.#waiting = linear.allocateZeroed(WAITING_BYTES);
    linear.words[(this.#waiting + P_ROWS + B_USED) >> 2] = this.#count * ROW_STEP;
    return this.#waiting;
  }

  /** Takes the operations of the next `count` rows, which are sound but for fields of documents. `CORRUPT`. */
  #take(count: number): void {
    const { words, bytes } = this.#memory.linear;
    const [first, past] = [this.#count, this.#count + count];
    let row = this.#rowAt(first) >> 2;
    let size_bytes = 0;
    for (let left = count; left > 0; left--) {
      const fields_bytes = words[row + (D_FIELDS_SIZE >> 2)] as number;
      if (fields_bytes > 0) {
        const from = words[row + (D_FIELDS >> 2)] as number;
        checkFields(bytes, from, from + fields_bytes);
        this.#fields_bytes += fields_bytes;
      }
      size_bytes += words[row + (D_SIZE >> 2)] as number;
      row += ROW_STEP;
    }
    this.#memory.writing.fileRows(this.#waiting, first, past);
    this.#count = past;
    this.size_bytes += size_bytes;
  }

  /** Files what came since under its filters: only who asks pays for it. */
  #file(): void {
    for (; this.#filed < this.#count; this.#filed++) {
      for (const [low] of this.#filtersOf(this.#filed)) {
        const filed = this.#byFilter.get(low);
        if (filed === undefined) this.#byFilter.set(low, [this.#filed]);
        else filed.push(this.#filed);
      }
    }
  }

  /** Halves of the hashes of a document's filters, lower and upper. */
  #filtersOf(number: number): readonly (readonly [low: number, high: number])[] {
    const from = this.#said(number, D_FILTER);
    const filters_bytes = this.#said(number, D_FILTERS_END) - from;
    // Aligned to nothing.
    const view = new DataView(this.#memory.linear.memory.buffer, from, filters_bytes);
    return Array.from({ length: filters_bytes / FILTER_BYTES }, (_, which) => {
      const at = which * FILTER_BYTES;
      return [view.getInt32(at, true), view.getInt32(at + 4, true)];
    });
  }

  #newestPuts(): ChosenDocuments {
    const numbers = new Int32Array(this.#count);
    let [next, size_bytes, fields_bytes] = [0, 0, 0];
    for (let number = 0; number < this.#count; number++) {
      if ((this.#said(number, D_STATE) & (IS_OLD | IS_DELETION)) !== 0) continue;
      numbers[next++] = number;
      size_bytes += this.#said(number, D_SIZE);
      fields_bytes += this.#said(number, D_FIELDS_SIZE);
    }
    return { chosen: numbers.subarray(0, next), size_bytes, fields_bytes };
  }

  get #deleted(): number {
    return this.#waiting === 0 ? 0 : this.#word(P_DELETED);
  }

  /** Number of the document's newest row, −1 without one. */
  #rowOf(docId: DocId): number {
    if (this.#waiting === 0) return -1;
    const { high, low } = splitDocId(docId);
    return this.#memory.writing.rowOf(this.#waiting, low, high);
  }

  #rowAt(number: number): number {
    return this.#word(P_ROWS + B_ADDRESS) + (number << DOCUMENT_SHIFT);
  }

  #said(number: number, field: number): number {
    return this.#memory.linear.words[(this.#rowAt(number) + field) >> 2] as number;
  }

  #word(field: number): number {
    return this.#memory.linear.words[(this.#waiting + field) >> 2] as number;
  }

  #docIdOf(number: number): DocId {
    return joinDocId(this.#said(number, D_HIGH), this.#said(number, D_LOW));
  }

  /** Address of room for a document, aligned as its hashes like it. */
  #allocate(size_bytes: number): number {
    if (this.#free + size_bytes > this.#end) {
      const usual_bytes = Math.min(CHUNK_BYTES, FIRST_CHUNK_BYTES * 2 ** this.#chunks.length);
      const chunk_bytes = Math.max(size_bytes, usual_bytes);
      this.#free = this.#memory.linear.allocate(chunk_bytes);
      this.#end = this.#free + chunk_bytes;
      this.#chunks.push(this.#free);
    }
    const address = this.#free;
    this.#free += (size_bytes + 7) & -8;
    return address;
  }
}
