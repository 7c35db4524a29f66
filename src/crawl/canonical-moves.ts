/**
 * Pages that have just left the index to the URL that they name as canonical. Their replies are written a moment later: two
 * that name each other and are read in the same moment see only here that the other is gone already.
 */

import type { CollectionId } from '../base/index.ts';

/** By then the reply is written. */
const MAX_MOVES = 1_024;

export class CanonicalMoves {
  /** In the order of their moves. */
  readonly #moved = new Set<string>();

  has(collection: CollectionId, round: number, url: string): boolean {
    return this.#moved.has(nameOf(collection, round, url));
  }

  add(collection: CollectionId, round: number, url: string): void {
    this.#moved.add(nameOf(collection, round, url));
    const [oldest] = this.#moved;
    if (this.#moved.size > MAX_MOVES && oldest !== undefined) this.#moved.delete(oldest);
  }
}

function nameOf(collection: CollectionId, round: number, url: string): string {
  return `${collection} ${round} ${url}`;
}
