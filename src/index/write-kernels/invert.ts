/**
 * Inverts documents: numbers their terms in an open table, counts, orders terms by hash, scatters postings and
 * occurrences to their terms' places, and hands them to the writer of lists.
 */

import { fillBytes, load32, load8, loadUnaligned, store32, store8 } from '../kernels/memory.ts';
import type { i32 } from '../kernels/types.ts';
import { emptied, extended, reserve, take } from './buffers.ts';
import {
  columns,
  filterCount,
  filters,
  isBefore,
  lengths,
  lengthsEnd,
  letters,
  openDocument,
  postings,
  readFrom,
  termCount,
  terms,
  varint,
  zones,
  zonesEnd,
} from './document-reader.ts';
import { beginPosting, beginTerm, endTerm, writeInline } from './list-writer.ts';
import { magnitudeBelow } from './magnitude.ts';
import { sortTerms } from './sort-terms.ts';
import { findTerm } from './term-numbers.ts';
import {
  B_ADDRESS,
  B_USED,
  I_DOCUMENT_TABLE,
  I_GROUPS,
  I_NUMBERS,
  I_OCCURRENCE,
  I_OCCURRENCE_COUNT,
  I_OCCURRENCES,
  I_ORDER,
  I_POSTING,
  I_POSTING_COUNT,
  I_POSTINGS,
  I_RANK,
  I_ROWS,
  I_TERM_COUNT,
  I_TERMS,
  POSITION_BITS,
  POSITION_MASK,
  ROW_CONTENT,
  ROW_DATE,
  ROW_LENGTHS,
  ROW_RANKS,
  ROW_SITE,
  ROW_WORDS,
  ROW_ZONES,
  T_DOCUMENT,
  T_HIGH,
  T_LETTER_COUNT,
  T_LETTERS,
  T_LOW,
  T_OCCURRENCES,
  T_POSTINGS,
  TERM_SHIFT,
  W_FREQUENCIES,
  W_GAPS,
  W_MASK,
  W_POSITIONS,
  W_POSTINGS,
  W_RECORDS,
} from './write-layout.ts';

/** First for each document of the table, all of which were found sound: counts its terms, notes the row of its columns in I_ROWS. */
export function countDocuments(inversion: i32, first: i32, past: i32): void {
  for (let document: i32 = first; document < past; document++) {
    open(inversion, document);
    countTerms(inversion, document);
    writeRow(inversion);
  }
}

/** Then, once all are counted: puts terms in the order of their hashes, and gives each its places. */
export function orderTerms(inversion: i32): void {
  sortTerms(inversion);
  placeTerms(inversion);
  store32(inversion + I_RANK, 0);
  store32(inversion + I_POSTING, 0);
  store32(inversion + I_OCCURRENCE, 0);
}

/** Then for each document again, in order: postings and occurrences to their places, for {@link encodeTerms}. */
export function scatterDocuments(inversion: i32, first: i32, past: i32): void {
  for (let document: i32 = first; document < past; document++) {
    open(inversion, document);
    scatter(inversion, document);
  }
}

function open(inversion: i32, document: i32): void {
  const entry: i32 = load32(inversion + I_DOCUMENT_TABLE) + (document << 3);
  openDocument(load32(entry), load32(entry + 4));
}

function countTerms(inversion: i32, document: i32): void {
  const numbers: i32 = reserve(inversion + I_NUMBERS, termCount + filterCount);
  take(inversion + I_NUMBERS, termCount + filterCount);
  readFrom(postings);
  let letter: i32 = letters + termCount;
  let occurrences: i32 = 0;
  for (let i: i32 = 0; i < termCount; i++) {
    const hash: i32 = terms + (i << 3);
    const number: i32 = findTerm(inversion, loadUnaligned(hash), loadUnaligned(hash + 4));
    const term: i32 = load32(inversion + I_TERMS + B_ADDRESS) + (number << TERM_SHIFT);
    const count: i32 = varint();
    for (let left: i32 = count; left > 0; left--) varint();
    store32(numbers + (i << 2), number);
    store32(term + T_POSTINGS, load32(term + T_POSTINGS) + 1);
    store32(term + T_OCCURRENCES, load32(term + T_OCCURRENCES) + count);
    store32(term + T_DOCUMENT, document + 1);
    occurrences += count;
    if (letters !== 0) {
      const length: i32 = load8(letters + i);
      if (length > 0 && load32(term + T_LETTER_COUNT) === 0) {
        store32(term + T_LETTERS, letter);
        store32(term + T_LETTER_COUNT, length);
      }
      letter += length;
    }
  }
  let filed: i32 = 0;
  for (let i: i32 = 0; i < filterCount; i++) {
    const hash: i32 = filters + (i << 3);
    let number: i32 = findTerm(inversion, loadUnaligned(hash), loadUnaligned(hash + 4));
    const term: i32 = load32(inversion + I_TERMS + B_ADDRESS) + (number << TERM_SHIFT);
    // A filter that is a term of the document too is left out.
    if (load32(term + T_DOCUMENT) === document + 1) number = -1;
    else {
      store32(term + T_POSTINGS, load32(term + T_POSTINGS) + 1);
      filed++;
    }
    store32(numbers + ((termCount + i) << 2), number);
  }
  store32(inversion + I_POSTING_COUNT, load32(inversion + I_POSTING_COUNT) + termCount + filed);
  store32(inversion + I_OCCURRENCE_COUNT, load32(inversion + I_OCCURRENCE_COUNT) + occurrences);
}

/** Columns and zones of the open document. Neighbouring zones of one group become one: no phrase crosses their gap. */
function writeRow(inversion: i32): void {
  const bound: i32 = ROW_WORDS + ((zonesEnd - zones) >> 1);
  const row: i32 = reserve(inversion + I_ROWS, bound);
  const ranks: i32 = loadUnaligned(columns + 12);
  store32(row + (ROW_SITE << 2), loadUnaligned(columns));
  store32(row + (ROW_CONTENT << 2), loadUnaligned(columns + 4));
  store32(row + (ROW_DATE << 2), loadUnaligned(columns + 8));
  store32(row + (ROW_RANKS << 2), ranks);
  for (let i: i32 = 0; i < 4; i++) store32(row + ((ROW_LENGTHS + i) << 2), 0);
  readFrom(lengths);
  for (let group: i32 = 0; isBefore(lengthsEnd) === 1; group++) {
    store8(row + (ROW_LENGTHS << 2) + group, magnitudeBelow(varint()));
  }
  readFrom(zones);
  let count: i32 = 0;
  let before: i32 = -1;
  let least: i32 = 0;
  while (isBefore(zonesEnd) === 1) {
    const start: i32 = least + varint();
    const group: i32 = varint();
    if (group !== before) {
      store32(row + ((ROW_WORDS + count) << 2), (start << 4) | group);
      count++;
    }
    before = group;
    least = start + 1;
  }
  store32(row + (ROW_ZONES << 2), count);
  take(inversion + I_ROWS, ROW_WORDS + count);
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
  // Read again from the beginning.
  store32(inversion + I_NUMBERS + B_USED, 0);
}

function scatter(inversion: i32, document: i32): void {
  const lastStart: i32 = mapGroups(inversion);
  const lastGroup: i32 = groupOfLast;
  const groups: i32 = load32(inversion + I_GROUPS + B_ADDRESS);
  const table: i32 = load32(inversion + I_TERMS + B_ADDRESS);
  const placed: i32 = load32(inversion + I_POSTINGS + B_ADDRESS);
  const found: i32 = load32(inversion + I_OCCURRENCES + B_ADDRESS);
  const used: i32 = load32(inversion + I_NUMBERS + B_USED);
  const numbers: i32 = load32(inversion + I_NUMBERS + B_ADDRESS) + (used << 2);
  take(inversion + I_NUMBERS, termCount + filterCount);
  readFrom(postings);
  for (let i: i32 = 0; i < termCount; i++) {
    const term: i32 = table + (load32(numbers + (i << 2)) << TERM_SHIFT);
    const count: i32 = varint();
    const posting: i32 = load32(term + T_POSTINGS);
    const place: i32 = placed + (posting << 3);
    store32(place, document);
    store32(place + 4, count);
    store32(term + T_POSTINGS, posting + 1);
    const occurrence: i32 = load32(term + T_OCCURRENCES);
    store32(term + T_OCCURRENCES, occurrence + count);
    let position: i32 = -1;
    const past: i32 = found + ((occurrence + count) << 2);
    for (let to: i32 = found + (occurrence << 2); to < past; to += 4) {
      position += varint() + 1;
      const group: i32 = position < lastStart ? load8(groups + position) : lastGroup;
      store32(to, position | (group << POSITION_BITS));
    }
  }
  for (let i: i32 = termCount; i < termCount + filterCount; i++) {
    const number: i32 = load32(numbers + (i << 2));
    if (number >= 0) {
      const term: i32 = table + (number << TERM_SHIFT);
      const posting: i32 = load32(term + T_POSTINGS);
      store32(placed + (posting << 3), document);
      store32(placed + (posting << 3) + 4, 0);
      store32(term + T_POSTINGS, posting + 1);
    }
  }
}

let groupOfLast: i32 = 0;

/** Writes the group of each position of the open document up to its last zone; returns where that begins. */
function mapGroups(inversion: i32): i32 {
  let start: i32 = 0;
  let group: i32 = 0;
  let least: i32 = 0;
  readFrom(zones);
  while (isBefore(zonesEnd) === 1) {
    const next: i32 = least + varint();
    // Nothing stands before the first zone.
    if (next > start) {
      const map: i32 = extended(inversion + I_GROUPS, (next >> 2) + 1);
      fillBytes(map + start, group, next - start);
    }
    start = next;
    group = varint();
    least = next + 1;
  }
  groupOfLast = group;
  return start;
}

/** Writes lists until `limit` words wait to be handed out; 0 when all are written. */
export function encodeTerms(inversion: i32, writer: i32, limit: i32): i32 {
  const table: i32 = load32(inversion + I_TERMS + B_ADDRESS);
  const order: i32 = load32(inversion + I_ORDER + B_ADDRESS);
  const placed: i32 = load32(inversion + I_POSTINGS + B_ADDRESS);
  const count: i32 = load32(inversion + I_TERM_COUNT);
  let rank: i32 = load32(inversion + I_RANK);
  let posting: i32 = load32(inversion + I_POSTING);
  let occurrence: i32 = load32(inversion + I_OCCURRENCE);
  while (rank < count && waiting(writer) < limit) {
    const term: i32 = table + (load32(order + (rank << 2)) << TERM_SHIFT);
    const past: i32 = load32(term + T_POSTINGS);
    const high: i32 = load32(term + T_HIGH);
    const low: i32 = load32(term + T_LOW);
    const own: i32 = load32(placed + (posting << 3) + 4);
    if (past - posting === 1 && own <= 1) {
      const document: i32 = load32(placed + (posting << 3));
      const found: i32 =
        own === 0 ? -1 : load32(load32(inversion + I_OCCURRENCES + B_ADDRESS) + (occurrence << 2));
      if (own === 0) writeInline(writer, high, low, document, 0, -1);
      else writeInline(writer, high, low, document, found & POSITION_MASK, found >> POSITION_BITS);
      posting++;
      occurrence += own;
    } else {
      beginTerm(writer, high, low);
      for (; posting < past; posting++) occurrence = encodePosting(inversion, writer, posting, occurrence);
      endTerm(writer);
    }
    rank++;
  }
  store32(inversion + I_RANK, rank);
  store32(inversion + I_POSTING, posting);
  store32(inversion + I_OCCURRENCE, occurrence);
  return rank < count ? 1 : 0;
}

/** Words that the writer holds. */
export function waiting(writer: i32): i32 {
  const lists: i32 = load32(writer + W_POSTINGS + B_USED) + load32(writer + W_POSITIONS + B_USED);
  return lists + load32(writer + W_RECORDS + B_USED);
}

/** Returns the occurrence behind the posting's last. */
function encodePosting(inversion: i32, writer: i32, posting: i32, occurrence: i32): i32 {
  const place: i32 = load32(inversion + I_POSTINGS + B_ADDRESS) + (posting << 3);
  const count: i32 = load32(place + 4);
  const index: i32 = beginPosting(writer, load32(place));
  if (count === 0) return occurrence;
  const frequencies: i32 = writer + W_FREQUENCIES + (index << 2);
  let gaps: i32 = reserve(writer + W_GAPS, count);
  take(writer + W_GAPS, count);
  let found: i32 = load32(inversion + I_OCCURRENCES + B_ADDRESS) + (occurrence << 2);
  let mask: i32 = load32(writer + W_MASK);
  let before: i32 = -1;
  for (let left: i32 = count; left > 0; left--) {
    const word: i32 = load32(found);
    const position: i32 = word & POSITION_MASK;
    const group: i32 = word >> POSITION_BITS;
    const frequency: i32 = frequencies + (group << 9);
    store32(frequency, load32(frequency) + 1);
    store32(gaps, position - before - 1);
    mask = mask | (1 << group);
    before = position;
    found += 4;
    gaps += 4;
  }
  store32(writer + W_MASK, mask);
  return occurrence + count;
}
