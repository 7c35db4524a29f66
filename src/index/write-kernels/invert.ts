/**
 * Inverts the postings of one part, as they were filed: numbers their terms in an open table, counts, orders terms by hash,
 * scatters postings and occurrences to their terms' places, for encode-terms.ts to make lists of.
 */

import { fillBytes, load32, store32 } from '../kernels/memory.ts';
import type { i32 } from '../kernels/types.ts';
import { emptied } from './buffers.ts';
import { closePart, giveBack } from './filed-chunks.ts';
import { copyFew } from './number-runs.ts';
import { sortTerms } from './sort-terms.ts';
import { findTerm } from './term-numbers.ts';
import {
  B_ADDRESS,
  B_USED,
  F_COUNT,
  F_DISTANCE_SHIFT,
  F_FAR,
  F_HAS_WORD,
  F_HEAD,
  F_HIGH,
  F_LINK,
  F_LOW,
  F_NEXT,
  FILED_BYTES,
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
  PART_SHIFT,
  T_DOCUMENT,
  T_LETTER_COUNT,
  T_LETTERS,
  T_OCCURRENCES,
  T_POSTINGS,
  TERM_SHIFT,
} from './write-layout.ts';

/** That copying a few occurrences writes again. */
const WORDS_BEHIND: i32 = 4;

/** Puts the terms of a part at hand in order and each posting in its place. What was filed is given back. */
export function invertPart(inversion: i32, part: i32): void {
  const place: i32 = part - load32(inversion + I_FIRST_PART);
  const first: i32 = closePart(load32(inversion + I_PARTS) + (place << PART_SHIFT));
  forgetTerms(inversion);
  countPostings(inversion, first);
  sortTerms(inversion);
  placeTerms(inversion);
  scatter(inversion, first);
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
function countPostings(inversion: i32, first: i32): void {
  let document: i32 = 0;
  let at: i32 = first;
  while (at !== 0) {
    const head: i32 = load32(at + F_HEAD);
    if (head === F_LINK) {
      at = load32(at + F_NEXT);
      continue;
    }
    const count: i32 = head & F_COUNT;
    const number: i32 = findTerm(inversion, load32(at + F_LOW), load32(at + F_HIGH));
    const term: i32 = load32(inversion + I_TERMS + B_ADDRESS) + (number << TERM_SHIFT);
    const filed: i32 = at;
    at += FILED_BYTES + (count << 2);
    const distance: i32 = (head >>> F_DISTANCE_SHIFT) & F_FAR;
    document += distance;
    if (distance === F_FAR) {
      document = load32(filed + FILED_BYTES);
      at += 4;
    }
    // A filter that is a term of the document too is left out.
    const counts: i32 = count > 0 || load32(term + T_DOCUMENT) !== document + 1 ? 1 : 0;
    store32(filed + F_LOW, counts === 1 ? number : -1);
    store32(term + T_POSTINGS, load32(term + T_POSTINGS) + counts);
    store32(term + T_OCCURRENCES, load32(term + T_OCCURRENCES) + count);
    store32(term + T_DOCUMENT, document + 1);
    if ((head & F_HAS_WORD) !== 0) {
      at += 8;
      if (load32(term + T_LETTER_COUNT) === 0) {
        const word: i32 = at - 8 - (count << 2);
        store32(term + T_LETTERS, load32(word));
        store32(term + T_LETTER_COUNT, load32(word + 4));
      }
    }
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
  emptied(inversion + I_OCCURRENCES, occurrence + WORDS_BEHIND);
}

function scatter(inversion: i32, first: i32): void {
  const table: i32 = load32(inversion + I_TERMS + B_ADDRESS);
  const placed: i32 = load32(inversion + I_POSTINGS + B_ADDRESS);
  const found: i32 = load32(inversion + I_OCCURRENCES + B_ADDRESS);
  let document: i32 = 0;
  let chunk: i32 = first;
  let at: i32 = first;
  while (at !== 0) {
    const head: i32 = load32(at + F_HEAD);
    if (head === F_LINK) {
      at = load32(at + F_NEXT);
      giveBack(inversion, chunk);
      chunk = at;
      continue;
    }
    const number: i32 = load32(at + F_LOW);
    const count: i32 = head & F_COUNT;
    let places: i32 = at + FILED_BYTES;
    const distance: i32 = (head >>> F_DISTANCE_SHIFT) & F_FAR;
    document += distance;
    if (distance === F_FAR) {
      document = load32(places);
      places += 4;
    }
    if ((head & F_HAS_WORD) !== 0) places += 8;
    at = places + (count << 2);
    if (number < 0) continue;
    const term: i32 = table + (number << TERM_SHIFT);
    const posting: i32 = load32(term + T_POSTINGS);
    const place: i32 = placed + (posting << 3);
    store32(place, document);
    store32(place + 4, count);
    store32(term + T_POSTINGS, posting + 1);
    const occurrence: i32 = load32(term + T_OCCURRENCES);
    store32(term + T_OCCURRENCES, occurrence + count);
    copyFew(found + (occurrence << 2), places, count);
  }
}
