/** What stands behind a key on a data page: a tag, then the value or the place of its own page. Layout: docs/formats/part.md. */

import { ByteReader } from '../base/index.ts';

/** What a data page says of a key. */
export type PageValue =
  | { readonly kind: 'inline'; readonly bytes: Uint8Array }
  | { readonly kind: 'tombstone' }
  /** A page of its own holds the value. */
  | {
      readonly kind: 'stored';
      readonly offset: number;
      readonly size_bytes: number;
      readonly value_bytes: number;
    };

export const TOMBSTONE: PageValue = { kind: 'tombstone' };

/** Reads from the tag on. `CORRUPT`. */
export function readValue(reader: ByteReader): PageValue {
  const tag = reader.varint();
  const value_bytes = Math.floor(tag / 2);
  if (tag % 2 === 0) return { kind: 'inline', bytes: reader.raw(value_bytes) };
  return { kind: 'stored', value_bytes, offset: reader.varint(), size_bytes: reader.varint() };
}

/** Where that begins which follows the value whose tag stands at `at`; `end` is that of all entries. `CORRUPT`. */
export function behindValue(bytes: Uint8Array, at: number, end: number): number {
  const first = bytes[at] as number;
  const second = bytes[at + 1] as number;
  if ((first & 1) === 0 && first < 128) return at + 1 + (first >>> 1);
  if ((first & 1) === 0 && second < 128) return at + 2 + (((first & 127) | (second << 7)) >>> 1);
  const reader = new ByteReader(bytes.subarray(0, end), at);
  readValue(reader);
  return reader.offset;
}
