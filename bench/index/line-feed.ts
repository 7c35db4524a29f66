/** The lines of a corpus, one after the other, read to where the analyser works: no copy and no object is made of a line. */

import { closeSync, openSync, readSync } from 'node:fs';
import type { LineAnalyser } from './line-analyser.ts';

const NEWLINE = 10;

export class LineFeed {
  /** Where the line stands in the analyser's memory, until the next is asked for. */
  from = 0;
  past = 0;
  readonly #analyser: LineAnalyser;
  readonly #file: number;
  /** The memory as it is now, and where what was read of the file ends. */
  #bytes: Buffer = Buffer.alloc(0);
  #end: number;
  #next: number;

  constructor(path: string, analyser: LineAnalyser) {
    this.#analyser = analyser;
    this.#file = openSync(path, 'r');
    this.#end = analyser.inputAt;
    this.#next = this.#end;
  }

  /** Goes on to the next line; false at the end. What follows the last newline is no line. */
  next(): boolean {
    for (;;) {
      const { bytes } = this.#analyser;
      if (this.#bytes.length !== bytes.length) this.#bytes = Buffer.from(bytes.buffer);
      const newline = this.#next < this.#end ? this.#bytes.indexOf(NEWLINE, this.#next) : -1;
      if (newline >= 0 && newline < this.#end) {
        this.from = this.#next;
        this.past = newline;
        this.#next = newline + 1;
        return true;
      }
      if (!this.#read()) return false;
    }
  }

  close(): void {
    closeSync(this.#file);
  }

  /** Keeps what is left of a line, and reads behind it. */
  #read(): boolean {
    const analyser = this.#analyser;
    const begin = analyser.inputAt;
    const held = this.#end - this.#next;
    this.#bytes.copyWithin(begin, this.#next, this.#end);
    // A line that is longer than all of it.
    if (held === analyser.input_bytes) analyser.growInput(2 * held);
    const read = readSync(this.#file, analyser.bytes, begin + held, analyser.input_bytes - held, null);
    this.#next = begin;
    this.#end = begin + held + read;
    return read > 0;
  }
}
