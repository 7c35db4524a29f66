/** The memory that kernels compute on, and who has which piece of it. */

import { PeregrineError, type WasmMemory, webAssembly } from '../base/index.ts';
import { orderOf, PieceAllocator } from './piece-allocator.ts';

/** Below this stand the bytes that kernels know by address (see kernels/layout.ts). */
const RESERVED_BYTES = 256 * 1024;
const START_BYTES = 1024 * 1024;
const WASM_PAGE_BYTES = 65_536;
/**
 * Memory doubles, up to steps of this: V8 takes all of it for new each time, and collects its heap where that is more than
 * eight megabytes. What nobody has used yet takes no room.
 */
const MOST_GROWTH_BYTES = 64 * 1024 * 1024;
const MOST_EXPECTED_BYTES = 256 * 1024 * 1024;
const MOST_WASM_PAGES = 32_768;
/** Addresses are signed numbers in the kernels. */
const MOST_MEMORY_BYTES: number = 2 ** 31 - WASM_PAGE_BYTES;

/** Memory that kernels compute on, as one thread sees it, with the pieces of it that are this thread's to give. */
export interface KernelMemory {
  readonly memory: WasmMemory<ArrayBufferLike>;
  readonly isShared: boolean;
  readonly words: Int32Array;
  readonly bytes: Uint8Array;
  readonly floats: Float64Array;
  /** Called after the memory has moved. */
  onGrow: () => void;
  /** Address of `size_bytes` bytes with whatever was there before, aligned to 64 (frames of 16 KiB to their size). */
  allocate(size_bytes: number): number;
  /** The same, all zero. */
  allocateZeroed(size_bytes: number): number;
  free(address: number): void;
}

export class LinearMemory implements KernelMemory {
  readonly memory: WasmMemory<ArrayBufferLike>;
  readonly isShared: boolean;
  words: Int32Array;
  bytes: Uint8Array;
  floats: Float64Array;
  onGrow: () => void = () => undefined;
  readonly #pieces = new PieceAllocator();
  #end: number;

  /**
   * `isShared`: other threads compute on it, too. Copying and clearing it from JavaScript takes several times as long then.
   * `expected_bytes` will be asked for in time: there from the beginning, they take no room until then, and no growing.
   */
  constructor(isShared = false, expected_bytes = 0) {
    this.isShared = isShared;
    const pages = Math.ceil((START_BYTES + Math.min(expected_bytes, MOST_EXPECTED_BYTES)) / WASM_PAGE_BYTES);
    this.#end = pages * WASM_PAGE_BYTES;
    this.memory = new webAssembly.Memory({
      initial: pages,
      maximum: MOST_WASM_PAGES,
      shared: isShared,
    });
    this.words = new Int32Array(this.memory.buffer);
    this.bytes = new Uint8Array(this.memory.buffer);
    this.floats = new Float64Array(this.memory.buffer);
    this.#pieces.extend(RESERVED_BYTES, this.#end);
  }

  get allocated_bytes(): number {
    return this.#pieces.allocated_bytes;
  }

  allocate(size_bytes: number): number {
    const address = this.#pieces.take(size_bytes);
    if (address !== undefined) return address;
    this.#grow(2 ** orderOf(size_bytes));
    return this.allocate(size_bytes);
  }

  allocateZeroed(size_bytes: number): number {
    const address = this.allocate(size_bytes);
    this.bytes.fill(0, address, address + size_bytes);
    return address;
  }

  free(address: number): void {
    this.#pieces.giveBack(address);
  }

  #grow(size_bytes: number): void {
    const aligned = Math.ceil(this.#end / size_bytes) * size_bytes + size_bytes;
    const usual_bytes = Math.min(MOST_GROWTH_BYTES, this.#end);
    // What is beyond the bound is asked for only where it is needed.
    const end = Math.max(aligned, Math.min(this.#end + usual_bytes, MOST_MEMORY_BYTES));
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
    this.#pieces.extend(before, this.#end);
  }
}

function outOfMemory(size_bytes: number, cause?: unknown): PeregrineError {
  return new PeregrineError(
    'OUT_OF_MEMORY',
    'The memory of the index is full: merge its segments, or give it to more shards.',
    { size_bytes },
    cause,
  );
}
