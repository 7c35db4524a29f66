/** Gathers the postings of one document: words to term ids once, then numbers only. */

import { ZONE_GAP, FIELD_GROUP_COUNT, MAX_POSITIONS } from '../text/index.ts';
import { foldWord, scanWords, stem, stemHash, stemmingLanguage, wordHash } from '../text/index.ts';
import { TermTable } from './term-table.ts';

/** Ids of the terms that a word of the text becomes; -1 where there is none. */
interface WordTerms {
  readonly surface: number;
  readonly stem: number;
  /** Stem of the folded word where it is another: for queries typed without diacritics. */
  readonly foldedStem: number;
}

/** Words remembered as they stand in the text; those of a dictionary don't come again. */
const MAX_REMEMBERED_WORDS = 65_536;

export interface CollectedTerms {
  readonly termHashes: BigUint64Array;
  readonly positionStarts: Uint32Array;
  readonly positions: Uint32Array;
  readonly zoneStarts: Uint32Array;
  readonly zoneGroups: Uint8Array;
  readonly fieldLengths: Uint32Array;
}

export class TermCollector {
  readonly #language: string;
  /** Words as they stand in the text: most of them come again, and are then neither folded nor stemmed. */
  readonly #words = new Map<string, WordTerms | undefined>();
  /** By hash, not by text: a collision, even a made one, is then one term and not a broken order. */
  readonly #table = new TermTable();
  readonly #zoneStarts: number[] = [];
  readonly #zoneGroups: number[] = [];
  readonly #fieldLengths = new Uint32Array(FIELD_GROUP_COUNT);
  /** Postings in order of position: term id and position in turn. */
  #postings = new Uint32Array(4096);
  #used = 0;
  #position = 0;
  #tokens = 0;
  isCut = false;

  constructor(language: string) {
    this.#language = language;
  }

  /** Tokens so far. */
  get tokens(): number {
    return this.#tokens;
  }

  /** Adds a zone with the words of `text`; nothing where it has none. */
  addZone(group: number, text: string): void {
    const start = this.#position === 0 ? 0 : this.#position + ZONE_GAP;
    let position = start;
    scanWords(text, (from, to) => {
      if (position >= MAX_POSITIONS) {
        this.isCut = true;
        return false;
      }
      const terms = this.#termsOf(text.slice(from, to));
      if (terms === undefined) return true;
      this.#post(terms.surface, position);
      this.#post(terms.stem, position);
      if (terms.foldedStem >= 0) this.#post(terms.foldedStem, position);
      position += 1;
      return true;
    });
    if (position === start) return;
    this.#zoneStarts.push(start);
    this.#zoneGroups.push(group);
    const length = position - start;
    this.#fieldLengths[group] = (this.#fieldLengths[group] ?? 0) + length;
    this.#tokens += length;
    this.#position = position;
  }

  /** Sorts the postings by term: a counting sort, since positions come in order. */
  finish(): CollectedTerms {
    const { hashes: termHashes, placeOf } = this.#table.sorted();
    const terms = termHashes.length;
    const positionStarts = new Uint32Array(terms + 1);
    const postings = this.#postings;
    for (let i = 0; i < this.#used; i += 2) {
      const next = (placeOf[postings[i] as number] as number) + 1;
      positionStarts[next] = (positionStarts[next] as number) + 1;
    }
    for (let i = 0; i < terms; i++) {
      positionStarts[i + 1] = (positionStarts[i + 1] as number) + (positionStarts[i] as number);
    }
    const fill = positionStarts.slice(0, terms);
    const positions = new Uint32Array(this.#used / 2);
    for (let i = 0; i < this.#used; i += 2) {
      const place = placeOf[postings[i] as number] as number;
      const at = fill[place] as number;
      positions[at] = postings[i + 1] as number;
      fill[place] = at + 1;
    }
    return {
      termHashes,
      positionStarts,
      positions,
      zoneStarts: Uint32Array.from(this.#zoneStarts),
      zoneGroups: Uint8Array.from(this.#zoneGroups),
      fieldLengths: this.#fieldLengths,
    };
  }

  #termsOf(raw: string): WordTerms | undefined {
    const known = this.#words.get(raw);
    if (known !== undefined || this.#words.has(raw)) return known;
    const terms = this.#newTerms(raw);
    if (this.#words.size < MAX_REMEMBERED_WORDS) this.#words.set(raw, terms);
    return terms;
  }

  #newTerms(raw: string): WordTerms | undefined {
    const { word, form } = foldWord(raw);
    if (word === '') return undefined;
    // Without a language of its own a document's words stay as they are.
    const language = this.#language === '' ? '' : stemmingLanguage(word, this.#language);
    const stemmed = stem(form, language);
    const folded = form === word ? stemmed : stem(word, language);
    return {
      surface: this.#table.idOf(wordHash(word)),
      stem: this.#table.idOf(stemHash(stemmed)),
      foldedStem: folded === stemmed ? -1 : this.#table.idOf(stemHash(folded)),
    };
  }

  #post(term: number, position: number): void {
    // Two forms of one word with one hash would stand twice at one place.
    for (let i = this.#used - 2; i >= 0 && this.#postings[i + 1] === position; i -= 2) {
      if (this.#postings[i] === term) return;
    }
    if (this.#used === this.#postings.length) {
      const grown = new Uint32Array(this.#used * 2);
      grown.set(this.#postings);
      this.#postings = grown;
    }
    this.#postings[this.#used] = term;
    this.#postings[this.#used + 1] = position;
    this.#used += 2;
  }
}
