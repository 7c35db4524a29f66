/** The columns of a segment's documents as rows, for another segment to take. */

import {
  SEGMENT_CONTENT,
  SEGMENT_DATE,
  SEGMENT_DOC_ID_HIGH,
  SEGMENT_DOC_ID_LOW,
  SEGMENT_LENGTHS,
  SEGMENT_RANKS,
  SEGMENT_SITE,
} from '../kernels/layout.ts';
import { columnValue } from '../kernels/columns.ts';
import { load32, store32, store8 } from '../kernels/memory.ts';
import { loadByte, loadWord } from '../kernels/pages.ts';
import { zonesOf } from '../kernels/positions.ts';
import type { i32 } from '../kernels/types.ts';
import { emptied, reserve, take } from './buffers.ts';
import {
  ROW_CONTENT,
  ROW_DATE,
  ROW_LENGTHS,
  ROW_RANKS,
  ROW_SITE,
  ROW_WORDS,
  ROW_ZONES,
} from './write-layout.ts';

/** Writes documents `first` to `past` − 1 into `rows`: for each its docId, high and low, then its row. */
export function copyRows(segment: i32, first: i32, past: i32, rows: i32): void {
  emptied(rows, 0);
  for (let document: i32 = first; document < past; document++) copyRow(segment, document, rows);
}

function copyRow(segment: i32, document: i32, rows: i32): void {
  const place: i32 = zonesOf(segment, document);
  const zones: i32 = place < 0 ? 0 : loadWord(segment, place);
  const at: i32 = reserve(rows, 2 + ROW_WORDS + zones);
  const row: i32 = at + 8;
  store32(at, columnValue(segment, SEGMENT_DOC_ID_HIGH, document));
  store32(at + 4, columnValue(segment, SEGMENT_DOC_ID_LOW, document));
  store32(row + (ROW_SITE << 2), columnValue(segment, SEGMENT_SITE, document));
  store32(row + (ROW_CONTENT << 2), columnValue(segment, SEGMENT_CONTENT, document));
  store32(row + (ROW_DATE << 2), columnValue(segment, SEGMENT_DATE, document));
  store32(row + (ROW_RANKS << 2), columnValue(segment, SEGMENT_RANKS, document));
  for (let group: i32 = 0; group < 16; group++) {
    const column: i32 = load32(segment + SEGMENT_LENGTHS + (group << 2));
    store8(row + (ROW_LENGTHS << 2) + group, column < 0 ? 0 : loadByte(segment, column, document));
  }
  store32(row + (ROW_ZONES << 2), zones);
  for (let zone: i32 = 0; zone < zones; zone++) {
    store32(row + ((ROW_WORDS + zone) << 2), loadWord(segment, place + 1 + zone));
  }
  take(rows, 2 + ROW_WORDS + zones);
}
