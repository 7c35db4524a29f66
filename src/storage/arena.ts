/** Bytes put one behind the other into few big blocks: what a memtable holds its values in. Freed as a whole. */

const FIRST_BLOCK_BYTES = 4 * 1024;
const MAX_BLOCK_BYTES = 1024 * 1024;
/** A value with more than this share of a block gets a block of its own. */
const OWN_BLOCK_SHARE = 4;

export class Arena {
  readonly #blocks: Uint8Array[] = [];
  #current = -1;
  #used = 0;
  #nextBlock_bytes = FIRST_BLOCK_BYTES;
  #size_bytes = 0;

  /** Bytes of all blocks, used or not. */
  get size_bytes(): number {
    return this.#size_bytes;
  }

  /** Copies `bytes` in; its block and offset find it again. */
  put(bytes: Uint8Array): { block: number; offset: number } {
    if (bytes.length > MAX_BLOCK_BYTES / OWN_BLOCK_SHARE) {
      return { block: this.#addBlock(new Uint8Array(bytes)), offset: 0 };
    }
    const current = this.#blocks[this.#current];
    if (current === undefined || this.#used + bytes.length > current.length) {
      const size_bytes = Math.max(this.#nextBlock_bytes, bytes.length);
      this.#nextBlock_bytes = Math.min(MAX_BLOCK_BYTES, this.#nextBlock_bytes * 2);
      this.#current = this.#addBlock(new Uint8Array(size_bytes));
      this.#used = 0;
    }
    const offset = this.#used;
    this.#blocks[this.#current]?.set(bytes, offset);
    this.#used += bytes.length;
    return { block: this.#current, offset };
  }

  /** A view: what is put stays where it is. */
  view(block: number, offset: number, length: number): Uint8Array {
    return (this.#blocks[block] as Uint8Array).subarray(offset, offset + length);
  }

  #addBlock(block: Uint8Array): number {
    this.#blocks.push(block);
    this.#size_bytes += block.length;
    return this.#blocks.length - 1;
  }
}
