/** What a store has applied and no file holds yet: the memtables that are filled, and those that wait for their flush. */

import { type Seq, toSeq } from '../base/index.ts';
import type { DurableGroup, LogAppend } from './append-queue.ts';
import type { DatabaseName } from './databases.ts';
import type { DerivedStates } from './derived-states.ts';
import type { Memtable } from './memtable.ts';
import { MemtableSet } from './memtable-set.ts';

/** Memtables that nobody fills any more, newest first; with the derived states they hold everything up to `upTo`. */
export interface FrozenMemory {
  readonly sets: readonly MemtableSet[];
  readonly upTo: Seq;
}

export class StoreMemory {
  readonly #derived: DerivedStates;
  #active = new MemtableSet();
  /** Newest first. Read until the manifest names what a flush made of them. */
  #frozen: readonly MemtableSet[] = [];
  #appliedSeq: Seq;
  #changes = 0;
  /** Made at the first question since sets were frozen or released. */
  readonly #memtables = new Map<DatabaseName, readonly Memtable[]>();

  constructor(derived: DerivedStates, checkpointSeq: Seq) {
    this.#derived = derived;
    this.#appliedSeq = checkpointSeq;
  }

  /** How often there were other memtables than before. */
  get changes(): number {
    return this.#changes;
  }

  get appliedSeq(): Seq {
    return this.#appliedSeq;
  }

  /** What writers fill at the moment. */
  get active_bytes(): number {
    return this.#active.memory_bytes;
  }

  get memory_bytes(): number {
    let sum_bytes = this.#active.memory_bytes;
    for (let i = 0; i < this.#frozen.length; i++) sum_bytes += (this.#frozen[i] as MemtableSet).memory_bytes;
    return sum_bytes;
  }

  /** Newest first. */
  memtables(database: DatabaseName): readonly Memtable[] {
    const known = this.#memtables.get(database);
    if (known !== undefined) return known;
    const memtables = [this.#active, ...this.#frozen].map((set) => set.of(database));
    this.#memtables.set(database, memtables);
    return memtables;
  }

  /** Applies an encoded batch, of which so many bytes are records where that is known. */
  apply(seq: Seq, payload: Uint8Array, records_bytes?: number): void {
    const derivedFrom = this.#active.apply(payload, records_bytes);
    this.#derived.apply(seq, payload, derivedFrom);
    this.#appliedSeq = seq;
  }

  /** Applies the batches of a group, those that fill no derived state as many together as begin it. */
  applyGroup({ appends, frames }: DurableGroup): void {
    let done = frames === undefined ? 0 : this.#active.applyFrames(frames);
    const last = appends[done - 1];
    if (last !== undefined) this.#appliedSeq = toSeq(last.seq);
    for (; done < appends.length; done++) {
      const { seq, payload, records_bytes } = appends[done] as LogAppend;
      this.apply(toSeq(seq), payload, records_bytes);
    }
  }

  /** Replay is over: sequences that were lost count as applied. */
  skipTo(seq: Seq): void {
    this.#appliedSeq = seq;
  }

  freeze(): FrozenMemory {
    if (!this.#active.isEmpty) {
      this.#frozen = [this.#active, ...this.#frozen];
      this.#active = new MemtableSet();
      this.#forgetTables();
    }
    return { sets: this.#frozen, upTo: this.#appliedSeq };
  }

  /** Files hold these now. */
  release({ sets }: FrozenMemory): void {
    this.#frozen = this.#frozen.filter((set) => !sets.includes(set));
    this.#forgetTables();
    for (const set of sets) set.release();
  }

  #forgetTables(): void {
    this.#memtables.clear();
    this.#changes += 1;
  }
}
