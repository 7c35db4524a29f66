/** The terms of words, remembered from document to document: most words of a page stood in the one before it too. */

import {
  foldWord,
  headOfPair,
  languageNumber,
  stem,
  stemHash,
  stemsOf,
  stemmingLanguage,
  wordHash,
} from '../text/index.ts';
import {
  COUNT_MASK,
  COUNTS,
  FIRST_TABLE,
  KEY,
  LENGTH_BITS,
  LETTER_COUNT_SHIFT,
  LETTERS,
  LETTERS_USED,
  LINE,
  MAX_REMEMBERED_LENGTH,
  NAME_PARTS_SHIFT,
  OWNER,
  POOL_AT,
  POOL_LENGTH,
  POOL_USED,
  S_TABLE,
  S_TEXT,
  SECOND_TABLE,
  SLOT_COUNT,
  SLOT_MASK,
  SLOTS_AT,
  TERM_LENGTH,
  UNITS,
  WORD_LETTERS_AT,
  WORD_LETTERS_LENGTH,
  WORDS_USED,
} from './kernels/layout.ts';
import type { TermMemory } from './term-memory.ts';

/** What can be suggested to somebody who types: letters first, and of a length that people write. */
const SUGGESTED = /^\p{L}[\p{L}\p{M}\p{N}'+#.-]*$/u;
const MAX_SUGGESTED_LENGTH = 32;
/** More would have to be looked for too long. */
const MOST_WORDS = SLOT_COUNT * 0.75;
const NO_LETTERS = new Uint8Array(0);

/** What a word becomes: halves of its hashes, and its letters where it can be suggested. */
interface FoundWord {
  readonly halves: Int32Array;
  /** Of the hashes, so many at the end are parts of a name. */
  readonly parts: number;
  readonly letters: Uint8Array;
}

/** Two tables in the memory of the kernels; twice as many words while those of the older one are still of use. */
export class WordTerms {
  readonly #memory: TermMemory;

  constructor(memory: TermMemory) {
    this.#memory = memory;
  }

  /**
   * Place in the pool of the word at `start` to `end` of `text`, which the kernels have before them, but not yet in
   * the table. Without terms where nothing of the word is left. All that were told before may be void.
   */
  remember(text: string, start: number, end: number, hash: number, language: string): number {
    const number = languageNumber(language);
    const memory = this.#memory;
    const table = memory.get(S_TABLE);
    const other = table === FIRST_TABLE ? SECOND_TABLE : FIRST_TABLE;
    const before = memory.kernels.findIn(other, start, end, hash, number);
    const found = before === 0 ? read(text.slice(start, end), language) : wordAt(memory, other, before);
    const place = this.#add(start, end, hash, number, found);
    if (place !== 0) return place;
    const slots = (other + SLOTS_AT) >> 2;
    memory.words.fill(0, slots, slots + SLOT_COUNT);
    for (const used of [POOL_USED, LETTERS_USED, WORDS_USED]) memory.words[(other + used) >> 2] = 0;
    memory.set(S_TABLE, other);
    return this.#add(start, end, hash, number, found);
  }

  /** 0 where there is no room for it. */
  #add(
    start: number,
    end: number,
    hash: number,
    number: number,
    { halves, parts, letters }: FoundWord,
  ): number {
    const { words, units, bytes, kernels } = this.#memory;
    const table = this.#memory.get(S_TABLE);
    const length = end - start;
    const count = halves.length / 2;
    const used = words[(table + WORDS_USED) >> 2] as number;
    const place = placeFor(words[(table + POOL_USED) >> 2] as number, length);
    const usedLetters = words[(table + LETTERS_USED) >> 2] as number;
    if (used >= MOST_WORDS || place + UNITS + halves.length + length > POOL_LENGTH) return 0;
    if (usedLetters + letters.length > WORD_LETTERS_LENGTH) return 0;
    words[(table + WORDS_USED) >> 2] = used + 1;
    const word = ((table + POOL_AT) >> 2) + place;
    words[word + OWNER] = 0;
    words[word + COUNTS] = count | (parts << NAME_PARTS_SHIFT) | (letters.length << LETTER_COUNT_SHIFT);
    words[word + LETTERS] = usedLetters;
    words[word + KEY] = (number << LENGTH_BITS) | Math.min(length, MAX_REMEMBERED_LENGTH + 1);
    bytes.set(letters, table + WORD_LETTERS_AT + usedLetters);
    words[(table + LETTERS_USED) >> 2] = usedLetters + letters.length;
    const terms = kernels.termsOf(word << 2) >> 2;
    words.set(halves, terms);
    if (length <= MAX_REMEMBERED_LENGTH) {
      const from = (this.#memory.get(S_TEXT) >> 1) + start;
      let at = word + UNITS;
      for (let i = 0; i < length; i += 2) {
        words[at++] =
          (units[from + i] as number) | ((i + 1 < length ? (units[from + i + 1] as number) : 0) << 16);
      }
      const keyed = kernels.keyedHash(hash, number);
      const slots = (table + SLOTS_AT) >> 2;
      let slot = kernels.slotOf(keyed);
      while (words[slots + slot] !== 0) slot = (slot + 1) & SLOT_MASK;
      words[slots + slot] = kernels.slotWith(keyed, place);
    }
    words[(table + POOL_USED) >> 2] = terms + halves.length - ((table + POOL_AT) >> 2);
    return place;
  }
}

/** Where a word is put, behind what is used: all that is read whenever it is met in one line, where that is long enough. */
function placeFor(used: number, length: number): number {
  // Place 0 stands for none.
  const place = Math.max(1, used);
  const numbers = UNITS + ((length + 1) >> 1);
  const left = LINE - (place % LINE);
  return numbers > left && numbers <= LINE ? place + left : place;
}

function wordAt({ words, bytes, kernels }: TermMemory, table: number, place: number): FoundWord {
  const word = ((table + POOL_AT) >> 2) + place;
  const terms = kernels.termsOf(word << 2) >> 2;
  const from = table + WORD_LETTERS_AT + (words[word + LETTERS] as number);
  const counts = words[word + COUNTS] as number;
  return {
    halves: words.slice(terms, terms + (counts & COUNT_MASK) * TERM_LENGTH),
    parts: (counts >> NAME_PARTS_SHIFT) & COUNT_MASK,
    letters: bytes.subarray(from, from + (counts >> LETTER_COUNT_SHIFT)),
  };
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

/** Their own stems in every language; most of the words that nobody met before. */
const NUMBER = /^\d{1,19}$/;

/** Halves of the hashes, low word first; no two hashes are the same. */
function read(raw: string, textLanguage: string): FoundWord {
  if (NUMBER.test(raw)) return { ...NOTHING, halves: halvesOf([wordHash(raw), stemHash(raw)]) };
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
    halves: halvesOf([...hashes]),
    parts: hashes.size - whole,
    letters: isSuggested ? Buffer.from(word) : NO_LETTERS,
  };
}

function halvesOf(hashes: readonly bigint[]): Int32Array {
  const whole = new BigUint64Array(hashes.length);
  for (let i = 0; i < whole.length; i++) whole[i] = hashes[i] as bigint;
  return new Int32Array(whole.buffer);
}
