/** Numbers terms in the order in which they are met: an open table over their hashes. */

import { fillBytes, load32, store32 } from '../kernels/memory.ts';
import type { i32 } from '../kernels/types.ts';
import { emptied, reserve, take } from './buffers.ts';
import {
  B_ADDRESS,
  B_USED,
  I_TABLE,
  I_TERM_COUNT,
  I_TERMS,
  T_HIGH,
  T_LOW,
  TERM_SHIFT,
} from './write-layout.ts';

const FIRST_PLACES: i32 = 1024;
const TERM_WORDS: i32 = 1 << (TERM_SHIFT - 2);

/** The number of a term; a new one where it was not met yet. */
export function findTerm(inversion: i32, low: i32, high: i32): i32 {
  const count: i32 = load32(inversion + I_TERM_COUNT);
  if (count << 1 >= load32(inversion + I_TABLE + B_USED)) growTable(inversion, count);
  const table: i32 = load32(inversion + I_TABLE + B_ADDRESS);
  const known: i32 = load32(inversion + I_TERMS + B_ADDRESS);
  const mask: i32 = load32(inversion + I_TABLE + B_USED) - 1;
  let place: i32 = (low ^ (high >>> 7)) & mask;
  for (;;) {
    const number: i32 = load32(table + (place << 2)) - 1;
    if (number < 0) break;
    const term: i32 = known + (number << TERM_SHIFT);
    if (load32(term + T_LOW) === low && load32(term + T_HIGH) === high) return number;
    place = (place + 1) & mask;
  }
  store32(table + (place << 2), count + 1);
  const term: i32 = reserve(inversion + I_TERMS, TERM_WORDS);
  take(inversion + I_TERMS, TERM_WORDS);
  store32(term + T_LOW, low);
  store32(term + T_HIGH, high);
  for (let at: i32 = T_HIGH + 4; at < 1 << TERM_SHIFT; at += 4) store32(term + at, 0);
  store32(inversion + I_TERM_COUNT, count + 1);
  return count;
}

/** Doubles the table; at least two places a term. */
function growTable(inversion: i32, count: i32): void {
  let places: i32 = load32(inversion + I_TABLE + B_USED) << 1;
  if (places < FIRST_PLACES) places = FIRST_PLACES;
  const table: i32 = emptied(inversion + I_TABLE, places);
  take(inversion + I_TABLE, places);
  fillBytes(table, 0, places << 2);
  const known: i32 = load32(inversion + I_TERMS + B_ADDRESS);
  for (let number: i32 = 0; number < count; number++) {
    const term: i32 = known + (number << TERM_SHIFT);
    let place: i32 = (load32(term + T_LOW) ^ (load32(term + T_HIGH) >>> 7)) & (places - 1);
    while (load32(table + (place << 2)) !== 0) place = (place + 1) & (places - 1);
    store32(table + (place << 2), number + 1);
  }
}
