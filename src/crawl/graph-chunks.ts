/**
 * Bytes that are written once from front to back and read again and again: a few pieces in memory, the rest in a file, so
 * that a graph of any size takes the same room. What the file gives back is checked.
 */

import { hash64, PeregrineError } from '../base/index.ts';
import type { DiskFile } from '../disk/index.ts';

export const CHUNK_BYTES: number = 1024 * 1024;
/** Pieces that stay in memory. */
const RESIDENT_CHUNKS = 4;

/** A file of its own for what is not to be held; removed by who gives it. */
export type OpenAside = () => Promise<DiskFile>;

interface ChunkAside {
  readonly size_bytes: number;
  readonly hash: bigint;
}

export class GraphChunks {
  readonly #open: OpenAside | undefined;
  #file: DiskFile | undefined;
  /** In the file, each at a multiple of {@link CHUNK_BYTES}. */
  readonly #aside: ChunkAside[] = [];
  /** Behind those of the file, with what is used of each. */
  #resident: Uint8Array[] = [];
  /** Of full pieces, wherever they are. */
  #full_bytes = 0;
  /** The one that is written. */
  bytes: Uint8Array = new Uint8Array(CHUNK_BYTES);
  used = 0;

  /** Without `open` all of it stays in memory. */
  constructor(open?: OpenAside) {
    this.#open = open;
  }

  get size_bytes(): number {
    return this.#full_bytes + this.used;
  }

  /** Of it, in memory. */
  get held_bytes(): number {
    return (this.#resident.length + 1) * CHUNK_BYTES;
  }

  /** The piece that is written is full. */
  next(): void {
    this.#resident.push(this.bytes.subarray(0, this.used));
    this.#full_bytes += this.used;
    this.bytes = new Uint8Array(CHUNK_BYTES);
    this.used = 0;
  }

  get isToSpill(): boolean {
    return this.#open !== undefined && this.#resident.length > RESIDENT_CHUNKS;
  }

  /** Moves full pieces into the file. `IO`, `DISK_FULL`. */
  async spill(): Promise<void> {
    if (this.#open === undefined) return;
    this.#file ??= await this.#open();
    for (const bytes of this.#resident) {
      await this.#file.write(bytes, this.#aside.length * CHUNK_BYTES);
      this.#aside.push({ size_bytes: bytes.length, hash: hash64(bytes) });
    }
    this.#resident = [];
  }

  /** Every piece in order; each is good until the next. `IO`, and `CORRUPT` where the file gives back something else. */
  async *read(): AsyncGenerator<Uint8Array> {
    const room = new Uint8Array(this.#aside.length === 0 ? 0 : CHUNK_BYTES);
    for (const [place, { size_bytes, hash }] of this.#aside.entries()) {
      const bytes = room.subarray(0, size_bytes);
      const offset = place * CHUNK_BYTES;
      const read = await this.#file?.read(bytes, offset);
      if (read !== size_bytes || hash64(bytes) !== hash) {
        const file = this.#file?.path ?? '';
        throw new PeregrineError('CORRUPT', `The file ${file} does not give back what it was given.`, {
          file,
          offset,
        });
      }
      yield bytes;
    }
    yield* this.#resident;
    yield this.bytes.subarray(0, this.used);
  }
}
