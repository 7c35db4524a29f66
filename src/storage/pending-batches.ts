/**
 * Batches in the log that are not applied yet: what a sequenced build reads over everything else. Looked into only when
 * a build reads; a batch that nobody asks about costs nothing.
 */

import { decodeBatch } from './batch-codec.ts';
import { type DatabaseName, DATABASES } from './databases.ts';
import { recordKey } from './key-order.ts';

interface PendingBatch {
  readonly seq: number;
  readonly payload: Uint8Array;
  /** Names of its keys, once it has been looked into. */
  names: string[] | undefined;
}

interface PendingValue {
  readonly seq: number;
  readonly value: Uint8Array | undefined;
}

export class PendingBatches {
  /** In the order of their sequence numbers, which is the order in which they go. */
  readonly #batches = new Map<number, PendingBatch>();
  readonly #values = new Map<string, PendingValue>();
  #unread: PendingBatch[] = [];
  #size_bytes = 0;

  get count(): number {
    return this.#batches.size;
  }

  /** Bytes of the payloads in flight. */
  get size_bytes(): number {
    return this.#size_bytes;
  }

  add(seq: number, payload: Uint8Array): void {
    const batch: PendingBatch = { seq, payload, names: undefined };
    this.#batches.set(seq, batch);
    this.#unread.push(batch);
    this.#size_bytes += payload.length;
  }

  /** The value, `null` for a deletion, undefined where no batch in flight says anything of the key. */
  get(database: DatabaseName, key: Uint8Array): Uint8Array | null | undefined {
    this.#readAll();
    const pending = this.#values.get(nameOf(database, key));
    return pending === undefined ? undefined : (pending.value ?? null);
  }

  /** The batch is applied: what no later one has replaced is not needed here any more. */
  remove(seq: number): void {
    const batch = this.#batches.get(seq);
    if (batch === undefined) return;
    this.#batches.delete(seq);
    this.#size_bytes -= batch.payload.length;
    for (const name of batch.names ?? []) {
      if (this.#values.get(name)?.seq === seq) this.#values.delete(name);
    }
    // Nobody has read it: it stands among the unread ones still, which are dropped together.
    if (batch.names === undefined && this.#unread.length > 2 * this.#batches.size + UNREAD_SLACK) {
      this.#unread = this.#unread.filter((unread) => this.#batches.has(unread.seq));
    }
  }

  /** None of them came through. */
  clear(): void {
    this.#batches.clear();
    this.#values.clear();
    this.#unread = [];
    this.#size_bytes = 0;
  }

  #readAll(): void {
    const unread = this.#unread;
    this.#unread = [];
    for (const batch of unread) {
      if (!this.#batches.has(batch.seq)) continue;
      batch.names = [];
      for (const { database, key, value } of decodeBatch(batch.payload).records) {
        const name = nameOf(database, recordKey(database, key));
        batch.names.push(name);
        this.#values.set(name, { seq: batch.seq, value });
      }
    }
  }
}

/** Applied batches that may stand among the unread ones before they are dropped. */
const UNREAD_SLACK = 64;

function nameOf(database: DatabaseName, key: Uint8Array): string {
  const bytes = Buffer.from(key.buffer, key.byteOffset, key.byteLength);
  return String.fromCharCode(DATABASES[database].number) + bytes.toString('latin1');
}
