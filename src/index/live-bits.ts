/** Which documents of a segment are live: bits in linear memory, copied before a change when a view holds them. */

import { assert } from '../base/index.ts';
import type { KernelMemory } from './linear-memory.ts';

export class LiveBits {
  readonly documents: number;
  /** Address of the bits; 0 while every document is live. */
  readonly address: number;
  deleted: number;
  readonly #memory: KernelMemory;
  #holders = 1;

  private constructor(memory: KernelMemory, documents: number, address: number, deleted: number) {
    this.#memory = memory;
    this.documents = documents;
    this.address = address;
    this.deleted = deleted;
  }

  static all(memory: KernelMemory, documents: number): LiveBits {
    return new LiveBits(memory, documents, 0, 0);
  }

  /** From bytes as {@link bytes} gives them. */
  static of(memory: KernelMemory, documents: number, bytes: Uint8Array): LiveBits {
    const address = memory.allocateZeroed(sizeOf(documents));
    memory.bytes.set(bytes, address);
    let live = 0;
    for (let document = 0; document < documents; document++) {
      live += ((bytes[document >> 3] ?? 0) >> (document & 7)) & 1;
    }
    return new LiveBits(memory, documents, address, documents - live);
  }

  get memory_bytes(): number {
    return this.address === 0 ? 0 : sizeOf(this.documents);
  }

  get live(): number {
    return this.documents - this.deleted;
  }

  /** Bit `d & 7` of byte `d >> 3` is document `d`; a copy. */
  get bytes(): Uint8Array {
    const size = (this.documents + 7) >> 3;
    if (this.address === 0) return new Uint8Array(size).fill(255);
    return this.#memory.bytes.slice(this.address, this.address + size);
  }

  has(document: number): boolean {
    return isLive(this.#memory, this.address, document);
  }

  /** Bits without `document`, which is live: these where nobody else holds them, else a copy that replaces the caller's hold. */
  without(document: number): LiveBits {
    const own = this.#holders === 1 && this.address !== 0 ? this : this.#copy();
    const at = own.address + (document >> 3);
    this.#memory.bytes[at] = (this.#memory.bytes[at] ?? 0) & ~(1 << (document & 7));
    own.deleted += 1;
    return own;
  }

  hold(): this {
    this.#holders += 1;
    return this;
  }

  release(): void {
    assert(this.#holders > 0, 'live bits are released once by each holder');
    this.#holders -= 1;
    if (this.#holders === 0 && this.address !== 0) this.#memory.free(this.address);
  }

  #copy(): LiveBits {
    const size = sizeOf(this.documents);
    const address = this.#memory.allocate(size);
    if (this.address === 0) this.#memory.bytes.fill(255, address, address + size);
    else this.#memory.bytes.copyWithin(address, this.address, this.address + size);
    const copy = new LiveBits(this.#memory, this.documents, address, this.deleted);
    this.release();
    return copy;
  }
}

/** Whole words: kernels read them. */
function sizeOf(documents: number): number {
  return Math.max(4, ((documents + 31) >> 5) << 2);
}

/** Whether bits at an address, 0 for all, have a document. */
export function isLive({ bytes }: KernelMemory, address: number, document: number): boolean {
  if (address === 0) return true;
  return (((bytes[address + (document >> 3)] ?? 0) >> (document & 7)) & 1) === 1;
}
