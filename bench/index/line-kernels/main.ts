/**
 * From a line of a corpus to the bytes of its analysed document, for line-analyser.ts: its words are read by line-words.ts, here
 * the sections around them are written. In the language of the product's kernels (src/document/kernels/README.md), compiled when a
 * bench begins; for WebAssembly alone, where numbers may stand at any address. Layout of what it writes:
 * docs/formats/analysed-document.md.
 */

import { load32, load8, multiply, store32, writeNumber } from '../../../src/document/kernels/memory.ts';
import type { i32 } from '../../../src/document/kernels/types.ts';
import {
  openWords,
  placeWords,
  readWords,
  wordBytes,
  wordsRead,
  writeLists,
  writeTerms,
} from './line-words.ts';
import { writeHash } from './wide.ts';

export { documentId } from './wide.ts';

/** Words of the line in each field group. */
const LENGTHS: i32 = 64;
const GROUPS: i32 = 9;

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

/** Of a zone: where it begins, its field group, how many words there are to its end. */
const ZONE_BYTES: i32 = 16;
const ZONE_GROUP: i32 = 4;
const ZONE_WORDS: i32 = 8;
/** Most that a word, its list and a zone take in the document. */
const WRITTEN_BYTES: i32 = 32;

let document: i32 = 0;

/** Where the document stands that was written last. */
export function documentAt(): i32 {
  return document;
}

/** Bytes of scratch that a line of `length` bytes needs. */
export function needed(length: i32): i32 {
  const most = mostWords(length);
  return wordBytes(most) + most * (ZONE_BYTES + WRITTEN_BYTES) + 512;
}

function mostWords(length: i32): i32 {
  return (length >> 1) + 2;
}

/**
 * Analyses the line from `from` to `past`; `gap` parts the positions of its zones, `number` chooses the columns. Works in what stands
 * at `scratch`; returns how many bytes the document has, which are there too.
 */
export function analyse(from: i32, past: i32, number: i32, gap: i32, scratch: i32): i32 {
  // Four tabs end the line; what they hide comes back.
  const behind: i32 = load32(past);
  store32(past, TABS);
  const most: i32 = mostWords(past - from);
  const zones: i32 = scratch;
  document = zones + most * ZONE_BYTES;
  openWords(document + most * WRITTEN_BYTES + 256, most);
  const zonesEnd: i32 = readZones(from, past, gap, zones);
  placeZones(zones, zonesEnd);
  store32(past, behind);
  store32(document, MAGIC);
  store32(document + 4, VERSION | (SECTIONS << 16));
  let end: i32 = document + HEADER_BYTES;
  end = ended(end, TERMS, writeTerms(end + SECTION_HEADER_BYTES));
  end = ended(end, POSTINGS, writeLists(end + SECTION_HEADER_BYTES));
  end = ended(end, ZONES, writeZones(zones, zonesEnd, end + SECTION_HEADER_BYTES));
  let to: i32 = end + SECTION_HEADER_BYTES;
  for (let group: i32 = 0; group < GROUPS; group++) to = writeNumber(to, load32(LENGTHS + (group << 2)));
  end = ended(end, FIELD_LENGTHS, to);
  end = ended(end, FILTERS, end + SECTION_HEADER_BYTES);
  end = ended(end, COLUMNS, writeColumns(number, end + SECTION_HEADER_BYTES));
  writeHash(document, end - document, end);
  return end + CHECKSUM_BYTES - document;
}

/** Reads the words of all zones, what is known of each of these to `zones`; returns the address behind. */
function readZones(from: i32, past: i32, gap: i32, zones: i32): i32 {
  for (let group: i32 = 0; group < GROUPS; group++) store32(LENGTHS + (group << 2), 0);
  let zone: i32 = zones;
  let position: i32 = 0;
  let count: i32 = 0;
  let at: i32 = from;
  while (at < past) {
    const group: i32 = load8(at) - DIGIT_ZERO;
    if (zone > zones) position += gap;
    at = readWords(at + 1) + 1;
    const length: i32 = wordsRead() - count;
    count += length;
    store32(zone, position);
    store32(zone + ZONE_GROUP, group);
    store32(zone + ZONE_WORDS, count);
    zone += ZONE_BYTES;
    position += length;
    store32(LENGTHS + (group << 2), load32(LENGTHS + (group << 2)) + length);
  }
  return zone;
}

function placeZones(zones: i32, past: i32): void {
  let count: i32 = 0;
  for (let zone: i32 = zones; zone < past; zone += ZONE_BYTES) {
    const end: i32 = load32(zone + ZONE_WORDS);
    placeWords(count, end, load32(zone));
    count = end;
  }
}

/** The section that begins at `head` ends at `past`, which is returned. */
function ended(head: i32, tag: i32, past: i32): i32 {
  store32(head, tag);
  store32(head + 4, past - head - SECTION_HEADER_BYTES);
  return past;
}

function writeZones(from: i32, past: i32, to: i32): i32 {
  let at: i32 = to;
  let least: i32 = 0;
  for (let zone: i32 = from; zone < past; zone += ZONE_BYTES) {
    const start: i32 = load32(zone);
    at = writeNumber(at, start - least);
    at = writeNumber(at, load32(zone + ZONE_GROUP));
    least = start + 1;
  }
  return at;
}

function writeColumns(number: i32, to: i32): i32 {
  store32(to, number % SITES);
  store32(to + 4, mixed(number));
  store32(to + 8, FIRST_DATE + (number % DATES));
  store32(to + 12, RANKS);
  return to + COLUMNS_BYTES;
}

function mixed(value: i32): i32 {
  let z: i32 = value ^ (value >>> 16);
  z = multiply(z, -2048144789);
  z = z ^ (z >>> 13);
  z = multiply(z, -1028477387);
  return z ^ (z >>> 16);
}
