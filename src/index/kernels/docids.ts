/** Documents by their docIds, looked through in the order in which they stand. */

import { columnValue } from './columns.ts';
import {
  COLUMN_LEAST,
  COLUMN_OFFSET_SHIFT,
  COLUMN_SHAPE,
  COLUMN_STRIDE_SHIFT,
  SEGMENT_DOC_ID_LOW,
} from './layout.ts';
import { bitsAt, load32 } from './memory.ts';
import { wordAddress, wordsLeft } from './pages.ts';
import type { i32 } from './types.ts';

/**
 * The first document from `first` on the lowest `bits` bits of whose docId are marked, `past` without one. `marks`: a bit for each value
 * of them.
 */
export function nextMarked(segment: i32, first: i32, past: i32, marks: i32, bits: i32): i32 {
  const mask: i32 = (1 << bits) - 1;
  const shape: i32 = load32(segment + SEGMENT_DOC_ID_LOW + COLUMN_SHAPE);
  const least: i32 = load32(segment + SEGMENT_DOC_ID_LOW + COLUMN_LEAST);
  const width: i32 = shape & 255;
  if (width === 0) return isMarked(marks, least & mask) === 1 ? first : past;
  const stride: i32 = shape >>> COLUMN_STRIDE_SHIFT;
  const offset: i32 = (shape >>> COLUMN_OFFSET_SHIFT) & 255;
  const own: i32 = width < 32 ? (1 << width) - 1 : -1;
  let document: i32 = first;
  while (document < past) {
    // 32 rows take as many words as one takes bits.
    let bit: i32 = (document & 31) * stride + offset;
    const word: i32 = load32(segment + SEGMENT_DOC_ID_LOW) + (document >>> 5) * stride + (bit >>> 5);
    bit = bit & 31;
    const end: i32 = wordsLeft(word) << 5;
    if (bit + width > end) {
      // It goes on in the next page.
      if (isMarked(marks, columnValue(segment, SEGMENT_DOC_ID_LOW, document) & mask) === 1) return document;
      document++;
      continue;
    }
    const page: i32 = wordAddress(segment, word);
    for (; document < past && bit + width <= end; bit += stride) {
      if (isMarked(marks, ((bitsAt(page, bit) & own) + least) & mask) === 1) return document;
      document++;
    }
  }
  return past;
}

function isMarked(marks: i32, value: i32): i32 {
  return (load32(marks + ((value >>> 5) << 2)) >>> (value & 31)) & 1;
}
