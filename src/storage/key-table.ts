/**
 * The keys of a data page in a hash table, for a page that is asked again and again: a read looks at one slot, one key and
 * one value, where it would bisect restart points and walk over entries.
 */

import { behindValue } from './page-value.ts';
import { type EntryBlock, TOMBSTONE_LENGTH } from './record-block.ts';
import { hashOfWords, WantedKey } from './wanted-key.ts';

/** Answers of {@link KeyTable.find} that are no place. */
export const NO_KEY = -1;
/** No tag stands at the beginning of a page: there stands a key. */
export const DELETED_KEY = 0;

/** A slot: four bits of the hash; which of the keys, from 1 on, in twelve; where on the page its tag stands, in sixteen. */
const HASH_SHIFT = 28;
const KEY_SHIFT = 16;
const MAX_KEY_NUMBER = 0xfff;
const MAX_PLACE = 0xffff;

/** Of the keys that a table is made of. */
const keyOnPage = new WantedKey();

export class KeyTable {
  /** As many as a power of two. */
  readonly #slots: Int32Array;
  readonly #mask: number;
  /** Words of the keys, from {@link #keysAt} on: behind the slots, or those of a block that is kept anyway. */
  readonly #keys: Int32Array;
  readonly #keysAt: number;
  readonly #keyWords: number;

  private constructor(slots: Int32Array, count: number, keys: Int32Array, keysAt: number, keyWords: number) {
    this.#slots = slots;
    this.#mask = count - 1;
    this.#keys = keys;
    this.#keysAt = keysAt;
    this.#keyWords = keyWords;
  }

  /** Bytes that the table of a page takes whose entries end at `end`; undefined where it can have none. */
  static sizeFor(end: number, count: number, keyBytes: number, block?: EntryBlock): number | undefined {
    if (count > MAX_KEY_NUMBER || end > MAX_PLACE) return undefined;
    return 4 * (slotsFor(count) + (keyWordsOf(block) === undefined ? count * wordsOf(keyBytes) : 0));
  }

  /**
   * Of the entries in the first `end` bytes of a page; undefined where they don't fit together: who looks at them one by
   * one can tell how. `CORRUPT` for the same reason. A `block` of all of them that is kept lends its keys.
   */
  static of(
    page: Uint8Array,
    end: number,
    count: number,
    keyBytes: number,
    block?: EntryBlock,
  ): KeyTable | undefined {
    const slots = slotsFor(count);
    const keyWords = wordsOf(keyBytes);
    const lent = keyWordsOf(block);
    if (block !== undefined && lent !== undefined) {
      const made = slotsOfBlock(page, block, lent, slots);
      if (made !== undefined) return new KeyTable(made, slots, lent, 0, keyWords);
    }
    const words = new Int32Array(slots + (lent === undefined ? count * keyWords : 0));
    const last = keyBytes - 1;
    const key = new Uint8Array(keyBytes);
    let at = 0;
    for (let i = 0; i < count; i++) {
      const shared = page[at] as number;
      if (shared > last || at + 1 + keyBytes - shared > end) return undefined;
      at += 1;
      for (let to = shared; to < keyBytes; to++) key[to] = page[at++] as number;
      const isTombstone = ((key[last] as number) & 1) === 0;
      key[last] = (key[last] as number) | 1;
      keyOnPage.set(key);
      const keyAt = slots + i * keyWords;
      const toCopy = lent === undefined ? keyWords : 0;
      for (let word = 0; word < toCopy; word++) words[keyAt + word] = keyOnPage.words[word] as number;
      const { hash } = keyOnPage;
      fill(words, slots - 1, hash, i, isTombstone ? DELETED_KEY : at);
      if (!isTombstone) at = behindValue(page, at, end);
    }
    if (at !== end) return undefined;
    return new KeyTable(words, slots, lent ?? words, lent === undefined ? slots : 0, keyWords);
  }

  /** Where on the page the tag of the key's value stands, or {@link NO_KEY}, or {@link DELETED_KEY}. */
  find({ words: wanted, hash }: WantedKey): number {
    const slots = this.#slots;
    const keys = this.#keys;
    const mask = this.#mask;
    const keyWords = this.#keyWords;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const entry = slots[slot] as number;
      if (entry === 0) return NO_KEY;
      if ((entry ^ hash) >>> HASH_SHIFT !== 0) continue;
      const keyAt = this.#keysAt + (((entry >>> KEY_SHIFT) & MAX_KEY_NUMBER) - 1) * keyWords;
      let word = 0;
      while (word < keyWords && keys[keyAt + word] === wanted[word]) word += 1;
      if (word === keyWords) return entry & MAX_PLACE;
    }
  }
}

/** The slots for the keys of a block, without a walk over the page; undefined where that must tell where tags stand. */
function slotsOfBlock(
  page: Uint8Array,
  block: EntryBlock,
  keys: Int32Array,
  count: number,
): Int32Array | undefined {
  const { keyBytes, offsets, lengths } = block;
  const slots = new Int32Array(count);
  const keyWords = wordsOf(keyBytes);
  for (let i = 0; i < block.count; i++) {
    const length = lengths[i] as number;
    let tagAt = DELETED_KEY;
    if (length !== TOMBSTONE_LENGTH) {
      // A tag of one byte or two.
      const tag = 2 * length;
      tagAt = (offsets[i] as number) - (tag < 128 ? 1 : 2);
      const isThere =
        tag < 128
          ? page[tagAt] === tag
          : tag < 2 ** 14 && page[tagAt] === ((tag & 127) | 128) && page[tagAt + 1] === tag >>> 7;
      if (!isThere) return undefined;
    }
    fill(slots, count - 1, hashOfWords(keys, i * keyWords, keyWords, keyBytes), i, tagAt);
  }
  return slots;
}

function fill(slots: Int32Array, mask: number, hash: number, key: number, tagAt: number): void {
  let slot = hash & mask;
  while (slots[slot] !== 0) slot = (slot + 1) & mask;
  slots[slot] = ((hash >>> HASH_SHIFT) << HASH_SHIFT) | ((key + 1) << KEY_SHIFT) | tagAt;
}

/** Three quarters of them are filled at most, so that a search always comes to an empty one. */
function slotsFor(count: number): number {
  return 2 ** Math.ceil(Math.log2((count * 4) / 3 + 1));
}

/** The keys of a block as words, where they stand so that they can be seen as such. */
function keyWordsOf(block: EntryBlock | undefined): Int32Array | undefined {
  if (block === undefined || block.keyBytes % 4 !== 0 || block.keys.byteOffset % 4 !== 0) return undefined;
  return new Int32Array(block.keys.buffer, block.keys.byteOffset, block.keys.length / 4);
}

function wordsOf(keyBytes: number): number {
  return (keyBytes + 3) >>> 2;
}
