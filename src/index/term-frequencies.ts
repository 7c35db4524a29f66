/** How many live documents have a term, by hash, for as long as the same documents live: a small cache. */

import { highHalf, lowHalf } from './hash-halves.ts';

/** A place holds what was asked for last among the hashes that fall on it. */
const PLACES = 1024;

/** Documents that have a term, and those of them that have it in menus and nowhere else. */
export interface TermCounts {
  readonly documents: number;
  readonly menuOnly: number;
}

export class TermFrequencies {
  readonly #hashes = new Int32Array(PLACES * 2);
  /** Grows as it is used: of most views little is asked. */
  readonly #counts: (TermCounts | undefined)[] = [];

  /** What was found for a hash, or what `count` finds now. */
  of(hash: bigint, count: (high: number, low: number) => TermCounts): TermCounts {
    return this.ofHalves(highHalf(hash), lowHalf(hash), count);
  }

  ofHalves(high: number, low: number, count: (high: number, low: number) => TermCounts): TermCounts {
    const place = low & (PLACES - 1);
    const known = this.#counts[place];
    if (known !== undefined && this.#hashes[place * 2] === high && this.#hashes[place * 2 + 1] === low) {
      return known;
    }
    const counts = count(high, low);
    this.#hashes[place * 2] = high;
    this.#hashes[place * 2 + 1] = low;
    this.#counts[place] = counts;
    return counts;
  }
}
