/** Orders terms by their hashes: by the upper halves digit by digit, what is equal there by insertion. */

import { fillBytes, load32, store32 } from '../kernels/memory.ts';
import type { i32 } from '../kernels/types.ts';
import { emptied, take } from './buffers.ts';
import {
  B_ADDRESS,
  I_ORDER,
  I_SORTING,
  I_TERM_COUNT,
  I_TERMS,
  T_HIGH,
  T_LOW,
  TERM_SHIFT,
} from './write-layout.ts';

const DIGIT_BITS: i32 = 11;
const DIGITS: i32 = 1 << DIGIT_BITS;
const SIGN: i32 = -2147483648;

/** Fills I_ORDER with the numbers of all terms. */
export function sortTerms(inversion: i32): void {
  const count: i32 = load32(inversion + I_TERM_COUNT);
  const terms: i32 = load32(inversion + I_TERMS + B_ADDRESS);
  const size: i32 = count << 3;
  // Pairs of upper half and number, twice; behind them the counts of a digit.
  const first: i32 = emptied(inversion + I_SORTING, (count << 2) + DIGITS);
  const second: i32 = first + size;
  const counts: i32 = second + size;
  for (let number: i32 = 0; number < count; number++) {
    store32(first + (number << 3), load32(terms + (number << TERM_SHIFT) + T_HIGH));
    store32(first + (number << 3) + 4, number);
  }
  sortDigit(first, second, counts, count, 0);
  sortDigit(second, first, counts, count, DIGIT_BITS);
  sortDigit(first, second, counts, count, DIGIT_BITS << 1);
  const order: i32 = emptied(inversion + I_ORDER, count);
  take(inversion + I_ORDER, count);
  for (let rank: i32 = 0; rank < count; rank++) {
    const number: i32 = load32(second + (rank << 3) + 4);
    const high: i32 = load32(second + (rank << 3));
    const low: i32 = load32(terms + (number << TERM_SHIFT) + T_LOW) ^ SIGN;
    let place: i32 = rank;
    while (place > 0 && load32(second + ((place - 1) << 3)) === high) {
      const before: i32 = load32(order + ((place - 1) << 2));
      if ((load32(terms + (before << TERM_SHIFT) + T_LOW) ^ SIGN) < low) break;
      store32(order + (place << 2), before);
      place--;
    }
    store32(order + (place << 2), number);
  }
}

function sortDigit(from: i32, to: i32, counts: i32, count: i32, shift: i32): void {
  fillBytes(counts, 0, DIGITS << 2);
  for (let i: i32 = 0; i < count; i++) {
    const digit: i32 = counts + (((load32(from + (i << 3)) >>> shift) & (DIGITS - 1)) << 2);
    store32(digit, load32(digit) + 1);
  }
  let sum: i32 = 0;
  for (let digit: i32 = counts; digit < counts + (DIGITS << 2); digit += 4) {
    const own: i32 = load32(digit);
    store32(digit, sum);
    sum += own;
  }
  for (let i: i32 = 0; i < count; i++) {
    const high: i32 = load32(from + (i << 3));
    const digit: i32 = counts + (((high >>> shift) & (DIGITS - 1)) << 2);
    const place: i32 = load32(digit);
    store32(digit, place + 1);
    store32(to + (place << 3), high);
    store32(to + (place << 3) + 4, load32(from + (i << 3) + 4));
  }
}
