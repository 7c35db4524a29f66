/** Facets and filters: how many matches have each value of a field, and which documents have one of some values. */

import {
  loneOrdinalAt,
  openField,
  ordinalAt,
  presentIn,
  readOrdinals,
  readStartsOf,
  standAt,
  startOf,
} from './fields.ts';
import { withinOf } from './lanes.ts';
import {
  F_DOCUMENTS,
  F_LISTED,
  F_NUMBERS,
  F_PRESENCE,
  F_ROW,
  F_ROWS,
  F_RUNS,
  F_RUN_PLACES,
  F_STARTS_READ,
  F_START_WIDTH,
  MOST_RUNS,
  PRESENT_LIST,
} from './layout.ts';
import { countOnes, countTrailingZeros, isExpired, load32, load8, store32 } from './memory.ts';
import type { i32 } from './types.ts';

/** So few rows of 32 are read one by one. */
const FEW_ROWS: i32 = 6;
/** Groups of 32 documents between two looks at the time. */
const CLOCK_STEPS: i32 = 4096;

/**
 * Counts at `counts`, a word a step, the documents set at `matches` that have a value of each step: `steps` names the step
 * of each place of the dictionary, −1 for none; 0: each place is a step. A document counts once a step. Returns how many
 * have the field at all; −1 where time was over.
 */
export function countValues(field: i32, matches: i32, steps: i32, counts: i32): i32 {
  const documents: i32 = load32(field + F_DOCUMENTS);
  const isSingle: i32 = load32(field + F_START_WIDTH) === 0 ? 1 : 0;
  openField(field);
  let found: i32 = 0;
  if (load32(field + F_PRESENCE) === PRESENT_LIST) {
    const rows: i32 = load32(field + F_ROWS);
    for (let row: i32 = 0; row < rows; row++) {
      standAt(field, row);
      const document: i32 = load32(field + F_LISTED);
      if (((load32(matches + ((document >>> 5) << 2)) >>> (document & 31)) & 1) === 0) continue;
      found++;
      countRow(field, startOf(field, row), startOf(field, row + 1), steps, counts);
    }
    return found;
  }
  const groups: i32 = (documents + 31) >>> 5;
  let clock: i32 = CLOCK_STEPS;
  for (let group: i32 = 0; group < groups; group++) {
    clock--;
    if (clock === 0) {
      clock = CLOCK_STEPS;
      if (isExpired() === 1) return -1;
    }
    const wanted: i32 = load32(matches + (group << 2));
    if (wanted === 0) continue;
    const present: i32 = presentIn(field, group);
    const bits: i32 = wanted & present;
    if (bits === 0) continue;
    found += countOnes(bits);
    if (isSingle === 1) countSingles(field, present, bits, steps, counts);
    else countSeveral(field, present, bits, steps, counts);
  }
  return found;
}

/** The rows of `bits`, of those of `present`, where each has one value. */
function countSingles(field: i32, present: i32, bits: i32, steps: i32, counts: i32): void {
  const row: i32 = load32(field + F_ROW);
  const many: i32 = countOnes(bits);
  if (many < FEW_ROWS) {
    for (let left: i32 = bits; left !== 0; left = left & (left - 1)) {
      addOne(loneOrdinalAt(field, row + rowsBefore(present, left)), steps, counts);
    }
    return;
  }
  const rows: i32 = countOnes(present);
  readOrdinals(field, row, rows);
  const numbers: i32 = field + F_NUMBERS;
  if (many === rows) {
    for (let at: i32 = numbers; at < numbers + (rows << 2); at += 4) addOne(load32(at), steps, counts);
    return;
  }
  for (let left: i32 = bits; left !== 0; left = left & (left - 1)) {
    addOne(load32(numbers + (rowsBefore(present, left) << 2)), steps, counts);
  }
}

/** The same where rows have several. */
function countSeveral(field: i32, present: i32, bits: i32, steps: i32, counts: i32): void {
  readStartsOf(field, countOnes(present));
  for (let left: i32 = bits; left !== 0; left = left & (left - 1)) {
    const at: i32 = field + F_STARTS_READ + (rowsBefore(present, left) << 2);
    countRow(field, load32(at), load32(at + 4), steps, counts);
  }
}

/** Rows before that of the lowest of `left`. */
function rowsBefore(present: i32, left: i32): i32 {
  return countOnes(present & ((left & (0 - left)) - 1));
}

/** The values of one document, from value `first` of all to `past` − 1. */
function countRow(field: i32, first: i32, past: i32, steps: i32, counts: i32): void {
  let before: i32 = -1;
  for (let index: i32 = first; index < past; index++) {
    const ordinal: i32 = ordinalAt(field, index);
    const step: i32 = steps === 0 ? ordinal : load32(steps + (ordinal << 2));
    // Steps rise with the places, and these within a row.
    if (step < 0 || step === before) continue;
    addTo(counts + (step << 2));
    before = step;
  }
}

function addOne(ordinal: i32, steps: i32, counts: i32): void {
  const step: i32 = steps === 0 ? ordinal : load32(steps + (ordinal << 2));
  if (step >= 0) addTo(counts + (step << 2));
}

function addTo(at: i32): void {
  store32(at, load32(at) + 1);
}

/**
 * Sets at `bits` the documents with a value at a place from `first` to `past` − 1 of the dictionary for which, unless
 * `accepted` is 0, a byte there is 1. 0 where time was over.
 */
export function markValues(field: i32, accepted: i32, first: i32, past: i32, bits: i32): i32 {
  const documents: i32 = load32(field + F_DOCUMENTS);
  openField(field);
  if (accepted !== 0) findRuns(field, accepted, first, past);
  if (load32(field + F_PRESENCE) === PRESENT_LIST) {
    const rows: i32 = load32(field + F_ROWS);
    for (let row: i32 = 0; row < rows; row++) {
      standAt(field, row);
      const document: i32 = load32(field + F_LISTED);
      const at: i32 = bits + ((document >>> 5) << 2);
      const own: i32 = isOneOf(field, startOf(field, row), startOf(field, row + 1), accepted, first, past);
      store32(at, load32(at) | (own << (document & 31)));
    }
    return 1;
  }
  const groups: i32 = (documents + 31) >>> 5;
  let clock: i32 = CLOCK_STEPS;
  for (let group: i32 = 0; group < groups; group++) {
    clock--;
    if (clock === 0) {
      clock = CLOCK_STEPS;
      if (isExpired() === 1) return 0;
    }
    const present: i32 = presentIn(field, group);
    if (present !== 0) store32(bits + (group << 2), acceptedOf(field, present, accepted, first, past));
  }
  return 1;
}

/** Runs of accepted places, as far as there are few: each is told by comparisons alone. */
function findRuns(field: i32, accepted: i32, first: i32, past: i32): void {
  let runs: i32 = 0;
  let place: i32 = first;
  while (place < past && runs <= MOST_RUNS) {
    while (place < past && load8(accepted + place) === 0) place++;
    if (place === past) break;
    const begin: i32 = place;
    while (place < past && load8(accepted + place) === 1) place++;
    if (runs < MOST_RUNS) {
      store32(field + F_RUN_PLACES + (runs << 3), begin);
      store32(field + F_RUN_PLACES + (runs << 3) + 4, place);
    }
    runs++;
  }
  store32(field + F_RUNS, runs);
}

/** A bit for each of the first `count` numbers at F_NUMBERS, at most 32: whether that place is accepted. */
function acceptedNumbers(field: i32, count: i32, accepted: i32, first: i32, past: i32): i32 {
  const numbers: i32 = field + F_NUMBERS;
  const all: i32 = count < 32 ? (1 << count) - 1 : -1;
  if (accepted === 0) return withinOf(numbers, first, past) & all;
  let found: i32 = 0;
  const runs: i32 = load32(field + F_RUNS);
  if (runs <= MOST_RUNS) {
    const end: i32 = field + F_RUN_PLACES + (runs << 3);
    for (let at: i32 = field + F_RUN_PLACES; at < end; at += 8) {
      found = found | withinOf(numbers, load32(at), load32(at + 4));
    }
    return found & all;
  }
  for (let left: i32 = withinOf(numbers, first, past) & all; left !== 0; left = left & (left - 1)) {
    const i: i32 = countTrailingZeros(left);
    found = found | (load8(accepted + load32(numbers + (i << 2))) << i);
  }
  return found;
}

/** Those of `present` that have one of the values. */
function acceptedOf(field: i32, present: i32, accepted: i32, first: i32, past: i32): i32 {
  const rows: i32 = countOnes(present);
  if (load32(field + F_START_WIDTH) !== 0) return acceptedRows(field, present, rows, accepted, first, past);
  readOrdinals(field, load32(field + F_ROW), rows);
  const found: i32 = acceptedNumbers(field, rows, accepted, first, past);
  if (present === -1 || found === 0) return found;
  let marked: i32 = 0;
  let row: i32 = 0;
  for (let left: i32 = present; left !== 0; left = left & (left - 1)) {
    marked = marked | (((found >>> row) & 1) << countTrailingZeros(left));
    row++;
  }
  return marked;
}

/** The same where rows have several values: these are gone through once, all rows together, and rows looked up for those accepted. */
function acceptedRows(field: i32, present: i32, rows: i32, accepted: i32, first: i32, past: i32): i32 {
  const row: i32 = load32(field + F_ROW);
  const end: i32 = startOf(field, row + rows);
  let marked: i32 = 0;
  // Documents from that on whose row begins at `at`; 0 before rows were unpacked.
  let documents: i32 = present;
  let at: i32 = 0;
  for (let index: i32 = startOf(field, row); index < end; index += 32) {
    const many: i32 = end - index < 32 ? end - index : 32;
    readOrdinals(field, index, many);
    let found: i32 = acceptedNumbers(field, many, accepted, first, past);
    if (found === 0) continue;
    if (at === 0) {
      readStartsOf(field, rows);
      at = field + F_STARTS_READ;
    }
    while (found !== 0) {
      const value: i32 = index + countTrailingZeros(found);
      // Damaged starts may never come to the value: rows end in any case.
      while (documents !== 0 && load32(at + 4) <= value) {
        at += 4;
        documents = documents & (documents - 1);
      }
      if (documents === 0) return marked;
      marked = marked | (documents & (0 - documents));
      // What else this row has says no more.
      const behind: i32 = load32(at + 4) - index;
      found = behind > 31 ? 0 : found & (-1 << behind);
    }
  }
  return marked;
}

/** The same of one row: no values behind the last that can be accepted are looked at. */
function isOneOf(field: i32, from: i32, end: i32, accepted: i32, first: i32, past: i32): i32 {
  for (let index: i32 = from; index < end; index++) {
    const ordinal: i32 = ordinalAt(field, index);
    if (ordinal >= past) return 0;
    if (ordinal >= first && (accepted === 0 || load8(accepted + ordinal) === 1)) return 1;
  }
  return 0;
}
