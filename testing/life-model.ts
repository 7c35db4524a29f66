/** What a store's life must have left: a plain map of records, and the batches that made it. */

import { ByteWriter, toCollectionId, toSlot } from '../src/base/index.ts';
import {
  type Batch,
  BatchWriter,
  type DatabaseName,
  KeyWriter,
  type RecordOperation,
} from '../src/storage/index.ts';

/** A batch that can be told apart from every other by the marker among its records. */
export interface Marked {
  readonly id: number;
  readonly records: readonly RecordOperation[];
  /** Set once it is acknowledged. */
  readonly seq?: number;
}

export class LifeModel {
  /** Database, then key in hex → value. */
  readonly #records: Map<string, Map<string, string>>;
  /** Ids of the batches that make the model, in order. */
  readonly applied: number[];

  constructor(records: Map<string, Map<string, string>> = new Map(), applied: number[] = []) {
    this.#records = records;
    this.applied = applied;
  }

  copy(): LifeModel {
    const records = new Map([...this.#records].map(([database, content]) => [database, new Map(content)]));
    return new LifeModel(records, [...this.applied]);
  }

  apply({ id, records }: Marked): void {
    this.applied.push(id);
    for (const { database, key, value } of records) {
      let content = this.#records.get(database);
      if (content === undefined) this.#records.set(database, (content = new Map()));
      if (value === undefined) content.delete(nameOf(database, key));
      else content.set(nameOf(database, key), textOf(value));
    }
  }

  get(name: string): string | undefined {
    return this.#records.get(name.slice(0, name.indexOf(' ')))?.get(name);
  }

  /** All of a database, in key order. */
  of(database: DatabaseName): [name: string, value: string][] {
    return [...(this.#records.get(database) ?? [])].sort(([a], [b]) => (a < b ? -1 : 1));
  }
}

export function nameOf(database: DatabaseName, key: Uint8Array): string {
  return `${database} ${Buffer.from(key.buffer, key.byteOffset, key.length).toString('hex')}`;
}

export function textOf(value: Uint8Array): string {
  return Buffer.from(value.buffer, value.byteOffset, value.length).toString('latin1');
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
