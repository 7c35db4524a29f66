/** Columns of a segment's documents: numbers packed in rows or by themselves, as what they are above the least of all. */

import { COLUMN_LEAST, COLUMN_OFFSET_SHIFT, COLUMN_SHAPE, COLUMN_STRIDE_SHIFT } from './layout.ts';
import { load32 } from './memory.ts';
import { loadWord } from './pages.ts';
import type { i32 } from './types.ts';

/** Value of a document; `column` is the place of the column in the segment's descriptor. */
export function columnValue(segment: i32, column: i32, document: i32): i32 {
  const shape: i32 = load32(segment + column + COLUMN_SHAPE);
  const width: i32 = shape & 255;
  const least: i32 = load32(segment + column + COLUMN_LEAST);
  if (width === 0) return least;
  const stride: i32 = shape >>> COLUMN_STRIDE_SHIFT;
  const offset: i32 = (shape >>> COLUMN_OFFSET_SHIFT) & 255;
  // Modulo 2³²: values far apart are unsigned.
  return (packedAt(segment, load32(segment + column), stride, offset, width, document) + least) | 0;
}

/** Number `index` of those of `width` bits, one or more, that stand `offset` bits behind every `stride` bits from word `place` on. */
export function packedAt(segment: i32, place: i32, stride: i32, offset: i32, width: i32, index: i32): i32 {
  // 32 rows take as many words as one takes bits.
  const bit: i32 = (index & 31) * stride + offset;
  const word: i32 = place + (index >>> 5) * stride + (bit >>> 5);
  const shift: i32 = bit & 31;
  let value: i32 = loadWord(segment, word) >>> shift;
  if (shift + width > 32) value = value | (loadWord(segment, word + 1) << (32 - shift));
  return width < 32 ? value & ((1 << width) - 1) : value;
}
