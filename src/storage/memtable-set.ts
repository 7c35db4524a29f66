/** The memtables of all databases that are filled, frozen and flushed together. */

import { DATABASE_NAMES, DATABASES, type DatabaseName } from './databases.ts';
import type { RecordOperation } from './batch.ts';
import { recordKey } from './key-order.ts';
import { Memtable, type MemtableOperation } from './memtable.ts';

export class MemtableSet {
  readonly #tables = Object.fromEntries(
    DATABASE_NAMES.map((name) => [name, new Memtable(DATABASES[name].keyBytes)]),
  ) as Record<DatabaseName, Memtable>;

  of(database: DatabaseName): Memtable {
    return this.#tables[database];
  }

  get memory_bytes(): number {
    return DATABASE_NAMES.reduce((sum, name) => sum + this.#tables[name].memory_bytes, 0);
  }

  get isEmpty(): boolean {
    return DATABASE_NAMES.every((name) => this.#tables[name].count === 0);
  }

  apply(records: readonly RecordOperation[]): void {
    const byDatabase = new Map<DatabaseName, MemtableOperation[]>();
    for (const { database, key, value } of records) {
      const operation = { key: withTombstoneBit(database, key), value };
      const operations = byDatabase.get(database);
      if (operations === undefined) byDatabase.set(database, [operation]);
      else operations.push(operation);
    }
    for (const [database, operations] of byDatabase) this.#tables[database].apply(operations);
  }
}

/** Keys nearly always come with the bit set: then nothing is copied. */
function withTombstoneBit(database: DatabaseName, key: Uint8Array): Uint8Array {
  const last = key[DATABASES[database].keyBytes - 1] ?? 0;
  return (last & 1) === 1 ? key : recordKey(database, key);
}
