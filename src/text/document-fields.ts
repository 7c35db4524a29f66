/** Fields of a document beside its text: what can be filtered, sorted, counted and grouped by. */

import { ByteReader, ByteWriter, PeregrineError } from '../base/index.ts';

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

/** The fields in `bytes`, checked; anything else is `CORRUPT`. */
export function decodeFields(bytes: Uint8Array): readonly DocumentField[] {
  const from = new ByteReader(bytes);
  const count = from.varint();
  if (count > MAX_FIELDS) throw corrupt('it has too many fields');
  const fields = Array.from({ length: count }, () => decodeField(from));
  if (from.remaining > 0) throw corrupt('bytes follow the last field');
  return fields;
}

function decodeField(from: ByteReader): DocumentField {
  const name = from.text();
  const type = FIELD_TYPES[from.u8()];
  const count = from.varint();
  if (type === undefined) throw corrupt(`the field ${name} has an unknown type`);
  if (count > MAX_FIELD_VALUES) throw corrupt(`the field ${name} has too many values`);
  switch (type) {
    case 'number': {
      const values = Array.from({ length: count }, () => from.f64());
      if (!values.every(Number.isFinite)) throw corrupt(`the field ${name} holds no number`);
      return { name, type, values };
    }
    case 'date': {
      const values = Array.from({ length: count }, () => Number(BigInt.asIntN(64, from.u64())));
      if (!values.every(Number.isSafeInteger)) throw corrupt(`the field ${name} holds no date`);
      return { name, type, values };
    }
    case 'integer':
      return { name, type, values: Array.from({ length: count }, () => BigInt.asIntN(64, from.u64())) };
    case 'keyword':
      break;
  }
  return { name, type, values: Array.from({ length: count }, () => from.text()) };
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

function corrupt(why: string): PeregrineError {
  return new PeregrineError('CORRUPT', `An analysed document can't be read: ${why}.`);
}
