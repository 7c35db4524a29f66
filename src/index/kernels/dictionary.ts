/** From a term's hash to its record. */

import { RECORD_BYTES, SEGMENT_LEAVES, SEGMENT_TOP } from './layout.ts';
import { load32 } from './memory.ts';
import { wordAddress } from './pages.ts';
import type { i32 } from './types.ts';

/** Flips the sign so that comparing signed numbers orders unsigned ones. */
const SIGN: i32 = -2147483648;

/** Word of the record of a term, or −1. Reads one page at most. */
export function findTerm(segment: i32, high: i32, low: i32): i32 {
  const top: i32 = load32(segment + SEGMENT_TOP);
  let first: i32 = 0;
  let past: i32 = load32(segment + SEGMENT_LEAVES);
  while (first < past) {
    const middle: i32 = (first + past) >> 1;
    if (isAtMost(top + (middle << 4), high, low) === 1) first = middle + 1;
    else past = middle;
  }
  if (first === 0) return -1;
  const leaf: i32 = top + ((first - 1) << 4);
  const word: i32 = load32(leaf + 8);
  const records: i32 = wordAddress(segment, word);
  first = 0;
  past = load32(leaf + 12);
  while (first < past) {
    const middle: i32 = (first + past) >> 1;
    if (isAtMost(records + middle * RECORD_BYTES, high, low) === 1) first = middle + 1;
    else past = middle;
  }
  if (first === 0) return -1;
  const record: i32 = records + (first - 1) * RECORD_BYTES;
  if (load32(record) !== high || load32(record + 4) !== low) return -1;
  return word + (first - 1) * (RECORD_BYTES >> 2);
}

/** 1 where the hash at `address` is not above the given one. */
function isAtMost(address: i32, high: i32, low: i32): i32 {
  const other: i32 = load32(address);
  if (other === high) return (load32(address + 4) ^ SIGN) <= (low ^ SIGN) ? 1 : 0;
  return (other ^ SIGN) < (high ^ SIGN) ? 1 : 0;
}
