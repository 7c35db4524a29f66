/** Numbers the distinct term hashes of a document: open addressing over typed arrays, no object per term. */

const FIRST_CAPACITY = 2048;
const KEPT_CAPACITY = 32_768;
const EMPTY = -1;
/** Hashes whose highest bits are the same: of real words a few. */
const MAX_BUCKET = 64;

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
    const size = this.#size;
    const halves = this.#halves;
    const ids = this.#byBucket() ?? this.#bySort();
    const hashes = new Int32Array(size * 2);
    const placeOf = new Uint32Array(size);
    for (let place = 0; place < size; place++) {
      const id = ids[place] as number;
      hashes[place * 2] = halves[id * 2] as number;
      hashes[place * 2 + 1] = halves[id * 2 + 1] as number;
      placeOf[id] = place;
    }
    return { hashes: new BigUint64Array(hashes.buffer), placeOf };
  }

  /**
   * Ids by hash: into as many buckets as there are hashes, by their highest bits, and each where it belongs in its bucket.
   * Undefined where words were made up so that many fall into one.
   */
  #byBucket(): Uint32Array | undefined {
    const size = this.#size;
    const halves = this.#halves;
    const shift = Math.min(31, Math.clz32(size));
    const starts = new Uint32Array((1 << (32 - shift)) + 1);
    for (let id = 0; id < size; id++) {
      const bucket = ((halves[id * 2 + 1] as number) >>> shift) + 1;
      const count = (starts[bucket] as number) + 1;
      if (count > MAX_BUCKET) return undefined;
      starts[bucket] = count;
    }
    for (let i = 1; i < starts.length; i++) starts[i] = (starts[i] as number) + (starts[i - 1] as number);
    const ids = new Uint32Array(size);
    for (let id = 0; id < size; id++) {
      const bucket = (halves[id * 2 + 1] as number) >>> shift;
      const place = starts[bucket] as number;
      ids[place] = id;
      starts[bucket] = place + 1;
    }
    for (let i = 1; i < size; i++) {
      const id = ids[i] as number;
      let at = i;
      for (; at > 0 && this.#isBefore(id, ids[at - 1] as number); at--) ids[at] = ids[at - 1] as number;
      ids[at] = id;
    }
    return ids;
  }

  #bySort(): Uint32Array {
    const ids = Uint32Array.from({ length: this.#size }, (_, id) => id);
    return ids.sort((a, b) => (this.#isBefore(a, b) ? -1 : 1));
  }

  #isBefore(a: number, b: number): boolean {
    const highA = (this.#halves[a * 2 + 1] as number) >>> 0;
    const highB = (this.#halves[b * 2 + 1] as number) >>> 0;
    if (highA !== highB) return highA < highB;
    return (this.#halves[a * 2] as number) >>> 0 < (this.#halves[b * 2] as number) >>> 0;
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
