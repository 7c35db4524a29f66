/** Linear memory as a query thread sees it: all to read, one range of it to give away. */

import { PeregrineError, type WasmMemory } from '../../base/index.ts';
import type { KernelMemory } from '../linear-memory.ts';
import { PieceAllocator } from '../piece-allocator.ts';
import type { MemoryRange } from './thread-messages.ts';

export class ThreadMemory implements KernelMemory {
  readonly memory: WasmMemory<ArrayBufferLike>;
  readonly isShared = true;
  words: Int32Array;
  bytes: Uint8Array;
  floats: Float64Array;
  onGrow: () => void = () => undefined;
  readonly #pieces = new PieceAllocator();

  constructor(memory: WasmMemory<ArrayBufferLike>, { address, size_bytes }: MemoryRange) {
    this.memory = memory;
    this.words = new Int32Array(memory.buffer);
    this.bytes = new Uint8Array(memory.buffer);
    this.floats = new Float64Array(memory.buffer);
    this.#pieces.extend(address, address + size_bytes);
  }

  /** Sees what the main thread has made the memory larger by. */
  refresh(): void {
    const { buffer } = this.memory;
    if (buffer.byteLength === this.bytes.length) return;
    this.words = new Int32Array(buffer);
    this.bytes = new Uint8Array(buffer);
    this.floats = new Float64Array(buffer);
  }

  /** `OUT_OF_MEMORY` where the range is full: the main thread has more. */
  allocate(size_bytes: number): number {
    const address = this.#pieces.take(size_bytes);
    if (address !== undefined) return address;
    throw new PeregrineError('OUT_OF_MEMORY', 'A search needs more memory than a query thread has.', {
      size_bytes,
    });
  }

  allocateZeroed(size_bytes: number): number {
    const address = this.allocate(size_bytes);
    this.bytes.fill(0, address, address + size_bytes);
    return address;
  }

  free(address: number): void {
    this.#pieces.giveBack(address);
  }
}
