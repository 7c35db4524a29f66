/** Term records into leaves that stay inside a page, and the table of leaves that finds them. */

import type { PageStream } from './page-stream.ts';

export const RECORD_WORDS = 6;

export class DictionaryWriter {
  readonly #stream: PageStream;
  readonly #terms: number;
  readonly #record = new Int32Array(RECORD_WORDS);
  /** Four words a leaf: hash high, hash low, place, records. */
  readonly #top: number[] = [];
  #filled = 0;
  #leafLeft = 0;
  #written = 0;

  constructor(stream: PageStream, terms: number) {
    this.#stream = stream;
    this.#terms = terms;
  }

  get written(): number {
    return this.#written;
  }

  get leaves(): number {
    return this.#top.length / 4;
  }

  /** Words of records; a record may be cut between two calls. */
  add(words: Int32Array): void {
    let from = 0;
    if (this.#filled > 0) {
      from = Math.min(words.length, RECORD_WORDS - this.#filled);
      this.#record.set(words.subarray(0, from), this.#filled);
      this.#filled += from;
      if (this.#filled < RECORD_WORDS) return;
      this.#filled = 0;
      this.#write(this.#record, 0, 1);
    }
    const whole = Math.floor((words.length - from) / RECORD_WORDS);
    this.#write(words, from, whole);
    const rest = words.subarray(from + whole * RECORD_WORDS);
    this.#record.set(rest);
    this.#filled = rest.length;
  }

  /** Appends the table of leaves; returns where it stands. */
  finish(): number {
    const at = this.#stream.position;
    this.#stream.append(Int32Array.from(this.#top), 0, this.#top.length);
    return at;
  }

  #write(words: Int32Array, from: number, records: number): void {
    let at = from;
    for (let left = records; left > 0;) {
      if (this.#leafLeft === 0) {
        const start = this.#stream.fit(RECORD_WORDS);
        this.#leafLeft = Math.min(Math.floor(this.#stream.left / RECORD_WORDS), this.#terms - this.#written);
        this.#top.push(words[at] as number, words[at + 1] as number, start, this.#leafLeft);
      }
      const count = Math.min(left, this.#leafLeft);
      this.#stream.append(words, at, at + count * RECORD_WORDS);
      at += count * RECORD_WORDS;
      left -= count;
      this.#leafLeft -= count;
      this.#written += count;
    }
  }
}
