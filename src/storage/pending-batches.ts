/**
 * Batches in the log that are not applied yet: what a sequenced build reads over everything else. Looked into only when
 * a build reads; a batch that nobody asks about costs nothing.
 */

import { recordsOf } from './batch-codec.ts';
import type { DatabaseName } from './databases.ts';
import { recordKey } from './key-order.ts';

interface PendingBatch {
  readonly seq: number;
  readonly payload: Uint8Array;
  /** Names of its keys, by database, as far as it has been looked into. */
  readonly names: Map<DatabaseName, string[]>;
}

interface PendingValue {
  readonly seq: number;
  readonly value: Uint8Array | undefined;
}

/** What is known of a database that some build has read: the others' records are never looked at. */
interface ReadDatabase {
  readonly values: Map<string, PendingValue>;
  unread: PendingBatch[];
}

export class PendingBatches {
  /** In the order of their sequence numbers, which is the order in which they go. */
  readonly #batches = new Map<number, PendingBatch>();
  readonly #read = new Map<DatabaseName, ReadDatabase>();
  #size_bytes = 0;

  get count(): number {
    return this.#batches.size;
  }

  /** Bytes of the payloads in flight. */
  get size_bytes(): number {
    return this.#size_bytes;
  }

  add(seq: number, payload: Uint8Array): void {
    const batch: PendingBatch = { seq, payload, names: new Map() };
    this.#batches.set(seq, batch);
    for (const { unread } of this.#read.values()) unread.push(batch);
    this.#size_bytes += payload.length;
  }

  /** The value, `null` for a deletion, undefined where no batch in flight says anything of the key. */
  get(database: DatabaseName, key: Uint8Array): Uint8Array | null | undefined {
    const pending = this.#valuesOf(database).get(nameOf(key));
    return pending === undefined ? undefined : (pending.value ?? null);
  }

  /** The batch is applied: what no later one has replaced is not needed here any more. */
  remove(seq: number): void {
    const batch = this.#batches.get(seq);
    if (batch === undefined) return;
    this.#batches.delete(seq);
    this.#size_bytes -= batch.payload.length;
    for (const [database, read] of this.#read) {
      for (const name of batch.names.get(database) ?? []) {
        if (read.values.get(name)?.seq === seq) read.values.delete(name);
      }
      // One that nobody has read stands among the unread ones still, which are dropped together.
      if (read.unread.length > 2 * this.#batches.size + UNREAD_SLACK) {
        read.unread = read.unread.filter((unread) => this.#batches.has(unread.seq));
      }
    }
  }

  /** None of them came through. */
  clear(): void {
    this.#batches.clear();
    this.#read.clear();
    this.#size_bytes = 0;
  }

  #valuesOf(database: DatabaseName): Map<string, PendingValue> {
    let read = this.#read.get(database);
    if (read === undefined) {
      read = { values: new Map(), unread: [...this.#batches.values()] };
      this.#read.set(database, read);
    }
    for (const batch of read.unread.splice(0)) {
      if (!this.#batches.has(batch.seq)) continue;
      const names: string[] = [];
      for (const { key, value } of recordsOf(batch.payload, database)) {
        const name = nameOf(recordKey(database, key));
        names.push(name);
        read.values.set(name, { seq: batch.seq, value });
      }
      if (names.length > 0) batch.names.set(database, names);
    }
    return read.values;
  }
}

/** Applied batches that may stand among the unread ones before they are dropped. */
const UNREAD_SLACK = 64;

function nameOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1');
}
