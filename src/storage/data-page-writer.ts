/** Writes the content of a data page: keys in order, each without the bytes that it shares with the one before. */

import { assert } from '../base/index.ts';
import { RESTART_INTERVAL } from './data-page.ts';
import type { PageValue } from './page-value.ts';
import { copyInto, type EntryBlock, type StoredValue, TOMBSTONE_LENGTH } from './record-block.ts';

/** Room for the usual page and a longest inline value; longer ones grow it. */
const FIRST_PAGE_BYTES: number = 24 * 1024;
/** Two varints of a stored value and a tag. */
const MAX_NUMBERS_BYTES = 30;

export class DataPageWriter {
  readonly #keyBytes: number;
  #bytes = new Uint8Array(FIRST_PAGE_BYTES);
  #used = 0;
  #restarts: number[] = [];
  readonly #previous: Uint8Array;
  #count = 0;

  constructor(keyBytes: number) {
    this.#keyBytes = keyBytes;
    this.#previous = new Uint8Array(keyBytes);
  }

  get count(): number {
    return this.#count;
  }

  get size_bytes(): number {
    return this.#used + this.#restarts.length * 4 + 8;
  }

  add(key: Uint8Array, value: PageValue): void {
    this.#addKey(key, 0, value.kind === 'tombstone', MAX_NUMBERS_BYTES);
    if (value.kind === 'inline') this.#addValue(value.bytes, 0, value.bytes.length);
    else if (value.kind === 'stored') this.#addStored(value);
  }

  /** A block's entry; `stored` is where its value stands, if not in the block. */
  addFrom(block: EntryBlock, index: number, stored?: StoredValue): void {
    const length = block.lengths[index] as number;
    const isTombstone = length === TOMBSTONE_LENGTH;
    this.#addKey(block.keys, index * this.#keyBytes, isTombstone, MAX_NUMBERS_BYTES);
    if (stored !== undefined) this.#addStored(stored);
    else if (!isTombstone) this.#addValue(block.bytes, block.offsets[index] as number, length);
  }

  /** The page, and begins the next one: a view, good until then. */
  finish(): Uint8Array {
    const size_bytes = this.size_bytes;
    this.#reserve(size_bytes - this.#used);
    const page = this.#bytes.subarray(0, size_bytes);
    const view = new DataView(this.#bytes.buffer);
    let at = this.#used;
    for (const restart of this.#restarts) {
      view.setUint32(at, restart, true);
      at += 4;
    }
    view.setUint32(at, this.#restarts.length, true);
    view.setUint32(at + 4, this.#count, true);
    this.#used = 0;
    this.#restarts = [];
    this.#count = 0;
    return page;
  }

  #addKey(keys: Uint8Array, keyAt: number, isTombstone: boolean, more_bytes: number): void {
    const keyBytes = this.#keyBytes;
    const last = keyBytes - 1;
    const previous = this.#previous;
    this.#reserve(1 + keyBytes + more_bytes);
    const bytes = this.#bytes;
    let shared = 0;
    if (this.#count > 0) {
      while (shared < last && previous[shared] === keys[keyAt + shared]) shared += 1;
      assert((previous[shared] as number) < (keys[keyAt + shared] as number), 'keys are written in order');
    }
    if (this.#count % RESTART_INTERVAL === 0) {
      this.#restarts.push(this.#used);
      shared = 0;
    }
    let at = this.#used;
    bytes[at++] = shared;
    for (let i = shared; i < keyBytes; i++) {
      const byte = keys[keyAt + i] as number;
      previous[i] = byte;
      bytes[at++] = byte;
    }
    if (isTombstone) bytes[at - 1] = (bytes[at - 1] as number) & 0xfe;
    this.#used = at;
    this.#count += 1;
  }

  #addValue(from: Uint8Array, offset: number, length: number): void {
    this.#reserve(MAX_NUMBERS_BYTES + length);
    this.#addNumber(length * 2);
    copyInto(this.#bytes, this.#used, from, offset, length);
    this.#used += length;
  }

  #addStored({ value_bytes, offset, size_bytes }: StoredValue): void {
    this.#addNumber(value_bytes * 2 + 1);
    this.#addNumber(offset);
    this.#addNumber(size_bytes);
  }

  #addNumber(value: number): void {
    let rest = value;
    for (; rest > 127; rest = Math.floor(rest / 128)) this.#bytes[this.#used++] = (rest % 128) | 128;
    this.#bytes[this.#used++] = rest;
  }

  #reserve(size_bytes: number): void {
    if (this.#used + size_bytes <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.#used + size_bytes, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#used));
    this.#bytes = grown;
  }
}
