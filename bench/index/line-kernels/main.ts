/**
 * From a line of a corpus to the bytes of its analysed document, for line-analyser.ts: words hashed, numbered, put in order, their
 * places written as lists. In the language of the product's kernels (src/document/kernels/README.md), compiled when a bench
 * begins. Layout of what it writes: docs/formats/analysed-document.md.
 */

import {
  fillBytes,
  isBelow,
  leadingZeros,
  load32,
  load8,
  loadPair,
  multiply,
  store32,
  store8,
  writeNumber,
} from '../../../src/document/kernels/memory.ts';
import type { i32 } from '../../../src/document/kernels/types.ts';
import { hashWord, highHash, lowHash, writeHash } from './wide.ts';

export { documentId } from './wide.ts';

/** Words of the line in each field group. */
const LENGTHS: i32 = 64;
const GROUPS: i32 = 9;

const SPACE: i32 = 32;
const TAB: i32 = 9;
const TABS: i32 = 0x09090909;
const DIGIT_ZERO: i32 = 48;

// The document: "PADC", version 1 and the number of its sections, then these.
const MAGIC: i32 = 0x43444150;
const VERSION: i32 = 1;
const SECTIONS: i32 = 6;
const HEADER_BYTES: i32 = 8;
const SECTION_HEADER_BYTES: i32 = 8;
const TERMS: i32 = 1;
const POSTINGS: i32 = 2;
const ZONES: i32 = 3;
const FIELD_LENGTHS: i32 = 4;
const FILTERS: i32 = 5;
const COLUMNS: i32 = 6;
const COLUMNS_BYTES: i32 = 16;
const CHECKSUM_BYTES: i32 = 8;
/** Language 1, rank 128, depth 1. */
const RANKS: i32 = 0x01800001;
const SITES: i32 = 97;
const DATES: i32 = 100000;
const FIRST_DATE: i32 = 27000000;

/** A word of the line: halves of its hash, how often it is there, then where its next position goes. */
const W_LOW: i32 = 0;
const W_HIGH: i32 = 4;
const W_COUNT: i32 = 8;
const WORD_SHIFT: i32 = 4;

let table: i32 = 0;
let mask: i32 = 0;
let words: i32 = 0;
let wordCount: i32 = 0;

let document: i32 = 0;

/** Where the document stands that was written last. */
export function documentAt(): i32 {
  return document;
}

/** Bytes of scratch that a line of `length` bytes needs. */
export function needed(length: i32): i32 {
  return (tableSize(length) << 3) + ((length >> 1) + 2) * 80 + 512;
}

/** More places than the line can have words. */
function tableSize(length: i32): i32 {
  return 1 << (32 - leadingZeros((length >> 1) + 1));
}

/**
 * Analyses the line from `from` to `past`; `gap` parts the positions of its zones, `number` chooses the columns. Works in what stands
 * at `scratch`; returns how many bytes the document has, which are there too.
 */
export function analyse(from: i32, past: i32, number: i32, gap: i32, scratch: i32): i32 {
  // Four tabs end the line; what they hide comes back.
  const behind: i32 = loadPair(past);
  storeFour(past, TABS);
  const most: i32 = ((past - from) >> 1) + 2;
  const places: i32 = tableSize(past - from);
  mask = places - 1;
  words = scratch;
  const ids: i32 = words + (most << WORD_SHIFT);
  const found: i32 = ids + (most << 2);
  const starts: i32 = found + (most << 2);
  const positions: i32 = starts + (most << 2);
  const zoneStarts: i32 = positions + (most << 2);
  const zoneGroups: i32 = zoneStarts + (most << 2);
  const order: i32 = zoneGroups + (most << 2);
  table = order + (most << 2);
  const buckets: i32 = table + (places << 2);
  document = buckets + (places << 2);
  fillBytes(table, 0, places << 2);
  fillBytes(LENGTHS, 0, GROUPS << 2);
  wordCount = 0;
  let tokens: i32 = 0;
  let zones: i32 = 0;
  let position: i32 = 0;
  let at: i32 = from;
  while (at < past) {
    const group: i32 = load8(at) - DIGIT_ZERO;
    at++;
    if (zones > 0) position += gap;
    store32(zoneStarts + (zones << 2), position);
    store32(zoneGroups + (zones << 2), group);
    zones++;
    const first: i32 = position;
    while (load8(at) !== TAB) {
      at += hashWord(at);
      store32(ids + (tokens << 2), numberOf(lowHash(), highHash()));
      store32(found + (tokens << 2), position);
      tokens++;
      position++;
      if (load8(at) === SPACE) at++;
    }
    const length: i32 = LENGTHS + (group << 2);
    store32(length, load32(length) + position - first);
    at++;
  }
  storeFour(past, behind);
  const hashes: i32 = document + HEADER_BYTES + SECTION_HEADER_BYTES;
  sortWords(hashes, starts, order, buckets);
  for (let token: i32 = 0; token < tokens; token++) {
    const next: i32 = words + (load32(ids + (token << 2)) << WORD_SHIFT) + W_COUNT;
    const place: i32 = load32(next);
    store32(next, place + 1);
    store32(positions + (place << 2), load32(found + (token << 2)));
  }
  storeFour(document, MAGIC);
  storeFour(document + 4, VERSION | (SECTIONS << 16));
  let end: i32 = ended(document + HEADER_BYTES, TERMS, hashes + (wordCount << 3));
  end = ended(end, POSTINGS, writeLists(starts, positions, end + SECTION_HEADER_BYTES));
  end = ended(end, ZONES, writeZones(zoneStarts, zoneGroups, zones, end + SECTION_HEADER_BYTES));
  let to: i32 = end + SECTION_HEADER_BYTES;
  for (let group: i32 = 0; group < GROUPS; group++) to = writeNumber(to, load32(LENGTHS + (group << 2)));
  end = ended(end, FIELD_LENGTHS, to);
  end = ended(end, FILTERS, end + SECTION_HEADER_BYTES);
  end = ended(end, COLUMNS, writeColumns(number, end + SECTION_HEADER_BYTES));
  writeHash(document, end - document, end);
  return end + CHECKSUM_BYTES - document;
}

/** Four bytes at any address. */
function storeFour(address: i32, value: i32): void {
  store8(address, value);
  store8(address + 1, value >> 8);
  store8(address + 2, value >> 16);
  store8(address + 3, value >> 24);
}

/** The section that begins at `head` ends at `past`, which is returned. */
function ended(head: i32, tag: i32, past: i32): i32 {
  storeFour(head, tag);
  storeFour(head + 4, past - head - SECTION_HEADER_BYTES);
  return past;
}

function writeZones(starts: i32, groups: i32, zones: i32, to: i32): i32 {
  let at: i32 = to;
  let least: i32 = 0;
  for (let zone: i32 = 0; zone < zones << 2; zone += 4) {
    const start: i32 = load32(starts + zone);
    at = writeNumber(at, start - least);
    at = writeNumber(at, load32(groups + zone));
    least = start + 1;
  }
  return at;
}

function writeColumns(number: i32, to: i32): i32 {
  storeFour(to, number % SITES);
  storeFour(to + 4, mixed(number));
  storeFour(to + 8, FIRST_DATE + (number % DATES));
  storeFour(to + 12, RANKS);
  return to + COLUMNS_BYTES;
}

/** For each word how often it is there, then each position less what it is at least; returns the address behind. */
function writeLists(starts: i32, positions: i32, to: i32): i32 {
  let at: i32 = to;
  let place: i32 = positions;
  for (let word: i32 = 0; word < wordCount; word++) {
    const past: i32 = positions + (load32(starts + (word << 2) + 4) << 2);
    at = writeNumber(at, (past - place) >> 2);
    let least: i32 = 0;
    for (; place < past; place += 4) {
      const position: i32 = load32(place);
      at = writeNumber(at, position - least);
      least = position + 1;
    }
  }
  return at;
}

function mixed(value: i32): i32 {
  let z: i32 = value ^ (value >>> 16);
  z = multiply(z, -2048144789);
  z = z ^ (z >>> 13);
  z = multiply(z, -1028477387);
  return z ^ (z >>> 16);
}

/** Number of a word of the line, counted. */
function numberOf(low: i32, high: i32): i32 {
  let place: i32 = low & mask;
  for (;;) {
    const number: i32 = load32(table + (place << 2)) - 1;
    if (number < 0) break;
    const word: i32 = words + (number << WORD_SHIFT);
    if (load32(word + W_LOW) === low && load32(word + W_HIGH) === high) {
      store32(word + W_COUNT, load32(word + W_COUNT) + 1);
      return number;
    }
    place = (place + 1) & mask;
  }
  const word: i32 = words + (wordCount << WORD_SHIFT);
  store32(word + W_LOW, low);
  store32(word + W_HIGH, high);
  store32(word + W_COUNT, 1);
  store32(table + (place << 2), wordCount + 1);
  wordCount++;
  return wordCount - 1;
}

/** Writes hashes in ascending order and where the positions of each begin: by buckets of their upper bits, then by insertion. */
function sortWords(hashes: i32, starts: i32, order: i32, buckets: i32): void {
  const shift: i32 = leadingZeros(wordCount | 1);
  const count: i32 = 1 << (32 - shift);
  fillBytes(buckets, 0, count << 2);
  for (let i: i32 = 0; i < wordCount; i++) {
    const bucket: i32 = buckets + ((load32(words + (i << WORD_SHIFT) + W_HIGH) >>> shift) << 2);
    store32(bucket, load32(bucket) + 1);
  }
  let sum: i32 = 0;
  for (let bucket: i32 = buckets; bucket < buckets + (count << 2); bucket += 4) {
    sum += load32(bucket);
    store32(bucket, sum);
  }
  // Backwards, so that afterwards each bucket says where it begins.
  for (let i: i32 = wordCount - 1; i >= 0; i--) {
    const bucket: i32 = buckets + ((load32(words + (i << WORD_SHIFT) + W_HIGH) >>> shift) << 2);
    const place: i32 = load32(bucket) - 1;
    store32(bucket, place);
    store32(order + (place << 2), i);
  }
  for (let rank: i32 = 1; rank < wordCount; rank++) {
    const own: i32 = load32(order + (rank << 2));
    let place: i32 = rank;
    while (place > 0 && isLess(own, load32(order + ((place - 1) << 2)))) {
      store32(order + (place << 2), load32(order + ((place - 1) << 2)));
      place--;
    }
    store32(order + (place << 2), own);
  }
  let start: i32 = 0;
  for (let rank: i32 = 0; rank < wordCount; rank++) {
    const word: i32 = words + (load32(order + (rank << 2)) << WORD_SHIFT);
    store32(hashes + (rank << 3), load32(word + W_LOW));
    store32(hashes + (rank << 3) + 4, load32(word + W_HIGH));
    store32(starts + (rank << 2), start);
    const own: i32 = load32(word + W_COUNT);
    store32(word + W_COUNT, start);
    start += own;
  }
  store32(starts + (wordCount << 2), start);
}

function isLess(a: i32, b: i32): boolean {
  const one: i32 = words + (a << WORD_SHIFT);
  const other: i32 = words + (b << WORD_SHIFT);
  const high: i32 = load32(one + W_HIGH);
  const otherHigh: i32 = load32(other + W_HIGH);
  if (high !== otherHigh) return isBelow(high, otherHigh);
  return isBelow(load32(one + W_LOW), load32(other + W_LOW));
}
