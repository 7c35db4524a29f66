/** Where the words of one document stand, each with the terms that it becomes: handed out by term. */

const FIRST_CAPACITY = 8192;
const KEPT_CAPACITY = 262_144;

export class WordPostings {
  /** In order of position: number of the word, and position, in turn. */
  #postings = new Int32Array(FIRST_CAPACITY * 2);
  #used = 0;
  /** By number of the word: how often it stands there, where its terms begin. */
  #counts = new Int32Array(FIRST_CAPACITY);
  #starts = new Int32Array(FIRST_CAPACITY + 1);
  #words = 0;
  /** Ids of the terms, word by word. */
  #terms = new Int32Array(FIRST_CAPACITY * 2);
  #termCount = 0;

  /** Forgets all; what a very large document needed is given back. */
  clear(): void {
    this.#used = 0;
    this.#words = 0;
    this.#termCount = 0;
    if (this.#postings.length > KEPT_CAPACITY) this.#postings = new Int32Array(FIRST_CAPACITY * 2);
    if (this.#counts.length > KEPT_CAPACITY) {
      this.#counts = new Int32Array(FIRST_CAPACITY);
      this.#starts = new Int32Array(FIRST_CAPACITY + 1);
    }
    if (this.#terms.length > KEPT_CAPACITY) this.#terms = new Int32Array(FIRST_CAPACITY * 2);
  }

  /** The last term of the word that was added last; undefined before the first. */
  get lastTerm(): number | undefined {
    if (this.#used === 0) return undefined;
    const word = this.#postings[this.#used - 2] as number;
    const end = word + 1 < this.#words ? (this.#starts[word + 1] as number) : this.#termCount;
    return this.#terms[end - 1];
  }

  /** Begins a word, whose terms are added next; tells its number. */
  beginWord(): number {
    // One start more than words: the end of the last.
    if (this.#words + 1 >= this.#counts.length) {
      this.#counts = doubled(this.#counts);
      this.#starts = doubled(this.#starts);
    }
    const word = this.#words;
    this.#counts[word] = 0;
    this.#starts[word] = this.#termCount;
    this.#words += 1;
    return word;
  }

  /** Adds a term to the word that was begun last; each of a word once. */
  addTerm(id: number): void {
    if (this.#termCount === this.#terms.length) this.#terms = doubled(this.#terms);
    this.#terms[this.#termCount] = id;
    this.#termCount += 1;
  }

  /** The word stands at `position`, which is none before the last. */
  add(word: number, position: number): void {
    const at = this.#used;
    if (at === this.#postings.length) this.#postings = doubled(this.#postings);
    this.#postings[at] = word;
    this.#postings[at + 1] = position;
    this.#used = at + 2;
    this.#counts[word] = (this.#counts[word] as number) + 1;
  }

  /** Positions term by term, in the order that `placeOf` gives their ids: a counting sort, since positions come in order. */
  byTerm(placeOf: Uint32Array): { positionStarts: Uint32Array; positions: Uint32Array } {
    const terms = this.#terms;
    const starts = this.#starts;
    const positionStarts = new Uint32Array(placeOf.length + 1);
    starts[this.#words] = this.#termCount;
    for (let word = 0; word < this.#words; word++) {
      const count = this.#counts[word] as number;
      const end = starts[word + 1] as number;
      for (let i = starts[word] as number; i < end; i++) {
        const place = placeOf[terms[i] as number] as number;
        // From here on the place stands for the term.
        terms[i] = place;
        positionStarts[place + 1] = (positionStarts[place + 1] as number) + count;
      }
    }
    for (let i = 0; i < placeOf.length; i++) {
      positionStarts[i + 1] = (positionStarts[i + 1] as number) + (positionStarts[i] as number);
    }
    const fill = positionStarts.slice(0, placeOf.length);
    const positions = new Uint32Array(positionStarts[placeOf.length] as number);
    const postings = this.#postings;
    for (let at = 0; at < this.#used; at += 2) {
      const word = postings[at] as number;
      const position = postings[at + 1] as number;
      const end = starts[word + 1] as number;
      for (let i = starts[word] as number; i < end; i++) {
        const place = terms[i] as number;
        const next = fill[place] as number;
        positions[next] = position;
        fill[place] = next + 1;
      }
    }
    return { positionStarts, positions };
  }
}

function doubled(values: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const grown = new Int32Array(values.length * 2);
  grown.set(values);
  return grown;
}
