/**
 * The keys of a data page in a hash table, for a page that is asked again and again: a read looks at one slot, one key and
 * one value, where it would bisect restart points and walk over entries.
 */

import { behindValue } from './page-value.ts';
import { WantedKey } from './wanted-key.ts';

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
  /** Slots, as many as a power of two, then the words of each key. */
  readonly #words: Int32Array;
  readonly #mask: number;
  readonly #keyWords: number;

  private constructor(words: Int32Array, slots: number, keyWords: number) {
    this.#words = words;
    this.#mask = slots - 1;
    this.#keyWords = keyWords;
  }

  /** Bytes that the table of a page takes whose entries end at `end`; undefined where it can have none. */
  static sizeFor(end: number, count: number, keyBytes: number): number | undefined {
    if (count > MAX_KEY_NUMBER || end > MAX_PLACE) return undefined;
    return 4 * (slotsFor(count) + count * wordsOf(keyBytes));
  }

  /**
   * Of the entries in the first `end` bytes of a page; undefined where they don't fit together: who looks at them one by
   * one can tell how. `CORRUPT` for the same reason.
   */
  static of(page: Uint8Array, end: number, count: number, keyBytes: number): KeyTable | undefined {
    const slots = slotsFor(count);
    const keyWords = wordsOf(keyBytes);
    const words = new Int32Array(slots + count * keyWords);
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
      for (let word = 0; word < keyWords; word++) words[keyAt + word] = keyOnPage.words[word] as number;
      const { hash } = keyOnPage;
      let slot = hash & (slots - 1);
      while (words[slot] !== 0) slot = (slot + 1) & (slots - 1);
      words[slot] =
        ((hash >>> HASH_SHIFT) << HASH_SHIFT) | ((i + 1) << KEY_SHIFT) | (isTombstone ? DELETED_KEY : at);
      if (!isTombstone) at = behindValue(page, at, end);
    }
    return at === end ? new KeyTable(words, slots, keyWords) : undefined;
  }

  /** Where on the page the tag of the key's value stands, or {@link NO_KEY}, or {@link DELETED_KEY}. */
  find({ words: wanted, hash }: WantedKey): number {
    const words = this.#words;
    const mask = this.#mask;
    const keyWords = this.#keyWords;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const entry = words[slot] as number;
      if (entry === 0) return NO_KEY;
      if ((entry ^ hash) >>> HASH_SHIFT !== 0) continue;
      const keyAt = mask + 1 + (((entry >>> KEY_SHIFT) & MAX_KEY_NUMBER) - 1) * keyWords;
      let word = 0;
      while (word < keyWords && words[keyAt + word] === wanted[word]) word += 1;
      if (word === keyWords) return entry & MAX_PLACE;
    }
  }
}

/** Three quarters of them are filled at most, so that a search always comes to an empty one. */
function slotsFor(count: number): number {
  return 2 ** Math.ceil(Math.log2((count * 4) / 3 + 1));
}

function wordsOf(keyBytes: number): number {
  return (keyBytes + 3) >>> 2;
}
