/** The terms of words, remembered from document to document: most words of a page stood in the one before it too. */

import { foldWord, headOfPair, stem, stemHash, stemsOf, stemmingLanguage, wordHash } from '../text/index.ts';

/** Numbers of the pool: some 60,000 words. Twice as many while the older half is still of use. */
const POOL_LENGTH = 1_048_576;
/** Bytes of what can be suggested of them. */
const LETTERS_LENGTH = 786_432;
/** Places of the table; the pool is full before half of them are. */
const SLOTS = 262_144;
/** Longer words are mostly made up by machines and don't come again. */
const MAX_REMEMBERED_LENGTH = 40;

/** What can be suggested to somebody who types: letters first, and of a length that people write. */
const SUGGESTED = /^\p{L}[\p{L}\p{M}\p{N}'+#.-]*$/u;
const MAX_SUGGESTED_LENGTH = 32;
const NO_LETTERS = new Uint8Array(0);

/**
 * Where the parts of a word stand in the pool, counted from its place; then its terms, the surface form first. Letters
 * are a place in {@link WordTerms.letters}.
 */
export const OWNER = 0;
export const COUNT = 1;
export const LETTERS = 2;
export const LETTER_COUNT = 3;
/** Its number among the words of the document of the owner. */
export const NUMBER = 4;
/** How many of its terms, the last of them, are parts of a name: in a document they count once. */
export const PARTS = 5;
/** Number of its units and of the language. Behind the terms stand the units, two to a number. */
const KEY = 6;
export const TERMS = 7;
/** Of each term: low and high half of its hash. */
export const TERM_LENGTH = 2;
/** Bits of a key that hold the number of units. */
const LENGTH_BITS = 8;

/** A word where it stands: `units[start … end)`, with a hash of them. */
export interface WordUnits {
  readonly units: Uint16Array;
  readonly start: number;
  readonly end: number;
  readonly hash: number;
}

/** What a word becomes: halves of its hashes, and its letters where it can be suggested. */
interface FoundWord {
  readonly halves: Int32Array;
  /** Of the hashes, so many at the end are parts of a name. */
  readonly parts: number;
  readonly letters: Uint8Array;
}

/** Words in flat arrays: nothing for the garbage collector to walk, and no string for a word that is known. */
class WordTable {
  readonly pool = new Int32Array(POOL_LENGTH);
  readonly letters = new Uint8Array(LETTERS_LENGTH);
  /** Hash of the units with the language, and place in the pool, in turn. */
  readonly slots = new Int32Array(SLOTS * 2);
  used = 1;
  usedLetters = 0;

  clear(): void {
    this.slots.fill(0);
    this.used = 1;
    this.usedLetters = 0;
  }

  /** Place of a word in the pool, or 0. */
  find(word: WordUnits, hash: number, key: number): number {
    const { slots } = this;
    for (let slot = slotOf(hash); ; slot = (slot + 2) & SLOT_MASK) {
      const place = slots[slot + 1] as number;
      if (place === 0) return 0;
      if (slots[slot] === hash && this.#equals(place, word, key)) return place;
    }
  }

  /** Place of a word that is not there yet; 0 where there is no room for it. */
  add(word: WordUnits, hash: number, key: number, { halves, parts, letters }: FoundWord): number {
    const { pool } = this;
    const length = word.end - word.start;
    const count = halves.length / 2;
    const place = this.used;
    if (
      place + TERMS + count * TERM_LENGTH + length > POOL_LENGTH ||
      this.usedLetters + letters.length > LETTERS_LENGTH
    ) {
      return 0;
    }
    pool[place + OWNER] = 0;
    pool[place + COUNT] = count;
    pool[place + LETTERS] = this.usedLetters;
    pool[place + LETTER_COUNT] = letters.length;
    pool[place + PARTS] = parts;
    pool[place + KEY] = key;
    for (let i = 0; i < count; i++) {
      pool[place + TERMS + i * TERM_LENGTH] = halves[2 * i] as number;
      pool[place + TERMS + i * TERM_LENGTH + 1] = halves[2 * i + 1] as number;
    }
    this.letters.set(letters, this.usedLetters);
    this.usedLetters += letters.length;
    this.used += TERMS + count * TERM_LENGTH;
    if (length > MAX_REMEMBERED_LENGTH) return place;
    const { units, start, end } = word;
    for (let i = start; i < end; i += 2) {
      pool[this.used++] = (units[i] as number) | ((i + 1 < end ? (units[i + 1] as number) : 0) << 16);
    }
    let slot = slotOf(hash);
    while (this.slots[slot + 1] !== 0) slot = (slot + 2) & SLOT_MASK;
    this.slots[slot] = hash;
    this.slots[slot + 1] = place;
    return place;
  }

  wordAt(place: number): FoundWord {
    const { pool } = this;
    const count = pool[place + COUNT] as number;
    const halves = new Int32Array(count * 2);
    for (let i = 0; i < count; i++) {
      halves[2 * i] = pool[place + TERMS + i * TERM_LENGTH] as number;
      halves[2 * i + 1] = pool[place + TERMS + i * TERM_LENGTH + 1] as number;
    }
    const from = pool[place + LETTERS] as number;
    const letters = this.letters.subarray(from, from + (pool[place + LETTER_COUNT] as number));
    return { halves, parts: pool[place + PARTS] as number, letters };
  }

  #equals(place: number, { units, start, end }: WordUnits, key: number): boolean {
    const { pool } = this;
    if (pool[place + KEY] !== key) return false;
    let at = place + TERMS + (pool[place + COUNT] as number) * TERM_LENGTH;
    const last = end - 1;
    let i = start;
    for (; i < last; i += 2) {
      if (pool[at++] !== ((units[i] as number) | ((units[i + 1] as number) << 16))) return false;
    }
    return i > last || pool[at] === units[i];
  }
}

/** Of a hash and a place. */
const SLOT_MASK = SLOTS * 2 - 1;

function slotOf(hash: number): number {
  return ((hash ^ (hash >>> 15)) << 1) & SLOT_MASK;
}

/** A word becomes a surface form, a stem, and perhaps other stems that it is found by. */
export class WordTerms {
  #young = new WordTable();
  #old = new WordTable();

  /** Holds what {@link place} tells; another after a word was added. */
  get pool(): Int32Array {
    return this.#young.pool;
  }

  /** UTF-8 of the folded words that can be suggested; another after a word was added. */
  get letters(): Uint8Array {
    return this.#young.letters;
  }

  /**
   * Place of a word as {@link WordReader} found it in `text`, in a language and its number. Without terms where nothing
   * of a word is left.
   */
  place(text: string, word: WordUnits, language: string, languageNumber: number): number {
    const hash = Math.imul(word.hash ^ languageNumber, 0x9e3779b1);
    const key = (languageNumber << LENGTH_BITS) | Math.min(word.end - word.start, MAX_REMEMBERED_LENGTH + 1);
    return this.#young.find(word, hash, key) || this.#remember(text, word, language, hash, key);
  }

  #remember(text: string, word: WordUnits, language: string, hash: number, key: number): number {
    const before = this.#old.find(word, hash, key);
    const found = before === 0 ? read(text.slice(word.start, word.end), language) : this.#old.wordAt(before);
    const place = this.#young.add(word, hash, key, found);
    if (place !== 0) return place;
    const full = this.#young;
    this.#young = this.#old;
    this.#old = full;
    this.#young.clear();
    return this.#young.add(word, hash, key, found);
  }
}

const HUMP = /[\p{Ll}\d]\p{Lu}/u;
const PART = /\p{Lu}+(?!\p{Ll})|\p{Lu}?[\p{Ll}\d]+/gu;
const LEAST_PART = 3;
const LEAST_HEAD = 2;
/** Parts from which on a name that begins with a capital is that of a type: `JavaScript` and `McCoy` are words. */
const LEAST_PARTS = 3;

/**
 * What the name of a function or type is put together from: `getElementById` is found by `element` too. Found, not weighed:
 * counted at each name, they lifted pages full of code above those about the thing.
 */
function partsOfIdentifier(raw: string): readonly string[] {
  if (raw.length > MAX_REMEMBERED_LENGTH || !HUMP.test(raw)) return [];
  const parts = raw.match(PART) ?? [];
  const [head = ''] = parts;
  const isFunction = head.length >= LEAST_HEAD && head === head.toLowerCase();
  return isFunction || parts.length >= LEAST_PARTS ? parts.filter(({ length }) => length >= LEAST_PART) : [];
}

const NOTHING: FoundWord = { halves: new Int32Array(0), parts: 0, letters: NO_LETTERS };

/** Halves of the hashes, low word first; no two hashes are the same. */
function read(raw: string, textLanguage: string): FoundWord {
  const { word, form } = foldWord(raw);
  if (word === '') return NOTHING;
  // Without a language of its own a document's words stay as they are.
  const language = textLanguage === '' ? '' : stemmingLanguage(word, textLanguage);
  const hashes = new Set([wordHash(word), ...stemsOf(form, language).map(stemHash)]);
  // For queries typed without diacritics.
  if (form !== word) hashes.add(stemHash(stem(word, language)));
  // A character of a pair is a word too.
  const head = headOfPair(raw);
  if (head !== '') hashes.add(wordHash(foldWord(head).word));
  const whole = hashes.size;
  for (const part of partsOfIdentifier(raw)) hashes.add(stemHash(stem(foldWord(part).word, language)));
  const isSuggested = word.length <= MAX_SUGGESTED_LENGTH && SUGGESTED.test(word);
  return {
    halves: new Int32Array(BigUint64Array.from(hashes).buffer),
    parts: hashes.size - whole,
    letters: isSuggested ? Buffer.from(word) : NO_LETTERS,
  };
}
