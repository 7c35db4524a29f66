/**
 * Builds a batch as the bytes that the log holds, without an object for each record: for who writes many at once. The
 * same layout as batch-codec.ts, with the number of records at a fixed width, as it is known last.
 */

import { assert } from '../base/index.ts';
import type { Batch } from './batch.ts';
import { arrayFor, BatchRoom, giveBackArray } from './batch-room.ts';
import { BATCH_VERSION, decodeBatch, encodeBatch, KIND_DELETE, KIND_PUT } from './batch-codec.ts';
import { type DatabaseName, DATABASES } from './databases.ts';
import { checkKey } from './key-order.ts';
import { FRAME_HEADER_BYTES, frameBytes, type FrameHeader, type OpenFrame } from './log-frame.ts';
import { copyInto } from './record-block.ts';

/** Small batches share slabs: an array of its own costs more than its bytes do. */
const SLAB_BYTES: number = 64 * 1024;
const MAX_POOLED_BYTES: number = 4 * 1024;
/** Slabs of batches that are all applied, for the next ones: new ones by the megabyte make V8 collect everything. */
const MAX_SPARE_SLABS = 16;
const spareSlabs: Slab[] = [];

interface Slab {
  readonly bytes: Uint8Array;
  used: number;
  /** Batches in it that were not released. */
  live: number;
}
let slab: Slab = { bytes: new Uint8Array(0), used: 0, live: 0 };

/** A slab in which so many bytes are free from its `used` on. */
function slabFor(size_bytes: number): Slab {
  if (slab.used + size_bytes > slab.bytes.length) {
    slab = spareSlabs.pop() ?? { bytes: new Uint8Array(SLAB_BYTES), used: 0, live: 0 };
  }
  return slab;
}

/** One of its batches is applied, or has moved. */
function leaveSlab(left: Slab): void {
  left.live -= 1;
  if (left.live > 0) return;
  left.used = 0;
  if (left !== slab && spareSlabs.length < MAX_SPARE_SLABS) spareSlabs.push(left);
}

/** The number of records as a varint of this many bytes, whatever it is. */
const COUNT_BYTES = 5;
const FIRST_BYTES = 1024;
/** Behind the payload its frame ends at a multiple of so many bytes. */
const PADDING_BYTES = 8;
/** Where the payload begins: before it is room for the head of its frame in the log. */
const START = FRAME_HEADER_BYTES;
const NO_BYTES = new Uint8Array(0);

export class BatchWriter implements OpenFrame {
  #bytes: Uint8Array = NO_BYTES;
  /** Its place in `bytes`: in a room of its own, or among others in a slab. */
  #room: BatchRoom | undefined;
  #slab: Slab | undefined;
  #base = 0;
  #end = 0;
  /** Where the next record goes. */
  #used = 0;
  #records = 0;
  /**
   * Payloads for derived states, as they will stand behind the records: in the room itself, behind what records are expected to take, or in
   * an array of their own.
   */
  #derived: Uint8Array = NO_BYTES;
  #derivedAt = 0;
  #derivedEnd = 0;
  #derivedUsed = 0;
  #derivedCount = 0;
  #payload: Uint8Array | undefined;
  #records_bytes = 0;
  #isReleased = false;
  /** Of the record before: most batches are of one database, and to look it up takes as long as to copy a key. */
  #database: DatabaseName | undefined;
  #number = 0;
  #keyBytes = 0;

  /** `size_bytes` is what is expected of records, and of payloads for derived states; it grows as needed. */
  constructor(size_bytes: number = FIRST_BYTES, derived_bytes: number = 0) {
    const records_bytes = START + Math.max(size_bytes, 64) + PADDING_BYTES;
    const sharing_bytes = records_bytes + 3 * COUNT_BYTES + derived_bytes + PADDING_BYTES;
    if (derived_bytes > 0 && sharing_bytes > MAX_POOLED_BYTES) {
      this.#takeRoom(sharing_bytes);
      this.#derived = this.#bytes;
      this.#derivedEnd = this.#end - PADDING_BYTES;
      this.#end = this.#base + records_bytes;
      this.#derivedAt = this.#end + COUNT_BYTES;
    } else {
      if (derived_bytes > 0) this.#ownDerived(derived_bytes);
      this.#takeRoom(records_bytes);
    }
    this.#used = this.#base + START + 1 + COUNT_BYTES;
  }

  get records(): number {
    return this.#records;
  }

  get size_bytes(): number {
    return this.#used - this.#base - START + this.#derivedUsed;
  }

  /** Puts `value` under `key`, both copied. `BAD_ARGUMENT` for a key of a wrong length. */
  put(database: DatabaseName, key: Uint8Array, value: Uint8Array): this {
    const length = value.length;
    this.#begin(database, KIND_PUT, key, length + 5);
    const bytes = this.#bytes;
    const at = writeVarint(bytes, this.#used, length);
    copyInto(bytes, at, value, 0, length);
    this.#used = at + length;
    return this;
  }

  delete(database: DatabaseName, key: Uint8Array): this {
    this.#begin(database, KIND_DELETE, key, 0);
    return this;
  }

  /** Adds a payload for a derived state, given as its head and its body, both copied. */
  derive(state: number, head: Uint8Array, body: Uint8Array): this {
    assert(this.#payload === undefined, 'nothing is added to a finished batch');
    const length = head.length + body.length;
    const needed_bytes = this.#derivedUsed + length + 2 * COUNT_BYTES;
    if (this.#derivedAt + needed_bytes > this.#derivedEnd) {
      this.#ownDerived(Math.max(needed_bytes, 2 * this.#derivedUsed));
    }
    const bytes = this.#derived;
    let at = writeVarint(bytes, this.#derivedAt + this.#derivedUsed, state);
    at = writeVarint(bytes, at, length);
    copyInto(bytes, at, head, 0, head.length);
    copyInto(bytes, at + head.length, body, 0, body.length);
    this.#derivedUsed = at + length - this.#derivedAt;
    this.#derivedCount += 1;
    return this;
  }

  /** The payload; from now on nothing more can be added. */
  finish(): Uint8Array {
    assert(!this.#isReleased, 'a batch is written once');
    this.#payload ??= this.#finish();
    return this.#payload;
  }

  /** Of the finished payload: where that begins which follows the records. */
  get records_bytes(): number {
    return this.#records_bytes;
  }

  /** Itself, where it is finished and large enough to go into the log alone. */
  get frame(): OpenFrame | undefined {
    return (this.#payload?.length ?? 0) > MAX_POOLED_BYTES ? this : undefined;
  }

  seal(header: FrameHeader, salt: number): Uint8Array {
    const payload_bytes = this.finish().length;
    assert(this.#room !== undefined, 'what goes into the log alone has a room of its own');
    this.#room.seal(this.#base, header, payload_bytes, salt);
    return this.#bytes.subarray(this.#base, this.#base + frameBytes(payload_bytes));
  }

  /** It is applied: its bytes may be those of another batch. */
  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.#giveBackRoom();
    this.#bytes = NO_BYTES;
    this.#payload = undefined;
  }

  /** The batch as its records. */
  decoded(): Batch {
    return decodeBatch(this.finish());
  }

  #finish(): Uint8Array {
    if (this.#sharesRoom) this.#moveRecords();
    else this.#reserve(COUNT_BYTES + this.#derivedUsed + PADDING_BYTES);
    const bytes = this.#bytes;
    const start = this.#base + START;
    bytes[start] = BATCH_VERSION;
    for (let i = 0; i < COUNT_BYTES; i++) {
      bytes[start + 1 + i] = ((this.#records >>> (7 * i)) & 0x7f) | (i < COUNT_BYTES - 1 ? 0x80 : 0);
    }
    this.#records_bytes = this.#used - start;
    const at = writeVarint(bytes, this.#used, this.#derivedCount);
    if (!this.#sharesRoom) {
      if (this.#derivedUsed > 0) bytes.set(this.#derived.subarray(0, this.#derivedUsed), at);
      giveBackArray(this.#derived);
    }
    this.#derived = NO_BYTES;
    return bytes.subarray(start, at + this.#derivedUsed);
  }

  get #sharesRoom(): boolean {
    return this.#derivedAt > 0;
  }

  /** To right before the payloads, which mostly are several times as long. */
  #moveRecords(): void {
    const to = this.#derivedAt - varintBytes(this.#derivedCount);
    const moved_bytes = to - this.#used;
    this.#bytes.copyWithin(this.#base + moved_bytes, this.#base, this.#used);
    this.#base += moved_bytes;
    this.#used = to;
  }

  /** Payloads have an array of so many bytes from now on; what they had in the room, records may take. */
  #ownDerived(size_bytes: number): void {
    const [bytes, from] = [this.#derived, this.#derivedAt];
    const grown = arrayFor(size_bytes);
    if (this.#derivedUsed > 0) grown.set(bytes.subarray(from, from + this.#derivedUsed));
    if (this.#sharesRoom) this.#end = this.#derivedEnd + PADDING_BYTES;
    else giveBackArray(bytes);
    this.#derived = grown;
    this.#derivedAt = 0;
    this.#derivedEnd = grown.length;
  }

  #begin(database: DatabaseName, kind: number, key: Uint8Array, more_bytes: number): void {
    if (database !== this.#database) {
      this.#database = database;
      this.#number = DATABASES[database].number;
      this.#keyBytes = DATABASES[database].keyBytes;
    }
    const keyBytes = this.#keyBytes;
    if (key.length !== keyBytes) checkKey(database, key);
    assert(this.#payload === undefined, 'nothing is added to a finished batch');
    this.#reserve(2 + keyBytes + more_bytes);
    const bytes = this.#bytes;
    const at = this.#used;
    bytes[at] = this.#number;
    bytes[at + 1] = kind;
    copyInto(bytes, at + 2, key, 0, keyBytes);
    this.#used = at + 2 + keyBytes;
    this.#records += 1;
  }

  #reserve(size_bytes: number): void {
    if (this.#used + size_bytes <= this.#end) return;
    if (this.#sharesRoom) {
      this.#ownDerived(Math.max(FIRST_BYTES, 2 * this.#derivedUsed));
      if (this.#used + size_bytes <= this.#end) return;
    }
    const [bytes, base, used_bytes] = [this.#bytes, this.#base, this.#used - this.#base];
    const wanted_bytes = Math.max(used_bytes + size_bytes, 2 * (this.#end - base));
    this.#giveBackRoom();
    this.#takeRoom(wanted_bytes);
    this.#bytes.set(bytes.subarray(base, base + used_bytes), this.#base);
    this.#used = this.#base + used_bytes;
  }

  #takeRoom(size_bytes: number): void {
    if (size_bytes > MAX_POOLED_BYTES) {
      this.#slab = undefined;
      this.#room = BatchRoom.take(size_bytes);
      this.#bytes = this.#room.bytes;
      this.#base = this.#room.base;
      this.#end = this.#room.end;
      return;
    }
    const shared = slabFor(size_bytes);
    this.#slab = shared;
    this.#bytes = shared.bytes;
    this.#base = shared.used;
    shared.used += size_bytes;
    shared.live += 1;
    this.#end = shared.used;
  }

  #giveBackRoom(): void {
    this.#room?.giveBack();
    if (this.#slab !== undefined) leaveSlab(this.#slab);
  }
}

/** The bytes of a batch, whichever way it was built. */
export function payloadOf(batch: Batch | BatchWriter): Uint8Array {
  return batch instanceof BatchWriter ? batch.finish() : encodeBatch(batch);
}

/** Returns where the next byte will stand. */
function writeVarint(bytes: Uint8Array, place: number, value: number): number {
  let at = place;
  let rest = value;
  for (; rest >= 0x80; rest >>>= 7) bytes[at++] = (rest & 0x7f) | 0x80;
  bytes[at++] = rest;
  return at;
}

/** Bytes that {@link writeVarint} writes. */
function varintBytes(value: number): number {
  let count = 1;
  for (let rest = value; rest >= 0x80; rest >>>= 7) count += 1;
  return count;
}
