/** Batches in the log that are not applied yet: what a sequenced build reads over everything else. */

import type { Batch } from './batch.ts';
import { type DatabaseName, DATABASES } from './databases.ts';
import { recordKey } from './key-order.ts';

interface PendingValue {
  readonly seq: number;
  readonly value: Uint8Array | undefined;
}

export class PendingBatches {
  readonly #values = new Map<string, PendingValue>();
  #count = 0;
  #size_bytes = 0;

  get count(): number {
    return this.#count;
  }

  /** Bytes of the payloads in flight. */
  get size_bytes(): number {
    return this.#size_bytes;
  }

  add(seq: number, batch: Batch, size_bytes: number): void {
    this.#count += 1;
    this.#size_bytes += size_bytes;
    for (const { database, key, value } of batch.records) {
      this.#values.set(nameOf(database, recordKey(database, key)), { seq, value });
    }
  }

  /** The value, `null` for a deletion, undefined where no batch in flight says anything of the key. */
  get(database: DatabaseName, key: Uint8Array): Uint8Array | null | undefined {
    const pending = this.#values.get(nameOf(database, key));
    return pending === undefined ? undefined : (pending.value ?? null);
  }

  /** The batch is applied: what no later one has replaced is not needed here any more. */
  remove(seq: number, batch: Batch, size_bytes: number): void {
    this.#count -= 1;
    this.#size_bytes -= size_bytes;
    for (const { database, key } of batch.records) {
      const name = nameOf(database, recordKey(database, key));
      if (this.#values.get(name)?.seq === seq) this.#values.delete(name);
    }
  }

  /** None of them came through. */
  clear(): void {
    this.#values.clear();
    this.#count = 0;
    this.#size_bytes = 0;
  }
}

function nameOf(database: DatabaseName, key: Uint8Array): string {
  const bytes = Buffer.from(key.buffer, key.byteOffset, key.byteLength);
  return String.fromCharCode(DATABASES[database].number) + bytes.toString('latin1');
}
