/** Scores a text for each language by its sequences of letters: as the package `eld` counts, over numbers instead of strings and objects. */

import { PeregrineError } from '../base/index.ts';
import { readLetterTable } from './letter-table.ts';

/** What the letters of a text say. */
export interface LetterScores {
  /** Code of the language that scores best; empty where nothing is known of any sequence. */
  readonly language: string;
  /** Score of a language by its code, from 0 to 1. */
  scoreOf(code: string): number;
  /** The best language scores as its texts do. */
  isReliable(): boolean;
}

/** The package's tables: letters of its own for the bytes of UTF-8, and what texts of each language score. */
export interface LetterTables {
  readonly source: string;
  readonly dictionary: readonly string[];
  readonly averages: Readonly<Record<string, number>>;
}

/** What parts words; letters beyond the basic plane do, and apostrophes behind a letter don't. */
const SEPARATORS = /(?:\P{L}|[\u{10000}-\u{10ffff}])+(?<!['`’])/gu;
/** Bytes from which on the next white space ends the text; and from which on the next character does. */
const LAST_WORD_AT = 350;
const LAST_BYTE_AT = 380;
/** A sequence has so many bytes, of which the last one is shared with the next. */
const SEQUENCE = 4;
const STRIDE = 3;
const LONGEST_WORD = 70;
/** The table has scores less this. */
const LEAST_SCORE = 53;
/** Half of the highest score, by which scores are brought below 1. */
const SCALE = 25;
const LEAST_SEQUENCES = 3;
const LEAST_RELIABLE = 0.75;

/** Parts of a sequence's kind: it begins its word, ends it; above, how many bytes it has. */
const BEGINS = 1;
const ENDS = 2;
const LENGTH_SHIFT = 2;
/** A kind of sequences that no table has. */
const OVERLONG = 0xff;

const SLOTS = 2 ** 17;
const SPACE = 0x20;

export class LetterStatistics {
  readonly #codes: readonly string[];
  readonly #averages: Readonly<Record<string, number>>;
  /** Open addressing: bytes of a sequence, its kind, and where its scores stand. */
  readonly #keys = new Int32Array(SLOTS);
  readonly #kinds = new Uint8Array(SLOTS);
  readonly #places = new Uint32Array(SLOTS);
  /** How many numbers follow; then language and score in turn. */
  readonly #scores: Uint8Array;
  readonly #text = Buffer.alloc(LAST_BYTE_AT + 8);
  readonly #met = new MetSequences();

  constructor({ source, dictionary, averages }: LetterTables) {
    this.#averages = averages;
    // Each letter of the dictionary is one unit.
    const byteOf = new Uint8Array(0x1_0000);
    dictionary.forEach((letter, byte) => (byteOf[letter.charCodeAt(0)] = byte));
    // Every number takes two units of the source at least.
    const numbers = new Uint8Array(source.length >> 1);
    let used = 0;
    let count = 0;
    this.#codes = readLetterTable(source, (letters, scores) => {
      let key = 0;
      const core = letters.trim();
      for (let at = 0; at < core.length; at++) key = (key << 8) | (byteOf[core.charCodeAt(at)] as number);
      const kind =
        (letters.charCodeAt(0) === SPACE ? BEGINS : 0) |
        (letters.charCodeAt(letters.length - 1) === SPACE ? ENDS : 0) |
        (core.length << LENGTH_SHIFT);
      count += 1;
      if (core.length > SEQUENCE || count * 2 > SLOTS)
        throw new PeregrineError('CORRUPT', 'The table of letters has other sequences.');
      const slot = this.#slotOf(key, kind);
      this.#keys[slot] = key;
      this.#kinds[slot] = kind;
      this.#places[slot] = used;
      numbers[used++] = scores.length;
      for (let i = 0; i < scores.length; i++) numbers[used++] = scores[i] as number;
    });
    this.#scores = numbers.slice(0, used);
  }

  detect(text: string): LetterScores {
    const sums = new Float64Array(this.#codes.length);
    const sequences = this.#add(text.replaceAll(SEPARATORS, ' ').trim().toLowerCase(), sums);
    let best = -1;
    for (let at = 0; at < sums.length; at++) {
      if ((sums[at] as number) > (best < 0 ? 0 : (sums[best] as number))) best = at;
    }
    const scaled = (at: number): number => {
      const score = (sums[at] ?? 0) / sequences;
      return score / (score + SCALE);
    };
    const language = this.#codes[best] ?? '';
    return {
      language,
      scoreOf: (code) => scaled(this.#codes.indexOf(code)) || 0,
      isReliable: () =>
        sequences >= LEAST_SEQUENCES && scaled(best) >= (this.#averages[language] ?? 1) * LEAST_RELIABLE,
    };
  }

  /** Adds the scores of the distinct sequences of a text of letters and single spaces; tells how many there are. */
  #add(text: string, sums: Float64Array): number {
    const bytes = this.#text;
    const length = bytes.write(text.slice(0, LAST_BYTE_AT + 1));
    this.#met.clear();
    let start = 0;
    let at = 0;
    for (; at < length; at++) {
      const byte = bytes[at] as number;
      const isFirst = (byte & 0xc0) !== 0x80;
      if (isFirst && at > LAST_BYTE_AT) break;
      if (byte !== SPACE) continue;
      this.#addWord(start, at, sums);
      start = at + 1;
      if (at > LAST_WORD_AT) return this.#met.size;
    }
    this.#addWord(start, at, sums);
    return this.#met.size;
  }

  #addWord(start: number, end: number, sums: Float64Array): void {
    if (end === start) return;
    const length = Math.min(end - start, LONGEST_WORD);
    let kind = BEGINS;
    for (let at = 0; at + SEQUENCE < length; at += STRIDE) {
      this.#addSequence(start + at, SEQUENCE, kind, sums);
      kind = 0;
    }
    const last = Math.max(0, length - SEQUENCE);
    const size = end - start - last;
    // The rest of an overlong word is one sequence of its own.
    if (size > SEQUENCE) this.#met.add(this.#hashOf(start + last, size), OVERLONG);
    else this.#addSequence(start + last, size, kind | ENDS, sums);
  }

  #hashOf(start: number, length: number): number {
    let hash = length;
    for (let at = start; at < start + length; at++)
      hash = Math.imul(hash ^ (this.#text[at] as number), 0x01000193);
    return hash;
  }

  #addSequence(start: number, length: number, place: number, sums: Float64Array): void {
    let key = 0;
    for (let at = start; at < start + length; at++) key = (key << 8) | (this.#text[at] as number);
    const kind = place | (length << LENGTH_SHIFT);
    if (!this.#met.add(key, kind)) return;
    const slot = this.#slotOf(key, kind);
    if (this.#kinds[slot] === 0) return;
    const scores = this.#scores;
    let from = this.#places[slot] as number;
    for (const end = from + (scores[from] as number); from < end; from += 2) {
      const language = scores[from + 1] as number;
      sums[language] = (sums[language] as number) + (scores[from + 2] as number) + LEAST_SCORE;
    }
  }

  /** Where a sequence stands, or would. */
  #slotOf(key: number, kind: number): number {
    let slot = hashOf(key, kind) & (SLOTS - 1);
    while (this.#kinds[slot] !== 0 && (this.#keys[slot] !== key || this.#kinds[slot] !== kind)) {
      slot = (slot + 1) & (SLOTS - 1);
    }
    return slot;
  }
}

/** The sequences of one text: fewer than there are bytes of it. */
class MetSequences {
  size = 0;
  readonly #keys = new Int32Array(MET_SLOTS);
  readonly #kinds = new Uint8Array(MET_SLOTS);

  clear(): void {
    this.size = 0;
    this.#kinds.fill(0);
  }

  /** False where it was met before. */
  add(key: number, kind: number): boolean {
    let slot = hashOf(key, kind) & (MET_SLOTS - 1);
    while (this.#kinds[slot] !== 0) {
      if (this.#keys[slot] === key && this.#kinds[slot] === kind) return false;
      slot = (slot + 1) & (MET_SLOTS - 1);
    }
    this.#keys[slot] = key;
    this.#kinds[slot] = kind;
    this.size += 1;
    return true;
  }
}

const MET_SLOTS = 1024;

function hashOf(key: number, kind: number): number {
  const mixed = Math.imul(key ^ Math.imul(kind, 0x85ebca6b), 0x9e3779b1);
  return mixed ^ (mixed >>> 15);
}
