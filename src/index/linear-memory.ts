/** The memory that kernels compute on, and who has which piece of it: a buddy allocator, 64 bytes and up. */

import { assert, must, PeregrineError, type WasmMemory, webAssembly } from '../base/index.ts';

/** Below this stand the bytes that kernels know by address (see kernels/layout.ts). */
const RESERVED_BYTES = 256 * 1024;
const START_BYTES = 1024 * 1024;
const WASM_PAGE_BYTES = 65_536;
/** Memory grows by at least this. */
const GROWTH_BYTES = 1024 * 1024;
const LEAST_ORDER = 6;
const MOST_ORDER = 30;
/** Addresses are signed numbers in the kernels. */
export const MOST_MEMORY_BYTES: number = 2 ** 31 - WASM_PAGE_BYTES;

export class LinearMemory {
  readonly memory: WasmMemory;
  words: Int32Array;
  bytes: Uint8Array;
  floats: Float64Array;
  /** Called after the memory has moved. */
  onGrow: () => void = () => undefined;
  readonly #free: Set<number>[] = Array.from({ length: MOST_ORDER + 1 }, () => new Set<number>());
  readonly #orders = new Map<number, number>();
  #allocated_bytes = 0;
  #end = START_BYTES;

  constructor() {
    this.memory = new webAssembly.Memory({
      initial: START_BYTES / WASM_PAGE_BYTES,
      maximum: 32_768,
    });
    this.words = new Int32Array(this.memory.buffer);
    this.bytes = new Uint8Array(this.memory.buffer);
    this.floats = new Float64Array(this.memory.buffer);
    this.#release(RESERVED_BYTES, START_BYTES);
  }

  get allocated_bytes(): number {
    return this.#allocated_bytes;
  }

  /** Address of `size_bytes` bytes with whatever was there before, aligned to 64 (frames of 16 KiB to their size). */
  allocate(size_bytes: number): number {
    const order = orderOf(size_bytes);
    let from = order;
    while (from <= MOST_ORDER && must(this.#free[from], 'a free list').size === 0) from += 1;
    if (from > MOST_ORDER) {
      this.#grow(2 ** order);
      return this.allocate(size_bytes);
    }
    const list = must(this.#free[from], 'a free list');
    const address = must(list.values().next().value, 'a free piece');
    list.delete(address);
    while (from > order) {
      from -= 1;
      must(this.#free[from], 'a free list').add(address + 2 ** from);
    }
    this.#orders.set(address, order);
    this.#allocated_bytes += 2 ** order;
    return address;
  }

  /** The same, all zero. */
  allocateZeroed(size_bytes: number): number {
    const address = this.allocate(size_bytes);
    this.bytes.fill(0, address, address + size_bytes);
    return address;
  }

  free(address: number): void {
    const order = must(this.#orders.get(address), 'the piece that is freed');
    this.#orders.delete(address);
    this.#allocated_bytes -= 2 ** order;
    this.#join(address, order);
  }

  /** Puts a piece among the free, together with its buddy where that is free too. */
  #join(start: number, startOrder: number): void {
    let address = start;
    let order = startOrder;
    while (order < MOST_ORDER) {
      // Addresses stay below 2³¹, so that this stays positive.
      const buddy = address ^ (2 ** order);
      if (!must(this.#free[order], 'a free list').delete(buddy)) break;
      address = Math.min(address, buddy);
      order += 1;
    }
    must(this.#free[order], 'a free list').add(address);
  }

  #release(start: number, end: number): void {
    let address = start;
    while (address < end) {
      let order = MOST_ORDER;
      while (address % 2 ** order !== 0 || address + 2 ** order > end) order -= 1;
      assert(order >= LEAST_ORDER, 'memory grows in whole pages');
      this.#join(address, order);
      address += 2 ** order;
    }
  }

  #grow(size_bytes: number): void {
    const aligned = Math.ceil(this.#end / size_bytes) * size_bytes + size_bytes;
    const end = Math.max(aligned, this.#end + GROWTH_BYTES);
    const pages = Math.ceil((end - this.#end) / WASM_PAGE_BYTES);
    if (this.#end + pages * WASM_PAGE_BYTES > MOST_MEMORY_BYTES) throw outOfMemory(size_bytes);
    try {
      this.memory.grow(pages);
    } catch (error) {
      throw outOfMemory(size_bytes, error);
    }
    const before = this.#end;
    this.#end += pages * WASM_PAGE_BYTES;
    this.words = new Int32Array(this.memory.buffer);
    this.bytes = new Uint8Array(this.memory.buffer);
    this.floats = new Float64Array(this.memory.buffer);
    this.onGrow();
    this.#release(before, this.#end);
  }
}

function orderOf(size_bytes: number): number {
  return Math.max(LEAST_ORDER, Math.ceil(Math.log2(Math.max(1, size_bytes))));
}

function outOfMemory(size_bytes: number, cause?: unknown): PeregrineError {
  return new PeregrineError(
    'OUT_OF_MEMORY',
    'The memory of the index is full: merge its segments, or give it to more shards.',
    { size_bytes },
    cause,
  );
}
