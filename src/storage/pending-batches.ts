/**
 * Batches in the log that are not applied yet: what a sequenced build reads over everything else. Looked into only when
 * a build reads; a batch that nobody asks about costs nothing.
 */

import { recordsOf } from './batch-codec.ts';
import type { DatabaseName } from './databases.ts';
import { recordKey } from './key-order.ts';

export interface PendingBatch {
  readonly seq: number;
  readonly payload: Uint8Array;
  /** Names of its keys, by database, once it has been looked into: undefined at first. */
  names: Map<DatabaseName, string[]> | undefined;
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
  /** In the order of their sequence numbers, which is the order in which they go. Those before the first one are gone. */
  #batches: PendingBatch[] = [];
  #first = 0;
  /** All up to it are applied. */
  #goneSeq = 0;
  readonly #read = new Map<DatabaseName, ReadDatabase>();
  #size_bytes = 0;

  get count(): number {
    return this.#batches.length - this.#first;
  }

  /** Bytes of the payloads in flight. */
  get size_bytes(): number {
    return this.#size_bytes;
  }

  add(batch: PendingBatch): void {
    this.#batches.push(batch);
    if (this.#read.size > 0) for (const { unread } of this.#read.values()) unread.push(batch);
    this.#size_bytes += batch.payload.length;
  }

  /** The value, `null` for a deletion, undefined where no batch in flight says anything of the key. */
  get(database: DatabaseName, key: Uint8Array): Uint8Array | null | undefined {
    const pending = this.#valuesOf(database).get(nameOf(key));
    return pending === undefined ? undefined : (pending.value ?? null);
  }

  /** The batch is applied: what no later one has replaced is not needed here any more. */
  remove(seq: number): void {
    const batch = this.#batches[this.#first];
    if (batch?.seq !== seq) return;
    this.#goneSeq = seq;
    this.#batches[this.#first] = GONE;
    this.#first += 1;
    if (this.#first >= GONE_SLACK && 2 * this.#first >= this.#batches.length) {
      this.#batches = this.#batches.slice(this.#first);
      this.#first = 0;
    }
    this.#size_bytes -= batch.payload.length;
    if (this.#read.size > 0) this.#forget(batch);
  }

  /** What it says of keys that some build has read. */
  #forget({ seq, names }: PendingBatch): void {
    for (const [database, read] of this.#read) {
      for (const name of names?.get(database) ?? []) {
        if (read.values.get(name)?.seq === seq) read.values.delete(name);
      }
      // One that nobody has read stands among the unread ones still, which are dropped together.
      if (read.unread.length > 2 * this.count + UNREAD_SLACK) {
        read.unread = read.unread.filter((unread) => unread.seq > this.#goneSeq);
      }
    }
  }

  /** None of them came through. */
  clear(): void {
    this.#batches = [];
    this.#first = 0;
    this.#read.clear();
    this.#size_bytes = 0;
  }

  #valuesOf(database: DatabaseName): Map<string, PendingValue> {
    let read = this.#read.get(database);
    if (read === undefined) {
      read = { values: new Map(), unread: this.#batches.slice(this.#first) };
      this.#read.set(database, read);
    }
    for (const batch of read.unread.splice(0)) {
      if (batch.seq <= this.#goneSeq) continue;
      const names: string[] = [];
      for (const { key, value } of recordsOf(batch.payload, database)) {
        const name = nameOf(recordKey(database, key));
        names.push(name);
        read.values.set(name, { seq: batch.seq, value });
      }
      if (names.length === 0) continue;
      batch.names ??= new Map();
      batch.names.set(database, names);
    }
    return read.values;
  }
}

/** Applied batches whose places are kept until there are so many. */
const GONE_SLACK = 256;
/** In the place of one that is applied: its bytes may be many. */
const GONE: PendingBatch = { seq: 0, payload: new Uint8Array(0), names: undefined };
/** Applied batches that may stand among the unread ones before they are dropped. */
const UNREAD_SLACK = 64;

function nameOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1');
}
