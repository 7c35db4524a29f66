/** A stream of bytes as a reader of records wants it: lines, counted bytes, and barriers that damage leaves behind. */

import type { ArchiveDamage, UnpackedChunk } from './unpacked-bytes.ts';

const EMPTY = new Uint8Array(0);
const LINE_FEED = 10;

export class ArchiveInput {
  readonly #chunks: AsyncIterator<UnpackedChunk>;
  #bytes: Uint8Array = EMPTY;
  #barrier: ArchiveDamage | undefined;
  #isOver = false;
  #position = 0;
  #members = 0;

  constructor(chunks: AsyncIterable<UnpackedChunk>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** Unpacked bytes read so far. */
  get position(): number {
    return this.#position;
  }

  /** Gzip members that were begun; 0 where nothing is packed so. */
  get members(): number {
    return this.#members;
  }

  /** Up to `count` bytes ahead, without taking them; fewer at a barrier or the end. */
  async peek(count: number): Promise<Uint8Array> {
    while (this.#bytes.length < count && (await this.#more()));
    return this.#bytes.subarray(0, count);
  }

  /** Up to `count` bytes; fewer at a barrier or the end. */
  async take(count: number): Promise<Uint8Array> {
    if (this.#bytes.length >= count) return this.#cut(count);
    const parts: Uint8Array[] = [];
    let missing = count;
    for (;;) {
      const part = this.#cut(Math.min(missing, this.#bytes.length));
      if (part.length > 0) parts.push(part);
      missing -= part.length;
      if (missing === 0 || !(await this.#more())) return Buffer.concat(parts);
    }
  }

  /** Passes over `count` bytes; returns how many there were. */
  async skip(count: number): Promise<number> {
    let missing = count;
    for (;;) {
      missing -= this.#cut(Math.min(missing, this.#bytes.length)).length;
      if (missing === 0 || !(await this.#more())) return count - missing;
    }
  }

  /** The next line without its end, or undefined at a barrier or the end. A longer one comes in pieces. */
  async line(longest: number): Promise<Uint8Array | undefined> {
    let end = this.#bytes.indexOf(LINE_FEED);
    while (end < 0 && this.#bytes.length < longest && (await this.#more()))
      end = this.#bytes.indexOf(LINE_FEED);
    if (this.#bytes.length === 0) return undefined;
    const length = end < 0 ? Math.min(longest, this.#bytes.length) : Math.min(longest, end + 1);
    const line = this.#cut(length);
    let stop = line.length;
    if (line[stop - 1] === LINE_FEED) stop -= 1;
    if (line[stop - 1] === 13) stop -= 1;
    return line.subarray(0, stop);
  }

  /** Puts bytes back in front. */
  unread(bytes: Uint8Array): void {
    this.#bytes = Buffer.concat([bytes, this.#bytes]);
    this.#position -= bytes.length;
  }

  /** Goes on behind a barrier; returns what it stands for, or undefined at the end of everything. */
  async passBarrier(): Promise<ArchiveDamage | undefined> {
    while (await this.#more()) this.#cut(this.#bytes.length);
    this.#cut(this.#bytes.length);
    const damage = this.#barrier;
    this.#barrier = undefined;
    return damage;
  }

  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  #cut(count: number): Uint8Array {
    const bytes = this.#bytes.subarray(0, count);
    this.#bytes = this.#bytes.subarray(count);
    this.#position += count;
    return bytes;
  }

  async #more(): Promise<boolean> {
    if (this.#isOver || this.#barrier !== undefined) return false;
    const next = await this.#chunks.next();
    if (next.done === true) {
      this.#isOver = true;
      return false;
    }
    if ('damage' in next.value) {
      this.#barrier = next.value.damage;
      return false;
    }
    const { bytes, isMember = false } = next.value;
    if (isMember) this.#members += 1;
    this.#bytes = this.#bytes.length === 0 ? bytes : Buffer.concat([this.#bytes, bytes]);
    return true;
  }
}
