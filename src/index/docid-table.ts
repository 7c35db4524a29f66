/**
 * Numbers by docId, in the order in which docIds came first: columns and an open table over them. Of tens of thousands a `Map`
 * takes ten times as long to fill, for docIds are no small integers, and each would be an object of the heap.
 */

import type { DocId } from '../base/index.ts';

/** Documents that there is room for at first; half as many as places of the open table. */
const FIRST_ROOM = 16;
/** What {@link DocIdTable.get} says of a docId that is not there. */
export const NO_NUMBER: number = -(2 ** 31);

export class DocIdTable {
  #count = 0;
  #docIds = new Float64Array(FIRST_ROOM);
  /** From −2³¹ + 1 to 2³¹ − 1. */
  #numbers = new Int32Array(FIRST_ROOM);
  /** By hash: which docId, counted from 1. */
  #places = new Int32Array(FIRST_ROOM * 2);

  get count(): number {
    return this.#count;
  }

  has(docId: DocId): boolean {
    return this.#places[this.#placeOf(docId)] !== 0;
  }

  /** The number, or {@link NO_NUMBER}. */
  get(docId: DocId): number {
    const which = this.#places[this.#placeOf(docId)] as number;
    return which === 0 ? NO_NUMBER : (this.#numbers[which - 1] as number);
  }

  set(docId: DocId, number: number): void {
    let place = this.#placeOf(docId);
    const which = this.#places[place] as number;
    if (which > 0) {
      this.#numbers[which - 1] = number;
      return;
    }
    if (this.#count === this.#docIds.length) {
      this.#grow();
      place = this.#placeOf(docId);
    }
    this.#docIds[this.#count] = docId;
    this.#numbers[this.#count] = number;
    this.#count += 1;
    this.#places[place] = this.#count;
  }

  /** The docId that came as the `which`th, counted from 0. */
  docId(which: number): DocId {
    return this.#docIds[which] as DocId;
  }

  *docIds(): Generator<DocId> {
    for (let which = 0; which < this.#count; which++) yield this.docId(which);
  }

  /** All docIds, in their order; good until the next change. */
  column(): Float64Array {
    return this.#docIds.subarray(0, this.#count);
  }

  /** The numbers, in the order of their docIds; good until the next change. */
  numbers(): Int32Array {
    return this.#numbers.subarray(0, this.#count);
  }

  /** Where the docId stands in the open table, or is to stand. */
  #placeOf(docId: DocId): number {
    const mask = this.#places.length - 1;
    let place = hashOf(docId) & mask;
    for (;;) {
      const which = this.#places[place] as number;
      if (which === 0 || this.#docIds[which - 1] === docId) return place;
      place = (place + 1) & mask;
    }
  }

  #grow(): void {
    const room = this.#count * 2;
    const docIds = new Float64Array(room);
    docIds.set(this.#docIds);
    const numbers = new Int32Array(room);
    numbers.set(this.#numbers);
    const places = new Int32Array(room * 2);
    const mask = places.length - 1;
    for (let which = 0; which < this.#count; which++) {
      let place = hashOf(docIds[which] as number) & mask;
      while (places[place] !== 0) place = (place + 1) & mask;
      places[place] = which + 1;
    }
    [this.#docIds, this.#numbers, this.#places] = [docIds, numbers, places];
  }
}

/** Neighbours are probes of one address: they come to stand apart. */
function hashOf(docId: number): number {
  const low = docId | 0;
  const high = (docId / 2 ** 32) | 0;
  const mixed = Math.imul(low ^ Math.imul(high, 0x9e3779b1), 0x85ebca6b);
  return mixed ^ (mixed >>> 15);
}
