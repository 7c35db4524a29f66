/** Documents that are applied and wait to be seen: their bytes as they came, in linear memory, checked for the kernels. */

import { type CollectionId, type DocId, PeregrineError } from '../base/index.ts';
import type { DerivedPayloads } from '../storage/index.ts';
import { checkFields, decodeAnalysedDocument } from '../text/index.ts';
import { highHalf, lowHalf } from './hash-halves.ts';
import { joinDocId } from './document-table.ts';
import { DocIdTable } from './docid-table.ts';
import { type IndexMemory, MOST_ADMITTED } from './index-memory.ts';
import { PlacedDocuments } from './placed-documents.ts';
import {
  ADMITTED_BYTES,
  ADMITTED_DOCUMENT,
  ADMITTED_FIELDS,
  ADMITTED_FIELDS_SIZE,
  ADMITTED_HIGH,
  ADMITTED_LOW,
  ADMITTED_SIZE,
} from './write-kernels/write-layout.ts';

const FIRST_CHUNK_BYTES = 2 ** 12;
const CHUNK_BYTES = 2 ** 18;
/** Room that a chunk has left from so many bytes on is worth a call. */
const LEAST_ROOM_BYTES = 2 ** 14;
/** What a deletion that waits takes. */
const DELETION_BYTES = 16;
const FILTER_BYTES = 8;
/** Stands where the newest operation on a document is its deletion. */
const DELETED = -1;

export class PendingDocuments {
  readonly #memory: IndexMemory;
  /** All versions that came, and by docId the number of the newest, or {@link DELETED}. */
  #versions = new PlacedDocuments();
  #newest = new DocIdTable();
  readonly #chunks: number[] = [];
  /** Versions by the lower halves of their filters' hashes: of those that had come when somebody asked last, so many. */
  readonly #byFilter = new Map<number, number[]>();
  #filed = 0;
  /** Those of the newest operations that are deletions. */
  readonly #deleted = new Set<DocId>();
  /** Of the newest operations, in their order, so many were looked up for {@link growth}, */
  #lookedUp = 0;
  /** and so many live versions they replace. */
  #replaced = 0;
  #free = 0;
  #end = 0;
  /** Of the operations since the last {@link clear}. */
  size_bytes = 0;

  constructor(memory: IndexMemory) {
    this.#memory = memory;
  }

  get isEmpty(): boolean {
    return this.#newest.count === 0;
  }

  /** Of the newest operations, in the order in which their documents came first. */
  get docIds(): Iterable<DocId> {
    return this.#newest.docIds();
  }

  /** The same in one array; good until the next operation. */
  get docIdColumn(): Float64Array {
    return this.#newest.column();
  }

  /** Those of them that are not deletions, in the same order. */
  get documents(): PlacedDocuments {
    return this.#versions.chosen(this.#newest.numbers());
  }

  has(docId: DocId): boolean {
    return this.#newest.has(docId);
  }

  /** The newest operation is on the document, and is not its deletion. */
  isPut(docId: DocId): boolean {
    return this.#newest.get(docId) >= 0;
  }

  /** Documents that were put or deleted. */
  get count(): number {
    return this.#newest.count;
  }

  /**
   * How many more documents live once these are visible. `versionsBefore`: live versions of one before that. Looks each
   * document up once, however often it is asked: only who asks pays for it.
   */
  growth(versionsBefore: (docId: DocId) => number): number {
    for (; this.#lookedUp < this.#newest.count; this.#lookedUp++) {
      this.#replaced += versionsBefore(this.#newest.docId(this.#lookedUp));
    }
    return this.#newest.count - this.#deleted.size - this.#replaced;
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
    if (writing.admitDocument(address, bytes.length) === 0) {
      // It says what is wrong.
      decodeAnalysedDocument(bytes);
      throw new PeregrineError('CORRUPT', 'An analysed document can be read, but not indexed.');
    }
    const fieldsAt = writing.fieldsAddress();
    this.#add(docId, address, bytes.length, fieldsAt, fieldsAt === 0 ? 0 : writing.fieldsSize());
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
    const { linear, writing, admitted } = this.#memory;
    linear.bytes.set(bytes.subarray(at, at + size_bytes), address);
    const most = Math.min(MOST_ADMITTED, left);
    const count = writing.admitPuts(address, address + size_bytes, collection, admitted, most);
    const taken_bytes = writing.admittedTo() - address;
    this.#free = address + ((taken_bytes + 7) & -8);
    const { words } = linear;
    for (let which = 0; which < count; which++) {
      const row = (admitted + which * ADMITTED_BYTES) >> 2;
      const said = (field: number): number => words[row + (field >> 2)] as number;
      this.#add(
        joinDocId(said(ADMITTED_HIGH), said(ADMITTED_LOW)),
        said(ADMITTED_DOCUMENT),
        said(ADMITTED_SIZE),
        said(ADMITTED_FIELDS),
        said(ADMITTED_FIELDS_SIZE),
      );
    }
    if (count > 0) payloads.moveTo(at + taken_bytes, count);
    return count > 0;
  }

  /** One that is sound but for its fields. `CORRUPT`. */
  #add(docId: DocId, address: number, size_bytes: number, fieldsAt: number, fields_bytes: number): void {
    if (fields_bytes > 0) checkFields(this.#memory.linear.bytes, fieldsAt, fieldsAt + fields_bytes);
    const number = this.#versions.add(docId, address, size_bytes, fieldsAt, fields_bytes);
    this.#newest.set(docId, number);
    if (this.#deleted.size > 0) this.#deleted.delete(docId);
    this.size_bytes += size_bytes;
  }

  delete(docId: DocId): void {
    this.#newest.set(docId, DELETED);
    this.#deleted.add(docId);
    this.size_bytes += DELETION_BYTES;
  }

  /** Documents with a filter term. */
  withFilter(filterHash: bigint): DocId[] {
    this.#file();
    const { writing } = this.#memory;
    const [high, low] = [highHalf(filterHash), lowHalf(filterHash)];
    const found: DocId[] = [];
    for (const number of this.#byFilter.get(low) ?? []) {
      const docId = this.#versions.docId(number);
      if (this.#newest.get(docId) !== number) continue;
      this.#open(number);
      if (writing.hasFilter(high, low) !== 0) found.push(docId);
    }
    return found;
  }

  clear(): void {
    this.#newest = new DocIdTable();
    this.#byFilter.clear();
    this.#versions = new PlacedDocuments();
    this.#filed = 0;
    this.#deleted.clear();
    this.lookUpAgain();
    for (const chunk of this.#chunks.splice(0)) this.#memory.linear.free(chunk);
    this.#free = 0;
    this.#end = 0;
    this.size_bytes = 0;
  }

  /** Files what came since under its filters: only who asks pays for it. */
  #file(): void {
    const { linear, writing } = this.#memory;
    const view = new DataView(linear.memory.buffer);
    for (; this.#filed < this.#versions.count; this.#filed++) {
      this.#open(this.#filed);
      const from = writing.filtersAddress();
      for (let at = from; at < from + writing.filtersSize(); at += FILTER_BYTES) {
        const low = view.getInt32(at, true);
        const filed = this.#byFilter.get(low);
        if (filed === undefined) this.#byFilter.set(low, [this.#filed]);
        else filed.push(this.#filed);
      }
    }
  }

  #open(number: number): void {
    const { addresses, sizes_bytes } = this.#versions;
    this.#memory.writing.openDocument(addresses[number] as number, sizes_bytes[number] as number);
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
