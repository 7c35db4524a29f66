/**
 * What moves documents, as data that crosses a socket: a command hands it to the engine of its own process or to the one
 * that holds the data directory, and need not care which. Paths are whole, and of the machine that both are on.
 */

import { stat } from 'node:fs/promises';

import { openForReadingOnly, PeregrineError } from '../base/index.ts';
import type { CollectionName, Engine } from '../collection/index.ts';
import { importBundle, makeBundle } from './bundles/bundle-documents.ts';
import { fetchBundle } from './bundles/bundle-fetch.ts';
import { BundleFolder } from './bundles/bundle-folder.ts';
import { type BundleAddress, httpSource } from './bundles/bundle-http.ts';
import { type BundleManifest, newSigningKey } from './bundles/bundle-manifest.ts';
import { directorySigningKey } from './bundles/directory-signing-key.ts';
import type { ExportFormat } from './export-documents.ts';
import { exportIntoFile, type ExportReport } from './export-job.ts';
import { type FeedReport, importFeed } from './feed-import.ts';
import { archiveFeed } from './feeds/archive-feed.ts';
import type { Feed } from './feeds/feed.ts';
import { folderFeed } from './feeds/folder-feed.ts';
import { lineFeed } from './feeds/line-feed.ts';
import { mailFeed } from './feeds/mail-feed.ts';
import { tableFeed } from './feeds/table-feed.ts';
import { forgetPages, type ForgetReport } from './forget.ts';
import { reindexFound, type ReindexReport, type RemovalReport, removeFound } from './found-documents.ts';
import { bookmarksOf, failuresOf } from './import-bookmark.ts';
import type { ConflictPolicy } from './import-record.ts';
import type { ImportFailure } from './import-report.ts';
import { openObjectStore } from './snapshots/open-object-store.ts';
import { restoreCollection, takeSnapshot, type TakenSnapshot } from './snapshots/take-snapshot.ts';

export type FeedKind = 'warc' | 'ndjson' | 'csv' | 'folder' | 'mbox';

export interface ImportFeedTask {
  readonly task: 'import';
  readonly kind: FeedKind;
  readonly path: string;
  readonly atOnce?: number;
  readonly isDryRun?: boolean;
  /** Address below which documents without one are known. */
  readonly base?: string;
  /** Of tables; default: a comma. */
  readonly separator?: ',' | '\t' | ';';
}

/** Asked for again after it was stopped, it goes on. */
export interface ExportTask {
  readonly task: 'export';
  readonly file: string;
  readonly format: ExportFormat;
  readonly query?: string;
}

export interface MakeBundleTask {
  readonly task: 'make-bundle';
  readonly folder: string;
  readonly name: string;
  readonly query?: string;
  /** It is taken in at once, by who asked for it: a key that nobody keeps signs it. Default false. */
  readonly isForNow?: boolean;
}

export interface TakeBundleTask {
  readonly task: 'take-bundle';
  readonly folder: string;
  readonly conflicts: ConflictPolicy;
  readonly trusted?: readonly string[];
}

/** From another installation; what has come is kept in the folder, so that it goes on where it stopped. */
export interface FetchBundleTask {
  readonly task: 'fetch-bundle';
  readonly from: BundleAddress;
  readonly folder: string;
  readonly trusted?: readonly string[];
}

export interface ForgetTask {
  readonly task: 'forget';
  readonly urls: readonly string[];
  readonly query?: string;
  readonly within_ms?: number;
  readonly looksIntoSnapshots?: boolean;
}

/** Every document that the query finds goes. */
export interface RemoveTask {
  readonly task: 'remove';
  readonly query: string;
}

/** Every document that the query finds is read and indexed anew. */
export interface ReindexTask {
  readonly task: 'reindex';
  readonly query: string;
}

export interface RememberTask {
  readonly task: 'remember';
  readonly urls: readonly string[];
}

export interface SnapshotTask {
  readonly task: 'snapshot';
  /** A folder, or `s3://bucket/prefix`. */
  readonly place: string;
  /** The task's collection alone; else the whole data directory. */
  readonly isOne: boolean;
  readonly keep?: number;
  readonly isVerified?: boolean;
}

export interface RestoreTask {
  readonly task: 'restore';
  readonly place: string;
  /** Default: the latest. */
  readonly id?: string;
}

/** What imports of a Gigablast into the collection could not take: all of it, where a report lists the latest. */
export interface ListFailuresTask {
  readonly task: 'list-failures';
  /** Of the import of this folder alone. */
  readonly directory?: string;
  /** Of one import. */
  readonly id?: string;
}

/** Each task and what comes of it. */
export interface TransferResults {
  readonly import: FeedReport;
  readonly export: ExportReport;
  readonly 'make-bundle': BundleManifest;
  readonly 'take-bundle': FeedReport;
  readonly 'fetch-bundle': BundleManifest;
  readonly forget: ForgetReport;
  readonly remove: RemovalReport;
  readonly reindex: ReindexReport;
  readonly remember: { readonly urls: number };
  readonly snapshot: TakenSnapshot;
  readonly restore: FeedReport;
  readonly 'list-failures': { readonly failures: readonly ImportFailure[] };
}

export type TransferTask =
  | ImportFeedTask
  | ExportTask
  | MakeBundleTask
  | TakeBundleTask
  | FetchBundleTask
  | ForgetTask
  | RemoveTask
  | ReindexTask
  | RememberTask
  | SnapshotTask
  | RestoreTask
  | ListFailuresTask;

export type ResultOf<T extends TransferTask> = TransferResults[T['task']];

/** How far a task is, told at most once in {@link TELL_MS}. */
export interface TransferEvent {
  readonly documents: number;
  readonly sentence: string;
}

export type OnTransferEvent = (event: TransferEvent) => void;

/** Time between two events, ms. */
const TELL_MS = 1_000;

interface TaskContext {
  readonly engine: Engine;
  readonly collection: CollectionName;
  readonly tell: OnTransferEvent;
  readonly signal: AbortSignal | undefined;
}

type Runners = {
  readonly [Name in TransferTask['task']]: (
    context: TaskContext,
    task: Extract<TransferTask, { task: Name }>,
  ) => Promise<TransferResults[Name]>;
};

/** Runs a task beside everything else that the engine does. Errors of the task; `BAD_ARGUMENT` for one that is none. */
export async function runTransferTask<T extends TransferTask>(
  engine: Engine,
  collection: CollectionName,
  task: T,
  onEvent: OnTransferEvent = () => undefined,
  signal?: AbortSignal,
): Promise<ResultOf<T>> {
  const run = Object.hasOwn(RUNNERS, task.task) ? RUNNERS[task.task] : undefined;
  if (run === undefined) {
    // What came through a socket may say anything.
    throw new PeregrineError('BAD_ARGUMENT', `There is no such task: ${JSON.stringify(task)}.`);
  }
  refuseChanges(engine, task);
  const context = { engine, collection, tell: seldom(onEvent), signal };
  const known = run as (context: TaskContext, task: TransferTask) => Promise<ResultOf<T>>;
  return known(context, task);
}

/** `READ_ONLY` for what would change a data directory that is open for reading only: to be told before a task is begun beside others. */
export function refuseChanges({ isReadOnly }: Pick<Engine, 'isReadOnly'>, task: TransferTask): void {
  if (isReadOnly && !isReading(task)) throw openForReadingOnly();
}

/** Tasks that leave the data directory as it is. */
const READING: ReadonlySet<TransferTask['task']> = new Set([
  'export',
  'make-bundle',
  'fetch-bundle',
  'list-failures',
]);

function isReading(task: TransferTask): boolean {
  return READING.has(task.task) || (task.task === 'import' && task.isDryRun === true);
}

const RUNNERS: Runners = {
  import: async ({ engine, collection, tell, signal }, task) =>
    importFeed(engine, collection, await feedOf(task), {
      ...(signal === undefined ? {} : { signal }),
      ...(task.isDryRun === undefined ? {} : { isDryRun: task.isDryRun }),
      ...(task.atOnce === undefined ? {} : { atOnce: task.atOnce }),
      onProgress: (report) => tell(progressOf(report)),
    }),
  export: async ({ engine, collection, tell, signal }, { file, format, query }) =>
    exportIntoFile(
      engine,
      collection,
      { file, format, ...(query === undefined ? {} : { query }) },
      {
        ...(signal === undefined ? {} : { signal }),
        onProgress: (documents, size_bytes) =>
          tell({ documents, sentence: `${documents} documents, ${size_bytes} bytes` }),
      },
    ),
  'make-bundle': async ({ engine, collection, tell }, { folder, name, query, isForNow }) => {
    const { dataDirectory } = await engine.status();
    return makeBundle(
      engine,
      collection,
      new BundleFolder(folder),
      isForNow === true
        ? newSigningKey()
        : await directorySigningKey(dataDirectory, { mayMake: !engine.isReadOnly }),
      {
        name,
        createdAt_ms: Date.now(),
        ...(query === undefined ? {} : { query }),
        onProgress: (documents) => tell({ documents, sentence: `${documents} documents` }),
      },
    );
  },
  'take-bundle': async ({ engine, collection, tell, signal }, { folder, conflicts, trusted }) =>
    importBundle(engine, collection, new BundleFolder(folder), {
      conflicts,
      ...(trusted === undefined ? {} : { trusted }),
      ...(signal === undefined ? {} : { signal }),
      onProgress: (report) => tell(progressOf(report)),
    }),
  'fetch-bundle': async ({ tell, signal }, { from, folder, trusted }) =>
    fetchBundle(new BundleFolder(folder), {
      connect: async () => httpSource(from, signal),
      ...(trusted === undefined ? {} : { trusted }),
      ...(signal === undefined ? {} : { signal }),
      onProgress: (chunks, of) => tell({ documents: chunks, sentence: `${chunks} of ${of} chunks` }),
    }),
  forget: async ({ engine, collection }, { urls, query, within_ms, looksIntoSnapshots }) =>
    forgetPages(engine, collection, {
      urls,
      ...(looksIntoSnapshots === undefined ? {} : { looksIntoSnapshots }),
      ...(query === undefined ? {} : { query }),
      ...(within_ms === undefined ? {} : { within_ms }),
    }),
  snapshot: async ({ engine, collection }, { place, isOne, keep, isVerified }) =>
    takeSnapshot(engine, await openObjectStore(place, process.env), {
      now_ms: Date.now(),
      ...(isOne ? { collection } : {}),
      ...(keep === undefined ? {} : { keep }),
      ...(isVerified === undefined ? {} : { isVerified }),
    }),
  restore: async ({ engine, collection }, { place, id }) =>
    restoreCollection(engine, collection, await openObjectStore(place, process.env), id),
  remove: async ({ engine, collection, tell, signal }, { query }) =>
    removeFound(engine, collection, {
      query,
      ...(signal === undefined ? {} : { signal }),
      onProgress: (documents) => tell({ documents, sentence: `${documents} documents removed` }),
    }),
  reindex: async ({ engine, collection, tell, signal }, { query }) =>
    reindexFound(engine, collection, {
      query,
      ...(signal === undefined ? {} : { signal }),
      onProgress: (documents) => tell({ documents, sentence: `${documents} documents read` }),
    }),
  'list-failures': async ({ engine, collection }, { directory, id }) => {
    const bookmarks = await bookmarksOf(engine, collection);
    const wanted = bookmarks.filter(
      (each) =>
        (directory === undefined || each.directory === directory) && (id === undefined || each.id === id),
    );
    const failures = await Promise.all(wanted.map((each) => failuresOf(engine, collection, each.id)));
    return { failures: failures.flat() };
  },
  remember: async ({ engine, collection }, { urls }) => {
    for (const url of urls) await engine.remember(collection, url);
    return { urls: urls.length };
  },
};

async function feedOf({ kind, path, base, separator = ',' }: ImportFeedTask): Promise<Feed> {
  if (kind !== 'folder' && kind !== 'warc' && (await isFolder(path)))
    throw new PeregrineError(
      'BAD_ARGUMENT',
      `${path} is a folder: name a file in it, or take all of it in as a folder.`,
    );
  const now_ms = Date.now();
  switch (kind) {
    case 'warc':
      return archiveFeed(path);
    case 'ndjson':
      return lineFeed(path, { now_ms, base: base ?? 'urn:import:' });
    case 'csv':
      return tableFeed(path, { now_ms, base: base ?? 'urn:import:', separator });
    case 'mbox':
      return mailFeed(path, { now_ms, base: base ?? 'urn:import:' });
    case 'folder':
      return folderFeed(path, base ?? '');
    default:
      throw new PeregrineError('BAD_ARGUMENT', `There is no such kind of import: ${JSON.stringify(kind)}.`);
  }
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true;
}

function progressOf({ read, imported, failed }: FeedReport): TransferEvent {
  return { documents: read, sentence: `${read} read, ${imported} imported, ${failed} failed` };
}

function seldom(onEvent: OnTransferEvent): OnTransferEvent {
  let next_ms = performance.now() + TELL_MS;
  return (event) => {
    if (performance.now() < next_ms) return;
    next_ms = performance.now() + TELL_MS;
    onEvent(event);
  };
}
