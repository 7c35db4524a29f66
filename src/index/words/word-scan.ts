/**
 * Looks through blocks of words for those that begin with some letters and that many documents have, as the bytes that they
 * are: of some thousand words of a beginning a few hundred become strings.
 */

/** What can't be read of a block. */
export class UnreadableBlock extends Error {}

export class WordScan {
  /** Words met that begin so. */
  met = 0;
  readonly #start: Uint8Array;
  #content: Uint8Array = new Uint8Array(0);
  #at = 0;
  #word: Buffer = Buffer.alloc(64);

  /** `start`: a string of UTF-8 bytes. */
  constructor(start: string) {
    this.#start = Buffer.from(start, 'latin1');
  }

  /**
   * Hands `take` each word of the block that begins so and that more documents have than it answered last, at first
   * `least`. Undefined where a word stands behind all that begin so, else what was answered last. {@link UnreadableBlock}.
   */
  look(
    content: Uint8Array,
    count: number,
    least: number,
    take: (word: string, documents: number) => number,
  ): number | undefined {
    this.#content = content;
    this.#at = 0;
    let most = least;
    let length = 0;
    for (let i = 0; i < count; i++) {
      const shared = this.#varint();
      if (shared > length) throw new UnreadableBlock('a word shares more than there is');
      const own = this.#varint();
      if (own > content.length - this.#at) throw new UnreadableBlock('a word is longer than its block');
      length = shared + own;
      if (length > this.#word.length) this.#word = Buffer.concat([this.#word], length * 2);
      for (let at = shared; at < length; at++) this.#word[at] = content[this.#at++] as number;
      const documents = this.#varint();
      const place = this.#compare(length);
      if (place > 0) return undefined;
      if (place < 0) continue;
      this.met += 1;
      if (documents > most) most = take(this.#word.toString('latin1', 0, length), documents);
    }
    return most;
  }

  /** Negative before those that begin so, 0 among them, positive behind. */
  #compare(length: number): number {
    for (let at = 0; at < this.#start.length; at++) {
      const own = at < length ? (this.#word[at] as number) : -1;
      const wanted = this.#start[at] as number;
      if (own !== wanted) return own - wanted;
    }
    return 0;
  }

  #varint(): number {
    let value = 0;
    for (let scale = 1; this.#at < this.#content.length && scale < 2 ** 49; scale *= 128) {
      const byte = this.#content[this.#at++] as number;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
    throw new UnreadableBlock('a number of a block of words is cut off');
  }
}
