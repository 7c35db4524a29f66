/**
 * Words of a segment in memory, in the order of their terms' hashes: joined in one pass when segments are merged, and put
 * in the order of their letters only where somebody asks, or when they go into a file.
 */

import { atOnce } from '../steps.ts';
import { sortedPlaces } from './stepwise-sort.ts';
import type { CountedWord, WordsOfTerms } from './word-frequencies.ts';

/** Words joined, or made texts, between two pauses. */
const WORDS_A_STEP = 8192;

export interface HashedWords {
  readonly count: number;
  /** Two words each, low half first; ascending as unsigned integers of 64 bits. */
  readonly hashes: Uint32Array;
  /** Behind the last byte of each word. */
  readonly ends: Uint32Array;
  /** UTF-8. */
  readonly bytes: Uint8Array;
}

export const NO_HASHED_WORDS: HashedWords = {
  count: 0,
  hashes: new Uint32Array(0),
  ends: new Uint32Array(0),
  bytes: new Uint8Array(0),
};

/** Gathers words that come in the order of hashes. */
export class HashedWordsWriter {
  #count = 0;
  #used = 0;
  #hashes = new Uint32Array(256);
  #ends = new Uint32Array(128);
  #bytes = new Uint8Array(1024);

  add(low: number, high: number, bytes: Uint8Array, from: number, past: number): void {
    if (this.#count === this.#ends.length) {
      this.#ends = grown(this.#ends, new Uint32Array(this.#count * 2));
      this.#hashes = grown(this.#hashes, new Uint32Array(this.#count * 4));
    }
    if (this.#used + past - from > this.#bytes.length) {
      this.#bytes = grown(this.#bytes, new Uint8Array((this.#used + past - from) * 2));
    }
    this.#hashes[this.#count * 2] = low;
    this.#hashes[this.#count * 2 + 1] = high;
    for (let i = from; i < past; i++) this.#bytes[this.#used++] = bytes[i] as number;
    this.#ends[this.#count++] = this.#used;
  }

  finish(): HashedWords {
    return {
      count: this.#count,
      hashes: this.#hashes.slice(0, this.#count * 2),
      ends: this.#ends.slice(0, this.#count),
      bytes: this.#bytes.slice(0, this.#used),
    };
  }
}

function grown<T extends Uint8Array | Uint32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

/** The words of all parts, each once; in steps. */
export function* joinHashedWords(parts: readonly HashedWords[]): Generator<void, HashedWords> {
  const writer = new HashedWordsWriter();
  const next = parts.map(() => 0);
  for (let joined = 1; ; joined++) {
    if (joined % WORDS_A_STEP === 0) yield;
    let least = -1;
    let low = 0;
    let high = 0;
    for (let part = 0; part < parts.length; part++) {
      const { count, hashes } = parts[part] as HashedWords;
      const at = next[part] as number;
      if (at === count) continue;
      const ownLow = hashes[at * 2] as number;
      const ownHigh = hashes[at * 2 + 1] as number;
      if (least >= 0 && (ownHigh > high || (ownHigh === high && ownLow >= low))) continue;
      least = part;
      low = ownLow;
      high = ownHigh;
    }
    if (least < 0) return writer.finish();
    const { bytes, ends } = parts[least] as HashedWords;
    const at = next[least] as number;
    writer.add(low, high, bytes, at === 0 ? 0 : (ends[at - 1] as number), ends[at] as number);
    for (let part = least; part < parts.length; part++) {
      const { count, hashes } = parts[part] as HashedWords;
      const own = next[part] as number;
      if (own < count && hashes[own * 2] === low && hashes[own * 2 + 1] === high) next[part] = own + 1;
    }
  }
}

/** The words in the order of their letters; in steps. */
export function* wordsInOrder({ count, hashes, ends, bytes }: HashedWords): Generator<void, WordsOfTerms> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const texts: string[] = [];
  for (let i = 0; i < count; i++) {
    texts.push(buffer.toString('latin1', i === 0 ? 0 : ends[i - 1], ends[i]));
    if (i % WORDS_A_STEP === WORDS_A_STEP - 1) yield;
  }
  const isAbove = (a: number, b: number): boolean => (texts[a] as string) > (texts[b] as string);
  const sortRun = (run: Uint32Array): void => {
    // No word stands here twice.
    run.sort((a, b) => (isAbove(a, b) ? 1 : -1));
  };
  const order = yield* sortedPlaces({ count, sortRun, isAbove });
  const ordered = new Uint32Array(hashes.length);
  order.forEach((from, to) => {
    ordered[to * 2] = hashes[from * 2] as number;
    ordered[to * 2 + 1] = hashes[from * 2 + 1] as number;
  });
  return {
    words: Array.from(order, (i) => texts[i] as string),
    hashes: new BigUint64Array(ordered.buffer),
    sorted: new BigUint64Array(hashes.slice().buffer),
  };
}

/** The words that documents have, in order; `documentsWith` tells of a term, by the halves of its hash. */
export function countedInOrder(
  words: HashedWords,
  documentsWith: (high: number, low: number) => number,
): CountedWord[] {
  const ordered = atOnce(wordsInOrder(words));
  const halves = new Int32Array(ordered.hashes.buffer);
  return ordered.words.flatMap((word, i) => {
    const documents = documentsWith(halves[i * 2 + 1] as number, halves[i * 2] as number);
    return documents > 0 ? [{ word, documents }] : [];
  });
}
