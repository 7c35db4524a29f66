/**
 * The content of a data page: keys in order, each without the bytes that it shares with the one before, their values,
 * and restart points at which a key stands whole. Layout: docs/formats/part.md.
 */

import { ByteReader, PeregrineError } from '../base/index.ts';
import { ABSENT, DELETED, ELSEWHERE, FOUND, FoundValue, type PointOutcome } from './found-value.ts';
import { compareKeysAt, lowerBound } from './key-order.ts';
import { u32At } from './page.ts';
import { decodeInKernels } from './page-decoder.ts';
import {
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

/** Reads a checked page; whatever does not fit together is `CORRUPT` all the same. */
export class DataPage {
  readonly count: number;
  readonly #bytes: Uint8Array;
  readonly #keyBytes: number;
  readonly #restartCount: number;
  readonly #restartsAt: number;
  /** Kept where entries are few and long: then it takes little room beside them. */
  #block: EntryBlock | undefined;

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
    const outcome = this.look(key, looked);
    if (outcome === FOUND) return looked.copy();
    return outcome === ELSEWHERE ? looked.stored : outcome === DELETED ? null : undefined;
  }

  /** Looks for the key, and makes what helps the next one who asks the same page. */
  look(key: Uint8Array, found: FoundValue): PointOutcome {
    if (this.#block === undefined && this.count < KERNEL_ENTRIES) this.#block = this.#takeApart();
    return this.#block === undefined ? this.lookOnce(key, found) : lookInBlock(this.#block, key, found);
  }

  /** The same for a page that is looked at but once. */
  lookOnce(key: Uint8Array, found: FoundValue): PointOutcome {
    const restart = this.#restartBefore(key);
    return restart < this.#restartCount ? this.#lookFrom(this.#restart(restart), key, found) : ABSENT;
  }

  /**
   * Looks whether `key` is the one that was found on this page when the places of `found` were said. Where the page was
   * taken apart, that is an index. Else it is where the entry stands and where the bytes stand that it shares with those
   * before: in `nearAt`, what that shares in `farAt`, what that shares in the page's first key. No entry between is read.
   */
  lookAgain(key: Uint8Array, found: FoundValue): PointOutcome {
    const block = this.#block;
    const { entryAt, nearAt, farAt } = found;
    const last = this.#keyBytes - 1;
    if (block !== undefined) {
      const isSame = compareKeysAt(block.keys, entryAt * (last + 1), key, 0, last + 1) === 0;
      return isSame ? valueInBlock(block, entryAt, found) : ABSENT;
    }
    const bytes = this.#bytes;
    const shared = bytes[entryAt] as number;
    const [near, far] = [bytes[nearAt] as number, bytes[farAt] as number];
    if (!this.#hasAt(0, key, 0, far) || !this.#hasAt(farAt, key, far, near)) return ABSENT;
    if (!this.#hasAt(nearAt, key, near, shared) || !this.#hasAt(entryAt, key, shared, last)) return ABSENT;
    const at = entryAt + 1 + last - shared;
    // A deletion is no record that was found.
    return bytes[at] === key[last] ? this.#valueAt(at + 1, found) : ABSENT;
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

  /** From a restart point on to the next one. */
  #lookFrom(restartAt: number, key: Uint8Array, found: FoundValue): PointOutcome {
    const at = this.#find(restartAt, key, found);
    return at < 0 ? (at === IS_DELETED ? DELETED : ABSENT) : this.#valueAt(at, found);
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
   * Where the value's tag stands, or {@link IS_ABSENT}, or {@link IS_DELETED}. No key is put together: `equal` is how many
   * bytes the wanted key shares with the last entry, which is below it. An entry that shares more with that one is below
   * too; one that shares less is above; only one that shares as much is compared from there on.
   */
  #find(restartAt: number, key: Uint8Array, found: FoundValue): number {
    const bytes = this.#bytes;
    const end = this.#restartsAt;
    const keyBytes = this.#keyBytes;
    const last = keyBytes - 1;
    let at = restartAt;
    let equal = 0;
    for (let step = 0; step < RESTART_INTERVAL && at < end; step++) {
      const shared = bytes[at] as number;
      walked[step] = at;
      if (shared > last) throw damaged('a key shares too much');
      const keyAt = at + 1 - shared;
      at += 1 + keyBytes - shared;
      const isTombstone = ((bytes[at - 1] as number) & 1) === 0;
      if (shared < equal) return IS_ABSENT;
      if (shared === equal) {
        while (equal < last && bytes[keyAt + equal] === key[equal]) equal += 1;
        const byte = bytes[keyAt + equal] as number;
        const wanted = key[equal] as number;
        const difference = equal === last ? (byte | 1) - (wanted | 1) : byte - wanted;
        if (difference === 0) {
          if (isTombstone) return IS_DELETED;
          this.#tellPlaces(step + 1, key, found);
          return at;
        }
        if (difference > 0) return IS_ABSENT;
      }
      if (!isTombstone) at = this.#behindValue(at);
    }
    return IS_ABSENT;
  }

  /** Whether the entry at `entryAt` itself has bytes `from` to `to` of a key. */
  #hasAt(entryAt: number, key: Uint8Array, from: number, to: number): boolean {
    const bytes = this.#bytes;
    const keyAt = entryAt + 1 - (bytes[entryAt] as number);
    for (let i = from; i < to; i++) if (bytes[keyAt + i] !== key[i]) return false;
    return true;
  }

  /** Says where the entry is found again that is the last of those walked over. */
  #tellPlaces(steps: number, key: Uint8Array, found: FoundValue): void {
    const near = this.#lenderOf(steps - 1, key);
    const far = this.#lenderOf(near, key);
    found.nearAt = walked[near] as number;
    found.farAt = walked[far] as number;
    const isTold = this.#hasAt(0, key, 0, this.#bytes[found.farAt] as number);
    found.entryAt = isTold ? (walked[steps - 1] as number) : -1;
  }

  /** The step at which those bytes stand that the entry at `step` shares with what is before it. */
  #lenderOf(step: number, key: Uint8Array): number {
    const shared = this.#bytes[walked[step] as number] as number;
    if (this.#hasAt(0, key, 0, shared)) return step;
    let lender = step - 1;
    while (lender > 0 && (this.#bytes[walked[lender] as number] as number) >= shared) lender -= 1;
    return lender;
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
    const offset = u32At(this.#bytes, this.#restartsAt + index * 4);
    if (offset + this.#keyBytes >= this.#restartsAt) throw damaged('a restart point lies outside');
    return offset;
  }
}

function lookInBlock(block: EntryBlock, key: Uint8Array, found: FoundValue): PointOutcome {
  const { keys, keyBytes, count } = block;
  const at = lowerBound(keys, 0, keyBytes, count, key, keyBytes);
  if (at === count || compareKeysAt(keys, at * keyBytes, key, 0, keyBytes) !== 0) return ABSENT;
  return valueInBlock(block, at, found);
}

function valueInBlock(block: EntryBlock, at: number, found: FoundValue): PointOutcome {
  const offset = block.offsets[at] as number;
  const length = block.lengths[at] as number;
  if (length === TOMBSTONE_LENGTH) return DELETED;
  found.entryAt = at;
  if (length !== STORED_LENGTH) return found.set(block.bytes, offset, offset + length);
  found.stored = block.stored[offset];
  return ELSEWHERE;
}

/** Where the entries of a walk from a restart point on begin. */
const walked = new Uint32Array(RESTART_INTERVAL);
/** Answers of a search that are no place. */
const IS_ABSENT = -1;
const IS_DELETED = -2;

/** For who wants a copy at once. */
const looked = new FoundValue();

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
