/**
 * From a line of a corpus to its words by hash, for line-analyser.ts: hashed four bytes at a time, numbered, put in order. In
 * the language of the product's kernels (src/document/kernels/README.md), compiled when a bench begins.
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
} from '../../../src/document/kernels/memory.ts';
import type { i32 } from '../../../src/document/kernels/types.ts';

// What is known of the last line, by byte offset: numbers, addresses of arrays, then a length for each field group.
const S_WORDS: i32 = 0;
const S_TOKENS: i32 = 4;
const S_ZONES: i32 = 8;
const S_HASHES: i32 = 12;
const S_STARTS: i32 = 16;
const S_POSITIONS: i32 = 20;
const S_ZONE_STARTS: i32 = 24;
const S_ZONE_GROUPS: i32 = 28;
/** Lists of positions as an analysed document holds them, and how many bytes they take. */
const S_LISTS: i32 = 32;
const S_LISTS_BYTES: i32 = 36;
const S_LENGTHS: i32 = 64;
const GROUPS: i32 = 16;
/** Where the line stands; four tabs follow it. */
const LINE: i32 = 128;

const SPACE: i32 = 32;
const TAB: i32 = 9;
const DIGIT_ZERO: i32 = 48;
const SPACES: i32 = 0x20202020;
const TABS: i32 = 0x09090909;
const ONES: i32 = 0x01010101;
const TOPS: i32 = -2139062144;

/** A word of the line: halves of its hash, how often it is there, then where its next position goes. */
const W_LOW: i32 = 0;
const W_HIGH: i32 = 4;
const W_COUNT: i32 = 8;
const WORD_SHIFT: i32 = 4;

let table: i32 = 0;
let mask: i32 = 0;
let words: i32 = 0;
let wordCount: i32 = 0;

/** Bytes of memory that a line of `length` bytes needs. */
export function needed(length: i32): i32 {
  return LINE + length + 64 + (tableSize(length) << 2) + ((length >> 1) + 2) * 68 + (tableSize(length) << 2);
}

/** More places than the line can have words. */
function tableSize(length: i32): i32 {
  return 1 << (32 - leadingZeros((length >> 1) + 1));
}

/** Analyses the line of `length` bytes at {@link LINE}; `gap` parts the positions of its zones. */
export function analyse(length: i32, gap: i32): void {
  const most: i32 = (length >> 1) + 2;
  for (let i: i32 = 0; i < 4; i++) store8(LINE + length + i, TAB);
  const places: i32 = tableSize(length);
  mask = places - 1;
  const hashes: i32 = (LINE + length + 15) & -8;
  words = hashes + (most << 3);
  const ids: i32 = words + (most << WORD_SHIFT);
  const found: i32 = ids + (most << 2);
  const starts: i32 = found + (most << 2);
  const positions: i32 = starts + (most << 2);
  const zoneStarts: i32 = positions + (most << 2);
  const zoneGroups: i32 = zoneStarts + (most << 2);
  const order: i32 = zoneGroups + (most << 2);
  table = order + (most << 2);
  const buckets: i32 = table + (places << 2);
  fillBytes(table, 0, places << 2);
  fillBytes(S_LENGTHS, 0, GROUPS << 2);
  wordCount = 0;
  let tokens: i32 = 0;
  let zones: i32 = 0;
  let position: i32 = 0;
  let at: i32 = LINE;
  const past: i32 = LINE + length;
  while (at < past) {
    const group: i32 = load8(at) - DIGIT_ZERO;
    at++;
    if (zones > 0) position += gap;
    store32(zoneStarts + (zones << 2), position);
    store8(zoneGroups + zones, group);
    zones++;
    const first: i32 = position;
    while (load8(at) !== TAB) {
      const start: i32 = at;
      let low: i32 = -2128831035;
      let high: i32 = 461845907;
      let four: i32 = loadPair(at);
      let ends: i32 = endsIn(four);
      while (ends === 0) {
        low = multiply(low ^ four, 0x01000193) ^ (low >>> 13);
        high = multiply(high ^ four, 0x5bd1e995) ^ (high >>> 15);
        at += 4;
        four = loadPair(at);
        ends = endsIn(four);
      }
      // The lowest bit that is set is the first end's.
      const rest: i32 = (31 - leadingZeros(ends & -ends)) >> 3;
      four = four & ((1 << (rest << 3)) - 1);
      at += rest;
      low = multiply(low ^ four, 0x01000193) ^ (low >>> 13);
      high = multiply(high ^ four ^ ((at - start) << 24), 0x5bd1e995) ^ (high >>> 15);
      store32(ids + (tokens << 2), numberOf(mixed(low ^ (high >>> 3)), mixed(high)));
      store32(found + (tokens << 2), position);
      tokens++;
      position++;
      if (load8(at) === SPACE) at++;
    }
    const length: i32 = S_LENGTHS + (group << 2);
    store32(length, load32(length) + position - first);
    at++;
  }
  sortWords(hashes, starts, order, buckets);
  for (let token: i32 = 0; token < tokens; token++) {
    const next: i32 = words + (load32(ids + (token << 2)) << WORD_SHIFT) + W_COUNT;
    const place: i32 = load32(next);
    store32(next, place + 1);
    store32(positions + (place << 2), load32(found + (token << 2)));
  }
  const lists: i32 = buckets + (places << 2);
  store32(S_LISTS, lists);
  store32(S_LISTS_BYTES, writeLists(starts, positions, lists) - lists);
  store32(S_WORDS, wordCount);
  store32(S_TOKENS, tokens);
  store32(S_ZONES, zones);
  store32(S_HASHES, hashes);
  store32(S_STARTS, starts);
  store32(S_POSITIONS, positions);
  store32(S_ZONE_STARTS, zoneStarts);
  store32(S_ZONE_GROUPS, zoneGroups);
}

/** For each word how often it is there, then each position less what it is at least; returns the address behind. */
function writeLists(starts: i32, positions: i32, to: i32): i32 {
  let at: i32 = to;
  let place: i32 = positions;
  for (let word: i32 = 0; word < wordCount; word++) {
    const past: i32 = positions + (load32(starts + (word << 2) + 4) << 2);
    at = writeNumber((past - place) >> 2, at);
    let least: i32 = 0;
    for (; place < past; place += 4) {
      const position: i32 = load32(place);
      at = writeNumber(position - least, at);
      least = position + 1;
    }
  }
  return at;
}

/** In LEB128; returns the address behind. */
function writeNumber(value: i32, to: i32): i32 {
  let rest: i32 = value;
  let at: i32 = to;
  for (; rest > 127; rest = rest >>> 7) {
    store8(at, rest | 128);
    at++;
  }
  store8(at, rest);
  return at + 1;
}

/** A bit for each of four bytes that is a space or a tab, exact up to the first. */
function endsIn(four: i32): i32 {
  const spaces: i32 = four ^ SPACES;
  const tabs: i32 = four ^ TABS;
  return (((spaces - ONES) & ~spaces) | ((tabs - ONES) & ~tabs)) & TOPS;
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
