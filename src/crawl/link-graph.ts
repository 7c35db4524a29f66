/**
 * Who links to whom, in little memory: nodes by number, for each target its sources with the weight of each link, as
 * differences in variable length; two to three bytes a link, most of them in a file. Written once, in any order of targets,
 * then read whole as often as ranks are computed.
 */

import { assert } from '../base/index.ts';
import { CHUNK_BYTES, GraphChunks, type OpenAside } from './graph-chunks.ts';

/** Two varints of five bytes each: the most that a link or the head of a target takes. */
const MOST_BYTES = 10;
/** Weights are powers of two in half steps: 0 is 1, 1 is 0.71, 2 is 0.5 … */
export const LIGHTEST = 15;
const WEIGHTS = Float64Array.from({ length: LIGHTEST + 1 }, (_, steps) => 2 ** (-steps / 2));

export const weightOf = (steps: number): number => WEIGHTS[Math.min(steps, LIGHTEST)] ?? 0;

/** Called for each target; `sources` and `steps` hold `count` links and are filled anew for the next. */
export type VisitTarget = (target: number, sources: Uint32Array, steps: Uint8Array, count: number) => void;

export class LinkGraph {
  #nodes: number;
  #outWeights: Float32Array;
  readonly #chunks: GraphChunks;
  #links = 0;
  #most = 0;

  /** `aside`: where what is beyond some megabytes goes; without it all stays in memory. */
  constructor(nodes: number, aside?: OpenAside) {
    this.#nodes = nodes;
    this.#outWeights = new Float32Array(nodes);
    this.#chunks = new GraphChunks(aside);
  }

  get nodes(): number {
    return this.#nodes;
  }

  /** What each node gives away in all: the sum of the weights of its links. */
  get outWeights(): Float32Array {
    return this.#outWeights.subarray(0, this.#nodes);
  }

  get links(): number {
    return this.#links;
  }

  get size_bytes(): number {
    return this.#chunks.size_bytes;
  }

  /** Of its links, in memory. */
  get held_bytes(): number {
    return this.#chunks.held_bytes;
  }

  /** There are so many nodes now. */
  grow(nodes: number): void {
    this.#nodes = Math.max(this.#nodes, nodes);
    if (this.#nodes <= this.#outWeights.length) return;
    const grown = new Float32Array(Math.max(1024, this.#nodes, this.#outWeights.length * 2));
    grown.set(this.#outWeights);
    this.#outWeights = grown;
  }

  /**
   * Adds the links to a target: ascending sources, and how light each link is. At most once for each target; where
   * {@link isToSpill} says so afterwards, {@link spill} comes before the next.
   */
  add(target: number, sources: ArrayLike<number>, steps: ArrayLike<number>): void {
    const count = sources.length;
    if (count === 0) return;
    this.#varint(target);
    this.#varint(count);
    let before = -1;
    for (let i = 0; i < count; i++) {
      const source = sources[i] as number;
      const step = Math.min(LIGHTEST, steps[i] as number);
      assert(source > before && source < this.#nodes, 'sources ascend');
      // Sixteen weights beside a difference: multiplied, since it may need more than 32 bits.
      this.#varint((source - before - 1) * (LIGHTEST + 1) + step);
      this.#outWeights[source] = (this.#outWeights[source] as number) + weightOf(step);
      before = source;
    }
    this.#links += count;
    this.#most = Math.max(this.#most, count);
  }

  get isToSpill(): boolean {
    return this.#chunks.isToSpill;
  }

  /** `IO`, `DISK_FULL`. */
  spill(): Promise<void> {
    return this.#chunks.spill();
  }

  /** Every target with links; others have their turn now and then. `IO`, `CORRUPT`. */
  async read(visit: VisitTarget): Promise<void> {
    const sources = new Uint32Array(this.#most);
    const steps = new Uint8Array(this.#most);
    // Numbers stand whole in a chunk, lists do not: where one is interrupted it goes on in the next.
    let [target, count, place, before] = [-1, -1, 0, -1];
    for await (const chunk of this.#chunks.read()) {
      for (let at = 0; at < chunk.length;) {
        let value = 0;
        for (let unit = 1; ; unit *= 0x80) {
          const byte = chunk[at++] as number;
          value += (byte & 0x7f) * unit;
          if (byte < 0x80) break;
        }
        if (target < 0) target = value;
        else if (count < 0) count = value;
        else {
          const step = value % (LIGHTEST + 1);
          before += (value - step) / (LIGHTEST + 1) + 1;
          sources[place] = before;
          steps[place] = step;
          place += 1;
          if (place < count) continue;
          visit(target, sources, steps, count);
          [target, count, place, before] = [-1, -1, 0, -1];
        }
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** A chunk is full before a number would not fit. */
  #varint(value: number): void {
    const chunks = this.#chunks;
    if (chunks.used + MOST_BYTES > CHUNK_BYTES) chunks.next();
    const { bytes } = chunks;
    let { used } = chunks;
    let rest = value;
    while (rest >= 0x80) {
      bytes[used++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    bytes[used++] = rest;
    chunks.used = used;
  }
}
