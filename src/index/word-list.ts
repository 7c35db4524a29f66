/** A list of words that grows: what a segment writer holds back until its place in the file is known. */

const FIRST_SLAB_WORDS = 1024;
const MAX_SLAB_WORDS = 262_144;

export class WordList {
  readonly #full: Int32Array[] = [];
  #slab: Int32Array = new Int32Array(FIRST_SLAB_WORDS);
  #used = 0;
  #fullWords = 0;

  get length(): number {
    return this.#fullWords + this.#used;
  }

  push(value: number): void {
    if (this.#used === this.#slab.length) this.#grow();
    this.#slab[this.#used++] = value;
  }

  append(source: Int32Array, from: number, past: number): void {
    let at = from;
    while (at < past) {
      if (this.#used === this.#slab.length) this.#grow();
      const count = Math.min(past - at, this.#slab.length - this.#used);
      this.#slab.set(source.subarray(at, at + count), this.#used);
      this.#used += count;
      at += count;
    }
  }

  /** What was pushed, in pieces, in order. */
  *pieces(): Iterable<Int32Array> {
    yield* this.#full;
    yield this.#slab.subarray(0, this.#used);
  }

  #grow(): void {
    this.#full.push(this.#slab);
    this.#fullWords += this.#slab.length;
    this.#slab = new Int32Array(Math.min(MAX_SLAB_WORDS, this.#slab.length * 2));
    this.#used = 0;
  }
}
