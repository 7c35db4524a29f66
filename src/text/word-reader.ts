/** Reads the words of a text one after the other, with a hash of the units of each: the hot loop over any text. */

import { classAt, CONTINUOUS, DIGIT, LETTER, SEPARATOR, type TextUnits, widthAt } from './character-class.ts';
import { endOfSyllable, isSyllabic, skipsBorder } from './continuous-scripts.ts';
import { endOfContinuous, endOfWord, isApostrophe, isDotNet } from './word-boundaries.ts';
import type { WordSink } from './word-sink.ts';

/** FNV-1a over UTF-16 units. */
const HASH_START = 0x811c9dc5;
const HASH_PRIME = 0x01000193;

/** What a unit is to the fast path; filled as units are met. */
const UNSEEN = 0;
/** A letter or digit of one unit. */
const OF_WORD = 1;
/** Parts words, whatever stands around it. */
const PARTS = 2;
/** Has to be looked at with what is around it. */
const DEPENDS = 3;
const kinds = new Uint8Array(0x1_0000);

/** Signs that are part of some words. */
const DOT = 0x2e;
const COMMA = 0x2c;
const SIGNS: ReadonlySet<number> = new Set([
  DOT,
  COMMA,
  0x2b,
  0x23,
  0xb7,
  0x27,
  0x2018,
  0x2019,
  0x201b,
  0xff07,
]);

const FIRST_CAPACITY = 1024;

/**
 * Words as {@link endOfWord} bounds them, `.NET`, and of scripts without spaces pairs of neighbouring characters, so that
 * nothing depends on where a dictionary would cut.
 */
export class WordReader implements TextUnits {
  units: Uint16Array = new Uint16Array(FIRST_CAPACITY);
  #bytes: Buffer = Buffer.from(this.units.buffer);
  length = 0;
  /** The word that was read last: `text.slice(start, end)`. */
  start = 0;
  end = 0;
  /** Of its units, 32 bits. */
  hash = 0;
  /** Start of its second character where it is the last pair of a run, so that no pair begins with that; else -1. */
  tail = -1;
  /** What stands before was read. */
  #at = 0;
  /** Where the run of characters that is read in pairs ends, 0 outside of one; where its next pair begins. */
  #runEnd = 0;
  #pairAt = 0;

  /** Begins to read `text`. */
  open(text: string): void {
    const { length } = text;
    if (length > this.units.length) {
      this.units = new Uint16Array(Math.max(length, this.units.length * 2));
      this.#bytes = Buffer.from(this.units.buffer);
    }
    this.#bytes.write(text, 'utf16le');
    this.length = length;
    this.#at = 0;
    this.#runEnd = 0;
  }

  /** Goes on at `at` in a text whose units stand elsewhere. */
  resume(units: Uint16Array, length: number, at: number): void {
    this.units = units;
    this.length = length;
    this.#at = at;
    this.#runEnd = 0;
  }

  /** What stands before was read; undefined inside of a run that is read in pairs. */
  get at(): number | undefined {
    return this.#runEnd > 0 ? undefined : this.#at;
  }

  /** Reads the next word; false where there is none. */
  next(): boolean {
    if (this.#runEnd > 0) return this.#nextPair();
    const { units, length } = this;
    let at = this.#at;
    while (at < length) {
      const kind = kinds[units[at] as number] as number;
      if (kind === PARTS) {
        at += 1;
      } else if (kind === OF_WORD) {
        let hash = HASH_START;
        let end = at;
        let behind = OF_WORD;
        do {
          hash = Math.imul(hash ^ (units[end] as number), HASH_PRIME);
          end += 1;
          behind = end < length ? (kinds[units[end] as number] as number) : PARTS;
          // Some letters begin no word, so that they are met here alone.
          if (behind === UNSEEN) behind = look(units[end] as number);
        } while (behind === OF_WORD);
        if (behind !== PARTS && !this.#isEnd(end)) {
          return this.#take(at, endOfWord(this, at));
        }
        this.start = at;
        this.end = end;
        this.#at = end;
        this.hash = hash;
        this.tail = -1;
        return true;
      } else if (kind === UNSEEN) {
        look(units[at] as number);
      } else {
        if (this.#lookClosely(at)) return true;
        at = this.#at;
      }
    }
    this.#at = length;
    return false;
  }

  /** Most signs end a word: a full stop, comma or quote before white space. */
  #isEnd(end: number): boolean {
    const unit = this.units[end] as number;
    if (unit !== DOT && unit !== COMMA && !isApostrophe(unit)) return false;
    return end + 1 >= this.length || kinds[this.units[end + 1] as number] === PARTS;
  }

  /** Reads the word that begins at `at`; false where none does, and what stands there was passed over. */
  #lookClosely(at: number): boolean {
    const kind = classAt(this, at);
    if (kind === LETTER || kind === DIGIT) return this.#take(at, endOfWord(this, at));
    if (kind === CONTINUOUS) return this.#enterRun(at);
    if (isDotNet(this, at)) return this.#take(at, at + 4);
    this.#at = at + widthAt(this, at);
    return false;
  }

  #take(start: number, end: number): boolean {
    let hash = HASH_START;
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ (this.units[i] as number), HASH_PRIME);
    this.start = start;
    this.end = end;
    this.#at = end;
    this.hash = hash;
    this.tail = -1;
    return true;
  }

  /** A run whose characters are of one kind: pairs don't reach across. */
  #enterRun(start: number): boolean {
    let end = endOfContinuous(this, start);
    while (skipsBorder(this, end)) end = endOfContinuous(this, end + 1);
    this.#runEnd = end;
    this.#pairAt = start;
    return this.#nextPair();
  }

  /** A pair; a lone character by itself. */
  #nextPair(): boolean {
    const start = this.#pairAt;
    const second = this.#behind(start, this.#runEnd);
    const end = this.#behind(second, this.#runEnd);
    this.#take(start, end);
    this.#pairAt = second;
    if (end < this.#runEnd) return true;
    if (second < end) this.tail = second;
    this.#runEnd = 0;
    return true;
  }

  /** Behind the character at `at` and what hangs on it. */
  #behind(at: number, runEnd: number): number {
    if (isSyllabic(this.units[at] as number)) return endOfSyllable(this, at, runEnd);
    let end = Math.min(runEnd, at + widthAt(this, at));
    while (end < runEnd && hangsOn(this, end)) end += widthAt(this, end);
    return end;
  }
}

/** Half-width voicing marks are letters by name. */
function hangsOn(text: TextUnits, at: number): boolean {
  const unit = text.units[at] as number;
  if (unit === 0xff9e || unit === 0xff9f || unit === 0x3099 || unit === 0x309a) return true;
  // Han and kana from here on are far more frequent than anything that hangs on them.
  if (unit >= 0x3041 && unit <= 0x9fff) return false;
  const kind = classAt(text, at);
  return kind !== CONTINUOUS;
}

/** What a UTF-16 unit is by itself to who reads words: `paired` begins and ends pairs, `depends` must be read in its place. */
export type UnitKind = 'letter' | 'digit' | 'parts' | 'sign' | 'paired' | 'depends';

/** The kind of `unit`. */
export function unitKind(unit: number): UnitKind {
  if (unit >= 0xd800 && unit <= 0xdfff) return 'depends';
  const alone = { units: Uint16Array.of(unit), length: 1 };
  const kind = classAt(alone, 0);
  if (kind === LETTER) return 'letter';
  if (kind === DIGIT) return 'digit';
  if (kind === SEPARATOR) return SIGNS.has(unit) ? 'sign' : 'parts';
  return kind === CONTINUOUS && !isSyllabic(unit) && !hangsOn(alone, 0) ? 'paired' : 'depends';
}

function look(unit: number): number {
  const kind = classAt({ units: Uint16Array.of(unit), length: 1 }, 0);
  const isSurrogate = unit >= 0xd800 && unit <= 0xdfff;
  const isSign = kind !== SEPARATOR || isSurrogate || SIGNS.has(unit);
  return (kinds[unit] = kind === LETTER || kind === DIGIT ? OF_WORD : isSign ? DEPENDS : PARTS);
}

/** Readers that nobody reads with at the moment: a sink may read another text. */
const idle: WordReader[] = [];
const MAX_IDLE = 4;
/** A reader that has seen a longer text is not kept. */
const MAX_IDLE_UNITS = 262_144;

/** Hands every word of `text` to `sink`, in order. */
export function scanWords(text: string, sink: WordSink): void {
  const reader = idle.pop() ?? new WordReader();
  reader.open(text);
  while (reader.next() && sink(reader.start, reader.end));
  if (idle.length < MAX_IDLE && reader.units.length <= MAX_IDLE_UNITS) idle.push(reader);
}
