/** Packs the distances between positions of a block; plain form. In 64 bits, without branches: assembly/gap-packing.ts. */

import { fillBytes, load32, store32 } from '../kernels/memory.ts';
import type { i32 } from '../kernels/types.ts';

export const WORDS_BEHIND: i32 = 4;

/**
 * Packs `count` numbers into `words` words at `to`: `width` lower bits of each, then each upper part in unary. There is room for
 * {@link WORDS_BEHIND} words more, which may be written.
 */
export function packGaps(from: i32, count: i32, width: i32, to: i32, words: i32): void {
  const past: i32 = from + (count << 2);
  const mask: i32 = (1 << width) - 1;
  const firstUpper: i32 = count * width;
  // A one ends each upper part: what lies between stays zero.
  fillBytes(to, 0, words << 2);
  let target: i32 = to;
  let shift: i32 = 0;
  let word: i32 = 0;
  let upper: i32 = to + ((firstUpper >>> 5) << 2);
  let bit: i32 = firstUpper & 31;
  let ones: i32 = 0;
  for (let at: i32 = from; at < past; at += 4) {
    const number: i32 = load32(at);
    const value: i32 = number & mask;
    word = word | (value << shift);
    shift += width;
    if (shift >= 32) {
      store32(target, word);
      target += 4;
      shift -= 32;
      word = shift === 0 ? 0 : value >>> (width - shift);
    }
    bit += number >>> width;
    if (bit > 31) {
      store32(upper, ones);
      upper += (bit >>> 5) << 2;
      bit = bit & 31;
      ones = 0;
    }
    ones = ones | (1 << bit);
    bit++;
  }
  if (ones !== 0) store32(upper, ones);
  // The first upper parts may stand in the last word of the lower ones.
  if (shift > 0) store32(target, load32(target) | word);
}
