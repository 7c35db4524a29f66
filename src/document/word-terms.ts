/** The terms of words, remembered from document to document: most words of a page stood in the one before it too. */

import { foldWord, stem, stemHash, stemmingLanguage, wordHash } from '../text/index.ts';

/** Numbers of the pool: some 50,000 words. Twice as many while the older half is still of use. */
const POOL_LENGTH = 524_288;
/** Longer words are mostly made up by machines and don't come again. */
const MAX_REMEMBERED_LENGTH = 40;
/** Slices that are longer than this keep the text alive that they are cut from. */
const MAX_COPIED_SLICE = 12;

/** Letters of the pool's words: nine bytes a word. */
const LETTERS_LENGTH = 524_288;
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
export const TERMS = 4;
/** Of each term: low and high half of its hash, and its id in the document of the owner. */
export const TERM_LENGTH = 3;

type Places = Map<string, Map<string, number>>;

interface RememberedWords {
  readonly pool: Uint32Array;
  readonly letters: Uint8Array;
  readonly places: Places;
}

/** What a word becomes: halves of its hashes, and its letters where it can be suggested. */
interface FoundWord {
  readonly halves: Uint32Array;
  readonly letters: Uint8Array;
}

/**
 * A word becomes a surface form, a stem, and perhaps other stems that it is found by. All words lie in one array of
 * numbers: nothing for the garbage collector to walk.
 */
export class WordTerms {
  /** Holds what {@link place} tells; another after a word was added. */
  pool: Uint32Array = new Uint32Array(POOL_LENGTH);
  /** UTF-8 of the folded words that can be suggested; another after a word was added. */
  letters: Uint8Array = new Uint8Array(LETTERS_LENGTH);
  #used = 1;
  #usedLetters = 0;
  #places: Places = new Map();
  #old: RememberedWords = { pool: this.pool, letters: this.letters, places: new Map() };

  /** The language asked for last, and its words: texts are read one after the other. */
  #language = '';
  #words = new Map<string, number>();

  /** Place of a word as {@link scanWords} found it; 0 where nothing of a word is left. */
  place(raw: string, language: string): number {
    if (language !== this.#language) this.#turnTo(language);
    return this.#words.get(raw) ?? this.#remember(raw, language);
  }

  #turnTo(language: string): void {
    this.#language = language;
    this.#words = this.#places.get(language) ?? new Map<string, number>();
    this.#places.set(language, this.#words);
  }

  #remember(raw: string, language: string): number {
    // What follows remembers its words as well.
    const own = raw.length > MAX_COPIED_SLICE ? Buffer.from(raw, 'utf16le').toString('utf16le') : raw;
    const before = this.#old.places.get(language)?.get(own);
    const found =
      before === undefined ? read(own, language) : before === 0 ? undefined : wordAt(this.#old, before);
    const place = found === undefined ? 0 : this.#add(found);
    if (own.length <= MAX_REMEMBERED_LENGTH) this.#words.set(own, place);
    return place;
  }

  #add({ halves, letters }: FoundWord): number {
    const count = halves.length / 2;
    if (
      this.#used + TERMS + count * TERM_LENGTH > this.pool.length ||
      this.#usedLetters + letters.length > this.letters.length
    ) {
      this.#old = { pool: this.pool, letters: this.letters, places: this.#places };
      this.pool = new Uint32Array(POOL_LENGTH);
      this.letters = new Uint8Array(LETTERS_LENGTH);
      this.#usedLetters = 0;
      this.#places = new Map();
      this.#turnTo(this.#language);
      this.#used = 1;
    }
    const place = this.#used;
    this.pool[place + COUNT] = count;
    this.pool[place + LETTERS] = this.#usedLetters;
    this.pool[place + LETTER_COUNT] = letters.length;
    this.letters.set(letters, this.#usedLetters);
    this.#usedLetters += letters.length;
    for (let i = 0; i < count; i++) {
      this.pool[place + TERMS + i * TERM_LENGTH] = halves[2 * i] as number;
      this.pool[place + TERMS + i * TERM_LENGTH + 1] = halves[2 * i + 1] as number;
    }
    this.#used += TERMS + count * TERM_LENGTH;
    return place;
  }
}

/** Halves of the hashes, low word first; no two hashes are the same. */
function read(raw: string, textLanguage: string): FoundWord | undefined {
  const { word, form } = foldWord(raw);
  if (word === '') return undefined;
  // Without a language of its own a document's words stay as they are.
  const language = textLanguage === '' ? '' : stemmingLanguage(word, textLanguage);
  const hashes = new Set([wordHash(word), stemHash(stem(form, language))]);
  // For queries typed without diacritics.
  if (form !== word) hashes.add(stemHash(stem(word, language)));
  const isSuggested = word.length <= MAX_SUGGESTED_LENGTH && SUGGESTED.test(word);
  return {
    halves: new Uint32Array(BigUint64Array.from(hashes).buffer),
    letters: isSuggested ? Buffer.from(word) : NO_LETTERS,
  };
}

function wordAt({ pool, letters }: RememberedWords, place: number): FoundWord {
  const count = pool[place + COUNT] as number;
  const halves = new Uint32Array(count * 2);
  for (let i = 0; i < count; i++) {
    halves[2 * i] = pool[place + TERMS + i * TERM_LENGTH] as number;
    halves[2 * i + 1] = pool[place + TERMS + i * TERM_LENGTH + 1] as number;
  }
  const from = pool[place + LETTERS] as number;
  return { halves, letters: letters.subarray(from, from + (pool[place + LETTER_COUNT] as number)) };
}
