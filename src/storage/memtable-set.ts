/** The memtables of all databases that are filled, frozen and flushed together, in one linear memory. */

import { DATABASE_NAMES, DATABASES, type DatabaseName } from './databases.ts';
import { Memtable } from './memtable.ts';
import { type KernelKind, MemtableMemory } from './memtable-memory.ts';

export class MemtableSet {
  readonly #kind: KernelKind;
  /** Taken at the first batch: most sets of most programs stay empty. */
  #memory: MemtableMemory | undefined;
  readonly #tables = Object.fromEntries(
    DATABASE_NAMES.map((name) => {
      const { number, keyBytes } = DATABASES[name];
      return [name, new Memtable(number, keyBytes, () => this.#memory)];
    }),
  ) as Record<DatabaseName, Memtable>;

  constructor(kind: KernelKind = 'wasm') {
    this.#kind = kind;
  }

  of(database: DatabaseName): Memtable {
    return this.#tables[database];
  }

  get memory_bytes(): number {
    return this.#memory?.size_bytes ?? 0;
  }

  get isEmpty(): boolean {
    return DATABASE_NAMES.every((name) => this.#tables[name].isEmpty);
  }

  /** Applies the records of an encoded batch; returns where in it that begins which follows them. `TOO_LARGE`. */
  apply(payload: Uint8Array, records_bytes?: number): number {
    this.#memory ??= MemtableMemory.take(this.#kind);
    return this.#memory.apply(payload, records_bytes);
  }

  /** Applies the batches of log frames that stand side by side; returns how many, as {@link MemtableMemory.applyFrames}. */
  applyFrames(frames: Uint8Array): number {
    this.#memory ??= MemtableMemory.take(this.#kind);
    return this.#memory.applyFrames(frames);
  }

  /** Files hold what it held: it is empty from now on. Blocks of it are good no more. */
  release(): void {
    this.#memory?.giveBack();
    this.#memory = undefined;
  }
}
