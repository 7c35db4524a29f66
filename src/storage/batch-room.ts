/**
 * Memory in which batches of many bytes are built, given to the next ones when they are applied: new megabytes are dear
 * to make and to collect. Those of many records stand in a linear memory, where a kernel hashes them as frames of the log.
 */

import { type FrameHeader, sealFrame } from './log-frame.ts';
import { KernelScratch } from './memtable-memory.ts';

/** Smaller and larger arrays, and more of them, are not kept. */
const MIN_SPARE_BYTES: number = 4 * 1024;
const MAX_SPARE_BYTES: number = 2 * 1024 * 1024;
const MAX_SPARES_BYTES: number = 8 * 1024 * 1024;
const spares: Uint8Array[] = [];
let spares_bytes = 0;

/** From so many bytes on a kernel's hash is worth its memory, and up to so many it has one. */
const MIN_HASHED_BYTES: number = 32 * 1024;
const MAX_HASHED_BYTES: number = 2 * 1024 * 1024;
/** Memories that are made: of a larger number of batches on their way some have arrays. */
const MAX_MEMORIES = 8;
let memories = 0;
const spareMemories: KernelScratch[] = [];

/** An array for so many bytes. */
export function arrayFor(size_bytes: number): Uint8Array {
  const at = spares.findIndex(({ length }) => length >= size_bytes && length <= 4 * size_bytes);
  if (at >= 0) {
    const [spare = NO_BYTES] = spares.splice(at, 1);
    spares_bytes -= spare.length;
    return spare;
  }
  // Every byte that counts is written: zeros would be written for nothing.
  return new Uint8Array(Buffer.allocUnsafeSlow(size_bytes).buffer);
}

/** Nobody looks at it any more. */
export function giveBackArray(bytes: Uint8Array): void {
  if (bytes.length <= MIN_SPARE_BYTES || bytes.length > MAX_SPARE_BYTES) return;
  if (spares_bytes + bytes.length > MAX_SPARES_BYTES) return;
  spares.push(bytes);
  spares_bytes += bytes.length;
}

const NO_BYTES = new Uint8Array(0);

/** A place for one frame. */
export class BatchRoom {
  readonly bytes: Uint8Array;
  /** Where the frame begins, and where its room ends. */
  readonly base: number;
  readonly end: number;
  readonly #memory: KernelScratch | undefined;

  private constructor(bytes: Uint8Array, base: number, end: number, memory?: KernelScratch) {
    this.bytes = bytes;
    this.base = base;
    this.end = end;
    this.#memory = memory;
  }

  /** Has at least `size_bytes`. */
  static take(size_bytes: number): BatchRoom {
    const memory = size_bytes < MIN_HASHED_BYTES || size_bytes > MAX_HASHED_BYTES ? undefined : takeMemory();
    if (memory === undefined) {
      const bytes = arrayFor(size_bytes);
      return new BatchRoom(bytes, 0, bytes.length);
    }
    const [base = 0] = memory.areas;
    return new BatchRoom(memory.bytes, base, base + MAX_HASHED_BYTES, memory);
  }

  /** Head, padding and checksum of the frame in it that begins at `at`. */
  seal(at: number, header: FrameHeader, payload_bytes: number, salt: number): void {
    const memory = this.#memory;
    if (memory === undefined) {
      sealFrame(this.bytes, at, header, payload_bytes, salt);
      return;
    }
    const { generation, seq, durableSeq } = header;
    for (let i = 0; i < 4; i++) memory.bytes[at + i] = payload_bytes >>> (8 * i);
    memory.kernels.sealHashed(
      at,
      generation,
      seq % 2 ** 32,
      Math.floor(seq / 2 ** 32),
      durableSeq % 2 ** 32,
      Math.floor(durableSeq / 2 ** 32),
      salt,
    );
  }

  giveBack(): void {
    if (this.#memory === undefined) giveBackArray(this.bytes);
    else spareMemories.push(this.#memory);
  }
}

/** What nobody writes to takes no room of the system's. One whose batch was refused does not come back. */
function takeMemory(): KernelScratch | undefined {
  const spare = spareMemories.pop();
  if (spare !== undefined || memories === MAX_MEMORIES) return spare;
  memories += 1;
  return new KernelScratch([MAX_HASHED_BYTES]);
}
