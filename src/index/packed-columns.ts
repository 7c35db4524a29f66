/**
 * Packs the fixed columns of a segment: what is looked up of one document side by side in a row, so that one page holds
 * it; what is read for all documents as a column of its own. Read by kernels/columns.ts. Layout: docs/formats/segment.md.
 */

import { bitsFor } from './bit-packing.ts';

/** Columns that every document has, by their place in the head and in descriptors. Numbers never change. */
export const PACKED_COLUMNS = [
  'docIdHigh',
  'docIdLow',
  'site',
  'content',
  'date',
  'ranks',
  'order',
  'zoneIndex',
] as const;
export type PackedColumnName = (typeof PACKED_COLUMNS)[number];

/** Those of a row, in its order. */
export const ROW_COLUMNS = ['docIdHigh', 'docIdLow', 'site', 'content', 'ranks', 'zoneIndex'] as const;

/** Rows packed at a time; 32 rows are whole words. */
const ROWS_A_PIECE = 8192;

/** What a reader has to know of a packed column beside its place. */
export interface PackedColumn {
  readonly least: number;
  /** Bits of a value. */
  readonly width: number;
  /** Bits from a document's value to the next one's. */
  readonly stride: number;
  /** Bit of the first document's value. */
  readonly offset: number;
}

/** Least value and width of the first `count` of `values`. */
export function rangeOf(values: Int32Array, count: number): Pick<PackedColumn, 'least' | 'width'> {
  let least = count === 0 ? 0 : (values[0] as number);
  let most = least;
  for (let i = 1; i < count; i++) {
    const value = values[i] as number;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  return { least, width: bitsFor((most - least) | 0) };
}

/** Gives each column its place: those of `rows` one behind the other in a row, any other by itself. In the order of PACKED_COLUMNS. */
export function placeColumns(
  ranges: readonly Pick<PackedColumn, 'least' | 'width'>[],
  rows: readonly PackedColumnName[] = ROW_COLUMNS,
): PackedColumn[] {
  const widthOf = (name: PackedColumnName): number => ranges[PACKED_COLUMNS.indexOf(name)]?.width ?? 0;
  const offsets = new Map<PackedColumnName, number>();
  let stride = 0;
  for (const name of rows) {
    offsets.set(name, stride);
    stride += widthOf(name);
  }
  return PACKED_COLUMNS.map((name, i) => {
    const { least = 0, width = 0 } = ranges[i] ?? {};
    const offset = offsets.get(name);
    return { least, width, stride: offset === undefined ? width : stride, offset: offset ?? 0 };
  });
}

/** The words of `count` documents' values of columns that share a row, or of one alone, piece by piece. */
export function* packRows(
  columns: readonly { readonly values: Int32Array; readonly column: PackedColumn }[],
  count: number,
): Generator<Int32Array> {
  const stride = columns[0]?.column.stride ?? 0;
  if (stride === 0) return;
  for (let first = 0; first < count; first += ROWS_A_PIECE) {
    const past = Math.min(count, first + ROWS_A_PIECE);
    const words = new Int32Array(strideWords(stride, past - first));
    for (const { values, column } of columns) packValues(values, first, past, column, words);
    yield words;
  }
}

/** Words that so many documents take. */
export function strideWords(stride: number, count: number): number {
  return Math.ceil((stride * count) / 32);
}

function packValues(
  values: Int32Array,
  first: number,
  past: number,
  { least, width, stride, offset }: PackedColumn,
  words: Int32Array,
): void {
  if (width === 0) return;
  let bit = offset;
  for (let i = first; i < past; i++) {
    const value = ((values[i] as number) - least) | 0;
    const at = bit >>> 5;
    const shift = bit & 31;
    words[at] = (words[at] as number) | (value << shift);
    if (shift + width > 32) words[at + 1] = (words[at + 1] as number) | (value >>> (32 - shift));
    bit += stride;
  }
}

/** Values of a column for `count` documents, out of the words that hold them. */
export function unpackRows(
  { least, width, stride, offset }: PackedColumn,
  words: Int32Array,
  count: number,
): Int32Array {
  const values = new Int32Array(count).fill(least);
  if (width === 0) return values;
  const mask = width === 32 ? -1 : (1 << width) - 1;
  for (let i = 0; i < count; i++) {
    // 32 documents take as many words as one takes bits.
    const bit = (i & 31) * stride + offset;
    const at = (i >>> 5) * stride + (bit >>> 5);
    const shift = bit & 31;
    let value = (words[at] as number) >>> shift;
    if (shift + width > 32) value |= (words[at + 1] as number) << (32 - shift);
    values[i] = (value & mask) + least;
  }
  return values;
}
