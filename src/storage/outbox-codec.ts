/** Outbox records, and the marks of what an owner has applied. Layouts: docs/formats/keys.md. */

import {
  assert,
  ByteReader,
  ByteWriter,
  type CollectionId,
  type DocId,
  hashOfDocId,
  PeregrineError,
  type Slot,
  slotOfDocId,
  toSlot,
} from '../base/index.ts';
import type { RecordOperation } from './batch.ts';
import { type DatabaseName, databaseOfNumber, DATABASES, KeyReader, KeyWriter } from './databases.ts';

/** Kind of `meta` record that says which effects of a source an owner has applied. */
export const APPLIED_META_KIND = 32;
export const OUTBOX_VERSION = 1;

/**
 * What an owner is to do with one key. `putIfAbsent` is decided at the owner, when it sequences the batch, so that its
 * log holds results. A plain {@link RecordOperation} puts or deletes.
 */
export interface EffectOperation extends RecordOperation {
  /** Leave a record that is there as it is. Default false. */
  readonly onlyIfAbsent?: boolean;
}

/** Effects of one batch on the owner of `target`, applied there whole and once. */
export interface EffectBatch {
  /** Any slot of the owning shard; the mark stands in it. */
  readonly target: Slot;
  readonly records: readonly EffectOperation[];
}

/** Which effects: source, version of the source, place among the effects of that version. */
export interface EffectName {
  readonly collection: CollectionId;
  readonly source: DocId;
  /** Grows with every change of the source: the sequence number of its batch. Below 2⁴⁸. */
  readonly version: number;
  readonly n: number;
}

const KINDS = { delete: 0, put: 1, putIfAbsent: 2 } as const;

/** The records that take effects along in the source's own batch. */
export function outboxRecords(
  collection: CollectionId,
  source: DocId,
  version: number,
  effects: readonly EffectBatch[],
): RecordOperation[] {
  return effects.map((effect, n) => ({
    database: 'outbox',
    key: outboxKey({ collection, source, version, n }),
    value: encodeEffects(effect),
  }));
}

export function outboxKey({ collection, source, version, n }: EffectName): Uint8Array {
  const key = new KeyWriter('outbox', slotOfDocId(source), collection);
  return key.u48(hashOfDocId(source)).u48(version).u32(n).finish();
}

export function readOutboxKey(key: Uint8Array): EffectName {
  const reader = new KeyReader(key);
  const { slot, collection } = reader;
  // The inverse of slotOfDocId and hashOfDocId: 41 bits of hash under the slot.
  const source = (slot * 2 ** 41 + reader.u48()) as DocId;
  return { collection, source, version: reader.u48(), n: reader.u32() };
}

export function encodeEffects({ target, records }: EffectBatch): Uint8Array {
  const writer = new ByteWriter(256).u8(OUTBOX_VERSION).u16(target).varint(records.length);
  for (const { database, key, value, onlyIfAbsent } of records) {
    const { number, keyBytes } = DATABASES[database];
    assert(key.length === keyBytes, `a key of ${database} has ${keyBytes} bytes`);
    const kind = value === undefined ? KINDS.delete : onlyIfAbsent === true ? KINDS.putIfAbsent : KINDS.put;
    writer.u8(number).u8(kind).raw(key);
    if (value !== undefined) writer.blob(value);
  }
  return writer.finish();
}

/** `CORRUPT`, `UNSUPPORTED_VERSION`. */
export function decodeEffects(bytes: Uint8Array): EffectBatch {
  const reader = new ByteReader(bytes);
  const version = reader.u8();
  if (version !== OUTBOX_VERSION) {
    throw new PeregrineError(
      'UNSUPPORTED_VERSION',
      `An outbox record is of version ${version}; this program knows ${OUTBOX_VERSION}.`,
      { version },
    );
  }
  const target = toSlot(reader.u16());
  const records: EffectOperation[] = [];
  for (let left = reader.varint(); left > 0; left--) {
    const database = databaseOfNumber(reader.u8());
    const kind = reader.u8();
    if (database === undefined || kind > KINDS.putIfAbsent) {
      throw new PeregrineError('CORRUPT', 'An outbox record names no database or operation that there is.');
    }
    records.push(readOperation(reader, database, kind));
  }
  return { target, records };
}

function readOperation(reader: ByteReader, database: DatabaseName, kind: number): EffectOperation {
  const key = reader.raw(DATABASES[database].keyBytes);
  const value = kind === KINDS.delete ? undefined : reader.blob();
  return { database, key, value, onlyIfAbsent: kind === KINDS.putIfAbsent };
}

/** Where the owner of `target` notes the newest effects that it has applied of a source. */
export function appliedKey(target: Slot, { collection, source }: EffectName): Uint8Array {
  const key = new KeyWriter('meta', target, collection).u8(APPLIED_META_KIND);
  return key.u16(slotOfDocId(source)).u48(hashOfDocId(source)).finish();
}

export function encodeMark({ version, n }: EffectName): Uint8Array {
  return new ByteWriter(16).u8(OUTBOX_VERSION).varint(version).varint(n).finish();
}

/** True where the effects of `name` come after those that the mark speaks of. */
export function isAfterMark(name: EffectName, mark: Uint8Array | undefined): boolean {
  if (mark === undefined) return true;
  const reader = new ByteReader(mark);
  reader.u8();
  const version = reader.varint();
  return name.version > version || (name.version === version && name.n > reader.varint());
}
