/**
 * What is written of a part: bytes gathered for one long write, while the last one is under way in the other buffer, and
 * made durable some megabytes at a time beside the writing, so that the last sync finds little to do.
 */

import type { DiskFile } from '../disk/index.ts';

const WRITE_BUFFER_BYTES: number = 1024 * 1024;
/** Room for what is gathered and a page more, a long one of a document's too; small parts begin with less. */
const OUTPUT_BYTES: number = WRITE_BUFFER_BYTES + 256 * 1024;
const FIRST_OUTPUT_BYTES: number = 64 * 1024;
const SYNC_BYTES: number = 8 * 1024 * 1024;
/** Buffers of parts that are finished, for the next ones: new megabytes are dear, and so are a pair for each small part. */
const MAX_SPARES = 4;
const spares: ReadonlyMap<number, Uint8Array<ArrayBuffer>[]> = new Map([
  [FIRST_OUTPUT_BYTES, []],
  [OUTPUT_BYTES, []],
]);

export class PartOutput {
  readonly #file: DiskFile;
  #bytes = bufferOf(FIRST_OUTPUT_BYTES);
  #spare: Uint8Array<ArrayBuffer> | undefined;
  #writing: Promise<void> | undefined;
  /** Ends when what was written some megabytes ago is durable. */
  #syncing: Promise<void> | undefined;
  #unsynced_bytes = 0;
  #used = 0;
  #offset = 0;

  constructor(file: DiskFile) {
    this.#file = file;
  }

  /** Where in the file the next byte will stand. */
  get offset(): number {
    return this.#offset;
  }

  /** Time to {@link drain}. */
  get isFull(): boolean {
    return this.#used >= WRITE_BUFFER_BYTES;
  }

  /** What is gathered, and room for so much behind it, from {@link used} on. */
  reserve(size_bytes: number): Uint8Array<ArrayBuffer> {
    const needed_bytes = this.#used + size_bytes;
    if (needed_bytes <= this.#bytes.length) return this.#bytes;
    const isUsual = needed_bytes <= OUTPUT_BYTES;
    const grown = isUsual ? bufferOf(OUTPUT_BYTES) : new Uint8Array(needed_bytes + WRITE_BUFFER_BYTES);
    grown.set(this.#bytes.subarray(0, this.#used));
    this.#bytes = grown;
    return grown;
  }

  get used(): number {
    return this.#used;
  }

  /** So many of the bytes reserved are written. */
  advance(size_bytes: number): void {
    this.#used += size_bytes;
    this.#offset += size_bytes;
  }

  /**
   * Begins to write what stands elsewhere, behind what is gathered; waits for nothing but the write before. It must stay
   * as it is until the next one is begun.
   */
  async write(bytes: Uint8Array): Promise<void> {
    await this.drain();
    await this.#begin(bytes, this.#offset);
    this.#offset += bytes.length;
  }

  /** Begins to write what is gathered; waits for nothing but the write before. */
  async drain(): Promise<void> {
    const bytes = this.#bytes.subarray(0, this.#used);
    const offset = this.#offset - this.#used;
    this.#used = 0;
    if (bytes.length === 0) return;
    const full = this.#bytes;
    // A page of a giant may have been in it.
    const usual =
      this.#spare !== undefined && this.#spare.length <= 2 * OUTPUT_BYTES ? this.#spare : undefined;
    this.#bytes = usual ?? bufferOf(full.length > FIRST_OUTPUT_BYTES ? OUTPUT_BYTES : FIRST_OUTPUT_BYTES);
    this.#spare = full;
    await this.#begin(bytes, offset);
  }

  async #begin(bytes: Uint8Array, offset: number): Promise<void> {
    await this.#writing;
    if (this.#unsynced_bytes >= SYNC_BYTES) await this.#syncSoon();
    this.#writing = this.#file.write(bytes, offset);
    // Whoever waits for it next hears of it.
    this.#writing.catch(() => undefined);
    this.#unsynced_bytes += bytes.length;
  }

  /** Everything durable, and the file closed. */
  async finish(): Promise<void> {
    await this.drain();
    await this.#writing;
    await this.#syncing;
    await this.#file.sync();
    await this.#file.close();
    for (const buffer of [this.#bytes, this.#spare]) {
      if (buffer === undefined) continue;
      const alike = spares.get(buffer.length);
      if (alike !== undefined && alike.length < MAX_SPARES) alike.push(buffer);
    }
  }

  async #syncSoon(): Promise<void> {
    await this.#syncing;
    this.#unsynced_bytes = 0;
    this.#syncing = this.#file.sync();
    this.#syncing.catch(() => undefined);
  }
}

function bufferOf(size_bytes: number): Uint8Array<ArrayBuffer> {
  return spares.get(size_bytes)?.pop() ?? new Uint8Array(size_bytes);
}
