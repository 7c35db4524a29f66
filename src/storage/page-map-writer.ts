/** Gathers what the page map of a part says of its pages, as it will stand in the file: docs/formats/part.md. */

import { assert } from '../base/index.ts';
import type { PagePlace } from './page.ts';
import { MAP_PAGE_ENTRIES, PLACE_BYTES } from './part-format.ts';

const FIRST_ENTRIES = 64;

export class PageMapWriter {
  readonly #keyBytes: number;
  readonly #stride_bytes: number;
  #bytes: Uint8Array;
  #used = 0;

  constructor(keyBytes: number) {
    this.#keyBytes = keyBytes;
    this.#stride_bytes = keyBytes + PLACE_BYTES;
    this.#bytes = new Uint8Array(FIRST_ENTRIES * this.#stride_bytes);
  }

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#used);
  }

  add(firstKey: Uint8Array, { offset, size_bytes }: PagePlace): void {
    assert(firstKey.length === this.#keyBytes, 'all keys of a part are as long');
    this.#reserve(this.#stride_bytes);
    this.#bytes.set(firstKey, this.#used);
    const view = new DataView(this.#bytes.buffer, this.#used + this.#keyBytes, PLACE_BYTES);
    view.setBigUint64(0, BigInt(offset), true);
    view.setUint32(8, size_bytes, true);
    this.#used += this.#stride_bytes;
  }

  /** Entries as they will stand in the file. */
  addAll(entries: Uint8Array): void {
    this.#reserve(entries.length);
    this.#bytes.set(entries, this.#used);
    this.#used += entries.length;
  }

  /** The contents of map pages, in order, each with its first key. */
  *pages(): Generator<{ readonly firstKey: Uint8Array; readonly content: Uint8Array }> {
    const page_bytes = MAP_PAGE_ENTRIES * this.#stride_bytes;
    for (let at = 0; at < this.#used; at += page_bytes) {
      const content = this.#bytes.subarray(at, Math.min(this.#used, at + page_bytes));
      yield { firstKey: content.subarray(0, this.#keyBytes), content };
    }
  }

  #reserve(size_bytes: number): void {
    if (this.#used + size_bytes <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.#used + size_bytes, this.#bytes.length * 2));
    grown.set(this.bytes);
    this.#bytes = grown;
  }
}
