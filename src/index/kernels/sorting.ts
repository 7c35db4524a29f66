/**
 * The first documents of a segment in the order of fields, equal ones by ascending docId: a heap with the last of them on
 * top. What ranks behind that by the first field is passed over 32 documents at a time.
 */

import { columnValue } from './columns.ts';
import {
  loneOrdinalAt,
  openField,
  ordinalAt,
  presentIn,
  readOrdinals,
  readStartsOf,
  rowAt,
  startOf,
} from './fields.ts';
import {
  E_DOC,
  E_ID_HIGH,
  E_ID_LOW,
  E_RANKS,
  F_DESCENDING,
  F_LAST,
  F_LISTED,
  F_NUMBERS,
  F_PRESENCE,
  F_ROW,
  F_STARTS_READ,
  F_START_WIDTH,
  FIELD_BYTES,
  MISSING,
  PRESENT_LIST,
  SEGMENT_DOC_ID_HIGH,
  SEGMENT_DOC_ID_LOW,
  SEGMENT_ORDER,
  S_AFTER,
  S_COUNT,
  S_DOCUMENTS,
  S_ENTRIES,
  S_FIELDS,
  S_KEYS,
  S_LIMIT,
  S_MATCHES,
  S_PARTIAL,
  S_SEGMENT,
} from './layout.ts';
import { countBits, withinOf } from './lanes.ts';
import { countOnes, countTrailingZeros, isExpired, load32, store32, toF64 } from './memory.ts';
import type { f64, i32 } from './types.ts';

/** Flips the sign so that comparing signed numbers orders unsigned ones. */
const SIGN: i32 = -2147483648;
/** Groups of 32 documents between two looks at the time. */
const CLOCK_STEPS: i32 = 4096;

/** So few documents of 32 are read one by one. */
const FEW_ROWS: i32 = 6;

let segment: i32 = 0;
let keys: i32 = 0;
let fields: i32 = 0;
let limit: i32 = 0;
let entries: i32 = 0;
let entryBytes: i32 = 0;
let after: i32 = 0;
let count: i32 = 0;
/** Ranks by the first key outside of which nothing is wanted. */
let least: i32 = 0;
let most: i32 = 0;

/** Leaves the first of the documents at S_ENTRIES, in no order. */
export function sortDocuments(sort: i32): void {
  segment = load32(sort + S_SEGMENT);
  keys = load32(sort + S_KEYS);
  fields = load32(sort + S_FIELDS);
  limit = load32(sort + S_LIMIT);
  entries = load32(sort + S_ENTRIES);
  entryBytes = E_RANKS + (keys << 2);
  after = load32(sort + S_AFTER);
  count = 0;
  least = after === 0 || keys === 0 ? -1 : load32(after + E_RANKS);
  most = MISSING;
  for (let key: i32 = 0; key < keys; key++) openField(fields + key * FIELD_BYTES);
  const matches: i32 = load32(sort + S_MATCHES);
  const documents: i32 = load32(sort + S_DOCUMENTS);
  let isPartial: i32 = 0;
  if (limit > 0) {
    if (keys === 0 && isSoonFound(matches, documents) === 1) isPartial = walkInOrder(matches, documents);
    else isPartial = walk(matches, documents);
  }
  store32(sort + S_PARTIAL, isPartial);
  store32(sort + S_COUNT, count);
}

/** 1 where the first matches by docId are found in that order sooner than among all matches. */
function isSoonFound(matches: i32, documents: i32): i32 {
  const found: f64 = toF64(countBits(matches, ((documents + 63) >>> 6) << 1, 0));
  return toF64(limit) * toF64(documents) < found * found ? 1 : 0;
}

/** Documents by ascending docId; 1 where time was over. */
function walkInOrder(matches: i32, documents: i32): i32 {
  let clock: i32 = CLOCK_STEPS;
  for (
    let place: i32 = after === 0 ? 0 : placeAfter(documents);
    place < documents && count < limit;
    place++
  ) {
    clock--;
    if (clock === 0) {
      clock = CLOCK_STEPS;
      if (isExpired() === 1) return 1;
    }
    const document: i32 = columnValue(segment, SEGMENT_ORDER, place);
    if (((load32(matches + ((document >>> 5) << 2)) >>> (document & 31)) & 1) === 0) continue;
    setEntry(entries + count * entryBytes, document);
    count++;
  }
  return 0;
}

/** Place by docId of the first document that `after` stands before. */
function placeAfter(documents: i32): i32 {
  const entry: i32 = entries + limit * entryBytes;
  let first: i32 = 0;
  let past: i32 = documents;
  while (first < past) {
    const middle: i32 = (first + past) >>> 1;
    setEntry(entry, columnValue(segment, SEGMENT_ORDER, middle));
    if (isBefore(after, entry) === 1) past = middle;
    else first = middle + 1;
  }
  return first;
}

/** 1 where time was over. */
function walk(matches: i32, documents: i32): i32 {
  const isListed: i32 = keys > 0 && load32(fields + F_PRESENCE) === PRESENT_LIST ? 1 : 0;
  const groups: i32 = (documents + 31) >>> 5;
  let clock: i32 = CLOCK_STEPS;
  for (let group: i32 = 0; group < groups; group++) {
    clock--;
    if (clock === 0) {
      clock = CLOCK_STEPS;
      if (isExpired() === 1) return 1;
    }
    const bits: i32 = load32(matches + (group << 2));
    if (bits === 0) continue;
    // Where documents without the field are not among the first any more, most of a list's have nothing to do with it.
    if (isListed === 1 && most < MISSING && load32(fields + F_LISTED) > (group << 5) + 31) continue;
    if (keys > 0 && isListed === 0 && countOnes(bits) >= FEW_ROWS) visitTogether(group, bits);
    else visitEach(group, bits);
  }
  return 0;
}

function visitEach(group: i32, bits: i32): void {
  for (let left: i32 = bits; left !== 0; left = left & (left - 1)) {
    const document: i32 = (group << 5) + countTrailingZeros(left);
    const rank: i32 = keys === 0 ? 0 : rankAt(fields, document);
    if (rank >= least && rank <= most) consider(document, rank);
  }
}

/** The same, where rows of 32 documents stand side by side and are unpacked together. */
function visitTogether(group: i32, bits: i32): void {
  const present: i32 = presentIn(fields, group);
  const isSingle: i32 = load32(fields + F_START_WIDTH) === 0 ? 1 : 0;
  const rows: i32 = countOnes(present);
  let wanted: i32 = bits;
  if (isSingle === 1) {
    readOrdinals(fields, load32(fields + F_ROW), rows);
    if (present === -1) wanted = bits & withinOf(fields + F_NUMBERS, leastOrdinal(), mostOrdinal() + 1);
  } else readStartsOf(fields, rows);
  const isDescending: i32 = load32(fields + F_DESCENDING);
  for (let left: i32 = wanted; left !== 0; left = left & (left - 1)) {
    const lowest: i32 = left & (0 - left);
    let rank: i32 = MISSING;
    if ((present & lowest) !== 0) {
      const row: i32 = countOnes(present & (lowest - 1)) << 2;
      if (isSingle === 1) rank = rankOf(fields, load32(fields + F_NUMBERS + row));
      else {
        const start: i32 = fields + F_STARTS_READ + row;
        rank = rankOf(fields, ordinalAt(fields, isDescending === 1 ? load32(start + 4) - 1 : load32(start)));
      }
    }
    // Other keys have walks of their own: what was read of this one stays.
    if (rank >= least && rank <= most) consider((group << 5) + countTrailingZeros(left), rank);
  }
}

/** Places of the dictionary between which the ranks that are wanted lie. */
function leastOrdinal(): i32 {
  if (load32(fields + F_DESCENDING) === 0) return (least + 1) >> 1;
  return most === MISSING ? 0 : load32(fields + F_LAST) - (most >> 1);
}

function mostOrdinal(): i32 {
  const last: i32 = load32(fields + F_LAST);
  if (load32(fields + F_DESCENDING) === 1) return last - ((least + 1) >> 1);
  return most === MISSING ? last : most >> 1;
}

/** What a document is sorted by: the least of its values, or the greatest where the order descends. */
function rankAt(field: i32, document: i32): i32 {
  const row: i32 = rowAt(field, document);
  if (row < 0) return MISSING;
  const isDescending: i32 = load32(field + F_DESCENDING);
  return rankOf(
    field,
    loneOrdinalAt(field, isDescending === 1 ? startOf(field, row + 1) - 1 : startOf(field, row)),
  );
}

/** Twice the place, so that others fit between. */
function rankOf(field: i32, ordinal: i32): i32 {
  return (load32(field + F_DESCENDING) === 1 ? load32(field + F_LAST) - ordinal : ordinal) << 1;
}

/** Keeps a document where it is among the first. Its docId is read last: of most it decides nothing. */
function consider(document: i32, rank: i32): void {
  const entry: i32 = entries + limit * entryBytes;
  if (keys > 0) store32(entry + E_RANKS, rank);
  for (let key: i32 = 1; key < keys; key++) {
    store32(entry + E_RANKS + (key << 2), rankAt(fields + key * FIELD_BYTES, document));
  }
  if (count === limit && compareRanks(entry, entries) > 0) return;
  setEntry(entry, document);
  if (after !== 0 && isBefore(after, entry) === 0) return;
  if (count < limit) {
    rise(entry);
    count++;
  } else if (isBefore(entry, entries) === 1) sink(entry);
  else return;
  if (count === limit && keys > 0) most = load32(entries + E_RANKS);
}

function setEntry(entry: i32, document: i32): void {
  store32(entry + E_DOC, document);
  store32(entry + E_ID_HIGH, columnValue(segment, SEGMENT_DOC_ID_HIGH, document));
  store32(entry + E_ID_LOW, columnValue(segment, SEGMENT_DOC_ID_LOW, document));
}

/** Below 0 where `a` ranks before `b`, above where after it. */
function compareRanks(a: i32, b: i32): i32 {
  for (let at: i32 = E_RANKS; at < entryBytes; at += 4) {
    const own: i32 = load32(a + at);
    const other: i32 = load32(b + at);
    if (own !== other) return own < other ? -1 : 1;
  }
  return 0;
}

/** 1 where `a` stands before `b`. */
function isBefore(a: i32, b: i32): i32 {
  const order: i32 = compareRanks(a, b);
  if (order !== 0) return order < 0 ? 1 : 0;
  const high: i32 = load32(a + E_ID_HIGH);
  const otherHigh: i32 = load32(b + E_ID_HIGH);
  if (high !== otherHigh) return high < otherHigh ? 1 : 0;
  return (load32(a + E_ID_LOW) ^ SIGN) < (load32(b + E_ID_LOW) ^ SIGN) ? 1 : 0;
}

function rise(entry: i32): void {
  let place: i32 = count;
  while (place > 0) {
    const parent: i32 = (place - 1) >> 1;
    const above: i32 = entries + parent * entryBytes;
    if (isBefore(above, entry) === 0) break;
    copyEntry(entries + place * entryBytes, above);
    place = parent;
  }
  copyEntry(entries + place * entryBytes, entry);
}

/** Puts an entry in the place of the last in order. */
function sink(entry: i32): void {
  let place: i32 = 0;
  while (true) {
    let child: i32 = place * 2 + 1;
    if (child >= count) break;
    let below: i32 = entries + child * entryBytes;
    if (child + 1 < count && isBefore(below, below + entryBytes) === 1) {
      child++;
      below += entryBytes;
    }
    if (isBefore(entry, below) === 0) break;
    copyEntry(entries + place * entryBytes, below);
    place = child;
  }
  copyEntry(entries + place * entryBytes, entry);
}

function copyEntry(to: i32, from: i32): void {
  for (let at: i32 = 0; at < entryBytes; at += 4) store32(to + at, load32(from + at));
}
