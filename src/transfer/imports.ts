/** The imports of an engine: several at once, found again after a restart. */

import {
  type Clock,
  isPeregrineError,
  type LogSink,
  messageOf,
  PeregrineError,
  silentLog,
} from '../base/index.ts';
import type { CollectionName, Engine } from '../collection/index.ts';
import { bookmarksOf, failuresOf, type ImportBookmark } from './import-bookmark.ts';
import { importId, ImportJob, type ImportRequest } from './import-job.ts';
import { ImportTurns } from './import-turns.ts';
import { type ImportReport, NO_COUNTS } from './import-report.ts';

/** Imports of one engine that run at once: they share the parsing processes and the disk. The others wait their turn. */
const RUNNING_AT_ONCE = 4;
/** Failures that a report lists. */
const LISTED = 100;

export class Imports {
  readonly #engine: Engine;
  readonly #log: LogSink;
  readonly #clock: Clock | undefined;
  readonly #jobs = new Map<string, ImportJob>();
  readonly #turns = new ImportTurns(RUNNING_AT_ONCE);

  constructor(engine: Engine, options: { readonly log?: LogSink; readonly clock?: Clock } = {}) {
    this.#engine = engine;
    this.#log = options.log ?? silentLog;
    this.#clock = options.clock;
  }

  /** Begins, or goes on where the same folder's import was stopped. `ALREADY_EXISTS` while it runs. */
  start(collection: CollectionName, request: ImportRequest): ImportJob {
    // A dry run tells what would come into a collection that is still to be made.
    if (request.isDryRun !== true && !this.#engine.collections().includes(collection)) {
      throw new PeregrineError('NOT_FOUND', `There is no collection "${collection}".`, { collection });
    }
    const key = `${collection} ${importId(request.directory, request.from)}`;
    if (this.#jobs.get(key)?.isRunning === true) {
      throw new PeregrineError('ALREADY_EXISTS', `${request.directory} is being imported already.`, {
        collection,
      });
    }
    const job = new ImportJob(this.#engine, collection, request, this.#clock, this.#turns);
    this.#jobs.set(key, job);
    job.run().then(
      () => this.#log.write('info', 'import.ended', { collection, state: job.report().state }),
      (error: unknown) =>
        this.#log.write('error', 'import.failed', { collection, message: messageOf(error) }),
    );
    return job;
  }

  /** Resolves when a running import has ended or paused. */
  async wait(job: ImportJob): Promise<ImportReport> {
    await job.run().catch((error: unknown) => {
      if (!isPeregrineError(error)) throw error;
    });
    return job.report();
  }

  async pause(collection: CollectionName, id: string): Promise<ImportReport> {
    const job = this.#job(collection, id);
    await job.pause();
    return job.report();
  }

  /** Running ones, those that were stopped or are done, and dry runs into collections that are still to be made. */
  async reports(collection: CollectionName): Promise<readonly ImportReport[]> {
    const isMade = (name: CollectionName): boolean => this.#engine.collections().includes(name);
    const jobs = [...this.#jobs.values()].filter(
      (job) => job.collection === collection || (job.isDryRun && !isMade(job.collection)),
    );
    if (!isMade(collection)) return jobs.map((job) => job.report());
    const known = new Set(jobs.map(({ id }) => id));
    const ended: ImportReport[] = [];
    for (const bookmark of await bookmarksOf(this.#engine, collection)) {
      if (known.has(bookmark.id)) continue;
      const failures = await failuresOf(this.#engine, collection, bookmark.id);
      ended.push({ ...reportOf(collection, bookmark), failures: failures.slice(-LISTED) });
    }
    return [...jobs.map((job) => job.report()), ...ended].sort((a, b) => b.startedAt_ms - a.startedAt_ms);
  }

  /** Those that run or wait now, into whichever collection. */
  underWay(): readonly ImportReport[] {
    return [...this.#jobs.values()].filter(({ isRunning }) => isRunning).map((job) => job.report());
  }

  /** Goes on with one that was paused or failed, as it was begun. `NOT_FOUND`, `ALREADY_EXISTS` while it runs. */
  async goOn(collection: CollectionName, id: string): Promise<ImportJob> {
    const bookmark = (await bookmarksOf(this.#engine, collection)).find((each) => each.id === id);
    if (bookmark !== undefined) return this.start(collection, requestOf(bookmark));
    throw new PeregrineError('NOT_FOUND', `No import ${id} was begun into "${collection}".`, { collection });
  }

  /** Goes on with every import that was running when the engine was last open. */
  async resumeAll(): Promise<void> {
    for (const collection of this.#engine.collections()) {
      for (const bookmark of await bookmarksOf(this.#engine, collection))
        if (bookmark.isEnabled) this.start(collection, requestOf(bookmark));
    }
  }

  async close(): Promise<void> {
    await Promise.allSettled([...this.#jobs.values()].map((job) => job.close()));
  }

  #job(collection: CollectionName, id: string): ImportJob {
    const job = this.#jobs.get(`${collection} ${id}`);
    if (job !== undefined) return job;
    throw new PeregrineError('NOT_FOUND', `No import ${id} runs into "${collection}".`, { collection });
  }
}

/** What the import was begun with. */
function requestOf({ directory, from, atOnce, source, follow }: ImportBookmark): ImportRequest {
  return { directory, ...(from === undefined ? {} : { from }), atOnce, source, follow };
}

/** What a bookmark tells of an import that does not run here. */
function reportOf(collection: CollectionName, bookmark: ImportBookmark): ImportReport {
  const { id, directory, from, source, counts, isDone, lost_bytes, startedAt_ms, endedAt_ms } = bookmark;
  return {
    id,
    kind: 'gigablast',
    collection,
    directory,
    ...(from === undefined ? {} : { from }),
    source,
    isDryRun: false,
    notes: [],
    state: isDone ? 'done' : 'paused',
    ...NO_COUNTS,
    ...counts,
    total: 0,
    lost_bytes,
    losses: [],
    failures: [],
    inFlight: 0,
    documents_per_s: 0,
    remaining_s: undefined,
    startedAt_ms,
    endedAt_ms,
    error: '',
  };
}

const importsByEngine = new WeakMap<Engine, Imports>();

/** The one {@link Imports} of an engine: every door to it sees the same jobs. */
export function importsOf(engine: Engine, log?: LogSink): Imports {
  let imports = importsByEngine.get(engine);
  if (imports === undefined) {
    imports = new Imports(engine, log === undefined ? {} : { log });
    importsByEngine.set(engine, imports);
  }
  return imports;
}
