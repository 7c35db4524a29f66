/** Gathers the postings of one document: words to term ids once, then numbers only. */

import { ZONE_GAP, FIELD_GROUP_COUNT, MAX_POSITIONS } from '../text/index.ts';
import { scanWords } from '../text/index.ts';
import { TermTable } from './term-table.ts';
import { COUNT, OWNER, TERM_LENGTH, TERMS, WordTerms } from './word-terms.ts';

export interface CollectedTerms {
  readonly termHashes: BigUint64Array;
  readonly positionStarts: Uint32Array;
  readonly positions: Uint32Array;
  readonly zoneStarts: Uint32Array;
  readonly zoneGroups: Uint8Array;
  readonly fieldLengths: Uint32Array;
}

const words = new WordTerms();
/** Collectors so far, to tell whose ids stand beside a word. */
let collectors = 0;

export class TermCollector {
  readonly #number = (collectors = (collectors + 1) >>> 0);
  readonly #language: string;
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
      const place = words.place(text.slice(from, to), this.#language);
      if (place === 0) return true;
      this.#postWord(place, position);
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

  /** Posts all terms of a word at one position. */
  #postWord(place: number, position: number): void {
    const { pool } = words;
    const end = place + TERMS + (pool[place + COUNT] as number) * TERM_LENGTH;
    const isKnown = pool[place + OWNER] === this.#number;
    pool[place + OWNER] = this.#number;
    for (let term = place + TERMS; term < end; term += TERM_LENGTH) {
      if (!isKnown) pool[term + 2] = this.#table.idOfHalves(pool[term] as number, pool[term + 1] as number);
      this.#post(pool[term + 2] as number, position);
    }
  }

  #post(term: number, position: number): void {
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
