/** Reads analysed documents as they stand in a batch: docs/formats/analysed-document.md. */

import { load8, loadUnaligned } from '../kernels/memory.ts';
import type { i32 } from '../kernels/types.ts';
import { isAscending } from './hash-order.ts';
import { skipShort } from './number-runs.ts';
import { passedTo, passShort } from './term-runs.ts';
import { POSITION_LIMIT } from './write-layout.ts';

/** "PADC", and version 1 in the half word behind. */
const MAGIC: i32 = 0x43444150;
const VERSION: i32 = 1;
const HEADER_BYTES: i32 = 8;
const SECTION_HEADER_BYTES: i32 = 8;
export const CHECKSUM_BYTES: i32 = 8;
const COLUMNS_BYTES: i32 = 16;
const FEWEST_GROUPS: i32 = 9;
const MOST_GROUPS: i32 = 16;
/** Places of a term that are looked at sixteen bytes at a time; so many of two bytes each are below the limit. */
const FEWEST_OF_RUN: i32 = 4;
const MOST_OF_RUN: i32 = 60;

// Where the sections of the document that was opened last begin and end; 0 where there is none.
export let terms: i32 = 0;
export let termCount: i32 = 0;
export let postings: i32 = 0;
export let zones: i32 = 0;
export let zonesEnd: i32 = 0;
export let lengths: i32 = 0;
export let lengthsEnd: i32 = 0;
export let filters: i32 = 0;
export let filterCount: i32 = 0;
export let columns: i32 = 0;
export let letters: i32 = 0;
let postingsEnd: i32 = 0;
let fields: i32 = 0;
let fieldsEnd: i32 = 0;
let columnsEnd: i32 = 0;
let lettersEnd: i32 = 0;
let termsEnd: i32 = 0;
let filtersEnd: i32 = 0;
let isOdd: i32 = 0;

/** Where {@link varint} reads. */
let at: i32 = 0;
let end: i32 = 0;

export function readFrom(address: i32): void {
  at = address;
}

/** Where {@link varint} would read next. */
export function readAt(): i32 {
  return at;
}

/** 1 while {@link varint} has not come to `past`. */
export function isBefore(past: i32): i32 {
  return at < past ? 1 : 0;
}

/** A number below 2³¹ in LEB128, out of a document that was found sound. */
export function varint(): i32 {
  let byte: i32 = load8(at++);
  if (byte < 128) return byte;
  let value: i32 = byte & 127;
  let shift: i32 = 7;
  do {
    byte = load8(at++);
    value = value | ((byte & 127) << shift);
    shift += 7;
  } while (byte > 127);
  return value;
}

/** The rest of a number that begins with `first` and goes on at `from`; {@link readAt} says where it ends. */
export function longer(first: i32, from: i32): i32 {
  let value: i32 = first & 127;
  let shift: i32 = 7;
  let place: i32 = from;
  let byte: i32 = 128;
  while (byte > 127) {
    byte = load8(place);
    place++;
    value = value | ((byte & 127) << shift);
    shift += 7;
  }
  at = place;
  return value;
}

/** The same with an eye on the section's end; notes what is odd. */
function checkedVarint(): i32 {
  if (at < end) {
    // Most take one byte.
    const byte: i32 = load8(at);
    if (byte < 128) {
      at++;
      return byte;
    }
  }
  return checkedLong();
}

function checkedLong(): i32 {
  let value: i32 = 0;
  for (let shift: i32 = 0; shift < 35; shift += 7) {
    if (at >= end) break;
    const byte: i32 = load8(at++);
    if (shift === 28 && byte > 7) break;
    value = value | ((byte & 127) << shift);
    if (byte < 128) return value;
  }
  isOdd = 1;
  return 0;
}

/** Finds the sections of a document of `size` bytes; 0 where they are not as they should be. */
function openDocument(address: i32, size: i32): i32 {
  terms = 0;
  postings = 0;
  zones = 0;
  lengths = 0;
  filters = 0;
  columns = 0;
  fields = 0;
  letters = 0;
  if (size < HEADER_BYTES + CHECKSUM_BYTES || loadUnaligned(address) !== MAGIC) return 0;
  const versions: i32 = loadUnaligned(address + 4);
  if ((versions & 0xffff) !== VERSION) return 0;
  const past: i32 = address + size - CHECKSUM_BYTES;
  let from: i32 = address + HEADER_BYTES;
  for (let left: i32 = versions >>> 16; left > 0; left--) {
    if (from + SECTION_HEADER_BYTES > past) return 0;
    const tag: i32 = loadUnaligned(from);
    const length: i32 = loadUnaligned(from + 4);
    from += SECTION_HEADER_BYTES;
    if (length < 0 || length > past - from) return 0;
    if (setSection(tag, from, from + length) === 0) return 0;
    from += length;
  }
  if (from !== past) return 0;
  if (terms === 0 || postings === 0 || zones === 0 || lengths === 0 || filters === 0 || columns === 0)
    return 0;
  termCount = (termsEnd - terms) >> 3;
  filterCount = (filtersEnd - filters) >> 3;
  return 1;
}

/** 0 where the section was there before. */
function setSection(tag: i32, from: i32, past: i32): i32 {
  let known: i32 = 0;
  if (tag === 1) {
    known = terms;
    terms = from;
    termsEnd = past;
  } else if (tag === 2) {
    known = postings;
    postings = from;
    postingsEnd = past;
  } else if (tag === 3) {
    known = zones;
    zones = from;
    zonesEnd = past;
  } else if (tag === 4) {
    known = lengths;
    lengths = from;
    lengthsEnd = past;
  } else if (tag === 5) {
    known = filters;
    filters = from;
    filtersEnd = past;
  } else if (tag === 6) {
    known = columns;
    columns = from;
    columnsEnd = past;
  } else if (tag === 7) {
    known = fields;
    fields = from;
    fieldsEnd = past;
  } else if (tag === 8) {
    known = letters;
    letters = from;
    lettersEnd = past;
  }
  return known === 0 ? 1 : 0;
}

/** Address of the section of fields of the document that was opened last, 0 without one. */
export function fieldsAddress(): i32 {
  return fields;
}

export function fieldsSize(): i32 {
  return fieldsEnd - fields;
}

/**
 * 1 where a document can be inverted blindly: sections, orders, bounds. Its checksum and the values of its fields are the
 * caller's to check.
 */
export function checkDocument(address: i32, size: i32): i32 {
  if (openDocument(address, size) === 0) return 0;
  if (isAscending(terms, termsEnd) === 0 || isAscending(filters, filtersEnd) === 0) return 0;
  if (columnsEnd - columns < COLUMNS_BYTES) return 0;
  isOdd = 0;
  at = lengths;
  end = lengthsEnd;
  let groups: i32 = 0;
  while (at < end && groups <= MOST_GROUPS) {
    if (checkedVarint() > POSITION_LIMIT) return 0;
    groups++;
  }
  if (groups < FEWEST_GROUPS || groups > MOST_GROUPS) return 0;
  const firstPosition: i32 = checkZones(groups);
  if (isOdd === 1 || firstPosition < 0) return 0;
  return checkPostings(firstPosition, address + size) === 1 && checkLetters() === 1 ? 1 : 0;
}

/** Start of the first zone, the limit without one, −1 where something is wrong. */
function checkZones(groups: i32): i32 {
  at = zones;
  end = zonesEnd;
  let least: i32 = 0;
  let first: i32 = POSITION_LIMIT;
  while (at < end) {
    const distance: i32 = checkedVarint();
    if (distance >= POSITION_LIMIT) return -1;
    const start: i32 = least + distance;
    if (start >= POSITION_LIMIT || checkedVarint() >= groups || isOdd === 1) return -1;
    if (least === 0) first = start;
    least = start + 1;
  }
  return first;
}

function checkPostings(firstPosition: i32, documentEnd: i32): i32 {
  const past: i32 = postingsEnd;
  let from: i32 = postings;
  end = past;
  for (let term: i32 = 0; term < termCount; term++) {
    if (firstPosition === 0) {
      term += passShort(from, documentEnd, termCount - term);
      from = passedTo;
      if (term === termCount) break;
    }
    // Most stand in one place.
    if (past - from > 2 && load8(from) === 1) {
      const byte: i32 = load8(from + 1);
      const next: i32 = load8(from + 2);
      const isTwo: i32 = byte >>> 7;
      const position: i32 = (byte & 127) | ((next << 7) & -isTwo);
      if ((isTwo & (next >>> 7)) === 0 && position >= firstPosition) {
        from += 2 + isTwo;
        continue;
      }
    }
    const after: i32 = from < past ? checkShort(from, past, firstPosition) : 0;
    from = after !== 0 ? after : checkTerm(from, past, firstPosition);
    if (from === 0) return 0;
  }
  return isOdd === 0 && from === past ? 1 : 0;
}

/**
 * Place behind a term whose numbers take one byte or two each, as nearly all do: read alike, for which it will be can't be guessed, and
 * none of them is too large. 0 where it is another, is not sound, or where the end is near.
 */
function checkShort(begin: i32, past: i32, firstPosition: i32): i32 {
  const count: i32 = load8(begin);
  if (count > 127 || count === 0 || count << 1 >= past - begin) return 0;
  let from: i32 = begin + 1;
  const byte: i32 = load8(from);
  const next: i32 = load8(from + 1);
  let isTwo: i32 = byte >>> 7;
  let isLonger: i32 = isTwo & (next >>> 7);
  let position: i32 = (byte & 127) | ((next << 7) & -isTwo);
  if (position < firstPosition) return 0;
  // So few are not too large together. What is read behind them is part of the document, its checksum the last.
  if (count >= FEWEST_OF_RUN && count <= MOST_OF_RUN && (count << 1) + 8 < past - begin)
    return skipShort(begin + 1, count);
  from += 1 + isTwo;
  for (let left: i32 = count - 1; left > 0; left--) {
    const byte: i32 = load8(from);
    const next: i32 = load8(from + 1);
    isTwo = byte >>> 7;
    isLonger = isLonger | (isTwo & (next >>> 7));
    position += ((byte & 127) | ((next << 7) & -isTwo)) + 1;
    from += 1 + isTwo;
  }
  return isLonger === 0 && position < POSITION_LIMIT ? from : 0;
}

/** Place behind a term, 0 where it is not sound. */
function checkTerm(begin: i32, past: i32, firstPosition: i32): i32 {
  at = begin;
  const count: i32 = checkedVarint();
  if (count === 0 || count > past - at) return 0;
  let least: i32 = 0;
  for (let i: i32 = 0; i < count; i++) {
    const distance: i32 = checkedVarint();
    if (distance >= POSITION_LIMIT) return 0;
    const position: i32 = least + distance;
    if (position >= POSITION_LIMIT || (i === 0 && position < firstPosition)) return 0;
    least = position + 1;
  }
  return at;
}

/** The lengths of words add up to what follows them. */
function checkLetters(): i32 {
  if (letters === 0) return 1;
  if (lettersEnd - letters < termCount) return 0;
  let total: i32 = 0;
  for (let i: i32 = 0; i < termCount; i++) total += load8(letters + i);
  return total === lettersEnd - letters - termCount ? 1 : 0;
}
