/** The terms of words, remembered from document to document: most words of a page stood in the one before it too. */

import { foldWord, stem, stemHash, stemmingLanguage, wordHash } from '../text/index.ts';

/** Numbers of the pool: some 50,000 words. Twice as many while the older half is still of use. */
const POOL_LENGTH = 524_288;
/** Longer words are mostly made up by machines and don't come again. */
const MAX_REMEMBERED_LENGTH = 40;
/** Slices that are longer than this keep the text alive that they are cut from. */
const MAX_COPIED_SLICE = 12;

/** Where the parts of a word stand in the pool, counted from its place; then its terms. */
export const OWNER = 0;
export const COUNT = 1;
export const TERMS = 2;
/** Of each term: low and high half of its hash, and its id in the document of the owner. */
export const TERM_LENGTH = 3;

type Places = Map<string, Map<string, number>>;

/**
 * A word becomes a surface form, a stem, and perhaps other stems that it is found by. All words lie in one array of
 * numbers: nothing for the garbage collector to walk.
 */
export class WordTerms {
  /** Holds what {@link place} tells; another after a word was added. */
  pool: Uint32Array = new Uint32Array(POOL_LENGTH);
  #used = 1;
  #places: Places = new Map();
  #old: { readonly pool: Uint32Array; readonly places: Places } = { pool: this.pool, places: new Map() };

  /** Words of one language; empty for an unknown one. Good for one document, after which ask again. */
  wordsOf(language: string): Map<string, number> {
    let words = this.#places.get(language);
    if (words === undefined) {
      words = new Map();
      this.#places.set(language, words);
    }
    return words;
  }

  /** Place of a word as {@link scanWords} found it; 0 where nothing of a word is left. */
  place(raw: string, language: string): number {
    const known = this.wordsOf(language).get(raw);
    return known ?? this.#remember(raw, language);
  }

  #remember(raw: string, language: string): number {
    // What follows remembers its words as well.
    const own = raw.length > MAX_COPIED_SLICE ? Buffer.from(raw, 'utf16le').toString('utf16le') : raw;
    const before = this.#old.places.get(language)?.get(own);
    const hashes =
      before === undefined
        ? hashesOf(own, language)
        : before === 0
          ? undefined
          : hashesAt(this.#old.pool, before);
    const place = hashes === undefined ? 0 : this.#add(hashes);
    if (own.length <= MAX_REMEMBERED_LENGTH) this.wordsOf(language).set(own, place);
    return place;
  }

  #add(halves: Uint32Array): number {
    const count = halves.length / 2;
    if (this.#used + TERMS + count * TERM_LENGTH > this.pool.length) {
      this.#old = { pool: this.pool, places: this.#places };
      this.pool = new Uint32Array(POOL_LENGTH);
      this.#places = new Map();
      this.#used = 1;
    }
    const place = this.#used;
    this.pool[place + COUNT] = count;
    for (let i = 0; i < count; i++) {
      this.pool[place + TERMS + i * TERM_LENGTH] = halves[2 * i] as number;
      this.pool[place + TERMS + i * TERM_LENGTH + 1] = halves[2 * i + 1] as number;
    }
    this.#used += TERMS + count * TERM_LENGTH;
    return place;
  }
}

/** Halves of the hashes, low word first; no two hashes are the same. */
function hashesOf(raw: string, textLanguage: string): Uint32Array | undefined {
  const { word, form } = foldWord(raw);
  if (word === '') return undefined;
  // Without a language of its own a document's words stay as they are.
  const language = textLanguage === '' ? '' : stemmingLanguage(word, textLanguage);
  const hashes = new Set([wordHash(word), stemHash(stem(form, language))]);
  // For queries typed without diacritics.
  if (form !== word) hashes.add(stemHash(stem(word, language)));
  return new Uint32Array(BigUint64Array.from(hashes).buffer);
}

function hashesAt(pool: Uint32Array, place: number): Uint32Array {
  const count = pool[place + COUNT] as number;
  const halves = new Uint32Array(count * 2);
  for (let i = 0; i < count; i++) {
    halves[2 * i] = pool[place + TERMS + i * TERM_LENGTH] as number;
    halves[2 * i + 1] = pool[place + TERMS + i * TERM_LENGTH + 1] as number;
  }
  return halves;
}
