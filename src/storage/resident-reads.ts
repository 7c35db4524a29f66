/**
 * Point reads of one database as far as they need not wait. Nothing is made on their way: what a read finds is told in one
 * object for all, and what it needs to know of the store is looked up again only when that has changed.
 */

import type { BlockingReads } from './blocking-reads.ts';
import type { DatabaseName } from './databases.ts';
import { ABSENT, FOUND, type FoundValue, type PointOutcome, UNKNOWN } from './found-value.ts';
import type { Manifest } from './manifest.ts';
import type { Memtable } from './memtable.ts';
import type { PageCache } from './page-cache.ts';
import { pageScratch } from './page-scratch.ts';
import type { OpenPart } from './part-opening.ts';
import { FILE_PLACE, HELD_PLACE, type RecordPlaces } from './record-places.ts';
import type { RunReader } from './run.ts';
import type { StoreFiles } from './store-files.ts';
import type { StoreMemory } from './store-memory.ts';
import { WantedKey } from './wanted-key.ts';

/** Set by every read before anything is asked of a run. */
const wanted = new WantedKey();

export interface ResidentReadsContext {
  readonly memory: StoreMemory;
  readonly files: StoreFiles;
  readonly manifest: Manifest;
  readonly pageCache: PageCache;
  readonly blocking: BlockingReads;
}

export class ResidentReads {
  readonly #database: DatabaseName;
  readonly #context: ResidentReadsContext;
  readonly #places: RecordPlaces;
  /** Hits of pages that were found by a place. */
  readonly #counters: { hits: number; misses: number };
  /** Those that places are known of, by number; undefined where they have gone. */
  readonly #parts: (OpenPart | undefined)[] = [];
  readonly #numbers = new Map<OpenPart, number>();
  /** Numbers what the newest versions are, for the places that are known of them. */
  #generation: number;
  #memtables: readonly Memtable[] = [];
  #runs: readonly RunReader[] = [];
  #isLossy = false;
  /** What the above was looked up for. */
  #state: Manifest['state'] | undefined;
  #memoryChanges = -1;
  #filesChanges = -1;
  #versions = -1;

  constructor(database: DatabaseName, context: ResidentReadsContext) {
    this.#database = database;
    this.#context = context;
    this.#places = context.pageCache.places;
    this.#counters = context.pageCache.countersOf(database);
    this.#generation = this.#places.nextGeneration();
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
    found.buffer = undefined;
    if (this.#isLossy) return UNKNOWN;
    const memtables = this.#memtables;
    for (let i = 0; i < memtables.length; i++) {
      const outcome = (memtables[i] as Memtable).look(key, found);
      if (outcome !== ABSENT) return outcome;
    }
    const runs = this.#runs;
    if (runs.length === 0) return ABSENT;
    wanted.set(key);
    const places = this.#places;
    const known = places.look(wanted, this.#generation, found);
    if (known === HELD_PLACE) {
      this.#counters.hits += 1;
      return FOUND;
    }
    if (known === FILE_PLACE && this.#readPlace(found)) return FOUND;
    for (let i = 0; i < runs.length; i++) {
      const outcome = (runs[i] as RunReader).partOf(key)?.now.look(wanted, found) ?? ABSENT;
      if (outcome === ABSENT) continue;
      if (outcome === FOUND) this.#note(found);
      return outcome;
    }
    return ABSENT;
  }

  #readPlace(found: FoundValue): boolean {
    const part = this.#parts[found.place.file];
    found.held = undefined;
    if (part === undefined || !pageScratch().readValue(this.#context.blocking, part, found.place, found))
      return false;
    this.#counters.misses += 1;
    return true;
  }

  #note(found: FoundValue): void {
    const { held, bytes, from, to } = found;
    const { part, offset } = found.place;
    if (this.#places.noteValue(wanted, this.#generation, bytes, from, to - from)) return;
    if (held !== undefined) {
      this.#places.note(wanted, this.#generation, held.frame, bytes.byteOffset + from, to - from);
    } else if (part !== undefined) {
      let file = this.#numbers.get(part);
      if (file === undefined) {
        file = this.#parts.push(part) - 1;
        this.#numbers.set(part, file);
      }
      const hash = pageScratch().hashWithin(bytes, from, to);
      this.#places.noteInFile(wanted, this.#generation, file, offset, to - from, hash);
    }
  }

  #renew(): void {
    const { memory, files, manifest } = this.#context;
    this.#state = manifest.state;
    this.#memoryChanges = memory.changes;
    this.#filesChanges = files.changes;
    this.#memtables = memory.memtables(this.#database);
    this.#isLossy = manifest.state.databases[this.#database].losses.length > 0;
    this.#runs = files.runs(this.#database);
    const versions = files.versions(this.#database);
    if (versions === this.#versions) {
      this.#forgetParts();
      return;
    }
    this.#versions = versions;
    this.#parts.length = 0;
    this.#numbers.clear();
    this.#generation = this.#places.nextGeneration(this.#generation);
  }

  /** Those that a merge has consumed: no other gets their numbers, which places still say. */
  #forgetParts(): void {
    if (this.#numbers.size === 0) return;
    const open = new Set(this.#runs.flatMap(({ parts }) => parts.map(({ now }) => now.part)));
    for (const [part, number] of this.#numbers) {
      if (open.has(part)) continue;
      this.#parts[number] = undefined;
      this.#numbers.delete(part);
    }
  }
}
