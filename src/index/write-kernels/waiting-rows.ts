/**
 * Rows and columns of documents that wait to be inverted, written where a document has just been checked and is near: whoever goes
 * through all of them later would wait for one part of each after the other.
 */

import { fillBytes, load32, loadUnaligned, store32, store8 } from '../kernels/memory.ts';
import type { i32 } from '../kernels/types.ts';
import { reserve, take } from './buffers.ts';
import {
  columns,
  fieldsAddress,
  fieldsSize,
  filterCount,
  filters,
  isBefore,
  lengths,
  lengthsEnd,
  letters,
  postings,
  readFrom,
  termCount,
  terms,
  varint,
  zones,
  zonesEnd,
} from './document-reader.ts';
import { magnitudeBelow } from './magnitude.ts';
import {
  B_USED,
  D_COLUMNS,
  D_FIELDS,
  D_FIELDS_SIZE,
  D_FILTER,
  D_FILTERS_END,
  D_HIGH,
  D_LAST_ZONE,
  D_LENGTH,
  D_LETTER,
  D_LOW,
  D_POSTING,
  D_SIZE,
  D_STATE,
  D_TERM,
  D_TERMS_END,
  D_ZONES,
  DOCUMENT_SHIFT,
  IS_DELETION,
  P_COLUMNS,
  P_ROWS,
  POSITION_BITS,
  ROW_CONTENT,
  ROW_DATE,
  ROW_LENGTHS,
  ROW_RANKS,
  ROW_SITE,
  ROW_WORDS,
  ROW_ZONES,
} from './write-layout.ts';

/** Words of a row. */
const DOCUMENT_WORDS: i32 = 1 << (DOCUMENT_SHIFT - 2);

/** Adds the row of the open document, which has `size` bytes, and its columns. */
export function addRow(waiting: i32, size: i32, low: i32, high: i32): void {
  const row: i32 = reserve(waiting + P_ROWS, DOCUMENT_WORDS);
  take(waiting + P_ROWS, DOCUMENT_WORDS);
  store32(row + D_TERM, terms);
  store32(row + D_TERMS_END, terms + (termCount << 3));
  store32(row + D_POSTING, postings);
  store32(row + D_LENGTH, letters);
  store32(row + D_LETTER, letters + termCount);
  store32(row + D_FILTER, filters);
  store32(row + D_FILTERS_END, filters + (filterCount << 3));
  store32(row + D_ZONES, zones);
  store32(row + D_STATE, 0);
  store32(row + D_SIZE, size);
  store32(row + D_FIELDS, fieldsAddress());
  store32(row + D_FIELDS_SIZE, fieldsAddress() === 0 ? 0 : fieldsSize());
  store32(row + D_LOW, low);
  store32(row + D_HIGH, high);
  store32(row + D_COLUMNS, load32(waiting + P_COLUMNS + B_USED));
  store32(row + D_LAST_ZONE, addColumns(waiting + P_COLUMNS));
}

/** Adds a row that says that a document is to go. */
export function addDeletion(waiting: i32, low: i32, high: i32): void {
  const row: i32 = reserve(waiting + P_ROWS, DOCUMENT_WORDS);
  take(waiting + P_ROWS, DOCUMENT_WORDS);
  fillBytes(row, 0, 1 << DOCUMENT_SHIFT);
  store32(row + D_STATE, IS_DELETION);
  store32(row + D_LOW, low);
  store32(row + D_HIGH, high);
}

/**
 * Adds columns and zones of the open document; returns where its last zone begins, with its group above. Neighbouring zones of one
 * group become one: no phrase crosses their gap.
 */
function addColumns(buffer: i32): i32 {
  const bound: i32 = ROW_WORDS + ((zonesEnd - zones) >> 1);
  const row: i32 = reserve(buffer, bound);
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
  take(buffer, ROW_WORDS + count);
  return least === 0 ? 0 : (least - 1) | (before << POSITION_BITS);
}
