/**
 * Where records that were read lately stand on pages that are held, so that the next read of one finds it without a
 * search: in one line of memory instead of a dozen. A hint, never an answer: the page compares the key itself. What it may
 * not do is name an older version, so a hint counts only for the very runs among which it was found, its *generation*.
 */

import type { FoundValue } from './found-value.ts';
import type { HeldPage } from './held-page.ts';

/**
 * Words of a hint: generation; serial number of the page; its frame and half of the key's hash; three places on the page
 * in two words.
 */
const HINT_WORDS = 5;
/** As many as a line of 64 bytes holds: those that a hash may stand in. */
const WAYS = 3;
const SET_WORDS = 16;
const SET_BYTES: number = SET_WORDS * 4;
/** Frames, places and halves of hashes share words by two. */
const HALF_BITS = 16;
const MAX_HALF = 0xffff;
/** Of the cache's bytes, at first and at most. */
const FIRST_SHARE: number = 1 / 64;
const MAX_SHARE: number = 1 / 8;
const MIN_SETS = 16;

/** Pages by frame: the cache's own. */
export type Frames = readonly (HeldPage | undefined)[];

export class RecordPlaces {
  readonly #frames: Frames;
  readonly #capacity_bytes: number;
  /** Taken at the first hint. */
  #words = new Int32Array(0);
  /** What of a hash says the set: there are a power of two. */
  #shift = 32;
  #generation = 0;
  #victim = 0;
  /** Hints that had to go though their pages are held, since it has this size. */
  #lost = 0;

  constructor(frames: Frames, capacity_bytes: number) {
    this.#frames = frames;
    this.#capacity_bytes = capacity_bytes;
  }

  get size_bytes(): number {
    return this.#words.byteLength;
  }

  /** For runs that nobody has read from yet. */
  nextGeneration(): number {
    this.#generation = (this.#generation + 1) | 0;
    // Numbers begin anew: no hint may outlive that.
    if (this.#generation === 0) {
      this.clear();
      this.#generation = 1;
    }
    return this.#generation;
  }

  /** Serial numbers or generations begin anew. */
  clear(): void {
    this.#words.fill(0);
  }

  /** Index of the hint for a key with this hash, -1 where there is none. */
  find(hash: number, generation: number): number {
    const words = this.#words;
    if (words.length === 0) return -1;
    const set = (hash >>> this.#shift) * SET_WORDS;
    for (let at = set; at < set + WAYS * HINT_WORDS; at += HINT_WORDS) {
      // The upper half chose the set.
      if (words[at] === generation && (((words[at + 2] as number) ^ hash) & MAX_HALF) === 0) return at;
    }
    return -1;
  }

  /** The page that a hint names, while it is held. */
  pageOf(hint: number): HeldPage | undefined {
    const page = this.#frames[(this.#words[hint + 2] as number) >>> HALF_BITS];
    return page !== undefined && page.serial === this.#words[hint + 1] ? page : undefined;
  }

  /** Says where on its page the entry of a hint stands. */
  tell(hint: number, found: FoundValue): void {
    found.entryAt = this.#words[hint + 3] as number;
    const both = this.#words[hint + 4] as number;
    found.nearAt = both >>> HALF_BITS;
    found.farAt = both & MAX_HALF;
  }

  /** The newest version of a key with this hash was found on `page`. */
  note(hash: number, generation: number, page: HeldPage, found: FoundValue): void {
    const { entryAt, nearAt, farAt } = found;
    if (entryAt < 0 || entryAt > MAX_HALF || page.frame > MAX_HALF) return;
    if (this.#words.length === 0) this.#take(this.#capacity_bytes * FIRST_SHARE);
    const words = this.#words;
    const set = (hash >>> this.#shift) * SET_WORDS;
    // In place of one that means nothing any more, else of each in turn.
    let at = this.find(hash, generation);
    for (let other = set; at < 0 && other < set + WAYS * HINT_WORDS; other += HINT_WORDS) {
      if (this.pageOf(other) === undefined) at = other;
    }
    if (at < 0) {
      at = set + this.#victim * HINT_WORDS;
      this.#victim = (this.#victim + 1) % WAYS;
      this.#lost += 1;
    }
    words[at] = generation;
    words[at + 1] = page.serial;
    words[at + 2] = (page.frame << HALF_BITS) | (hash & MAX_HALF);
    words[at + 3] = entryAt;
    words[at + 4] = (nearAt << HALF_BITS) | farAt;
    const isTight = this.#lost * SET_WORDS > words.length;
    if (isTight && 2 * this.size_bytes <= this.#capacity_bytes * MAX_SHARE) this.#take(2 * this.size_bytes);
  }

  /** Begins anew with so many bytes: what was read lately will be read again, or need not be known. */
  #take(size_bytes: number): void {
    const sets = 2 ** Math.floor(Math.log2(Math.max(MIN_SETS, size_bytes / SET_BYTES)));
    this.#words = new Int32Array(sets * SET_WORDS);
    this.#shift = 32 - Math.log2(sets);
    this.#lost = 0;
  }
}

/** A number of 32 bits, signed: quick, for keys that are compared afterwards. */
export function quickHash(key: Uint8Array): number {
  const length = key.length;
  let hash = length;
  let at = 0;
  for (; at + 4 <= length; at += 4) {
    const word =
      (key[at] as number) |
      ((key[at + 1] as number) << 8) |
      ((key[at + 2] as number) << 16) |
      ((key[at + 3] as number) << 24);
    hash = Math.imul(hash ^ word, 0x9e37_79b1);
    hash ^= hash >>> 15;
  }
  for (; at < length; at++) hash = Math.imul(hash ^ (key[at] as number), 0x85eb_ca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
  return hash ^ (hash >>> 16);
}
