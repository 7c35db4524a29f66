/**
 * Who links to whom, in little memory: nodes by number, for each target its sources with the weight of each link, as
 * differences in variable length; two to three bytes a link. Written once, in any order of targets, then read whole as
 * often as ranks are computed.
 */

import { assert } from '../base/index.ts';

const CHUNK_BYTES = 1024 * 1024;
/** Two varints of five bytes each: the most that a link or the head of a target takes. */
const MOST_BYTES = 10;
/** Weights are powers of two in half steps: 0 is 1, 1 is 0.71, 2 is 0.5 … */
export const LIGHTEST = 15;
const WEIGHTS = Float64Array.from({ length: LIGHTEST + 1 }, (_, steps) => 2 ** (-steps / 2));

export const weightOf = (steps: number): number => WEIGHTS[Math.min(steps, LIGHTEST)] ?? 0;

/** Called for each target; `sources` and `steps` hold `count` links and are filled anew for the next. */
export type VisitTarget = (target: number, sources: Uint32Array, steps: Uint8Array, count: number) => void;

export class LinkGraph {
  readonly nodes: number;
  /** What each node gives away in all: the sum of the weights of its links. */
  readonly outWeights: Float32Array;
  readonly #full: Uint8Array[] = [];
  #chunk = new Uint8Array(CHUNK_BYTES);
  #used = 0;
  #links = 0;
  #most = 0;

  constructor(nodes: number) {
    this.nodes = nodes;
    this.outWeights = new Float32Array(nodes);
  }

  get links(): number {
    return this.#links;
  }

  get size_bytes(): number {
    return this.#full.length * CHUNK_BYTES + this.#used;
  }

  /** Adds the links to a target: ascending sources, and how light each link is. At most once for each target. */
  add(target: number, sources: ArrayLike<number>, steps: ArrayLike<number>): void {
    const count = sources.length;
    if (count === 0) return;
    this.#varint(target);
    this.#varint(count);
    let before = -1;
    for (let i = 0; i < count; i++) {
      const source = sources[i] as number;
      const step = Math.min(LIGHTEST, steps[i] as number);
      assert(source > before && source < this.nodes, 'sources ascend');
      // Sixteen weights beside a difference: multiplied, since it may need more than 32 bits.
      this.#varint((source - before - 1) * (LIGHTEST + 1) + step);
      this.outWeights[source] = (this.outWeights[source] as number) + weightOf(step);
      before = source;
    }
    this.#links += count;
    this.#most = Math.max(this.#most, count);
  }

  /** Every target with links, chunk by chunk, so that whoever reads can let others have their turn in between. */
  *read(visit: VisitTarget): Generator<void, void, undefined> {
    const sources = new Uint32Array(this.#most);
    const steps = new Uint8Array(this.#most);
    const reader = new VarintReader([...this.#full, this.#chunk.subarray(0, this.#used)]);
    while (!reader.isAtEnd) {
      const target = reader.next();
      const count = reader.next();
      let before = -1;
      for (let i = 0; i < count; i++) {
        const value = reader.next();
        const step = value % (LIGHTEST + 1);
        before += (value - step) / (LIGHTEST + 1) + 1;
        sources[i] = before;
        steps[i] = step;
      }
      visit(target, sources, steps, count);
      if (reader.hasCrossed()) yield;
    }
  }

  /** Numbers may straddle chunks by their bytes: a chunk is full before a number would not fit. */
  #varint(value: number): void {
    if (this.#used + MOST_BYTES > CHUNK_BYTES) {
      this.#full.push(this.#chunk.subarray(0, this.#used));
      this.#chunk = new Uint8Array(CHUNK_BYTES);
      this.#used = 0;
    }
    let rest = value;
    while (rest >= 0x80) {
      this.#chunk[this.#used++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#chunk[this.#used++] = rest;
  }
}

/** Reads numbers from chunk to chunk; each stands whole in one. */
class VarintReader {
  readonly #chunks: readonly Uint8Array[];
  #chunk: Uint8Array;
  #number = 0;
  #at = 0;
  #hasCrossed = false;

  constructor(chunks: readonly Uint8Array[]) {
    this.#chunks = chunks;
    this.#chunk = chunks[0] ?? new Uint8Array(0);
  }

  get isAtEnd(): boolean {
    while (this.#at >= this.#chunk.length && this.#number + 1 < this.#chunks.length) this.#cross();
    return this.#at >= this.#chunk.length;
  }

  /** A chunk's end was passed since the last call. */
  hasCrossed(): boolean {
    const hasCrossed = this.#hasCrossed;
    this.#hasCrossed = false;
    return hasCrossed;
  }

  next(): number {
    if (this.#at >= this.#chunk.length) this.#cross();
    let value = 0;
    for (let unit = 1; ; unit *= 0x80) {
      const byte = this.#chunk[this.#at++] as number;
      value += (byte & 0x7f) * unit;
      if (byte < 0x80) return value;
    }
  }

  #cross(): void {
    this.#number += 1;
    this.#chunk = this.#chunks[this.#number] ?? new Uint8Array(0);
    this.#at = 0;
    this.#hasCrossed = true;
  }
}
