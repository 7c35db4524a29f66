/** Packs the fixed columns of a segment; read by kernels/columns.ts. Layout: docs/formats/segment.md. */

import { packedWords, packStream, bitsFor } from './bit-packing.ts';

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

/** What a reader has to know of a packed column beside its place. */
export interface PackedColumn {
  readonly least: number;
  /** Bits of a value. */
  readonly width: number;
}

/** The first `count` of `values`, and the words they take. */
export function packColumn(values: Int32Array, count: number): PackedColumn & { readonly words: Int32Array } {
  let least = count === 0 ? 0 : (values[0] as number);
  let most = least;
  for (let i = 1; i < count; i++) {
    const value = values[i] as number;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  const width = bitsFor((most - least) | 0);
  const above = new Int32Array(count);
  for (let i = 0; i < count; i++) above[i] = (values[i] as number) - least;
  const words = new Int32Array(packedWords(width, count));
  packStream(above, 0, width === 0 ? 0 : count, width, words, 0);
  return { least, width, words };
}
