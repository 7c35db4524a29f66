/** Documents that are applied and wait to be seen: their bytes as they came, in linear memory, checked for the kernels. */

import { type DocId, hash64, PeregrineError } from '../base/index.ts';
import { decodeAnalysedDocument, decodeFields } from '../text/index.ts';
import { highHalf, lowHalf } from './hash-halves.ts';
import type { IndexMemory } from './index-memory.ts';
import type { PlacedDocument } from './segment-builder.ts';

const FIRST_CHUNK_BYTES = 2 ** 12;
const CHUNK_BYTES = 2 ** 18;
const CHECKSUM_BYTES = 8;
/** What a deletion that waits takes. */
const DELETION_BYTES = 16;

export class PendingDocuments {
  readonly #memory: IndexMemory;
  /** The newest operation on each document: a document, or its deletion. */
  readonly #newest = new Map<DocId, PlacedDocument | undefined>();
  readonly #chunks: number[] = [];
  #free = 0;
  #end = 0;
  /** Of the operations since the last {@link clear}. */
  size_bytes = 0;

  constructor(memory: IndexMemory) {
    this.#memory = memory;
  }

  get isEmpty(): boolean {
    return this.#newest.size === 0;
  }

  /** The newest operations in the order in which their documents came first. */
  get entries(): Iterable<[DocId, PlacedDocument | undefined]> {
    return this.#newest;
  }

  has(docId: DocId): boolean {
    return this.#newest.has(docId);
  }

  /** Copies the document. `CORRUPT`, `UNSUPPORTED_VERSION`. */
  put(docId: DocId, bytes: Uint8Array): void {
    const address = this.#allocate(bytes.length);
    const { linear, writing } = this.#memory;
    linear.bytes.set(bytes, address);
    if (!isWhole(bytes) || writing.checkDocument(address, bytes.length) === 0) {
      // It says what is wrong.
      decodeAnalysedDocument(bytes);
      throw new PeregrineError('CORRUPT', 'An analysed document can be read, but not indexed.');
    }
    const place = writing.fieldsAddress();
    const fields =
      place === 0
        ? undefined
        : decodeFields(bytes.subarray(place - address, place - address + writing.fieldsSize()));
    this.#newest.set(docId, { docId, address, size_bytes: bytes.length, fields });
    this.size_bytes += bytes.length;
  }

  delete(docId: DocId): void {
    this.#newest.set(docId, undefined);
    this.size_bytes += DELETION_BYTES;
  }

  /** Documents with a filter term. */
  withFilter(filterHash: bigint): DocId[] {
    const { writing } = this.#memory;
    const [high, low] = [highHalf(filterHash), lowHalf(filterHash)];
    const found: DocId[] = [];
    for (const [docId, document] of this.#newest) {
      if (document === undefined) continue;
      writing.openDocument(document.address, document.size_bytes);
      if (writing.hasFilter(high, low) !== 0) found.push(docId);
    }
    return found;
  }

  clear(): void {
    this.#newest.clear();
    for (const chunk of this.#chunks.splice(0)) this.#memory.linear.free(chunk);
    this.#free = 0;
    this.#end = 0;
    this.size_bytes = 0;
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

function isWhole(bytes: Uint8Array): boolean {
  const end = bytes.length - CHECKSUM_BYTES;
  if (end < 0) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return view.getBigUint64(end, true) === hash64(bytes.subarray(0, end));
}
