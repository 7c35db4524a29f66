/** The documents of a collection by number, and the hosts that they are of: what a pass over the links counts in. */

import type { CollectionId, DocId } from '../base/index.ts';
import type { IndexFleet } from './index-fleet.ts';

export class LinkNodes {
  /** Ascending. */
  readonly #docIds: Float64Array;
  readonly #hostNumbers = new Map<number, number>();
  readonly hostOf: Uint32Array;

  constructor(docIds: Float64Array) {
    this.#docIds = docIds;
    this.hostOf = new Uint32Array(docIds.length);
  }

  static async of(indexes: IndexFleet, collection: CollectionId): Promise<LinkNodes> {
    const parts = await indexes.documents(collection);
    const all = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const part of parts) {
      all.set(part, at);
      at += part.length;
    }
    return new LinkNodes(all.sort());
  }

  get count(): number {
    return this.#docIds.length;
  }

  /** Hosts named so far, and 0 for the documents whose host nobody names. */
  get hosts(): number {
    return this.#hostNumbers.size + 1;
  }

  idOf(node: number): DocId {
    return this.#docIds[node] as DocId;
  }

  /** −1 for a document that is not there. */
  find(docId: DocId): number {
    let [low, high] = [0, this.#docIds.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#docIds[middle] as number) < docId) low = middle + 1;
      else high = middle;
    }
    return this.#docIds[low] === docId ? low : -1;
  }

  /** The number of a host, a new one where it is unknown. */
  host(hash: number): number {
    let number = this.#hostNumbers.get(hash);
    if (number === undefined) this.#hostNumbers.set(hash, (number = this.hosts));
    return number;
  }

  /** Its number where some document is of it or links from it. */
  knownHost(hash: number): number | undefined {
    return this.#hostNumbers.get(hash);
  }
}
