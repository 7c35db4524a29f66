/** What a store's life must have left: a plain map of records, and the batches that made it. */

import assert from 'node:assert/strict';

import { ByteWriter, toCollectionId, toSlot } from '../src/base/index.ts';
import {
  type Batch,
  BatchWriter,
  type DatabaseName,
  KeyWriter,
  type RecordOperation,
  type StoredRecord,
} from '../src/storage/index.ts';

/** A batch that can be told apart from every other by the marker among its records. */
export interface Marked {
  readonly id: number;
  readonly records: readonly RecordOperation[];
  /** Set once it is acknowledged. */
  readonly seq?: number;
}

export class LifeModel {
  /** Database, then the key's bytes as a string → value. */
  readonly #records: Map<DatabaseName, Map<string, Uint8Array>>;
  /** What makes the model, in order. */
  readonly #batches: Marked[];

  constructor(records: Map<DatabaseName, Map<string, Uint8Array>> = new Map(), batches: Marked[] = []) {
    this.#records = records;
    this.#batches = batches;
  }

  /** Ids of the batches that make the model, in order. */
  get applied(): number[] {
    return this.#batches.map(({ id }) => id);
  }

  copy(): LifeModel {
    const records = new Map([...this.#records].map(([database, content]) => [database, new Map(content)]));
    return new LifeModel(records, [...this.#batches]);
  }

  /** What the first `count` batches have made. */
  first(count: number): LifeModel {
    const model = new LifeModel();
    for (const batch of this.#batches.slice(0, count)) model.apply(batch);
    return model;
  }

  apply(batch: Marked): void {
    this.#batches.push(batch);
    for (const { database, key, value } of batch.records) {
      let content = this.#records.get(database);
      if (content === undefined) this.#records.set(database, (content = new Map()));
      if (value === undefined) content.delete(nameOf(key));
      else content.set(nameOf(key), value);
    }
  }

  /** Throws unless this is what is to be under the key. */
  check(database: DatabaseName, key: Uint8Array, value: Uint8Array | undefined): void {
    const wanted = this.#records.get(database)?.get(nameOf(key));
    const isRight =
      wanted === undefined ? value === undefined : value !== undefined && Buffer.compare(value, wanted) === 0;
    if (!isRight)
      assert.fail(`${database} ${hexOf(key)} is ${hexOf(value)}, and ${hexOf(wanted)} was written`);
  }

  /** Throws unless these are all records of a database, in key order. */
  async checkAll(database: DatabaseName, records: AsyncIterable<StoredRecord>): Promise<void> {
    let before = '';
    let count = 0;
    for await (const { key, value } of records) {
      const name = nameOf(key);
      assert.ok(name > before, `${database} ${hexOf(key)} comes in key order, once`);
      this.check(database, key, value);
      before = name;
      count += 1;
    }
    assert.equal(count, this.#records.get(database)?.size ?? 0, `all of ${database}`);
  }
}

/** Strings of bytes are in the order of the bytes. */
function nameOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.length).toString('latin1');
}

function hexOf(bytes: Uint8Array | undefined): string {
  return bytes === undefined ? 'nothing' : Buffer.from(bytes).toString('hex');
}

/** The record that tells whether a batch came through. */
export function markerOf(id: number): RecordOperation & { readonly value: Uint8Array } {
  const key = new KeyWriter('meta', toSlot(7), toCollectionId(3)).u32(id).finish();
  return { database: 'meta', key, value: new Uint8Array([1]) };
}

/** Where all markers stand. */
export function markerRange(): { start: Uint8Array; end: Uint8Array } {
  return { start: markerOf(0).key, end: markerOf(0xffff_ffff).key };
}

export function batchOf(id: number, records: readonly RecordOperation[]): Batch {
  return { records, derived: [{ state: 1, payload: new ByteWriter(4).u32(id).finish() }] };
}

/** The same, as bytes. */
export function writtenBatchOf(id: number, records: readonly RecordOperation[]): BatchWriter {
  const writer = new BatchWriter();
  for (const { database, key, value } of records) {
    if (value === undefined) writer.delete(database, key);
    else writer.put(database, key, value);
  }
  const payload = new ByteWriter(4).u32(id).finish();
  return writer.derive(1, payload.subarray(0, 1), payload.subarray(1));
}
