/**
 * URLs that were asked for lately in this pass. Pages of a site name the same few hundred URLs over and over: what is
 * found here needs no look into the store. A table of fixed size in which the newest takes the place of an older one;
 * what was pushed out is merely looked up again.
 */

import { hashString64 } from '../base/index.ts';

/** 1 MiB. */
const PLACES = 2 ** 17;
const MASK = BigInt(PLACES - 1);

export class AskedUrls {
  /** Made with the first URL. */
  #hashes: BigUint64Array | undefined;

  has(url: string): boolean {
    const hash = hashString64(url);
    return hash !== 0n && this.#hashes?.[Number(hash & MASK)] === hash;
  }

  /** Takes note of a URL whose request is durable. */
  add(url: string): void {
    const hash = hashString64(url);
    this.#hashes ??= new BigUint64Array(PLACES);
    this.#hashes[Number(hash & MASK)] = hash;
  }
}
