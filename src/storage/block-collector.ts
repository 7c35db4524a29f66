/**
 * Gathers the records of a range read up to its bounds: whole blocks as they are where nothing else has a say, single
 * records copied into blocks of their own.
 */

import { BlockBuilder, type EntryBlock, type RecordBlock, sliceBlock } from './record-block.ts';

export class BlockCollector {
  readonly #keyBytes: number;
  readonly #byteTarget: number;
  readonly #limit: number;
  readonly #blocks: RecordBlock[] = [];
  #builder: BlockBuilder;
  /** Of the blocks that are finished. */
  #size_bytes = 0;
  #records = 0;

  constructor(keyBytes: number, byteTarget: number, limit: number) {
    this.#keyBytes = keyBytes;
    this.#byteTarget = byteTarget;
    this.#limit = limit;
    this.#builder = new BlockBuilder(keyBytes);
  }

  get isFull(): boolean {
    return this.#count >= this.#limit || this.#bytes >= this.#byteTarget;
  }

  /** A copy of the last record's key. */
  get lastKey(): Uint8Array | undefined {
    this.#closeBuilder();
    const last = this.#blocks.at(-1);
    return last?.keys.slice((last.count - 1) * this.#keyBytes, last.count * this.#keyBytes);
  }

  addFrom(block: EntryBlock, at: number): void {
    this.#builder.addFrom(block, at);
  }

  addWith(block: EntryBlock, at: number, value: Uint8Array): void {
    this.#builder.addWith(block, at, value);
  }

  /** As many entries from `from` on as the bounds let in, none copied; returns how many. */
  take(block: EntryBlock, from: number): number {
    this.#closeBuilder();
    const { lengths, count } = block;
    const most = Math.min(count, from + this.#limit - this.#records);
    let size_bytes = this.#size_bytes;
    let to = from;
    while (to < most && size_bytes < this.#byteTarget) {
      size_bytes += this.#keyBytes + (lengths[to] as number);
      to += 1;
    }
    this.#blocks.push(from === 0 && to === count ? block : sliceBlock(block, from, to));
    this.#size_bytes = size_bytes;
    this.#records += to - from;
    return to - from;
  }

  finish(): readonly RecordBlock[] {
    this.#closeBuilder();
    return this.#blocks;
  }

  get #count(): number {
    return this.#records + this.#builder.count;
  }

  get #bytes(): number {
    return this.#size_bytes + this.#builder.size_bytes;
  }

  #closeBuilder(): void {
    if (this.#builder.count === 0) return;
    this.#size_bytes += this.#builder.size_bytes;
    this.#records += this.#builder.count;
    this.#blocks.push(this.#builder.finish());
    this.#builder = new BlockBuilder(this.#keyBytes);
  }
}
