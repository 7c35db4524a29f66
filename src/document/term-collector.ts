/** Gathers the postings of one document: words to term ids once, then numbers only. */

import {
  FIELD_GROUP_COUNT,
  languageNumber,
  MAX_POSITIONS,
  type TermWords,
  WordReader,
  ZONE_GAP,
} from '../text/index.ts';
import { TermTable } from './term-table.ts';
import {
  COUNT,
  LETTER_COUNT,
  LETTERS,
  NUMBER,
  OWNER,
  PARTS,
  TERM_LENGTH,
  TERMS,
  WordTerms,
} from './word-terms.ts';
import { WordPostings } from './word-postings.ts';

export interface CollectedTerms {
  readonly termHashes: BigUint64Array;
  readonly positionStarts: Uint32Array;
  readonly positions: Uint32Array;
  readonly zoneStarts: Uint32Array;
  readonly zoneGroups: Uint8Array;
  readonly fieldLengths: Uint32Array;
  readonly words: TermWords;
}

const words = new WordTerms();
const reader = new WordReader();
/** By hash, not by text: a collision, even a made one, is then one term and not a broken order. */
const table = new TermTable();
const postings = new WordPostings();
const FIRST_LETTERS = 16_384;
const KEPT_LETTERS = 262_144;
let letters = new Uint8Array(FIRST_LETTERS);
/** Collectors so far, to tell whose ids stand beside a word. */
let collectors = 0;

/** One at a time: what they gather in is shared, and each begins by emptying it. */
export class TermCollector {
  readonly #number = (collectors = (collectors + 1) >>> 0);
  readonly #language: string;
  readonly #languageNumber: number;
  readonly #zoneStarts: number[] = [];
  readonly #zoneGroups: number[] = [];
  readonly #fieldLengths = new Uint32Array(FIELD_GROUP_COUNT);
  /** Of terms that are words to suggest, by id: place and number of their letters. */
  readonly #letterPlaces: number[] = [];
  readonly #letterCounts: number[] = [];
  #usedLetters = 0;
  #position = 0;
  #tokens = 0;
  isCut = false;

  constructor(language: string) {
    this.#language = language;
    this.#languageNumber = languageNumber(language);
    table.clear();
    postings.clear();
    if (letters.length > KEPT_LETTERS) letters = new Uint8Array(FIRST_LETTERS);
  }

  /** Tokens so far. */
  get tokens(): number {
    return this.#tokens;
  }

  /** Adds a zone with the words of `text`; nothing where it has none. */
  addZone(group: number, text: string): void {
    const start = this.#position === 0 ? 0 : this.#position + ZONE_GAP;
    let position = start;
    reader.open(text);
    while (reader.next()) {
      if (position >= MAX_POSITIONS) {
        this.isCut = true;
        break;
      }
      const place = words.place(text, reader, this.#language, this.#languageNumber);
      if (words.pool[place + COUNT] === 0) continue;
      this.#postWord(place, position);
      if (reader.tail >= 0) this.#postTail(text, position);
      position += 1;
    }
    if (position === start) return;
    this.#zoneStarts.push(start);
    this.#zoneGroups.push(group);
    const length = position - start;
    this.#fieldLengths[group] = (this.#fieldLengths[group] ?? 0) + length;
    this.#tokens += length;
    this.#position = position;
  }

  finish(): CollectedTerms {
    const { hashes: termHashes, placeOf } = table.sorted();
    const { positionStarts, positions } = postings.byTerm(placeOf);
    return {
      termHashes,
      positionStarts,
      positions,
      zoneStarts: Uint32Array.from(this.#zoneStarts),
      zoneGroups: Uint8Array.from(this.#zoneGroups),
      fieldLengths: this.#fieldLengths,
      words: this.#words(placeOf),
    };
  }

  /** The words in the order of the terms. */
  #words(placeOf: Uint32Array): TermWords {
    const lengths = new Uint8Array(placeOf.length);
    const idAt = new Int32Array(placeOf.length).fill(-1);
    this.#letterCounts.forEach((count, id) => {
      const place = placeOf[id] as number;
      lengths[place] = count;
      idAt[place] = id;
    });
    const bytes = new Uint8Array(this.#usedLetters);
    let filled = 0;
    for (let place = 0; place < lengths.length; place++) {
      const count = lengths[place] as number;
      if (count === 0) continue;
      const from = this.#letterPlaces[idAt[place] as number] as number;
      // Words are short: calls would cost more than the bytes.
      for (let i = 0; i < count; i++) bytes[filled + i] = letters[from + i] as number;
      filled += count;
    }
    return { lengths, bytes };
  }

  #takeLetters(id: number, from: number, count: number): void {
    if (count === 0 || this.#letterCounts[id] !== undefined) return;
    const used = this.#usedLetters;
    if (used + count > letters.length) {
      const grown = new Uint8Array(letters.length * 2);
      grown.set(letters);
      letters = grown;
    }
    const known = words.letters;
    for (let i = 0; i < count; i++) letters[used + i] = known[from + i] as number;
    this.#letterPlaces[id] = used;
    this.#letterCounts[id] = count;
    this.#usedLetters = used + count;
  }

  /** Posts all terms of a word at one position. */
  #postWord(place: number, position: number): void {
    const { pool } = words;
    const isKnown = pool[place + OWNER] === this.#number;
    postings.add(isKnown ? (pool[place + NUMBER] as number) : this.#meet(place, position), position);
  }

  /** The word is there for the first time; tells its number. */
  #meet(place: number, position: number): number {
    const { pool } = words;
    const number = postings.beginWord();
    const parts = pool[place + PARTS] as number;
    const end = place + TERMS + ((pool[place + COUNT] as number) - parts) * TERM_LENGTH;
    let surface = -1;
    for (let term = place + TERMS; term < end; term += TERM_LENGTH) {
      const id = table.idOfHalves(pool[term] as number, pool[term + 1] as number);
      postings.addTerm(id);
      if (surface < 0) surface = id;
    }
    if (parts > 0) this.#postParts(end, parts, position);
    pool[place + OWNER] = this.#number;
    pool[place + NUMBER] = number;
    this.#takeLetters(surface, pool[place + LETTERS] as number, pool[place + LETTER_COUNT] as number);
    return number;
  }

  /** Parts of a name that the document does not hold yet: one that it says elsewhere it is not about any more for it. */
  #postParts(from: number, count: number, position: number): void {
    const { pool } = words;
    const number = postings.beginWord();
    const end = from + count * TERM_LENGTH;
    for (let term = from; term < end; term += TERM_LENGTH) {
      const known = table.size;
      const id = table.idOfHalves(pool[term] as number, pool[term + 1] as number);
      if (id === known) postings.addTerm(id);
    }
    postings.add(number, position);
  }

  /** The last character of a run, which begins no pair of its own, stands where its pair does. */
  #postTail(text: string, position: number): void {
    const { units, tail: start, end } = reader;
    let hash = 0;
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ (units[i] as number), 0x01000193);
    const head = postings.lastTerm;
    const place = words.place(text, { units, start, end, hash }, this.#language, this.#languageNumber);
    if (words.pool[place + COUNT] === 0) return;
    // Twice the same character: it stands there already.
    const id = table.idOfHalves(words.pool[place + TERMS] as number, words.pool[place + TERMS + 1] as number);
    if (id === head) return;
    const number = postings.beginWord();
    postings.addTerm(id);
    postings.add(number, position);
  }
}
