/** Numbers the distinct term hashes of a document: open addressing over typed arrays, no object per term. */

const FIRST_CAPACITY = 2048;
const KEPT_CAPACITY = 32_768;
const EMPTY = -1;

export class TermTable {
  /** Halves of the hashes by id, low word first. */
  #halves = new Int32Array(FIRST_CAPACITY);
  /** Ids by place; at most half of the places are taken. */
  #places = new Int32Array(FIRST_CAPACITY).fill(EMPTY);
  #size = 0;
  readonly #hash = new BigUint64Array(1);
  readonly #hashHalves = new Int32Array(this.#hash.buffer);

  /** Forgets all; what a very large document needed is given back. */
  clear(): void {
    this.#size = 0;
    if (this.#places.length <= KEPT_CAPACITY) {
      this.#places.fill(EMPTY);
      return;
    }
    this.#halves = new Int32Array(FIRST_CAPACITY);
    this.#places = new Int32Array(FIRST_CAPACITY).fill(EMPTY);
  }

  get size(): number {
    return this.#size;
  }

  /** The number of `hash`, counted from 0 in order of first sight. */
  idOf(hash: bigint): number {
    // Through memory: taking a big integer apart by arithmetic allocates.
    this.#hash[0] = hash;
    return this.idOfHalves(this.#hashHalves[0] as number, this.#hashHalves[1] as number);
  }

  /** The same of a hash in halves. */
  idOfHalves(low: number, high: number): number {
    const mask = this.#places.length - 1;
    for (let place = low & mask; ; place = (place + 1) & mask) {
      const id = this.#places[place] as number;
      if (id === EMPTY) return this.#add(place, low, high);
      if (this.#halves[id * 2] === low && this.#halves[id * 2 + 1] === high) return id;
    }
  }

  /** All hashes ascending, and for each id its place among them. */
  sorted(): { hashes: BigUint64Array; placeOf: Uint32Array } {
    const hashes = new BigUint64Array(this.#halves.slice(0, this.#size * 2).buffer).sort();
    const halves = new Int32Array(hashes.buffer);
    const placeOf = new Uint32Array(this.#size);
    for (let place = 0; place < this.#size; place++) {
      placeOf[this.#find(halves[place * 2] as number, halves[place * 2 + 1] as number)] = place;
    }
    return { hashes, placeOf };
  }

  #find(low: number, high: number): number {
    const mask = this.#places.length - 1;
    for (let place = low & mask; ; place = (place + 1) & mask) {
      const id = this.#places[place] as number;
      if (this.#halves[id * 2] === low && this.#halves[id * 2 + 1] === high) return id;
    }
  }

  #add(place: number, low: number, high: number): number {
    const id = this.#size;
    this.#size += 1;
    if (this.#halves.length < this.#size * 2) {
      const grown = new Int32Array(this.#halves.length * 2);
      grown.set(this.#halves);
      this.#halves = grown;
    }
    this.#halves[id * 2] = low;
    this.#halves[id * 2 + 1] = high;
    this.#places[place] = id;
    if (this.#size * 2 > this.#places.length) this.#grow();
    return id;
  }

  #grow(): void {
    const places = new Int32Array(this.#places.length * 2).fill(EMPTY);
    const mask = places.length - 1;
    for (let id = 0; id < this.#size; id++) {
      let place = (this.#halves[id * 2] as number) & mask;
      while (places[place] !== EMPTY) place = (place + 1) & mask;
      places[place] = id;
    }
    this.#places = places;
  }
}
