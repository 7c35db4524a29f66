/** Records of a manifest root: lists of edits, checksummed and numbered. Layout: docs/formats/manifest.md. */

import { ByteReader, ByteWriter, hash64, PeregrineError } from '../base/index.ts';
import { DATABASES, type DatabaseName, databaseOfNumber } from './databases.ts';
import type { LossEntry, ManifestEdit, PartEntry } from './manifest-state.ts';

export const MANIFEST_VERSION = 1;
export const RECORD_HEADER_BYTES = 20;
const RECORD_CHECKSUM_BYTES = 8;
const MAGIC = 0x4e414d50; // 'PMAN'

/** A snapshot begins a root and holds everything; edits follow; `superseded` ends it: the other root goes on. */
export type RecordKind = 'snapshot' | 'edits' | 'superseded';
export const RECORD_KIND_NUMBERS: Readonly<Record<RecordKind, number>> = {
  snapshot: 1,
  edits: 2,
  superseded: 3,
};

export interface ManifestRecord {
  readonly kind: RecordKind;
  /** Number of the root's life; the root with the higher one holds. */
  readonly generation: number;
  /** Place of the record in its root, from 0. */
  readonly number: number;
  readonly edits: readonly ManifestEdit[];
}

export const EDIT_NUMBERS: Readonly<Record<ManifestEdit['edit'], number>> = {
  identity: 1,
  epoch: 2,
  checkpoint: 3,
  clean: 4,
  numbers: 5,
  addRun: 6,
  removeRun: 7,
  addPart: 8,
  removePart: 9,
  consumed: 10,
  beginMerge: 11,
  endMerge: 12,
  addDerived: 13,
  removeDerived: 14,
  lose: 15,
  regain: 16,
};

const EDIT_NAMES = new Map(
  Object.entries(EDIT_NUMBERS).map(([name, number]) => [number, name as ManifestEdit['edit']]),
);
const KIND_NAMES = new Map(
  Object.entries(RECORD_KIND_NUMBERS).map(([name, number]) => [number, name as RecordKind]),
);

export function encodeRecord(record: ManifestRecord): Uint8Array {
  const writer = new ByteWriter(1024);
  writer.u32(MAGIC).u32(0).u16(MANIFEST_VERSION).u16(RECORD_KIND_NUMBERS[record.kind]);
  writer.u32(record.generation).u32(record.number).varint(record.edits.length);
  for (const edit of record.edits) {
    writer.u8(EDIT_NUMBERS[edit.edit]);
    writeEdit(writer, edit);
  }
  writer.patchU32(4, writer.length - RECORD_HEADER_BYTES);
  return writer.u64(hash64(writer.finish())).finish();
}

/** The record at `offset` and where it ends; undefined where no whole one stands. `UNSUPPORTED_VERSION`, `CORRUPT`. */
export function decodeRecord(
  bytes: Uint8Array,
  offset: number,
): { record: ManifestRecord; end: number } | undefined {
  const found = checkRecord(bytes, offset);
  if (found === undefined) return undefined;
  const reader = new ByteReader(bytes.subarray(0, found.end - RECORD_CHECKSUM_BYTES), offset + 8);
  const version = reader.u16();
  if (version !== MANIFEST_VERSION) {
    throw new PeregrineError(
      'UNSUPPORTED_VERSION',
      `The manifest is of version ${version}; this program knows ${MANIFEST_VERSION}.`,
      { version },
    );
  }
  const kind = KIND_NAMES.get(reader.u16());
  if (kind === undefined) throw unreadable(offset);
  const generation = reader.u32();
  const number = reader.u32();
  const edits: ManifestEdit[] = [];
  for (let left = reader.varint(); left > 0; left--) edits.push(readEdit(reader));
  return { record: { kind, generation, number, edits }, end: found.end };
}

/** Generation and end of a record at `offset` whose checksum is right. */
export function checkRecord(
  bytes: Uint8Array,
  offset: number,
): { generation: number; end: number } | undefined {
  if (offset + RECORD_HEADER_BYTES + RECORD_CHECKSUM_BYTES > bytes.length) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset);
  if (view.getUint32(0, true) !== MAGIC) return undefined;
  const checksumAt = RECORD_HEADER_BYTES + view.getUint32(4, true);
  if (offset + checksumAt + RECORD_CHECKSUM_BYTES > bytes.length) return undefined;
  if (view.getBigUint64(checksumAt, true) !== hash64(bytes.subarray(offset, offset + checksumAt)))
    return undefined;
  return { generation: view.getUint32(12, true), end: offset + checksumAt + RECORD_CHECKSUM_BYTES };
}

function writeEdit(writer: ByteWriter, edit: ManifestEdit): void {
  switch (edit.edit) {
    case 'identity':
      writer.u64(edit.storeId).varint(edit.shard);
      break;
    case 'epoch':
      writer.varint(edit.epoch);
      break;
    case 'checkpoint':
      writer.varint(edit.seq);
      break;
    case 'clean':
      writer.u8(edit.isClean ? 1 : 0);
      break;
    case 'numbers':
      writer.varint(edit.nextFile).varint(edit.nextRun);
      break;
    case 'addRun':
      writeRun(writer, edit).varint(edit.order);
      break;
    case 'removeRun':
      writeRun(writer, edit);
      break;
    case 'addPart':
      writePart(writeRun(writer, edit), edit.part);
      break;
    case 'removePart':
      writeRun(writer, edit).varint(edit.part);
      break;
    case 'consumed':
      writeRun(writer, edit).raw(edit.key);
      break;
    case 'beginMerge':
      writer.u8(DATABASES[edit.database].number).varint(edit.merge.target).varint(edit.merge.sources.length);
      for (const source of edit.merge.sources) writer.varint(source);
      break;
    case 'endMerge':
      writer.u8(DATABASES[edit.database].number);
      break;
    case 'lose':
      writeLoss(writer.u8(DATABASES[edit.database].number), edit.loss);
      break;
    case 'regain':
      writer.u8(DATABASES[edit.database].number).varint(edit.part);
      break;
    case 'addDerived':
      writer.varint(edit.state).text(edit.file.path).varint(edit.file.size_bytes).blob(edit.file.note);
      break;
    case 'removeDerived':
      writer.varint(edit.state).text(edit.path);
      break;
  }
}

type EditReaders = {
  readonly [Name in ManifestEdit['edit']]: (reader: ByteReader) => Extract<ManifestEdit, { edit: Name }>;
};

const EDIT_READERS: EditReaders = {
  identity: (reader) => ({ edit: 'identity', storeId: reader.u64(), shard: reader.varint() }),
  epoch: (reader) => ({ edit: 'epoch', epoch: reader.varint() }),
  checkpoint: (reader) => ({ edit: 'checkpoint', seq: reader.varint() }),
  clean: (reader) => ({ edit: 'clean', isClean: reader.u8() === 1 }),
  numbers: (reader) => ({ edit: 'numbers', nextFile: reader.varint(), nextRun: reader.varint() }),
  addRun: (reader) => ({ edit: 'addRun', ...readRun(reader), order: reader.varint() }),
  removeRun: (reader) => ({ edit: 'removeRun', ...readRun(reader) }),
  addPart: (reader) => {
    const run = readRun(reader);
    return { edit: 'addPart', ...run, part: readPart(reader, run.database) };
  },
  removePart: (reader) => ({ edit: 'removePart', ...readRun(reader), part: reader.varint() }),
  consumed: (reader) => {
    const run = readRun(reader);
    return { edit: 'consumed', ...run, key: readKey(reader, run.database) };
  },
  beginMerge: (reader) => {
    const database = readDatabase(reader);
    const target = reader.varint();
    const sources: number[] = [];
    for (let left = reader.varint(); left > 0; left--) sources.push(reader.varint());
    return { edit: 'beginMerge', database, merge: { target, sources } };
  },
  endMerge: (reader) => ({ edit: 'endMerge', database: readDatabase(reader) }),
  lose: (reader) => {
    const database = readDatabase(reader);
    return { edit: 'lose', database, loss: readLoss(reader, database) };
  },
  regain: (reader) => ({ edit: 'regain', database: readDatabase(reader), part: reader.varint() }),
  addDerived: (reader) => {
    const state = reader.varint();
    const path = reader.text();
    const file = { path, size_bytes: reader.varint(), note: reader.blob().slice() };
    return { edit: 'addDerived', state, file };
  },
  removeDerived: (reader) => ({ edit: 'removeDerived', state: reader.varint(), path: reader.text() }),
};

function readEdit(reader: ByteReader): ManifestEdit {
  const name = EDIT_NAMES.get(reader.u8());
  if (name === undefined) throw unreadable(reader.offset);
  return EDIT_READERS[name](reader);
}

function writeRun(
  writer: ByteWriter,
  edit: { readonly database: DatabaseName; readonly run: number },
): ByteWriter {
  return writer.u8(DATABASES[edit.database].number).varint(edit.run);
}

function readRun(reader: ByteReader): { database: DatabaseName; run: number } {
  return { database: readDatabase(reader), run: reader.varint() };
}

function writePart(writer: ByteWriter, part: PartEntry): void {
  writer.varint(part.number).varint(part.size_bytes).varint(part.records).varint(part.tombstones);
  writer.raw(part.firstKey).raw(part.lastKey);
}

function readPart(reader: ByteReader, database: DatabaseName): PartEntry {
  return {
    number: reader.varint(),
    size_bytes: reader.varint(),
    records: reader.varint(),
    tombstones: reader.varint(),
    firstKey: readKey(reader, database),
    lastKey: readKey(reader, database),
  };
}

/** One more than the count, so that 0 says that it is not known. */
function writeLoss(writer: ByteWriter, { order, part, entries, firstKey, lastKey }: LossEntry): void {
  writer
    .varint(order)
    .varint(part)
    .varint(entries === undefined ? 0 : entries + 1);
  writer.raw(firstKey).raw(lastKey);
}

function readLoss(reader: ByteReader, database: DatabaseName): LossEntry {
  const order = reader.varint();
  const part = reader.varint();
  const counted = reader.varint();
  return {
    order,
    part,
    entries: counted === 0 ? undefined : counted - 1,
    firstKey: readKey(reader, database),
    lastKey: readKey(reader, database),
  };
}

function readKey(reader: ByteReader, database: DatabaseName): Uint8Array {
  return reader.raw(DATABASES[database].keyBytes).slice();
}

function readDatabase(reader: ByteReader): DatabaseName {
  const database = databaseOfNumber(reader.u8());
  if (database === undefined) throw unreadable(reader.offset);
  return database;
}

function unreadable(offset: number): PeregrineError {
  return new PeregrineError('CORRUPT', 'A record of the manifest holds what this program does not know.', {
    offset,
  });
}
