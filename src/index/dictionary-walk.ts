/** Walks a segment's dictionary in the order of hashes, a leaf at a time. */

import type { IndexMemory } from './index-memory.ts';
import { RECORD_BYTES, SEGMENT_LEAVES, SEGMENT_TOP } from './kernels/layout.ts';
import type { Segment } from './segment.ts';

const RECORD_WORDS = RECORD_BYTES / 4;

export class DictionaryWalk {
  readonly #memory: IndexMemory;
  readonly #descriptor: number;
  readonly #leaves: number;
  #leaf = -1;
  #records: Int32Array = new Int32Array(0);
  #at = 0;
  isDone = false;
  high = 0;
  low = 0;

  constructor(memory: IndexMemory, { descriptor }: Segment) {
    this.#memory = memory;
    this.#descriptor = descriptor;
    this.#leaves = memory.linear.words[(descriptor + SEGMENT_LEAVES) >> 2] as number;
    this.#at = -RECORD_WORDS;
    this.next();
  }

  /** Words of the current record. */
  get record(): Int32Array {
    return this.#records.subarray(this.#at, this.#at + RECORD_WORDS);
  }

  next(): void {
    this.#at += RECORD_WORDS;
    if (this.#at >= this.#records.length) {
      this.#leaf += 1;
      if (this.#leaf >= this.#leaves) {
        this.isDone = true;
        return;
      }
      this.#readLeaf();
    }
    this.high = this.#records[this.#at] as number;
    this.low = this.#records[this.#at + 1] as number;
  }

  #readLeaf(): void {
    const { linear, kernels } = this.#memory;
    const top = linear.words[(this.#descriptor + SEGMENT_TOP) >> 2] as number;
    const entry = (top >> 2) + this.#leaf * 4;
    const word = linear.words[entry + 2] as number;
    const count = (linear.words[entry + 3] as number) * RECORD_WORDS;
    this.#records = new Int32Array(count);
    for (let i = 0; i < count; i++) this.#records[i] = kernels.loadWord(this.#descriptor, word + i);
    this.#at = 0;
  }
}
