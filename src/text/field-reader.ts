/** Reads the fields of a document: walks over them where their bytes stand, without an object for any, checks and decodes them. */

import { PeregrineError } from '../base/index.ts';
import {
  type DocumentField,
  FIELD_TYPES,
  type FieldType,
  MAX_FIELD_VALUES,
  MAX_FIELDS,
} from './document-fields.ts';

const NUMBER_BYTES = 8;
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export class FieldReader {
  readonly #bytes: Uint8Array;
  #at = 0;
  #past = 0;
  #fieldsLeft = 0;
  #valuesLeft = 0;
  /** Of the field: where its name stands, what its values are, how many they are. */
  nameFrom = 0;
  nameTo = 0;
  type: FieldType = 'number';
  count = 0;
  /** Where the value stands: UTF-8 of a keyword, eight bytes of anything else. */
  from = 0;
  to = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Begins with fields as `encodeFields` wrote them. `CORRUPT`, as all that follows. */
  open(from: number, past: number): this {
    this.#at = from;
    this.#past = past;
    this.#valuesLeft = 0;
    this.#fieldsLeft = this.#varint();
    if (this.#fieldsLeft > MAX_FIELDS) throw corrupt('it has too many fields');
    return this;
  }

  /** Moves on to the next field; false behind the last one. All values of the one before were read. */
  nextField(): boolean {
    if (this.#fieldsLeft === 0) {
      if (this.#at !== this.#past) throw corrupt('bytes follow the last field');
      return false;
    }
    this.#fieldsLeft -= 1;
    const length = this.#varint();
    this.nameFrom = this.#at;
    this.nameTo = this.#take(length);
    const type = FIELD_TYPES[this.#bytes[this.#take(1) - 1] as number];
    if (type === undefined) throw corrupt('a field has an unknown type');
    this.type = type;
    this.count = this.#varint();
    if (this.count > MAX_FIELD_VALUES) throw corrupt('a field has too many values');
    this.#valuesLeft = this.count;
    return true;
  }

  /** Moves on to the next value of the field; false behind the last one. */
  nextValue(): boolean {
    if (this.#valuesLeft === 0) return false;
    this.#valuesLeft -= 1;
    const length = this.type === 'keyword' ? this.#varint() : NUMBER_BYTES;
    this.from = this.#at;
    this.to = this.#take(length);
    return true;
  }

  /** Text that stands in the bytes. `CORRUPT` where it is none. */
  text(from: number, to: number): string {
    try {
      return decoder.decode(this.#bytes.subarray(from, to));
    } catch {
      throw corrupt('a text is not valid UTF-8');
    }
  }

  #varint(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.#bytes[this.#take(1) - 1] as number;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
      if (shift >= 21) throw corrupt('a number in it is too long');
    }
  }

  /** Returns where what is taken ends. */
  #take(count: number): number {
    if (count > this.#past - this.#at) throw corrupt('it ends too early');
    this.#at += count;
    return this.#at;
  }
}

/** Looks that the fields from `from` to `past` are whole and hold what their types say. `CORRUPT`. */
export function checkFields(bytes: Uint8Array, from: number, past: number): void {
  const reader = new FieldReader(bytes).open(from, past);
  let view: DataView | undefined;
  while (reader.nextField()) {
    checkText(reader, bytes, reader.nameFrom, reader.nameTo);
    const { type } = reader;
    while (reader.nextValue()) {
      if (type === 'keyword') checkText(reader, bytes, reader.from, reader.to);
      if (type !== 'number' && type !== 'date') continue;
      view ??= new DataView(bytes.buffer, bytes.byteOffset);
      const isSound =
        type === 'number'
          ? Number.isFinite(view.getFloat64(reader.from, true))
          : Number.isSafeInteger(dateAt(view, reader.from));
      if (!isSound) throw corrupt(`a field holds no ${type}`);
    }
  }
}

/** The fields in `bytes`, checked; anything else is `CORRUPT`. */
export function decodeFields(bytes: Uint8Array): readonly DocumentField[] {
  checkFields(bytes, 0, bytes.length);
  const reader = new FieldReader(bytes).open(0, bytes.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const fields: DocumentField[] = [];
  while (reader.nextField()) fields.push(fieldAt(reader, view));
  return fields;
}

function fieldAt(reader: FieldReader, view: DataView): DocumentField {
  const { type } = reader;
  const name = reader.text(reader.nameFrom, reader.nameTo);
  switch (type) {
    case 'number':
      return { name, type, values: valuesOf(reader, (at) => view.getFloat64(at, true)) };
    case 'date':
      return { name, type, values: valuesOf(reader, (at) => dateAt(view, at)) };
    case 'integer':
      return { name, type, values: valuesOf(reader, (at) => view.getBigInt64(at, true)) };
    case 'keyword':
      break;
  }
  return { name, type, values: valuesOf(reader, (from, to) => reader.text(from, to)) };
}

function valuesOf<Value>(reader: FieldReader, valueAt: (from: number, to: number) => Value): Value[] {
  const values: Value[] = [];
  while (reader.nextValue()) values.push(valueAt(reader.from, reader.to));
  return values;
}

/** A date as fields hold it: a signed number of 64 bits. */
export function dateAt(view: DataView, at: number): number {
  return view.getInt32(at + 4, true) * 2 ** 32 + view.getUint32(at, true);
}

/** What is ASCII is UTF-8. */
function checkText(reader: FieldReader, bytes: Uint8Array, from: number, to: number): void {
  for (let at = from; at < to; at++) {
    if ((bytes[at] as number) < 0x80) continue;
    reader.text(from, to);
    return;
  }
}

function corrupt(why: string): PeregrineError {
  return new PeregrineError('CORRUPT', `An analysed document can't be read: ${why}.`);
}
