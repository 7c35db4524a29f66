/** How many live documents have a term, by hash, for as long as a view's segments stay the same: a small cache. */

import { highHalf, lowHalf } from './hash-halves.ts';

/** A place holds what was asked for last among the hashes that fall on it. */
const PLACES = 1024;
const NOTHING = -1;

export class TermFrequencies {
  readonly #hashes = new Int32Array(PLACES * 2);
  readonly #frequencies = new Float64Array(PLACES).fill(NOTHING);

  /** What was found for a hash, or what `count` finds now. */
  of(hash: bigint, count: (high: number, low: number) => number): number {
    const high = highHalf(hash);
    const low = lowHalf(hash);
    const place = low & (PLACES - 1);
    const known = this.#frequencies[place] as number;
    if (known !== NOTHING && this.#hashes[place * 2] === high && this.#hashes[place * 2 + 1] === low) {
      return known;
    }
    const frequency = count(high, low);
    this.#hashes[place * 2] = high;
    this.#hashes[place * 2 + 1] = low;
    this.#frequencies[place] = frequency;
    return frequency;
  }
}
