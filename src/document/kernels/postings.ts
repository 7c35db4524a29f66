/** What a document holds: where its words stand, the terms of each, the numbers and letters of terms. */

import {
  COUNT_MASK,
  COUNTS,
  LETTER_COUNT_SHIFT,
  LETTERS,
  MAX_WORD_LETTERS,
  MAX_WORD_TERMS,
  NAME_PARTS_SHIFT,
  NUMBER,
  OWNER,
  POOL_AT,
  S_DOCUMENT,
  S_ID_COUNT,
  S_IDS,
  S_LETTER_COUNT,
  S_LETTER_LIMIT,
  S_LETTERS,
  S_PLACE_MASK,
  S_PLACES,
  S_POSITION,
  S_POSTING_COUNT,
  S_POSTING_LIMIT,
  S_POSTINGS,
  S_TABLE,
  S_TERM_COUNT,
  S_TERM_LIMIT,
  S_TERMS,
  S_WORD_COUNT,
  S_WORDS,
  TERM_BYTES,
  TERM_HIGH,
  TERM_LETTER_COUNT,
  TERM_LETTERS,
  TERM_LENGTH,
  WORD_LETTERS_AT,
} from './layout.ts';
import { fillBytes, load32, load8, store32, store8 } from './memory.ts';
import type { i32 } from './types.ts';
import { termsOf } from './words.ts';

/** Whether a word more can be posted, with its parts or its tail. */
export function hasRoom(): boolean {
  return (
    load32(S_POSTING_COUNT) + 3 <= load32(S_POSTING_LIMIT) &&
    load32(S_TERM_COUNT) + MAX_WORD_TERMS <= load32(S_TERM_LIMIT) &&
    load32(S_LETTER_COUNT) + MAX_WORD_LETTERS <= load32(S_LETTER_LIMIT)
  );
}

/**
 * The word at `place` of the pool stands at the next position, which moves on; not where nothing of the word is left.
 * To be called where {@link hasRoom}.
 */
export function post(place: i32): void {
  const word: i32 = load32(S_TABLE) + POOL_AT + (place << 2);
  if (load32(word + (COUNTS << 2)) === 0) return;
  if (load32(word + (OWNER << 2)) !== load32(S_DOCUMENT)) meet(word);
  const position = load32(S_POSITION);
  store32(S_POSITION, position + 1);
  add(load32(word + (NUMBER << 2)), position);
}

/** The last character of a run, which begins no pair of its own, stands where its pair does, that was posted last. */
export function postTail(place: i32): void {
  const word: i32 = load32(S_TABLE) + POOL_AT + (place << 2);
  const posted = load32(S_POSTING_COUNT);
  if (load32(word + (COUNTS << 2)) === 0 || posted === 0) return;
  const terms = termsOf(word);
  const id = idOf(load32(terms), load32(terms + 4));
  const head: i32 = load32(load32(S_POSTINGS) + ((posted - 1) << 3));
  // Behind the terms of a word stand those of the next.
  const behind: i32 =
    head + 1 < load32(S_WORD_COUNT) ? load32(load32(S_WORDS) + ((head + 1) << 3) + 4) : load32(S_TERM_COUNT);
  // Twice the same character: it stands there already.
  if (load32(load32(S_TERMS) + ((behind - 1) << 2)) === id) return;
  const number = beginWord();
  addTerm(id);
  add(number, load32(S_POSITION) - 1);
}

/** The document holds the word for the first time. */
function meet(word: i32): void {
  const counts = load32(word + (COUNTS << 2));
  const parts: i32 = (counts >> NAME_PARTS_SHIFT) & COUNT_MASK;
  const count: i32 = (counts & COUNT_MASK) - parts;
  const number = beginWord();
  let term: i32 = termsOf(word);
  const surface = idOf(load32(term), load32(term + 4));
  addTerm(surface);
  for (let i: i32 = 1; i < count; i++) {
    term += TERM_LENGTH << 2;
    addTerm(idOf(load32(term), load32(term + 4)));
  }
  if (parts > 0) postParts(term + (TERM_LENGTH << 2), parts);
  store32(word + (OWNER << 2), load32(S_DOCUMENT));
  store32(word + (NUMBER << 2), number);
  takeLetters(surface, load32(word + (LETTERS << 2)), counts >> LETTER_COUNT_SHIFT);
}

/** Parts of a name that the document does not hold yet: one that it says elsewhere it is not about any more for it. */
function postParts(from: i32, count: i32): void {
  const number = beginWord();
  for (let i: i32 = 0; i < count; i++) {
    const term: i32 = from + i * (TERM_LENGTH << 2);
    const known = load32(S_ID_COUNT);
    const id = idOf(load32(term), load32(term + 4));
    if (id === known) addTerm(id);
  }
  add(number, load32(S_POSITION));
}

function beginWord(): i32 {
  const number = load32(S_WORD_COUNT);
  const word: i32 = load32(S_WORDS) + (number << 3);
  store32(word, 0);
  store32(word + 4, load32(S_TERM_COUNT));
  store32(S_WORD_COUNT, number + 1);
  return number;
}

function addTerm(id: i32): void {
  const count = load32(S_TERM_COUNT);
  store32(load32(S_TERMS) + (count << 2), id);
  store32(S_TERM_COUNT, count + 1);
}

function add(number: i32, position: i32): void {
  const count = load32(S_POSTING_COUNT);
  const posting: i32 = load32(S_POSTINGS) + (count << 3);
  store32(posting, number);
  store32(posting + 4, position);
  store32(S_POSTING_COUNT, count + 1);
  const word: i32 = load32(S_WORDS) + (number << 3);
  store32(word, load32(word) + 1);
}

/** The number of a hash among the terms of the document, counted from 0 in order of first sight. */
export function idOf(low: i32, high: i32): i32 {
  const mask = load32(S_PLACE_MASK);
  const places = load32(S_PLACES);
  const ids = load32(S_IDS);
  let place: i32 = low & mask;
  for (;;) {
    // One more than the id; 0 where there is none.
    const found = load32(places + (place << 2));
    if (found === 0) break;
    const term: i32 = ids + (found - 1) * TERM_BYTES;
    if (load32(term) === low && load32(term + TERM_HIGH) === high) return found - 1;
    place = (place + 1) & mask;
  }
  const id = load32(S_ID_COUNT);
  const term: i32 = ids + id * TERM_BYTES;
  store32(term, low);
  store32(term + TERM_HIGH, high);
  store32(term + TERM_LETTER_COUNT, 0);
  store32(S_ID_COUNT, id + 1);
  store32(places + (place << 2), id + 1);
  if ((id + 1) * 2 > mask) growPlaces();
  return id;
}

/** Twice as many places; the area has room for all terms that there may be. */
function growPlaces(): void {
  const mask: i32 = load32(S_PLACE_MASK) * 2 + 1;
  const places = load32(S_PLACES);
  fillBytes(places, 0, (mask + 1) << 2);
  const count = load32(S_ID_COUNT);
  for (let id: i32 = 0; id < count; id++) {
    let place: i32 = load32(load32(S_IDS) + id * TERM_BYTES) & mask;
    while (load32(places + (place << 2)) !== 0) place = (place + 1) & mask;
    store32(places + (place << 2), id + 1);
  }
  store32(S_PLACE_MASK, mask);
}

/** The letters of a term that is a word to suggest: of several words those of the first. */
function takeLetters(id: i32, from: i32, count: i32): void {
  const term: i32 = load32(S_IDS) + id * TERM_BYTES;
  if (count === 0 || load32(term + TERM_LETTER_COUNT) !== 0) return;
  const used = load32(S_LETTER_COUNT);
  const source: i32 = load32(S_TABLE) + WORD_LETTERS_AT + from;
  const to: i32 = load32(S_LETTERS) + used;
  // Words are short: a call would cost more than the bytes.
  for (let i: i32 = 0; i < count; i++) store8(to + i, load8(source + i));
  store32(term + TERM_LETTERS, used);
  store32(term + TERM_LETTER_COUNT, count);
  store32(S_LETTER_COUNT, used + count);
}
