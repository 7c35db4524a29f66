/** Buffers that grow; their owner gives them memory and takes it back. */

import { grow, load32, store32 } from '../kernels/memory.ts';
import type { i32 } from '../kernels/types.ts';
import { B_ADDRESS, B_USED, B_WORDS } from './write-layout.ts';

/** Room for `words` more words; returns the address of the first. */
export function reserve(buffer: i32, words: i32): i32 {
  const used: i32 = load32(buffer + B_USED);
  if (used + words > load32(buffer + B_WORDS)) grow(buffer, used + words);
  return load32(buffer + B_ADDRESS) + (used << 2);
}

/** Room for `words` words in all, whatever they hold. */
export function emptied(buffer: i32, words: i32): i32 {
  store32(buffer + B_USED, 0);
  return reserve(buffer, words);
}

/** Room for `words` words in all; what was used stays, and all of them count as used. */
export function extended(buffer: i32, words: i32): i32 {
  if (words > load32(buffer + B_WORDS)) grow(buffer, words);
  store32(buffer + B_USED, words);
  return load32(buffer + B_ADDRESS);
}

export function take(buffer: i32, words: i32): void {
  store32(buffer + B_USED, load32(buffer + B_USED) + words);
}

/** A few words. */
export function copyWords(to: i32, from: i32, words: i32): void {
  for (let at: i32 = 0; at < words << 2; at += 4) store32(to + at, load32(from + at));
}
