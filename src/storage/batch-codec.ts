/** The binary form of a batch: the payload of a log frame. Layout: docs/formats/log.md. */

import { assert, ByteReader, ByteWriter, PeregrineError } from '../base/index.ts';
import type { Batch, DerivedOperation, RecordOperation } from './batch.ts';
import { type DatabaseName, DATABASES, databaseOfNumber } from './databases.ts';
import { checkKey } from './key-order.ts';
import { PayloadRun } from './payload-run.ts';

export const BATCH_VERSION = 1;
export const KIND_DELETE = 0;
export const KIND_PUT = 1;

/** `BAD_ARGUMENT` for a key of a wrong length. */
export function encodeBatch(batch: Batch): Uint8Array {
  const writer = new ByteWriter(sizeOfBatch(batch));
  writer.u8(BATCH_VERSION).varint(batch.records.length);
  for (const { database, key, value } of batch.records) {
    checkKey(database, key);
    writer
      .u8(DATABASES[database].number)
      .u8(value === undefined ? KIND_DELETE : KIND_PUT)
      .raw(key);
    if (value !== undefined) writer.blob(value);
  }
  const derived = batch.derived ?? [];
  writer.varint(derived.length);
  for (const { state, payload } of derived) writer.varint(state).blob(payload);
  return writer.handOver();
}

/** Keys, values and payloads are views of `payload`. `CORRUPT`, `UNSUPPORTED_VERSION`. */
export function decodeBatch(payload: Uint8Array): Batch {
  const reader = new ByteReader(payload);
  const version = reader.u8();
  if (version !== BATCH_VERSION) {
    throw new PeregrineError(
      'UNSUPPORTED_VERSION',
      `A batch in the log is of version ${version}; this program knows ${BATCH_VERSION}.`,
      { version },
    );
  }
  const records: RecordOperation[] = [];
  for (let left = reader.varint(); left > 0; left--) records.push(decodeRecord(reader));
  return { records, derived: decodeDerived(payload, reader.offset) };
}

/** The records of one database, in order, without looking at the others. The batch was encoded here. */
export function* recordsOf(payload: Uint8Array, database: DatabaseName): Generator<RecordOperation> {
  const reader = new ByteReader(payload, 1);
  const { number, keyBytes } = DATABASES[database];
  for (let left = reader.varint(); left > 0; left--) {
    const found = reader.u8();
    const kind = reader.u8();
    if (found === number) {
      yield { database, key: reader.raw(keyBytes), value: kind === KIND_PUT ? reader.blob() : undefined };
    } else {
      reader.skip(keyBytesOfNumber(found));
      if (kind === KIND_PUT) reader.skip(reader.varint());
    }
  }
}

function decodeDerived(payload: Uint8Array, offset: number): DerivedOperation[] {
  const derived: DerivedOperation[] = [];
  for (const run = new PayloadRun(payload, offset); run.left > 0;) derived.push(run.take());
  return derived;
}

function decodeRecord(reader: ByteReader): RecordOperation {
  const database = databaseOfNumber(reader.u8());
  const kind = reader.u8();
  if (database === undefined || kind > KIND_PUT) {
    throw new PeregrineError('CORRUPT', 'A batch in the log names no database or operation that there is.', {
      offset: reader.offset,
    });
  }
  const key = reader.raw(DATABASES[database].keyBytes);
  return { database, key, value: kind === KIND_PUT ? reader.blob() : undefined };
}

/** Never less than what {@link encodeBatch} writes, so that its buffer is allocated once. */
function sizeOfBatch({ records, derived = [] }: Batch): number {
  let size_bytes = 32;
  for (const { key, value } of records) size_bytes += 12 + key.length + (value?.length ?? 0);
  for (const { payload } of derived) size_bytes += 20 + payload.length;
  return size_bytes;
}

function keyBytesOfNumber(number: number): number {
  const database = databaseOfNumber(number);
  assert(database !== undefined, 'a batch that was encoded here names databases that there are');
  return DATABASES[database].keyBytes;
}
