/**
 * The content of a data page: keys in order, each without the bytes that it shares with the one before, their values,
 * and restart points at which a key stands whole. Layout: docs/formats/part.md.
 */

import { ByteReader, PeregrineError } from '../base/index.ts';
import { ABSENT, DELETED, ELSEWHERE, FOUND, FoundValue, type PointOutcome } from './found-value.ts';
import type { HeldPage } from './held-page.ts';
import { compareKeysAt } from './key-order.ts';
import { DELETED_KEY, KeyTable, NO_KEY } from './key-table.ts';
import { u32At } from './page.ts';
import { decodeInKernels } from './page-decoder.ts';
import { behindValue, type PageValue, readValue, TOMBSTONE } from './page-value.ts';
import {
  type EntryBlock,
  NO_STORED,
  STORED_LENGTH,
  type StoredValue,
  TOMBSTONE_LENGTH,
} from './record-block.ts';
import type { WantedKey } from './wanted-key.ts';

/** From so many entries on, a page is worth the way into the kernels. */
const KERNEL_ENTRIES = 48;
/** Entries from one restart point to the next. */
export const RESTART_INTERVAL = 16;
/** A table costs about as much as so many looks at its page for each sixteen entries; before that it is not made. */
const LOOKS_PER_RESTART = 1;
/** Looks until room is asked for again where there was none. */
const LOOKS_WITHOUT_ROOM = 1000;

export interface PageEntry {
  /** With the tombstone bit set, whatever the value. */
  readonly key: Uint8Array;
  readonly value: PageValue;
}

/** Reads a checked page; whatever does not fit together is `CORRUPT` all the same. */
export class DataPage {
  readonly count: number;
  readonly #bytes: Uint8Array;
  readonly #keyBytes: number;
  readonly #restartCount: number;
  readonly #restartsAt: number;
  /** Kept where entries are few and long, since it takes little room beside them then, and else where there is room. */
  #block: EntryBlock | undefined;
  #table: KeyTable | undefined;
  /** How often it was looked at without a table. */
  #looks = 0;

  constructor(bytes: Uint8Array, keyBytes: number) {
    this.#bytes = bytes;
    this.#keyBytes = keyBytes;
    if (bytes.length < 8) throw damaged('it is too short');
    this.count = u32At(bytes, bytes.length - 4);
    this.#restartCount = u32At(bytes, bytes.length - 8);
    this.#restartsAt = bytes.length - 8 - this.#restartCount * 4;
    if (this.#restartsAt < 0 || this.#restartCount !== Math.ceil(this.count / RESTART_INTERVAL)) {
      throw damaged('its restart points do not fit');
    }
  }

  /** A copy of the key's value; `null` for a tombstone; undefined where the page does not hold it. */
  get(key: Uint8Array): Uint8Array | StoredValue | null | undefined {
    const outcome = this.lookOnce(key, looked);
    if (outcome === FOUND) return looked.copy();
    return outcome === ELSEWHERE ? looked.stored : outcome === DELETED ? null : undefined;
  }

  /** Looks for the key on a page that is held, and at times makes what helps those who ask it again. */
  look(wanted: WantedKey, held: HeldPage, found: FoundValue): PointOutcome {
    const table = this.#table;
    if (table === undefined) {
      this.#looks += 1;
      if (this.#looks > LOOKS_PER_RESTART * this.#restartCount) this.#makeTable(held);
      return this.lookOnce(wanted.bytes, found);
    }
    const tagAt = table.find(wanted);
    if (tagAt === NO_KEY) return ABSENT;
    return tagAt === DELETED_KEY ? DELETED : this.#valueAt(tagAt, found);
  }

  /** The same for a page that is looked at but once. */
  lookOnce(key: Uint8Array, found: FoundValue): PointOutcome {
    const restart = this.#restartBefore(key);
    if (restart >= this.#restartCount) return ABSENT;
    const tagAt = this.#find(this.#restart(restart), key);
    if (tagAt === NO_KEY) return ABSENT;
    return tagAt === DELETED_KEY ? DELETED : this.#valueAt(tagAt, found);
  }

  #makeTable(held: HeldPage): void {
    this.#looks = -LOOKS_WITHOUT_ROOM;
    // Taken apart by a kernel, its keys need not be put together one by one; scans have the block too.
    if (this.count >= KERNEL_ENTRIES && this.#keyBytes % 4 === 0) this.block(held);
    const size_bytes = KeyTable.sizeFor(this.#restartsAt, this.count, this.#keyBytes, this.#block);
    if (size_bytes === undefined || !held.growBy(size_bytes)) return;
    this.#table = KeyTable.of(this.#bytes, this.#restartsAt, this.count, this.#keyBytes, this.#block);
  }

  /** All entries side by side. Values are views of the page. */
  block(held?: HeldPage): EntryBlock {
    if (this.#block !== undefined) return this.#block;
    const { count } = this;
    const isLarge = count >= KERNEL_ENTRIES;
    const block =
      (isLarge ? decodeInKernels(this.#bytes, this.#restartsAt, count, this.#keyBytes) : undefined) ??
      this.#takeApart();
    if (!isLarge || held?.growBy(count * (this.#keyBytes + 8)) === true) this.#block = block;
    return block;
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

  #valueAt(at: number, found: FoundValue): PointOutcome {
    const bytes = this.#bytes;
    const first = bytes[at] as number;
    const second = bytes[at + 1] as number;
    // Most values are inline, with a length of one byte or two.
    if ((first & 1) === 0 && (first < 128 || second < 128)) {
      found.bytes = bytes;
      found.from = first < 128 ? at + 1 : at + 2;
      found.to = found.from + (first < 128 ? first >>> 1 : ((first & 127) | (second << 7)) >>> 1);
      if (found.to > this.#restartsAt) throw damaged('a value reaches beyond the entries');
      return FOUND;
    }
    const value = readValue(new ByteReader(bytes.subarray(0, this.#restartsAt), at));
    if (value.kind === 'inline') return found.set(value.bytes, 0, value.bytes.length);
    if (value.kind === 'stored') found.stored = value;
    return value.kind === 'stored' ? ELSEWHERE : DELETED;
  }

  /**
   * From a restart point on to the next one: where the tag of the key's value stands, or {@link NO_KEY}, or
   * {@link DELETED_KEY}. No key is put together: `equal` is how many bytes the wanted key shares with the last entry, which
   * is below it. An entry that shares more with that one is below too; one that shares less is above; only one that shares
   * as much is compared from there on.
   */
  #find(restartAt: number, key: Uint8Array): number {
    const bytes = this.#bytes;
    const end = this.#restartsAt;
    const keyBytes = this.#keyBytes;
    const last = keyBytes - 1;
    let at = restartAt;
    let equal = 0;
    for (let left = RESTART_INTERVAL; left > 0 && at < end; left--) {
      const shared = bytes[at] as number;
      if (shared > last) throw damaged('a key shares too much');
      const keyAt = at + 1 - shared;
      at += 1 + keyBytes - shared;
      const isTombstone = ((bytes[at - 1] as number) & 1) === 0;
      if (shared < equal) return NO_KEY;
      if (shared === equal) {
        while (equal < last && bytes[keyAt + equal] === key[equal]) equal += 1;
        const byte = bytes[keyAt + equal] as number;
        const wanted = key[equal] as number;
        const difference = equal === last ? (byte | 1) - (wanted | 1) : byte - wanted;
        if (difference === 0) return isTombstone ? DELETED_KEY : at;
        if (difference > 0) return NO_KEY;
      }
      if (!isTombstone) at = behindValue(bytes, at, end);
    }
    return NO_KEY;
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
    const offset = u32At(this.#bytes, this.#restartsAt + index * 4);
    if (offset + this.#keyBytes >= this.#restartsAt) throw damaged('a restart point lies outside');
    return offset;
  }
}

/** For who wants a copy at once. */
const looked = new FoundValue();

function damaged(why: string): PeregrineError {
  return new PeregrineError('CORRUPT', `A data page makes no sense: ${why}.`);
}
