/** Fields of a document beside its text: what can be filtered, sorted, counted and grouped by. */

import { ByteWriter, PeregrineError } from '../base/index.ts';

/** `number`: 64-bit float; `integer`: 64-bit signed; `date`: ms since 1970; `keyword`: a text taken whole. */
export type FieldType = 'number' | 'integer' | 'date' | 'keyword';

export type FieldValue = number | bigint | string;

/** One field with its values, in any order; a value that is there twice counts once. */
export type DocumentField =
  | { readonly name: string; readonly type: 'number' | 'date'; readonly values: readonly number[] }
  | { readonly name: string; readonly type: 'integer'; readonly values: readonly bigint[] }
  | { readonly name: string; readonly type: 'keyword'; readonly values: readonly string[] };

/** Places are stored: append only. */
export const FIELD_TYPES: readonly FieldType[] = ['number', 'integer', 'date', 'keyword'];
/** Fields of a document, values of a field: more is a mistake of the maker. */
export const MAX_FIELDS = 1024;
export const MAX_FIELD_VALUES = 1024;
/** In UTF-8. */
export const MAX_FIELD_NAME_BYTES = 256;
export const MAX_KEYWORD_BYTES = 1024;

/** Where fields are written, one document after the other. */
const scratch = new ByteWriter(4096);

/** Bytes of the fields: docs/formats/analysed-document.md. What breaks the bounds is `BAD_ARGUMENT`. */
export function encodeFields(fields: readonly DocumentField[]): Uint8Array {
  if (fields.length > MAX_FIELDS) throw refused(`it has ${fields.length} fields`);
  scratch.clear();
  const out = scratch.varint(fields.length);
  for (const field of fields) {
    if (field.values.length > MAX_FIELD_VALUES) throw refused(`${field.name} has too many values`);
    boundedText(out, field.name, MAX_FIELD_NAME_BYTES);
    out.u8(FIELD_TYPES.indexOf(field.type)).varint(field.values.length);
    switch (field.type) {
      case 'number':
        for (const value of field.values) {
          if (!Number.isFinite(value)) throw refused(`${field.name} is ${value}`);
          out.f64(value);
        }
        break;
      case 'date':
        for (const value of field.values) {
          if (!Number.isSafeInteger(value)) throw refused(`${field.name} is ${value}`);
          out.u64(BigInt.asUintN(64, BigInt(value)));
        }
        break;
      case 'integer':
        for (const value of field.values) {
          if (BigInt.asIntN(64, value) !== value) throw refused(`${field.name} is ${value}`);
          out.u64(BigInt.asUintN(64, value));
        }
        break;
      case 'keyword':
        for (const value of field.values) boundedText(out, value, MAX_KEYWORD_BYTES);
        break;
    }
  }
  return out.finish();
}

/** Each unit takes up to three bytes: only what may be too long is counted. */
function boundedText(out: ByteWriter, text: string, most: number): void {
  if (text.length * 3 > most) {
    const size_bytes = Buffer.byteLength(text);
    if (size_bytes > most) throw refused(`"${text.slice(0, 40)}…" has ${size_bytes} bytes`);
  }
  out.text(text);
}

function refused(why: string): PeregrineError {
  return new PeregrineError('BAD_ARGUMENT', `A document can't have these fields: ${why}.`);
}
