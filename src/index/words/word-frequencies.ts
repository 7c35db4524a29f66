/** Words of a segment that is being written, joined with the document frequencies of their terms. */

/** Words in ascending order of their UTF-8, each as a string of its bytes, with the hashes of their terms. */
export interface WordsOfTerms {
  readonly words: readonly string[];
  readonly hashes: BigUint64Array;
  /** The hashes in ascending order. */
  readonly sorted: BigUint64Array;
}

const BEYOND_ASCII = /[\u0080-\u00ff]/;

export interface CountedWord {
  /** UTF-8 bytes, a UTF-16 unit each. */
  readonly word: string;
  readonly documents: number;
}

export class WordFrequencies {
  readonly #words: WordsOfTerms;
  /** Halves of the hashes, low word first, in ascending order. */
  readonly #sorted: Uint32Array;
  readonly #documents: Uint32Array;
  #next = 0;

  constructor(words: WordsOfTerms) {
    this.#words = words;
    this.#sorted = new Uint32Array(words.sorted.buffer, words.sorted.byteOffset, words.sorted.length * 2);
    this.#documents = new Uint32Array(words.sorted.length);
  }

  /** Takes the frequency of a term, where it is one of a word. Terms come in ascending order of their hashes. */
  take(high: number, low: number, documents: number): void {
    const sorted = this.#sorted;
    const [wantedHigh, wantedLow] = [high >>> 0, low >>> 0];
    while (this.#next < this.#documents.length) {
      const ownHigh = sorted[this.#next * 2 + 1] as number;
      const ownLow = sorted[this.#next * 2] as number;
      if (ownHigh > wantedHigh || (ownHigh === wantedHigh && ownLow > wantedLow)) return;
      if (ownHigh === wantedHigh && ownLow === wantedLow) this.#documents[this.#next] = documents;
      this.#next += 1;
    }
  }

  /** The words that documents have, in order. */
  *entries(): Generator<CountedWord> {
    const halves = new Uint32Array(this.#words.hashes.buffer, this.#words.hashes.byteOffset);
    for (const [i, word] of this.#words.words.entries()) {
      const documents = this.#frequencyOf(halves[i * 2 + 1] as number, halves[i * 2] as number);
      if (documents > 0) yield { word, documents };
    }
  }

  #frequencyOf(high: number, low: number): number {
    const sorted = this.#sorted;
    let first = 0;
    let past = this.#documents.length;
    while (first < past) {
      const middle = (first + past) >> 1;
      const ownHigh = sorted[middle * 2 + 1] as number;
      const ownLow = sorted[middle * 2] as number;
      if (ownHigh === high && ownLow === low) return this.#documents[middle] as number;
      if (ownHigh < high || (ownHigh === high && ownLow < low)) first = middle + 1;
      else past = middle;
    }
    return 0;
  }
}

/** A text as the string of its UTF-8 bytes: such strings compare as bytes do. */
export function byteString(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

export function textOfBytes(bytes: string): string {
  // Most words are of ASCII, which is the same in both.
  return BEYOND_ASCII.test(bytes) ? Buffer.from(bytes, 'latin1').toString('utf8') : bytes;
}
