/**
 * The content of a data page: keys in order, each without the bytes that it shares with the one before, their values,
 * and restart points at which a key stands whole. Layout: docs/formats/part.md.
 */

import { assert, ByteReader, PeregrineError } from '../base/index.ts';
import { compareKeysAt, lowerBound } from './key-order.ts';
import { decodeInKernels } from './page-decoder.ts';
import {
  copyInto,
  copyOf,
  type EntryBlock,
  NO_STORED,
  STORED_LENGTH,
  type StoredValue,
  TOMBSTONE_LENGTH,
} from './record-block.ts';

/** From so many entries on, a page is worth the way into the kernels. */
const KERNEL_ENTRIES = 48;
/** Entries from one restart point to the next. */
export const RESTART_INTERVAL = 16;

/** What a data page says of a key. */
export type PageValue =
  | { readonly kind: 'inline'; readonly bytes: Uint8Array }
  | { readonly kind: 'tombstone' }
  /** A page of its own holds the value. */
  | {
      readonly kind: 'stored';
      readonly offset: number;
      readonly size_bytes: number;
      readonly value_bytes: number;
    };

export interface PageEntry {
  /** With the tombstone bit set, whatever the value. */
  readonly key: Uint8Array;
  readonly value: PageValue;
}

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

/** Reads a checked page; whatever does not fit together is `CORRUPT` all the same. */
export class DataPage {
  readonly count: number;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #keyBytes: number;
  readonly #restartCount: number;
  readonly #restartsAt: number;
  /** Kept where entries are few and long: then it takes little room beside them. */
  #block: EntryBlock | undefined;

  constructor(bytes: Uint8Array, keyBytes: number) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#keyBytes = keyBytes;
    if (bytes.length < 8) throw damaged('it is too short');
    this.count = this.#view.getUint32(bytes.length - 4, true);
    this.#restartCount = this.#view.getUint32(bytes.length - 8, true);
    this.#restartsAt = bytes.length - 8 - this.#restartCount * 4;
    if (this.#restartsAt < 0 || this.#restartCount !== Math.ceil(this.count / RESTART_INTERVAL)) {
      throw damaged('its restart points do not fit');
    }
  }

  /** The key's value, or undefined where the page does not hold it. Bytes are a view. */
  find(key: Uint8Array): PageValue | undefined {
    const at = this.#find(key);
    if (at === ABSENT) return undefined;
    return at === DELETED
      ? TOMBSTONE
      : readValue(new ByteReader(this.#bytes.subarray(0, this.#restartsAt), at));
  }

  /** A copy of the key's value; `null` for a tombstone; undefined where the page does not hold it. */
  get(key: Uint8Array): Uint8Array | StoredValue | null | undefined {
    if (this.#block === undefined && this.count < KERNEL_ENTRIES) this.#block = this.#takeApart();
    return this.#block === undefined ? this.getOnce(key) : getFrom(this.#block, key);
  }

  /** The same for a page that is looked at but once. */
  getOnce(key: Uint8Array): Uint8Array | StoredValue | null | undefined {
    const at = this.#find(key);
    if (at === ABSENT) return undefined;
    if (at === DELETED) return null;
    const bytes = this.#bytes;
    const first = bytes[at] as number;
    const second = bytes[at + 1] as number;
    // Most values are inline, with a length of one byte or two.
    if ((first & 1) === 0 && (first < 128 || second < 128)) {
      const from = first < 128 ? at + 1 : at + 2;
      const to = from + (first < 128 ? first >>> 1 : ((first & 127) | (second << 7)) >>> 1);
      if (to > this.#restartsAt) throw damaged('a value reaches beyond the entries');
      return copyOf(bytes, from, to);
    }
    const value = readValue(new ByteReader(bytes.subarray(0, this.#restartsAt), at));
    return value.kind === 'inline' ? value.bytes.slice() : value.kind === 'stored' ? value : null;
  }

  /** All entries side by side. Values are views of the page. */
  block(): EntryBlock {
    const { count } = this;
    if (this.#block !== undefined) return this.#block;
    if (count >= KERNEL_ENTRIES) {
      return decodeInKernels(this.#bytes, this.#restartsAt, count, this.#keyBytes) ?? this.#takeApart();
    }
    this.#block = this.#takeApart();
    return this.#block;
  }

  #takeApart(): EntryBlock {
    const { count } = this;
    const bytes = this.#bytes;
    const end = this.#restartsAt;
    const keyBytes = this.#keyBytes;
    const last = keyBytes - 1;
    const keys = new Uint8Array(count * keyBytes);
    const offsets = new Uint32Array(count);
    const lengths = new Uint32Array(count);
    let stored: StoredValue[] | undefined;
    let isPlain = true;
    let at = 0;
    let to = 0;
    for (let i = 0; i < count; i++) {
      const shared = bytes[at] as number;
      if (shared > last || (shared > 0 && i === 0)) throw damaged('a key shares too much');
      at += 1;
      // Hot: most of a key is a loop over few bytes.
      for (const stop = to + shared; to < stop; to++) keys[to] = keys[to - keyBytes] as number;
      for (let left = keyBytes - shared; left > 0; left--) keys[to++] = bytes[at++] as number;
      const final = keys[to - 1] as number;
      if ((final & 1) === 0) {
        keys[to - 1] = final | 1;
        lengths[i] = TOMBSTONE_LENGTH;
        isPlain = false;
        continue;
      }
      const first = bytes[at] as number;
      const second = bytes[at + 1] as number;
      if ((first & 1) === 0 && (first < 128 || second < 128)) {
        const length = first < 128 ? first >>> 1 : ((first & 127) | (second << 7)) >>> 1;
        at += first < 128 ? 1 : 2;
        offsets[i] = at;
        lengths[i] = length;
        at += length;
        continue;
      }
      const reader = new ByteReader(bytes.subarray(0, end), at);
      const value = readValue(reader);
      if (value.kind === 'inline') {
        offsets[i] = reader.offset - value.bytes.length;
        lengths[i] = value.bytes.length;
      } else if (value.kind === 'stored') {
        stored ??= [];
        offsets[i] = stored.length;
        lengths[i] = STORED_LENGTH;
        stored.push(value);
        isPlain = false;
      }
      at = reader.offset;
    }
    if (at !== end) throw damaged('its entries do not end where they should');
    return { keyBytes, count, keys, bytes, offsets, lengths, stored: stored ?? NO_STORED, isPlain };
  }

  /** Entries in order, from the first one that is not below `start`. Keys are copies, values views. */
  *entries(start?: Uint8Array): Generator<PageEntry> {
    const firstRestart = start === undefined ? 0 : this.#restartBefore(start);
    if (firstRestart >= this.#restartCount) return;
    const reader = new ByteReader(this.#bytes.subarray(0, this.#restartsAt), this.#restart(firstRestart));
    const keyBytes = this.#keyBytes;
    const last = keyBytes - 1;
    const key = new Uint8Array(keyBytes);
    for (let left = this.count - firstRestart * RESTART_INTERVAL; left > 0; left--) {
      const shared = reader.u8();
      if (shared > last) throw damaged('a key shares too much');
      key.set(reader.raw(keyBytes - shared), shared);
      const isTombstone = ((key[last] as number) & 1) === 0;
      key[last] = (key[last] as number) | 1;
      const value = isTombstone ? TOMBSTONE : readValue(reader);
      if (start === undefined || compareKeysAt(key, 0, start, 0, keyBytes) >= 0)
        yield { key: key.slice(), value };
    }
  }

  /**
   * Where the value's tag stands, or {@link ABSENT}, or {@link DELETED}. No key is put together: `equal` is how many bytes
   * the wanted key shares with the last entry, which is below it. An entry that shares more with that one is below too;
   * one that shares less is above; only one that shares as much is compared from there on.
   */
  #find(key: Uint8Array): number {
    const firstRestart = this.#restartBefore(key);
    if (firstRestart >= this.#restartCount) return ABSENT;
    const bytes = this.#bytes;
    const end = this.#restartsAt;
    const keyBytes = this.#keyBytes;
    const last = keyBytes - 1;
    let at = this.#restart(firstRestart);
    let equal = 0;
    for (let left = this.count - firstRestart * RESTART_INTERVAL; left > 0 && at < end; left--) {
      const shared = bytes[at] as number;
      if (shared > last) throw damaged('a key shares too much');
      const keyAt = at + 1 - shared;
      at += 1 + keyBytes - shared;
      const isTombstone = ((bytes[at - 1] as number) & 1) === 0;
      if (shared < equal) return ABSENT;
      if (shared === equal) {
        while (equal < last && bytes[keyAt + equal] === key[equal]) equal += 1;
        const byte = bytes[keyAt + equal] as number;
        const wanted = key[equal] as number;
        const difference = equal === last ? (byte | 1) - (wanted | 1) : byte - wanted;
        if (difference === 0) return isTombstone ? DELETED : at;
        if (difference > 0) return ABSENT;
      }
      if (!isTombstone) at = this.#behindValue(at);
    }
    return ABSENT;
  }

  #behindValue(at: number): number {
    const first = this.#bytes[at] as number;
    const second = this.#bytes[at + 1] as number;
    if ((first & 1) === 0 && first < 128) return at + 1 + (first >>> 1);
    if ((first & 1) === 0 && second < 128) return at + 2 + (((first & 127) | (second << 7)) >>> 1);
    const reader = new ByteReader(this.#bytes.subarray(0, this.#restartsAt), at);
    readValue(reader);
    return reader.offset;
  }

  /** The last restart point whose key is not above `key`; 0 where all are. */
  #restartBefore(key: Uint8Array): number {
    let low = 0;
    let high = this.#restartCount;
    const last = this.#keyBytes - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      // Behind the count of shared bytes, which is 0 here, the key stands whole; its tombstone bit may be clear.
      const at = this.#restart(middle) + 1;
      let order = compareKeysAt(this.#bytes, at, key, 0, last);
      if (order === 0) order = ((this.#bytes[at + last] as number) | 1) - (key[last] as number);
      if (order <= 0) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }

  #restart(index: number): number {
    const offset = this.#view.getUint32(this.#restartsAt + index * 4, true);
    if (offset + this.#keyBytes >= this.#restartsAt) throw damaged('a restart point lies outside');
    return offset;
  }
}

function getFrom(block: EntryBlock, key: Uint8Array): Uint8Array | StoredValue | null | undefined {
  const { keys, keyBytes, count, bytes } = block;
  const at = lowerBound(keys, 0, keyBytes, count, key, keyBytes);
  if (at === count || compareKeysAt(keys, at * keyBytes, key, 0, keyBytes) !== 0) return undefined;
  const offset = block.offsets[at] as number;
  const length = block.lengths[at] as number;
  if (length === TOMBSTONE_LENGTH) return null;
  return length === STORED_LENGTH ? block.stored[offset] : copyOf(bytes, offset, offset + length);
}

/** Answers of a search that are no place. */
const ABSENT = -1;
const DELETED = -2;

const TOMBSTONE: PageValue = { kind: 'tombstone' };

function readValue(reader: ByteReader): PageValue {
  const tag = reader.varint();
  const value_bytes = Math.floor(tag / 2);
  if (tag % 2 === 0) return { kind: 'inline', bytes: reader.raw(value_bytes) };
  return { kind: 'stored', value_bytes, offset: reader.varint(), size_bytes: reader.varint() };
}

function damaged(why: string): PeregrineError {
  return new PeregrineError('CORRUPT', `A data page makes no sense: ${why}.`);
}
