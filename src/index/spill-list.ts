/**
 * A list of words that grows: what a segment writer holds back until its place in the file is known. Beyond a bound it
 * goes to a file of its own, piece by piece; each piece's hash stays here, so that a disk that forgets is noticed.
 */

import { hash64, must, PeregrineError } from '../base/index.ts';
import type { Disk, DiskFile } from '../disk/index.ts';
import { BLOCK_BYTES, giveBlock, takeBlock } from './spare-memory.ts';

const FIRST_PIECE_WORDS = 1024;
const MAX_PIECE_WORDS: number = BLOCK_BYTES / 4;
/** Pieces below this double; the one behind is a block. */
const SMALL_PIECE_WORDS = 16_384;
/** Words kept in memory before a spill writes. */
const SPILL_WORDS: number = 4 * MAX_PIECE_WORDS;

interface SpilledPiece {
  readonly offset: number;
  readonly size_bytes: number;
  readonly hash: bigint;
}

export class SpillList {
  #full: Int32Array[] = [];
  #piece: Int32Array = new Int32Array(FIRST_PIECE_WORDS);
  #used = 0;
  /** Words before the current piece. */
  #before = 0;
  #fullWords = 0;
  readonly #spilled: SpilledPiece[] = [];
  #file: DiskFile | undefined;

  get length(): number {
    return this.#before + this.#used;
  }

  push(value: number): void {
    if (this.#used === this.#piece.length) this.#grow();
    this.#piece[this.#used++] = value;
  }

  append(source: Int32Array, from: number, past: number): void {
    let at = from;
    while (at < past) {
      if (this.#used === this.#piece.length) this.#grow();
      const count = Math.min(past - at, this.#piece.length - this.#used);
      this.#piece.set(source.subarray(at, at + count), this.#used);
      this.#used += count;
      at += count;
    }
  }

  /** What was pushed and not spilled, in order. */
  *pieces(): Generator<Int32Array> {
    yield* this.#full;
    yield this.#piece.subarray(0, this.#used);
  }

  /** Moves what is complete to the file `path` when it is more than `limit_words`. */
  async spill(disk: Disk, path: string, limit_words: number = SPILL_WORDS): Promise<void> {
    if (this.#fullWords <= limit_words) return;
    this.#file ??= await disk.open(path, 'create');
    let offset = this.#spilled.reduce((sum, { size_bytes }) => sum + size_bytes, 0);
    const pieces = this.#full;
    this.#full = [];
    this.#fullWords = 0;
    for (const piece of pieces) {
      const bytes = new Uint8Array(piece.buffer, piece.byteOffset, piece.byteLength);
      await this.#file.write(bytes, offset);
      this.#spilled.push({ offset, size_bytes: bytes.length, hash: hash64(bytes) });
      offset += bytes.length;
      giveBack(piece);
    }
  }

  /** All that was pushed, in order, spilled or not; each piece is good until the next. `CORRUPT` where the file gives back something else. */
  async *all(): AsyncGenerator<Int32Array> {
    for (const { offset, size_bytes, hash } of this.#spilled) {
      const file = must(this.#file, 'the file of a spilled list');
      const block = takeBlock();
      const bytes = new Uint8Array(block, 0, size_bytes);
      const read = await file.read(bytes, offset);
      if (read !== size_bytes || hash64(bytes) !== hash) {
        throw new PeregrineError(
          'CORRUPT',
          `The temporary file ${file.path} does not give back what it was given.`,
          {
            file: file.path,
            offset,
          },
        );
      }
      yield new Int32Array(block, 0, size_bytes >> 2);
      giveBlock(block);
    }
    yield* this.pieces();
  }

  /** Nothing is asked of it any more. */
  release(): void {
    for (const piece of this.#full.splice(0)) giveBack(piece);
    giveBack(this.#piece);
    this.#piece = new Int32Array(0);
    this.#used = 0;
  }

  /** Closes and removes the file, where there is one. */
  async discard(disk: Disk): Promise<void> {
    if (this.#file === undefined) return;
    const { path } = this.#file;
    await this.#file.close();
    this.#file = undefined;
    await disk.remove(path);
  }

  #grow(): void {
    this.#full.push(this.#piece);
    this.#fullWords += this.#piece.length;
    this.#before += this.#piece.length;
    const isSmall = this.#piece.length < SMALL_PIECE_WORDS;
    this.#piece = isSmall ? new Int32Array(this.#piece.length * 2) : new Int32Array(takeBlock());
    this.#used = 0;
  }
}

function giveBack({ buffer, length }: Int32Array): void {
  if (length === MAX_PIECE_WORDS) giveBlock(buffer as ArrayBuffer);
}
