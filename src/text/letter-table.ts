/** Reads the table of letter sequences of the package `eld` from its file: as objects, one for each of 50,000, it would take 27 MB. */

import { PeregrineError } from '../base/index.ts';

/** Numbers of languages for a sequence of letters, each with its score. */
export type NoteSequence = (letters: string, scores: readonly number[]) => void;

const HEAD = 'ngrams:{';
const [QUOTE, DOUBLE_QUOTE, BACKSLASH, COMMA, COLON, OPENING, CLOSING] = [
  0x27, 0x22, 0x5c, 0x2c, 0x3a, 0x7b, 0x7d,
] as const;
const ZERO = 0x30;
const MOST_SCORE = 255;

/** Tells `note` of every sequence; returns the codes of the languages by their numbers. `CORRUPT` where the file is another one. */
export function readLetterTable(source: string, note: NoteSequence): string[] {
  const list = /languages:\{([^}]*)\}/.exec(source)?.[1];
  const start = source.indexOf(HEAD);
  if (start < 0 || list === undefined) throw unreadable(0);
  const codes: string[] = [];
  for (const [, number = '', code = ''] of list.matchAll(/(\d+):'([\w-]+)'/g)) codes[Number(number)] = code;
  const reader = new TableReader(source, start + HEAD.length);
  const scores: number[] = [];
  for (let isMore = !reader.takes(CLOSING); isMore; isMore = !reader.takes(CLOSING)) {
    const letters = reader.name();
    reader.expect(COLON);
    reader.expect(OPENING);
    scores.length = 0;
    while (!reader.takes(CLOSING)) {
      scores.push(reader.number());
      reader.expect(COLON);
      scores.push(reader.number());
      reader.takes(COMMA);
    }
    reader.takes(COMMA);
    note(letters, scores);
  }
  return codes;
}

/** Reads an object literal of names, braces and small numbers, without blanks. */
class TableReader {
  readonly #source: string;
  #at: number;

  constructor(source: string, at: number) {
    this.#source = source;
    this.#at = at;
  }

  takes(code: number): boolean {
    const isThere = this.#source.charCodeAt(this.#at) === code;
    if (isThere) this.#at += 1;
    return isThere;
  }

  expect(code: number): void {
    if (!this.takes(code)) throw unreadable(this.#at);
  }

  number(): number {
    const start = this.#at;
    let value = 0;
    for (;;) {
      const digit = this.#source.charCodeAt(this.#at) - ZERO;
      if (!(digit >= 0 && digit <= 9)) break;
      value = value * 10 + digit;
      this.#at += 1;
    }
    if (this.#at === start || value > MOST_SCORE) throw unreadable(start);
    return value;
  }

  /** With quotes or without. */
  name(): string {
    const first = this.#source.charCodeAt(this.#at);
    const quote = first === QUOTE || first === DOUBLE_QUOTE ? first : undefined;
    const start = quote === undefined ? this.#at : this.#at + 1;
    let hasEscapes = false;
    for (let at = start; at < this.#source.length; at++) {
      const code = this.#source.charCodeAt(at);
      if (quote !== undefined && code === BACKSLASH) {
        hasEscapes = true;
        at += 1;
      } else if (code === (quote ?? COLON)) {
        this.#at = quote === undefined ? at : at + 1;
        const name = this.#source.slice(start, at);
        return hasEscapes ? name.replaceAll(/\\(.)/g, '$1') : name;
      }
    }
    throw unreadable(start);
  }
}

function unreadable(offset: number): PeregrineError {
  return new PeregrineError('CORRUPT', `The table of letters can't be read at ${offset}.`, { offset });
}
