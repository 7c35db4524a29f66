/** Gathers the postings of one document: the kernels read and post its words, what they don't know is told them here. */

import { FIELD_GROUP_COUNT, languageNumber, type TermWords, WordReader, ZONE_GAP } from '../text/index.ts';
import {
  ENDED,
  FULL,
  MAX_REMEMBERED_LENGTH,
  MET_UNIT,
  MET_WORD,
  NO_ROOM,
  S_AT,
  S_END,
  S_HASH,
  S_HASHES,
  S_ID_COUNT,
  S_LAST_POSITION,
  S_LENGTHS,
  S_LETTERS_OUT,
  S_LISTS,
  S_POSITION,
  S_POSITION_COUNT,
  S_POSITION_STARTS,
  S_POSITIONS,
  S_START,
} from './kernels/layout.ts';
import { type KernelKind, leaveTermMemory, type TermMemory, termMemory } from './term-memory.ts';
import { WordTerms } from './word-terms.ts';

export interface CollectedTerms {
  readonly termHashes: BigUint64Array;
  readonly positionStarts: Uint32Array;
  readonly positions: Uint32Array;
  readonly zoneStarts: Uint32Array;
  readonly zoneGroups: Uint8Array;
  readonly fieldLengths: Uint32Array;
  readonly words: TermWords;
  /** The positions as they are encoded; only where everything is borrowed. */
  readonly lists?: Uint8Array;
}

const reader = new WordReader();

/** One at a time: what they gather in is shared, and each begins by emptying it. */
export class TermCollector {
  readonly #memory: TermMemory;
  readonly #words: WordTerms;
  readonly #ownLanguage: string;
  /** Of the zone that is read. */
  #language: string;
  #languageNumber: number;
  readonly #zoneStarts: number[] = [];
  readonly #zoneGroups: number[] = [];
  readonly #fieldLengths = new Uint32Array(FIELD_GROUP_COUNT);
  #tokens = 0;
  isCut = false;

  constructor(language: string, kind: KernelKind = 'wasm') {
    this.#memory = termMemory(kind);
    this.#words = new WordTerms(this.#memory);
    this.#ownLanguage = language;
    this.#language = language;
    this.#languageNumber = languageNumber(language);
    this.#memory.open();
  }

  /** Tokens so far. */
  get tokens(): number {
    return this.#tokens;
  }

  /** Adds a zone with the words of `text`; nothing where it has none. Its words may be in a language of their own. */
  addZone(group: number, text: string, language: string = this.#ownLanguage): void {
    if (language !== this.#language) {
      this.#language = language;
      this.#languageNumber = languageNumber(language);
    }
    const memory = this.#memory;
    const before = memory.get(S_POSITION);
    const start = this.#tokens === 0 ? 0 : before + ZONE_GAP;
    memory.set(S_POSITION, start);
    memory.writeText(text);
    if (!this.#read(text)) this.isCut = true;
    const length = memory.get(S_POSITION) - start;
    if (length === 0) {
      memory.set(S_POSITION, before);
      return;
    }
    this.#zoneStarts.push(start);
    this.#zoneGroups.push(group);
    this.#fieldLengths[group] = (this.#fieldLengths[group] ?? 0) + length;
    this.#tokens += length;
  }

  /** With `borrows` arrays that are good until the next text is read, else arrays of their own. */
  finish(borrows = false): CollectedTerms {
    const memory = this.#memory;
    const { kernels } = memory;
    memory.openSorted();
    if (!kernels.sortTerms()) memory.sortTerms();
    const letters = kernels.writeSorted();
    const terms = memory.get(S_ID_COUNT);
    const { buffer } = memory.words;
    const numbers = (state: number, count: number): Uint32Array => {
      const found = new Uint32Array(buffer, memory.get(state), count);
      return borrows ? found : found.slice();
    };
    const bytes = (state: number, count: number): Uint8Array => {
      const found = new Uint8Array(buffer, memory.get(state), count);
      return borrows ? found : found.slice();
    };
    const hashes = new BigUint64Array(buffer, memory.get(S_HASHES), terms);
    const collected = {
      termHashes: borrows ? hashes : hashes.slice(),
      positionStarts: numbers(S_POSITION_STARTS, terms + 1),
      positions: numbers(S_POSITIONS, memory.get(S_POSITION_COUNT)),
      zoneStarts: Uint32Array.from(this.#zoneStarts),
      zoneGroups: Uint8Array.from(this.#zoneGroups),
      fieldLengths: this.#fieldLengths,
      words: { lengths: bytes(S_LENGTHS, terms), bytes: bytes(S_LETTERS_OUT, letters) },
      ...(borrows ? { lists: bytes(S_LISTS, kernels.writeLists()) } : {}),
    };
    leaveTermMemory(memory);
    return collected;
  }

  /** False where the document is full. */
  #read(text: string): boolean {
    const memory = this.#memory;
    for (let at = 0; ;) {
      const answer = memory.kernels.scan(at, text.length, this.#languageNumber);
      if (answer === ENDED) return true;
      if (answer === FULL) return false;
      at = memory.get(S_AT);
      if (answer === NO_ROOM) {
        memory.grow();
      } else if (answer === MET_UNIT) {
        memory.noteKind(memory.get(S_START));
      } else if (answer === MET_WORD) {
        const start = memory.get(S_START);
        const end = memory.get(S_END);
        const place = this.#words.remember(text, start, end, memory.get(S_HASH), this.#language);
        // A long word is not found again by who asks again.
        if (end - start > MAX_REMEMBERED_LENGTH) {
          memory.kernels.post(place);
          at = end;
        }
      } else {
        const behind = this.#readByRules(text, at);
        if (behind < 0) return false;
        at = behind;
      }
    }
  }

  /** Posts the next word from `at` on, and all that are found together with it; tells what was read, -1 where the document is full. */
  #readByRules(text: string, at: number): number {
    const memory = this.#memory;
    reader.resume(memory.textUnits(text.length), text.length, at);
    do {
      if (!reader.next()) return text.length;
      if (memory.get(S_POSITION) >= memory.get(S_LAST_POSITION)) return -1;
      const { start, end, hash, tail } = reader;
      const position = memory.get(S_POSITION);
      if (!memory.kernels.hasRoom()) {
        memory.grow();
        reader.units = memory.textUnits(text.length);
      }
      memory.kernels.post(this.#placeOf(text, start, end, hash));
      if (tail < 0 || memory.get(S_POSITION) === position) continue;
      let tailHash = 0;
      for (let i = tail; i < end; i++)
        tailHash = Math.imul(tailHash ^ (reader.units[i] as number), 0x01000193);
      memory.kernels.postTail(this.#placeOf(text, tail, end, tailHash));
    } while (reader.at === undefined);
    return reader.at;
  }

  #placeOf(text: string, start: number, end: number, hash: number): number {
    const place = this.#memory.kernels.find(start, end, hash, this.#languageNumber);
    return place === 0 ? this.#words.remember(text, start, end, hash, this.#language) : place;
  }
}
