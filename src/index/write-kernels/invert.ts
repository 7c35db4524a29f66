/**
 * Inverts the postings of one part, as they were filed: numbers their terms in an open table, counts, orders terms by hash,
 * scatters postings and occurrences to their terms' places, for encode-terms.ts to make lists of.
 */

import { copyBytes, fillBytes, load32, store32 } from '../kernels/memory.ts';
import type { i32 } from '../kernels/types.ts';
import { emptied } from './buffers.ts';
import { sortTerms } from './sort-terms.ts';
import { findTerm } from './term-numbers.ts';
import {
  B_ADDRESS,
  B_USED,
  F_COUNT,
  F_DOCUMENT,
  F_HAS_WORD,
  F_HIGH,
  F_IS_ONE,
  F_LOW,
  F_OCCURRENCES,
  FILED_WORDS,
  I_FIRST_PART,
  I_OCCURRENCE,
  I_OCCURRENCES,
  I_ORDER,
  I_PARTS,
  I_POSTING,
  I_POSTINGS,
  I_RANK,
  I_TABLE,
  I_TERM_COUNT,
  I_TERMS,
  T_DOCUMENT,
  T_LETTER_COUNT,
  T_LETTERS,
  T_OCCURRENCES,
  T_POSTINGS,
  TERM_SHIFT,
} from './write-layout.ts';

/** Puts the terms of a part at hand in order and each posting in its place. Afterwards its buffer is not needed. */
export function invertPart(inversion: i32, part: i32): void {
  const buffer: i32 = load32(inversion + I_PARTS) + ((part - load32(inversion + I_FIRST_PART)) << 4);
  const from: i32 = load32(buffer + B_ADDRESS);
  const past: i32 = from + (load32(buffer + B_USED) << 2);
  forgetTerms(inversion);
  countPostings(inversion, from, past);
  sortTerms(inversion);
  placeTerms(inversion);
  scatter(inversion, from, past);
  store32(inversion + I_RANK, 0);
  store32(inversion + I_POSTING, 0);
  store32(inversion + I_OCCURRENCE, 0);
}

/** Those of the part before. Their table stays as large: parts are much alike. */
function forgetTerms(inversion: i32): void {
  store32(inversion + I_TERM_COUNT, 0);
  store32(inversion + I_TERMS + B_USED, 0);
  fillBytes(load32(inversion + I_TABLE + B_ADDRESS), 0, load32(inversion + I_TABLE + B_USED) << 2);
}

/** Numbers terms and counts what they have. */
function countPostings(inversion: i32, from: i32, past: i32): void {
  let at: i32 = from;
  while (at < past) {
    const document: i32 = load32(at + F_DOCUMENT);
    const head: i32 = load32(at + F_COUNT);
    const isOne: boolean = (head & F_IS_ONE) !== 0;
    const count: i32 = isOne ? 1 : head & F_OCCURRENCES;
    const number: i32 = findTerm(inversion, load32(at + F_LOW), load32(at + F_HIGH));
    const term: i32 = load32(inversion + I_TERMS + B_ADDRESS) + (number << TERM_SHIFT);
    // A filter that is a term of the document too is left out.
    const counts: i32 = count > 0 || load32(term + T_DOCUMENT) !== document + 1 ? 1 : 0;
    store32(at + F_LOW, counts === 1 ? number : -1);
    store32(term + T_POSTINGS, load32(term + T_POSTINGS) + counts);
    store32(term + T_OCCURRENCES, load32(term + T_OCCURRENCES) + count);
    store32(term + T_DOCUMENT, document + 1);
    at += FILED_WORDS << 2;
    if ((head & F_HAS_WORD) !== 0) {
      if (load32(term + T_LETTER_COUNT) === 0) {
        store32(term + T_LETTERS, load32(at));
        store32(term + T_LETTER_COUNT, load32(at + 4));
      }
      at += 8;
    }
    if (!isOne) at += count << 2;
  }
}

/** From numbers of postings and occurrences to the places of the first, terms in the order of their hashes. */
function placeTerms(inversion: i32): void {
  const table: i32 = load32(inversion + I_TERMS + B_ADDRESS);
  const order: i32 = load32(inversion + I_ORDER + B_ADDRESS);
  const count: i32 = load32(inversion + I_TERM_COUNT);
  let posting: i32 = 0;
  let occurrence: i32 = 0;
  for (let rank: i32 = 0; rank < count; rank++) {
    const term: i32 = table + (load32(order + (rank << 2)) << TERM_SHIFT);
    const documents: i32 = load32(term + T_POSTINGS);
    const occurrences: i32 = load32(term + T_OCCURRENCES);
    store32(term + T_POSTINGS, posting);
    store32(term + T_OCCURRENCES, occurrence);
    posting += documents;
    occurrence += occurrences;
  }
  emptied(inversion + I_POSTINGS, posting << 1);
  emptied(inversion + I_OCCURRENCES, occurrence);
}

function scatter(inversion: i32, from: i32, past: i32): void {
  const table: i32 = load32(inversion + I_TERMS + B_ADDRESS);
  const placed: i32 = load32(inversion + I_POSTINGS + B_ADDRESS);
  const found: i32 = load32(inversion + I_OCCURRENCES + B_ADDRESS);
  let at: i32 = from;
  while (at < past) {
    const number: i32 = load32(at + F_LOW);
    const document: i32 = load32(at + F_DOCUMENT);
    const head: i32 = load32(at + F_COUNT);
    const isOne: boolean = (head & F_IS_ONE) !== 0;
    const count: i32 = isOne ? 1 : head & F_OCCURRENCES;
    at += (head & F_HAS_WORD) === 0 ? FILED_WORDS << 2 : (FILED_WORDS + 2) << 2;
    if (number >= 0) {
      const term: i32 = table + (number << TERM_SHIFT);
      const posting: i32 = load32(term + T_POSTINGS);
      const place: i32 = placed + (posting << 3);
      store32(place, document);
      store32(place + 4, count);
      store32(term + T_POSTINGS, posting + 1);
      const occurrence: i32 = load32(term + T_OCCURRENCES);
      store32(term + T_OCCURRENCES, occurrence + count);
      const to: i32 = found + (occurrence << 2);
      // Most are few.
      if (isOne) store32(to, head & F_OCCURRENCES);
      else if (count < 16) for (let i: i32 = 0; i < count << 2; i += 4) store32(to + i, load32(at + i));
      else copyBytes(to, at, count << 2);
    }
    if (!isOne) at += count << 2;
  }
}
