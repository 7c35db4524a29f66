/** The immutable files of a store, as readers see them: the manifest's runs with a reader for each part. */

import { type LogSink, messageOf, PeregrineError } from '../base/index.ts';
import type { Disk } from '../disk/index.ts';
import { DATABASE_NAMES, type DatabaseName } from './databases.ts';
import { makeDurableDirectory } from './durable-directory.ts';
import type { Manifest } from './manifest.ts';
import type { PartEntry } from './manifest-state.ts';
import type { FileHandles } from './file-handles.ts';
import { NameSync } from './name-sync.ts';
import type { PageCache } from './page-cache.ts';
import { numberAtWriting } from './part-identity.ts';
import type { PartHeat } from './part-now.ts';
import { PartReader } from './part-reader.ts';
import { warmPart } from './part-warming.ts';
import type { RetryingReads } from './retrying-reads.ts';
import { RunReader } from './run.ts';
import {
  derivedDirectoryName,
  partName,
  partNumberOf,
  PARTS_DIRECTORY,
  QUARANTINE_DIRECTORY,
} from './store-names.ts';

type Runs = Record<DatabaseName, readonly RunReader[]>;

interface NewestVersions {
  number: number;
  /** Of the newest run. */
  order: number;
  isLossy: boolean;
}

export class StoreFiles {
  readonly directory: string;
  readonly partsDirectory: string;
  readonly partNames: NameSync;
  readonly #disk: Disk;
  readonly #manifest: Manifest;
  readonly #cache: PageCache;
  readonly #log: LogSink;
  readonly #reads: RetryingReads;
  readonly #handles: FileHandles;
  #parts = new Map<number, PartReader>();
  /** Of parts that no manifest names yet, but will soon. */
  readonly #coming = new Map<number, PartReader>();
  readonly #runs: Runs;
  /** Parts that wait for their last reader, to go. */
  readonly #retiring = new Set<Promise<void>>();
  /** While somebody copies what the manifest named a moment ago, nothing that it named goes. */
  #holds = 0;
  #changes = 0;
  readonly #newest = Object.fromEntries(
    DATABASE_NAMES.map((name): [DatabaseName, NewestVersions] => [
      name,
      { number: 0, order: 0, isLossy: false },
    ]),
  ) as Record<DatabaseName, NewestVersions>;
  #heldBack: string[] = [];

  constructor(
    disk: Disk,
    directory: string,
    manifest: Manifest,
    cache: PageCache,
    log: LogSink,
    reads: RetryingReads,
    handles: FileHandles,
  ) {
    this.#disk = disk;
    this.directory = directory;
    this.partsDirectory = `${directory}/${PARTS_DIRECTORY}`;
    this.partNames = new NameSync(disk, this.partsDirectory);
    this.#manifest = manifest;
    this.#cache = cache;
    this.#log = log;
    this.#reads = reads;
    this.#handles = handles;
    this.#runs = Object.fromEntries(DATABASE_NAMES.map((name) => [name, []])) as Partial<Runs> as Runs;
    this.refresh();
  }

  partPath(number: number): string {
    return `${this.partsDirectory}/${partName(number)}`;
  }

  /** How often the runs were looked at anew. */
  get changes(): number {
    return this.#changes;
  }

  /** Newest first; another array whenever they are others. */
  runs(database: DatabaseName): readonly RunReader[] {
    return this.#runs[database];
  }

  /**
   * Numbers what the newest version of each key is, as far as files say it: a merge changes nothing about that, a run that
   * is newer than all others does, and so does what is lost or comes back.
   */
  versions(database: DatabaseName): number {
    return this.#newest[database].number;
  }

  /** Takes over what the manifest says now; files that it names no more go when their last reader has. */
  refresh(): void {
    const { databases } = this.#manifest.state;
    const parts = new Map<number, PartReader>();
    this.#changes += 1;
    for (const name of DATABASE_NAMES) {
      this.#runs[name] = databases[name].runs.map((run) => {
        const readers = run.parts.map((entry) => {
          const { number } = entry;
          const reader = this.#parts.get(number) ?? this.#coming.get(number) ?? this.#newReader(name, entry);
          this.#coming.delete(number);
          parts.set(entry.number, reader);
          return reader;
        });
        return new RunReader(run, readers);
      });
      this.#noteVersions(name);
    }
    for (const [number, reader] of this.#parts) {
      if (parts.has(number)) continue;
      this.#track(reader.retire());
    }
    this.#parts = parts;
  }

  /** What reads find in memory of the database's parts. */
  heat(database: DatabaseName): readonly PartHeat[] {
    const parts = this.#runs[database].flatMap((run) => run.parts);
    return parts.map(({ now }) => now.heat()).filter((heat) => heat !== undefined);
  }

  /**
   * Parts, durable by now, that the manifest is about to name: what reads would wait for is read beforehand, as far as
   * they found it in memory until now. Call {@link dismiss} behind the adoption.
   */
  async welcome(
    database: DatabaseName,
    entries: readonly PartEntry[],
    heat: readonly PartHeat[] = this.heat(database),
  ): Promise<void> {
    for (const entry of entries) {
      const reader = this.#newReader(database, entry);
      this.#coming.set(entry.number, reader);
      await warmPart(reader, heat).catch(() => undefined);
    }
  }

  /** Those of them that were not adopted have no reader any more. */
  async dismiss(entries: readonly PartEntry[]): Promise<void> {
    for (const { number } of entries) {
      const reader = this.#coming.get(number);
      this.#coming.delete(number);
      await reader?.close().catch(() => undefined);
    }
  }

  #noteVersions(database: DatabaseName): void {
    const newest = this.#newest[database];
    const { runs, losses } = this.#manifest.state.databases[database];
    const order = runs[0]?.order ?? 0;
    const isLossy = losses.length > 0;
    if (order !== newest.order || isLossy || newest.isLossy) newest.number += 1;
    newest.order = order;
    newest.isLossy = isLossy;
  }

  /**
   * Removes what an interrupted flush or merge left behind, and reports what is missing. With `keepsParts`, or where a part
   * is missing that somebody may have given another name, parts that the manifest does not name are set aside instead.
   */
  async clearOrphans(
    derivedStates: readonly number[],
    { keepsParts }: { readonly keepsParts: boolean },
  ): Promise<void> {
    const named = new Set([...this.#parts.keys()].map(partName));
    const found = new Set(await this.#disk.list(this.partsDirectory));
    const isKept = keepsParts || [...named].some((name) => !found.has(name));
    for (const name of found) {
      this.#manifest.skipFiles(Number.parseInt(name, 10) || 0);
      if (named.has(name)) continue;
      const number = partNumberOf(name);
      if (isKept && number !== undefined && !(await this.#trySetAside(number))) continue;
      await this.removeFile(`${this.partsDirectory}/${name}`);
    }
    for (const { path, entry } of this.#parts.values()) {
      if (!found.has(partName(entry.number)))
        this.#log.write('error', 'storage.part-missing', { file: path });
    }
    for (const state of derivedStates) {
      const directory = derivedDirectoryName(state);
      const files = this.#manifest.state.derived.get(state);
      for (const name of await this.#disk.list(`${this.directory}/${directory}`)) {
        const path = `${directory}/${name}`;
        if (files?.has(path) !== true) await this.removeFile(`${this.directory}/${path}`);
      }
    }
  }

  /** Keeps all files of derived states, named or not, until the function that is returned is called. */
  hold(): () => Promise<void> {
    this.#holds += 1;
    let isHeld = true;
    return async () => {
      if (!isHeld) return;
      isHeld = false;
      this.#holds -= 1;
      if (this.#holds > 0) return;
      for (const path of this.#heldBack.splice(0)) await this.removeFile(path);
    };
  }

  /** Keeps every part that the manifest names now until the function that is returned is called. */
  pinAll(): () => void {
    const held = [...this.#parts.values()];
    for (const reader of held) reader.pin();
    return () => {
      for (const reader of held.splice(0)) reader.unpin();
    };
  }

  /** The part's file was replaced by a whole one: from now on that is read. */
  renewPart(number: number): void {
    const before = this.#parts.get(number);
    this.#parts.delete(number);
    this.refresh();
    if (before !== undefined) this.#track(before.letGo());
  }

  /**
   * Gives a damaged part a second name, under which it stays when the manifest names it no more: that of the number it was
   * written with, by which a repair looks for it. `NOT_FOUND`, and then what was set aside under that name stays.
   */
  async setAside(number: number): Promise<void> {
    const from = this.partPath(number);
    const written = (await numberAtWriting(this.#disk, from)) ?? number;
    await makeDurableDirectory(this.#disk, this.quarantineDirectory);
    const path = `${this.quarantineDirectory}/${partName(written)}`;
    if ((await this.#disk.stat(from)) !== undefined) await this.#disk.remove(path);
    await this.#disk.link(from, path);
    await this.#disk.syncDirectory(this.quarantineDirectory);
  }

  async #trySetAside(number: number): Promise<boolean> {
    try {
      await this.setAside(number);
      return true;
    } catch (error) {
      const facts = { file: this.partPath(number), error: messageOf(error) };
      this.#log.write('warn', 'storage.part-not-set-aside', facts);
      return false;
    }
  }

  get quarantineDirectory(): string {
    return `${this.directory}/${QUARANTINE_DIRECTORY}`;
  }

  /** Removes a file that the manifest does not name any more; one that can't be removed now is so at the next opening. */
  async removeFile(path: string): Promise<void> {
    if (this.#holds > 0) {
      this.#heldBack.push(path);
      return;
    }
    await this.#disk.remove(path).catch((error: unknown) => {
      this.#log.write('warn', 'storage.file-not-removed', { file: path, error: messageOf(error) });
    });
  }

  async close(): Promise<void> {
    await Promise.all(this.#retiring);
    for (const reader of this.#parts.values()) await reader.close();
  }

  #track(going: Promise<void>): void {
    this.#retiring.add(going);
    void going.then(() => this.#retiring.delete(going));
  }

  #newReader(database: DatabaseName, entry: PartReader['entry']): PartReader {
    const path = this.partPath(entry.number);
    return new PartReader(
      this.#disk,
      path,
      database,
      entry,
      this.#cache,
      this.#log,
      this.#reads,
      this.#handles,
    );
  }
}

/** What every call on a closed store gets. */
export function closedStore(): PeregrineError {
  return new PeregrineError('CLOSED', 'The store is closed.');
}
