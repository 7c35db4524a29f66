/** A document whose words are all posted, ordered by the hashes of its terms. */

import {
  S_BUCKETS,
  S_HASHES,
  S_ID_COUNT,
  S_IDS,
  S_LENGTHS,
  S_LETTERS,
  S_LETTERS_OUT,
  S_LISTS,
  S_ORDER,
  S_PLACE_OF,
  S_POSITION_COUNT,
  S_POSITION_STARTS,
  S_POSITIONS,
  S_POSTING_COUNT,
  S_POSTINGS,
  S_TERM_COUNT,
  S_TERMS,
  S_WORD_COUNT,
  S_WORDS,
  TERM_BYTES,
  TERM_HIGH,
  TERM_LETTER_COUNT,
  TERM_LETTERS,
} from './layout.ts';
import { fillBytes, isBelow, leadingZeros, load32, load8, store32, store8, writeNumber } from './memory.ts';
import type { i32 } from './types.ts';

/** Hashes whose highest bits are the same: of real words a few. */
const MAX_BUCKET: i32 = 64;

/** Counts the positions of all terms: how much room the sorted document needs. */
export function countPositions(): i32 {
  const words = load32(S_WORDS);
  const count = load32(S_WORD_COUNT);
  let positions: i32 = 0;
  for (let word: i32 = 0; word < count; word++) {
    const at: i32 = words + (word << 3);
    const end: i32 = word + 1 < count ? load32(at + 12) : load32(S_TERM_COUNT);
    positions += load32(at) * (end - load32(at + 4));
  }
  store32(S_POSITION_COUNT, positions);
  return positions;
}

/**
 * Ids by hash into S_ORDER: into as many buckets as there are hashes, by their highest bits, and each where it belongs in
 * its bucket. False where words were made up so that many fall into one.
 */
export function sortTerms(): boolean {
  const count = load32(S_ID_COUNT);
  const ids = load32(S_IDS);
  const order = load32(S_ORDER);
  const buckets = load32(S_BUCKETS);
  const zeros = leadingZeros(count);
  const shift: i32 = zeros < 31 ? zeros : 31;
  const bucketCount: i32 = 1 << (32 - shift);
  fillBytes(buckets, 0, (bucketCount + 1) << 2);
  for (let id: i32 = 0; id < count; id++) {
    const bucket: i32 = buckets + (((load32(ids + id * TERM_BYTES + TERM_HIGH) >>> shift) + 1) << 2);
    const size: i32 = load32(bucket) + 1;
    if (size > MAX_BUCKET) return false;
    store32(bucket, size);
  }
  for (let i: i32 = 1; i <= bucketCount; i++) {
    store32(buckets + (i << 2), load32(buckets + (i << 2)) + load32(buckets + ((i - 1) << 2)));
  }
  for (let id: i32 = 0; id < count; id++) {
    const bucket: i32 = buckets + ((load32(ids + id * TERM_BYTES + TERM_HIGH) >>> shift) << 2);
    const place = load32(bucket);
    store32(order + (place << 2), id);
    store32(bucket, place + 1);
  }
  for (let i: i32 = 1; i < count; i++) {
    const id = load32(order + (i << 2));
    let at: i32 = i;
    while (at > 0 && isBefore(ids, id, load32(order + ((at - 1) << 2)))) {
      store32(order + (at << 2), load32(order + ((at - 1) << 2)));
      at -= 1;
    }
    store32(order + (at << 2), id);
  }
  return true;
}

function isBefore(ids: i32, a: i32, b: i32): boolean {
  const one: i32 = ids + a * TERM_BYTES;
  const other: i32 = ids + b * TERM_BYTES;
  const high = load32(one + TERM_HIGH);
  const otherHigh = load32(other + TERM_HIGH);
  return high === otherHigh ? isBelow(load32(one), load32(other)) : isBelow(high, otherHigh);
}

/** Writes hashes, words to suggest and positions of the terms in the order of S_ORDER; tells how many letters there are. */
export function writeSorted(): i32 {
  const letters = writeTerms();
  writePositions();
  return letters;
}

function writeTerms(): i32 {
  const count = load32(S_ID_COUNT);
  const ids = load32(S_IDS);
  const order = load32(S_ORDER);
  const hashes = load32(S_HASHES);
  const placeOf = load32(S_PLACE_OF);
  const lengths = load32(S_LENGTHS);
  const letters = load32(S_LETTERS);
  const lettersOut = load32(S_LETTERS_OUT);
  let filled: i32 = 0;
  for (let place: i32 = 0; place < count; place++) {
    const id = load32(order + (place << 2));
    const term: i32 = ids + id * TERM_BYTES;
    store32(hashes + (place << 3), load32(term));
    store32(hashes + (place << 3) + 4, load32(term + TERM_HIGH));
    store32(placeOf + (id << 2), place);
    const length = load32(term + TERM_LETTER_COUNT);
    store8(lengths + place, length);
    const from: i32 = letters + load32(term + TERM_LETTERS);
    for (let i: i32 = 0; i < length; i++) store8(lettersOut + filled + i, load8(from + i));
    filled += length;
  }
  return filled;
}

/** Positions term by term: a counting sort, since positions come in order. */
function writePositions(): void {
  const count = load32(S_ID_COUNT);
  const placeOf = load32(S_PLACE_OF);
  const starts = load32(S_POSITION_STARTS);
  const positions = load32(S_POSITIONS);
  const words = load32(S_WORDS);
  const terms = load32(S_TERMS);
  const wordCount = load32(S_WORD_COUNT);
  fillBytes(starts, 0, (count + 2) << 2);
  // Behind the last word: where its terms end.
  store32(words + (wordCount << 3) + 4, load32(S_TERM_COUNT));
  // The start of a term is counted two places on, so that after handing out it stands one place on, as the end.
  for (let word: i32 = words; word < words + (wordCount << 3); word += 8) {
    const found = load32(word);
    const end: i32 = terms + (load32(word + 12) << 2);
    for (let term: i32 = terms + (load32(word + 4) << 2); term < end; term += 4) {
      const place = load32(placeOf + (load32(term) << 2));
      // From here on the place stands for the term.
      store32(term, place);
      const start: i32 = starts + ((place + 2) << 2);
      store32(start, load32(start) + found);
    }
  }
  for (let i: i32 = 1; i < count + 2; i++) {
    store32(starts + (i << 2), load32(starts + (i << 2)) + load32(starts + ((i - 1) << 2)));
  }
  const postings = load32(S_POSTINGS);
  const lastPosting: i32 = postings + (load32(S_POSTING_COUNT) << 3);
  for (let posting: i32 = postings; posting < lastPosting; posting += 8) {
    const word: i32 = words + (load32(posting) << 3);
    const position = load32(posting + 4);
    const end: i32 = terms + (load32(word + 12) << 2);
    for (let term: i32 = terms + (load32(word + 4) << 2); term < end; term += 4) {
      const start: i32 = starts + ((load32(term) + 1) << 2);
      const next = load32(start);
      store32(positions + (next << 2), position);
      store32(start, next + 1);
    }
  }
}

/** Writes the lists of positions as an analysed document has them, each number in LEB128; tells how many bytes they are. */
export function writeLists(): i32 {
  const count = load32(S_ID_COUNT);
  const starts = load32(S_POSITION_STARTS);
  const lists = load32(S_LISTS);
  let from: i32 = load32(S_POSITIONS);
  let at = lists;
  for (let place: i32 = 0; place < count; place++) {
    const length: i32 = load32(starts + ((place + 1) << 2)) - load32(starts + (place << 2));
    at = writeNumber(at, length);
    let least: i32 = 0;
    for (const end: i32 = from + (length << 2); from < end; from += 4) {
      const position = load32(from);
      at = writeNumber(at, position - least);
      least = position + 1;
    }
  }
  return at - lists;
}
