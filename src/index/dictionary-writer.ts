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
    for (const word of words) {
      this.#record[this.#filled++] = word;
      if (this.#filled === RECORD_WORDS) this.#write();
    }
  }

  /** Appends the table of leaves; returns where it stands. */
  finish(): number {
    const at = this.#stream.position;
    this.#stream.append(Int32Array.from(this.#top), 0, this.#top.length);
    return at;
  }

  #write(): void {
    this.#filled = 0;
    if (this.#leafLeft === 0) {
      const start = this.#stream.fit(RECORD_WORDS);
      this.#leafLeft = Math.min(Math.floor(this.#stream.left / RECORD_WORDS), this.#terms - this.#written);
      this.#top.push(this.#record[0] as number, this.#record[1] as number, start, this.#leafLeft);
    }
    this.#stream.append(this.#record, 0, RECORD_WORDS);
    this.#leafLeft -= 1;
    this.#written += 1;
  }
}
