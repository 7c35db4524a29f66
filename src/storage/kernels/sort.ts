/**
 * Sorts operations by their keys: by four bytes in which the keys differ, a digit of eleven bits after the other, and
 * what is alike in those by the whole key. Operations on the same key stay in the order in which they came.
 */

import { compareBytes, copyBytes, differingBytes, load32, load8, store32 } from './memory.ts';
import type { i32 } from './types.ts';

/** A byte for each of a key, and a few more. */
const DIFFERING_BYTES = 72;
const DIGITS = 2048;
const DIGITS_BYTES = 8192;
/** Scratch, but for two entries of eight bytes an operation: a head of four bytes of the key, and the operation. */
export const SORT_BYTES: i32 = 32 + DIFFERING_BYTES + 3 * DIGITS_BYTES;
/** So many are sorted one into the other. */
const SHORT_RUN = 12;

/** Addresses of operations at `operations`, sorted as entries with the address behind a head; returns where they are. */
export function sortByKey(operations: i32, count: i32, keyBytes: i32, scratch: i32): i32 {
  const differing: i32 = scratch;
  const digits: i32 = scratch + DIFFERING_BYTES;
  let from: i32 = (digits + 3 * DIGITS_BYTES + 7) & ~7;
  let to: i32 = from + count * 8;
  const last: i32 = keyBytes - 1;
  for (let at: i32 = 0; at < DIFFERING_BYTES + 3 * DIGITS_BYTES; at += 4) store32(scratch + at, 0);
  const first: i32 = load32(operations) + 1;
  for (let i: i32 = 1; i < count; i++)
    differingBytes(differing, first, load32(operations + i * 4) + 1, keyBytes);
  // The first four places; where there are fewer, the last of them again, which changes no order.
  let found: i32 = 0;
  let p0: i32 = 0;
  let p1: i32 = 0;
  let p2: i32 = 0;
  let p3: i32 = 0;
  for (let place: i32 = 0; place < keyBytes; place++) {
    const bits: i32 = place === last ? load8(differing + place) & 254 : load8(differing + place);
    if (bits === 0) continue;
    if (found === 0) p0 = place;
    if (found <= 1) p1 = place;
    if (found <= 2) p2 = place;
    if (found <= 3) p3 = place;
    found += 1;
  }
  // The lowest bit of the last byte tells a record from a tombstone only.
  const ignored: i32 =
    (p0 === last ? 16777216 : 0) |
    (p1 === last ? 65536 : 0) |
    (p2 === last ? 256 : 0) |
    (p3 === last ? 1 : 0);
  for (let i: i32 = 0; i < count; i++) {
    const operation = load32(operations + i * 4);
    const key: i32 = operation + 1;
    const upper: i32 = (load8(key + p0) << 24) | (load8(key + p1) << 16);
    const head: i32 = upper | (load8(key + p2) << 8) | load8(key + p3) | ignored;
    store32(from + i * 8, head);
    store32(from + i * 8 + 4, operation);
    countDigit(digits, head & 2047);
    countDigit(digits + DIGITS_BYTES, (head >>> 11) & 2047);
    countDigit(digits + 2 * DIGITS_BYTES, head >>> 22);
  }
  for (let digit: i32 = 0; digit < 3; digit++) {
    const counts: i32 = digits + digit * DIGITS_BYTES;
    const shift: i32 = digit * 11;
    // All alike: nothing would move.
    if (load32(counts + ((load32(from) >>> shift) & 2047) * 4) === count) continue;
    distribute(from, to, count, counts, shift);
    const sorted = to;
    to = from;
    from = sorted;
  }
  if (found > 4) sortAlike(from, to, count, keyBytes);
  return from;
}

function countDigit(counts: i32, digit: i32): void {
  store32(counts + digit * 4, load32(counts + digit * 4) + 1);
}

/** By one digit; entries with the same stay in their order. */
function distribute(from: i32, to: i32, count: i32, counts: i32, shift: i32): void {
  let before: i32 = 0;
  for (let digit: i32 = 0; digit < DIGITS; digit++) {
    const here = load32(counts + digit * 4);
    store32(counts + digit * 4, before);
    before += here;
  }
  for (let i: i32 = 0; i < count; i++) {
    const head = load32(from + i * 8);
    const counter: i32 = counts + ((head >>> shift) & 2047) * 4;
    const place = load32(counter);
    store32(counter, place + 1);
    store32(to + place * 8, head);
    store32(to + place * 8 + 4, load32(from + i * 8 + 4));
  }
}

/** Entries whose heads are alike, by the whole key. */
function sortAlike(entries: i32, scratch: i32, count: i32, keyBytes: i32): void {
  let begin: i32 = 0;
  while (begin < count) {
    const head = load32(entries + begin * 8);
    let end: i32 = begin + 1;
    while (end < count && load32(entries + end * 8) === head) end += 1;
    if (end - begin > 1) sortRun(entries + begin * 8, scratch, end - begin, keyBytes);
    begin = end;
  }
}

/** Short runs, and those merged, twice as long each time. Heads are alike: only operations move. */
function sortRun(entries: i32, scratch: i32, count: i32, keyBytes: i32): void {
  for (let begin: i32 = 0; begin < count; begin += SHORT_RUN) {
    const end: i32 = begin + SHORT_RUN < count ? begin + SHORT_RUN : count;
    for (let i: i32 = begin + 1; i < end; i++) {
      const operation = load32(entries + i * 8 + 4);
      let at: i32 = i;
      while (at > begin && compareKeysOf(load32(entries + at * 8 - 4), operation, keyBytes) > 0) {
        store32(entries + at * 8 + 4, load32(entries + at * 8 - 4));
        at -= 1;
      }
      store32(entries + at * 8 + 4, operation);
    }
  }
  for (let width: i32 = SHORT_RUN; width < count; width *= 2) {
    for (let begin: i32 = 0; begin + width < count; begin += 2 * width) {
      const rest: i32 = count - begin - width;
      mergeRuns(entries + begin * 8, width, rest < width ? rest : width, scratch, keyBytes);
    }
  }
}

function mergeRuns(entries: i32, left: i32, right: i32, scratch: i32, keyBytes: i32): void {
  copyBytes(scratch, entries, left * 8);
  let a: i32 = scratch;
  const endA: i32 = scratch + left * 8;
  let b: i32 = entries + left * 8;
  const endB: i32 = b + right * 8;
  let out: i32 = entries;
  while (a < endA) {
    const takesB: i32 = b < endB && compareKeysOf(load32(a + 4), load32(b + 4), keyBytes) > 0 ? 1 : 0;
    if (takesB === 1) {
      store32(out + 4, load32(b + 4));
      b += 8;
    } else {
      store32(out + 4, load32(a + 4));
      a += 8;
    }
    out += 8;
  }
}

/** Order of the keys of two operations, whether records or tombstones. */
function compareKeysOf(a: i32, b: i32, keyBytes: i32): i32 {
  const order = compareBytes(a + 1, b + 1, keyBytes - 1);
  return order !== 0 ? order : (load8(a + keyBytes) | 1) - (load8(b + keyBytes) | 1);
}
