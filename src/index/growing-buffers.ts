/** Buffers in linear memory that the kernels of writing fill and that grow as they do; see write-kernels/write-layout.ts. */

import type { KernelMemory } from './linear-memory.ts';
import { B_ADDRESS, B_USED, B_WORDS, BUFFER_BYTES } from './write-kernels/write-layout.ts';

const LEAST_WORDS = 256;

/** Gives a buffer room for `words` words, more than it has; what it holds stays. */
export function growBuffer(linear: KernelMemory, buffer: number, words: number): void {
  const known = linear.words[(buffer + B_ADDRESS) >> 2] as number;
  const used = linear.words[(buffer + B_USED) >> 2] as number;
  // The allocator gives powers of two.
  const size_words = 2 ** Math.ceil(Math.log2(Math.max(LEAST_WORDS, words)));
  const address = linear.allocate(size_words * 4);
  if (known !== 0) {
    linear.words.copyWithin(address >> 2, known >> 2, (known >> 2) + used);
    linear.free(known);
  }
  linear.words[(buffer + B_ADDRESS) >> 2] = address;
  linear.words[(buffer + B_WORDS) >> 2] = size_words;
}

/** Frees `count` buffers that stand one behind the other. */
export function freeBuffers(linear: KernelMemory, first: number, count: number): void {
  for (let buffer = first; buffer < first + count * BUFFER_BYTES; buffer += BUFFER_BYTES) {
    const address = linear.words[(buffer + B_ADDRESS) >> 2] as number;
    if (address !== 0) linear.free(address);
  }
}

/** The words that a buffer holds; a view, until memory is asked for again. */
export function heldWords(linear: KernelMemory, buffer: number): Int32Array {
  const from = (linear.words[(buffer + B_ADDRESS) >> 2] as number) >> 2;
  return linear.words.subarray(from, from + (linear.words[(buffer + B_USED) >> 2] as number));
}

export function emptyBuffer(linear: KernelMemory, buffer: number): void {
  linear.words[(buffer + B_USED) >> 2] = 0;
}
