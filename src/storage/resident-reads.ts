/**
 * Point reads of one database as far as they need not wait. Nothing is made on their way: what a read finds is told in one
 * object for all, and what it needs to know of the store is looked up again only when that has changed.
 */

import type { DatabaseName } from './databases.ts';
import type { DataPage } from './data-page.ts';
import { ABSENT, FOUND, type FoundValue, type PointOutcome, UNKNOWN } from './found-value.ts';
import type { Manifest } from './manifest.ts';
import type { Memtable } from './memtable.ts';
import { quickHash, type RecordPlaces } from './record-places.ts';
import type { RunReader } from './run.ts';
import type { StoreFiles } from './store-files.ts';
import type { StoreMemory } from './store-memory.ts';

export interface ResidentReadsContext {
  readonly memory: StoreMemory;
  readonly files: StoreFiles;
  readonly manifest: Manifest;
  readonly places: RecordPlaces;
}

export class ResidentReads {
  readonly #database: DatabaseName;
  readonly #context: ResidentReadsContext;
  readonly #places: RecordPlaces;
  #memtables: readonly Memtable[] = [];
  #runs: readonly RunReader[] = [];
  #isLossy = false;
  /** Numbers the runs, for the places that are remembered of them. */
  #generation: number;
  /** What the above was looked up for. */
  #state: Manifest['state'] | undefined;
  #memoryChanges = -1;
  #filesChanges = -1;

  constructor(database: DatabaseName, context: ResidentReadsContext) {
    this.#database = database;
    this.#context = context;
    this.#places = context.places;
    this.#generation = context.places.nextGeneration();
  }

  /** The newest version of a record key. ELSEWHERE and UNKNOWN: only a read that waits can tell. */
  look(key: Uint8Array, found: FoundValue): PointOutcome {
    const { memory, files, manifest } = this.#context;
    if (
      manifest.state !== this.#state ||
      memory.changes !== this.#memoryChanges ||
      files.changes !== this.#filesChanges
    ) {
      this.#renew();
    }
    if (this.#isLossy) return UNKNOWN;
    const memtables = this.#memtables;
    for (let i = 0; i < memtables.length; i++) {
      const outcome = (memtables[i] as Memtable).look(key, found);
      if (outcome !== ABSENT) return outcome;
    }
    const runs = this.#runs;
    if (runs.length === 0) return ABSENT;
    const places = this.#places;
    const hash = quickHash(key);
    const hint = places.find(hash, this.#generation);
    if (hint >= 0) {
      const held = places.pageOf(hint);
      const page = held?.parsed as DataPage | undefined;
      places.tell(hint, found);
      if (held !== undefined && page?.lookAgain(key, found) === FOUND) {
        held.use();
        found.held = held;
        return FOUND;
      }
    }
    for (let i = 0; i < runs.length; i++) {
      const part = (runs[i] as RunReader).partOf(key);
      if (part === undefined) continue;
      const outcome = part.now.look(key, found);
      if (outcome === ABSENT) continue;
      const { held } = found;
      if (outcome === FOUND && held !== undefined) places.note(hash, this.#generation, held, found);
      return outcome;
    }
    return ABSENT;
  }

  #renew(): void {
    const { memory, files, manifest } = this.#context;
    this.#state = manifest.state;
    this.#memoryChanges = memory.changes;
    this.#filesChanges = files.changes;
    this.#memtables = memory.memtables(this.#database);
    this.#isLossy = manifest.state.databases[this.#database].losses.length > 0;
    const runs = files.runs(this.#database);
    if (runs === this.#runs) return;
    this.#runs = runs;
    this.#generation = this.#places.nextGeneration();
  }
}
