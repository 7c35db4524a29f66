/** From a line of a corpus to the analysed form that the index takes: words between spaces, hashed, nothing else. */

import { type AnalysedDocument, FIELD_GROUP_COUNT, ZONE_GAP } from '../../src/text/index.ts';

const SPACE = 32;
const TAB = 9;
const DIGIT_ZERO = 48;
/** Places of the table of one document's words; a document has fewer distinct words. */
const TABLE_PLACES = 2 ** 16;

export class LineAnalyser {
  /** Of each distinct word of the document, in the order of first sight. */
  readonly #hashes = new BigUint64Array(TABLE_PLACES);
  readonly #halves = new Uint32Array(this.#hashes.buffer);
  readonly #counts = new Uint32Array(TABLE_PLACES);
  /** Place in the table → number of the word + 1. */
  readonly #table = new Uint32Array(TABLE_PLACES);
  readonly #places = new Uint32Array(TABLE_PLACES);
  /** The same in ascending order, with what is computed on the way. */
  readonly #sorted = new BigUint64Array(TABLE_PLACES);
  readonly #sortedHalves = new Uint32Array(this.#sorted.buffer);
  readonly #next = new Uint32Array(TABLE_PLACES);
  readonly #starts = new Uint32Array(TABLE_PLACES + 1);
  #placed = new Uint32Array(1024);
  #words = 0;
  #ids = new Uint32Array(1024);
  #positions = new Uint32Array(1024);

  /** `line` in UTF-8; `number` chooses the columns. What it gives is good until the next line. */
  analyse(line: Uint8Array, number: number): AnalysedDocument {
    const fieldLengths = new Uint32Array(FIELD_GROUP_COUNT);
    const zoneStarts: number[] = [];
    const zoneGroups: number[] = [];
    let tokens = 0;
    let position = 0;
    let at = 0;
    if (this.#ids.length < line.length) {
      this.#ids = new Uint32Array(line.length * 2);
      this.#positions = new Uint32Array(line.length * 2);
    }
    while (at < line.length) {
      const group = (line[at++] as number) - DIGIT_ZERO;
      if (zoneStarts.length > 0) position += ZONE_GAP;
      zoneStarts.push(position);
      zoneGroups.push(group);
      const first = position;
      while (at < line.length && line[at] !== TAB) {
        let low = 0x811c9dc5;
        let high = 0x1b873593;
        // Four bytes at a time; those at the end with their number.
        let four = 0;
        let bytes = 0;
        for (; at < line.length; at++) {
          const byte = line[at] as number;
          if (byte === SPACE || byte === TAB) break;
          four = (four << 8) | byte;
          bytes += 1;
          if ((bytes & 3) !== 0) continue;
          low = Math.imul(low ^ four, 0x01000193) ^ (low >>> 13);
          high = Math.imul(high ^ four, 0x5bd1e995) ^ (high >>> 15);
          four = 0;
        }
        low = Math.imul(low ^ four, 0x01000193) ^ (low >>> 13);
        high = Math.imul(high ^ four ^ (bytes << 24), 0x5bd1e995) ^ (high >>> 15);
        this.#ids[tokens] = this.#number(mixed(low ^ (high >>> 3)), mixed(high));
        this.#positions[tokens++] = position++;
        if (line[at] === SPACE) at += 1;
      }
      fieldLengths[group] = (fieldLengths[group] as number) + position - first;
      at += 1;
    }
    const inverted = this.#invert(tokens);
    this.#clear();
    return {
      ...inverted,
      zoneStarts: Uint32Array.from(zoneStarts),
      zoneGroups: Uint8Array.from(zoneGroups),
      fieldLengths,
      filterHashes: new BigUint64Array(0),
      columns: {
        siteHash: number % 97,
        contentHash: mixed(number),
        date_min: 27_000_000 + (number % 100_000),
        language: 1,
        rank: 128,
        depth: 1,
      },
    };
  }

  /** Number of a word of the document, counted. */
  #number(low: number, high: number): number {
    let place = low & (TABLE_PLACES - 1);
    for (;;) {
      const word = this.#table[place] as number;
      if (word === 0) break;
      if (this.#halves[(word - 1) * 2] === low && this.#halves[(word - 1) * 2 + 1] === high) {
        this.#counts[word - 1] = (this.#counts[word - 1] as number) + 1;
        return word - 1;
      }
      place = (place + 1) & (TABLE_PLACES - 1);
    }
    const word = this.#words++;
    this.#table[place] = word + 1;
    this.#places[word] = place;
    this.#halves[word * 2] = low;
    this.#halves[word * 2 + 1] = high;
    this.#counts[word] = 1;
    return word;
  }

  /** Positions by word, words by hash. */
  #invert(tokens: number): Pick<AnalysedDocument, 'termHashes' | 'positionStarts' | 'positions'> {
    const words = this.#words;
    this.#sorted.set(this.#hashes.subarray(0, words));
    const termHashes = this.#sorted.subarray(0, words).sort();
    const sorted = this.#sortedHalves;
    const next = this.#next;
    const positionStarts = this.#starts.subarray(0, words + 1);
    let sum = 0;
    for (let rank = 0; rank < words; rank++) {
      const word = this.#find(sorted[rank * 2] as number, sorted[rank * 2 + 1] as number);
      next[word] = sum;
      sum += this.#counts[word] as number;
      positionStarts[rank + 1] = sum;
    }
    if (this.#placed.length < tokens) this.#placed = new Uint32Array(tokens * 2);
    const positions = this.#placed.subarray(0, tokens);
    for (let token = 0; token < tokens; token++) {
      const word = this.#ids[token] as number;
      const place = next[word] as number;
      next[word] = place + 1;
      positions[place] = this.#positions[token] as number;
    }
    return { termHashes, positionStarts, positions };
  }

  #find(low: number, high: number): number {
    let place = low & (TABLE_PLACES - 1);
    for (;;) {
      const word = (this.#table[place] as number) - 1;
      if (this.#halves[word * 2] === low && this.#halves[word * 2 + 1] === high) return word;
      place = (place + 1) & (TABLE_PLACES - 1);
    }
  }

  #clear(): void {
    for (let word = 0; word < this.#words; word++) this.#table[this.#places[word] as number] = 0;
    this.#words = 0;
  }
}

const encoder = new TextEncoder();
const wordAnalyser = new LineAnalyser();

/** Hash of one word, as it stands in analysed lines. */
export function hashOfWord(word: string): bigint {
  const { termHashes } = wordAnalyser.analyse(encoder.encode(`0${word}`), 0);
  return termHashes[0] ?? 0n;
}

function mixed(value: number): number {
  let z = value ^ (value >>> 16);
  z = Math.imul(z, 0x85ebca6b);
  z ^= z >>> 13;
  z = Math.imul(z, 0xc2b2ae35);
  return (z ^ (z >>> 16)) >>> 0;
}
