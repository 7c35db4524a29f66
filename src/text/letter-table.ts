/** The table of letter sequences of the package `eld`, read from its file into one array: an object for each of 50,000 would take 27 MB. */

import { ByteWriter, PeregrineError } from '../base/index.ts';

/** What the package counts with: the scores of languages, by their numbers, for a sequence of letters. */
export interface LetterTable {
  readonly type: string;
  readonly languages: Readonly<Record<string, string>>;
  readonly ngrams: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

const HEAD = 'ngrams:{';
const [QUOTE, DOUBLE_QUOTE, BACKSLASH, COMMA, COLON, OPENING, CLOSING] = [
  0x27, 0x22, 0x5c, 0x2c, 0x3a, 0x7b, 0x7d,
] as const;
const ZERO = 0x30;
const MOST_SCORE = 255;

/** A table as its file writes it: an object literal. `CORRUPT` where it is another one. */
export function readLetterTable(source: string): LetterTable {
  const type = /type:'(\w+)'/.exec(source)?.[1];
  const list = /languages:\{([^}]*)\}/.exec(source)?.[1];
  const start = source.indexOf(HEAD);
  if (start < 0 || type === undefined || list === undefined) throw unreadable(0);
  const languages = Object.fromEntries(
    [...list.matchAll(/(\d+):'([\w-]+)'/g)].map(([, number = '', code = '']) => [number, code]),
  );
  const reader = new TableReader(source, start + HEAD.length);
  const places = new Map<string, number>();
  const numbers = new ByteWriter(2 ** 18);
  let scores: number[] = [];
  for (let isMore = !reader.takes(CLOSING); isMore; isMore = !reader.takes(CLOSING)) {
    const letters = reader.name();
    reader.expect(COLON);
    reader.expect(OPENING);
    scores = [];
    while (!reader.takes(CLOSING)) {
      scores.push(reader.number());
      reader.expect(COLON);
      scores.push(reader.number());
      reader.takes(COMMA);
    }
    reader.takes(COMMA);
    places.set(letters, numbers.length);
    numbers.u8(scores.length);
    for (const score of scores) numbers.u8(score);
  }
  return { type, languages, ngrams: scoresOf(places, numbers.finish()) };
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

/** The packed table as an object that has a property for each sequence. */
function scoresOf(places: ReadonlyMap<string, number>, numbers: Uint8Array): LetterTable['ngrams'] {
  return new Proxy<Record<string, Record<string, number>>>(
    {},
    {
      get(_, letters) {
        const place = typeof letters === 'string' ? places.get(letters) : undefined;
        if (place === undefined) return undefined;
        const scores: Record<string, number> = {};
        const end = place + (numbers[place] ?? 0);
        for (let at = place + 1; at < end; at += 2) scores[numbers[at] ?? 0] = numbers[at + 1] ?? 0;
        return scores;
      },
      ownKeys: () => [...places.keys()],
      getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }),
    },
  );
}

function unreadable(offset: number): PeregrineError {
  return new PeregrineError('CORRUPT', `The table of letters can't be read at ${offset}.`, { offset });
}
