/**
 * Builds a batch as the bytes that the log holds, without an object for each record: for who writes many at once. The
 * same layout as batch-codec.ts, with the number of records at a fixed width, as it is known last.
 */

import { assert } from '../base/index.ts';
import type { Batch } from './batch.ts';
import { BATCH_VERSION, decodeBatch, KIND_DELETE, KIND_PUT } from './batch-codec.ts';
import { type DatabaseName, DATABASES } from './databases.ts';
import { checkKey } from './key-order.ts';
import { copyInto } from './record-block.ts';

/** The number of records as a varint of this many bytes, whatever it is. */
const COUNT_BYTES = 5;
const FIRST_BYTES = 1024;

export class BatchWriter {
  #bytes: Uint8Array;
  #used = 1 + COUNT_BYTES;
  #records = 0;
  #payload: Uint8Array | undefined;

  /** `size_bytes` is what is expected; it grows as needed. */
  constructor(size_bytes: number = FIRST_BYTES) {
    this.#bytes = new Uint8Array(Math.max(size_bytes, 64));
  }

  get records(): number {
    return this.#records;
  }

  get size_bytes(): number {
    return this.#used;
  }

  /** Puts `value` under `key`, both copied. `BAD_ARGUMENT` for a key of a wrong length. */
  put(database: DatabaseName, key: Uint8Array, value: Uint8Array): this {
    const length = value.length;
    this.#begin(database, KIND_PUT, key, length + 5);
    const bytes = this.#bytes;
    let at = this.#used;
    let rest = length;
    for (; rest >= 0x80; rest >>>= 7) bytes[at++] = (rest & 0x7f) | 0x80;
    bytes[at++] = rest;
    copyInto(bytes, at, value, 0, length);
    this.#used = at + length;
    return this;
  }

  delete(database: DatabaseName, key: Uint8Array): this {
    this.#begin(database, KIND_DELETE, key, 0);
    return this;
  }

  /** The payload; from now on nothing more can be added. */
  finish(): Uint8Array {
    this.#payload ??= this.#finish();
    return this.#payload;
  }

  /** The batch as its records. */
  decoded(): Batch {
    return decodeBatch(this.finish());
  }

  #finish(): Uint8Array {
    this.#reserve(1);
    const bytes = this.#bytes;
    bytes[0] = BATCH_VERSION;
    for (let i = 0; i < COUNT_BYTES; i++) {
      bytes[1 + i] = ((this.#records >>> (7 * i)) & 0x7f) | (i < COUNT_BYTES - 1 ? 0x80 : 0);
    }
    // No payloads for derived states.
    bytes[this.#used] = 0;
    return bytes.subarray(0, this.#used + 1);
  }

  #begin(database: DatabaseName, kind: number, key: Uint8Array, more_bytes: number): void {
    const { number, keyBytes } = DATABASES[database];
    checkKey(database, key);
    assert(this.#payload === undefined, 'nothing is added to a finished batch');
    this.#reserve(2 + keyBytes + more_bytes);
    const bytes = this.#bytes;
    const at = this.#used;
    bytes[at] = number;
    bytes[at + 1] = kind;
    copyInto(bytes, at + 2, key, 0, keyBytes);
    this.#used = at + 2 + keyBytes;
    this.#records += 1;
  }

  #reserve(size_bytes: number): void {
    if (this.#used + size_bytes <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.#used + size_bytes, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#used));
    this.#bytes = grown;
  }
}
