/** One key of an import, from its newest version to an outcome: read, decoded, compared with what is there, stored. */

import { type Clock, isPeregrineError, messageOf, PeregrineError } from '../base/index.ts';
import { type CollectionName, documentUrl, type Engine } from '../collection/index.ts';
import { MAX_URL_CHARACTERS } from '../crawl/index.ts';
import { type DocumentSource, MAX_TEXT_BYTES } from '../document/index.ts';
import type { BroughtDocuments, StandingDocument } from './brought-documents.ts';
import {
  documentSourceOf,
  IMPORT_HASH,
  IMPORT_ID,
  IMPORT_SOURCE,
  MAX_META_CHARACTERS,
} from './gigablast/document-source.ts';
import { newestOverHosts } from './gigablast/host-copies.ts';
import type { RecordVersion } from './gigablast/record-cursors.ts';
import { isBan, type SiteTags } from './gigablast/site-tags.ts';
import { docIdOfKey } from './gigablast/record-frame.ts';
import { decodeGigablastRecord, type GigablastDocument } from './gigablast/title-record.ts';
import type { RecordGroup, TitleSource } from './gigablast/title-source.ts';
import {
  addCounts,
  type ImportCounts,
  type ImportFailure,
  type ImportOutcome,
  NO_COUNTS,
} from './import-report.ts';

/** Waits before what failed is tried again. */
export const RETRY_DELAYS_MS: readonly number[] = [100, 1_000];
/** No fault of the document: the import stops, and goes on from here when it is started again. */
const STOPPING = ['IO', 'DISK_FULL', 'READ_ONLY', 'CLOSED', 'CANCELLED', 'NOT_FOUND', 'LOCKED'] as const;
/** Said of the document itself: trying again changes nothing. */
const LASTING = [
  'BAD_ARGUMENT',
  'CORRUPT',
  'FORBIDDEN',
  'TOO_LARGE',
  'UNSUPPORTED_TYPE',
  'UNSUPPORTED_VERSION',
] as const;

const CUT = `stored without its end: larger than ${MAX_TEXT_BYTES / 1_048_576} MiB`;
const META_CUT = `stored with metadata cut: longer than ${MAX_META_CHARACTERS} characters`;
const FUTURE = 'date of fetching in the future, taken as not known';
/** Clocks differ, and so do time zones. */
const LEEWAY_MS = 24 * 3_600_000;
const OLDER_TAKEN = 'version before taken: the newest can’t be read';
/** What was stored and no search finds. */
const NOT_INDEXED = 'stored and not indexed: without words, or the page forbids it';

/** Types whose documents must have a form. */
const DATA_TYPE = /^application\/(?:json|xml)/;

export interface ImportContext {
  readonly engine: Engine;
  readonly collection: CollectionName;
  readonly titles: TitleSource;
  readonly source: string;
  readonly isDryRun: boolean;
  readonly clock: Clock;
  /** What people said of sites in the old cluster. */
  readonly tags: SiteTags;
  /** Work on one URL is done one after another, in the order of keys. */
  readonly urls: UrlTurns;
  /** Hears the URL of what was stored or stood there already. */
  readonly onStored?: (url: string) => Promise<void>;
  /** For sources without lasting ids, and for dry runs: what this import has brought. */
  readonly brought?: BroughtDocuments;
}

export interface RecordResult {
  readonly counts: Partial<ImportCounts>;
  readonly failure?: ImportFailure;
}

/** Rejects with errors that stop the import; everything else is an outcome. */
export async function importRecord(context: ImportContext, group: RecordGroup): Promise<RecordResult> {
  const [newest, ...older] = await newestOverHosts(context.titles, group);
  if (newest === undefined) return { counts: {} };
  const tombstones = older.filter(({ isTombstone }) => isTombstone).length;
  const counts = { read: group.versions.length, tombstones, superseded: older.length - tombstones };
  if (newest.isTombstone) {
    await applyTombstone(context, older);
    return { counts: { ...counts, tombstones: tombstones + 1 } };
  }
  let url = '';
  try {
    const taken = await importNewest(context, newest, (known) => (url = known));
    return { counts: addCounts({ ...NO_COUNTS, ...counts }, countsOf(taken)) };
  } catch (error) {
    if (error instanceof ImportStopped) throw error.cause;
    const failure = failureOf(context.titles, group, { version: newest, url }, error);
    const lost = { counts: { ...counts, failed: 1, reasons: { [failure.code]: 1 } }, failure };
    // Who knows its URL could read it: what it holds is refused, and what it held before is not wanted.
    return url === '' ? importBefore(context, older, lost) : lost;
  }
}

/** In place of a version that can't be read the one before, unless a deletion lies between. */
async function importBefore(
  context: ImportContext,
  [before]: readonly RecordVersion[],
  lost: RecordResult & { readonly counts: { readonly superseded: number } },
): Promise<RecordResult> {
  if (before === undefined || before.isTombstone) return lost;
  try {
    const taken = countsOf(await importNewest(context, before, () => undefined));
    const counts = { ...NO_COUNTS, ...lost.counts, superseded: lost.counts.superseded - 1 };
    return {
      counts: addCounts(addCounts(counts, taken), { reasons: { [OLDER_TAKEN]: 1 } }),
      ...(lost.failure === undefined ? {} : { failure: lost.failure }),
    };
  } catch (error) {
    if (error instanceof ImportStopped) throw error.cause;
    return lost;
  }
}

/** An error that is no document's fault, on its way out. */
export class ImportStopped extends Error {}

/** What a document that was taken adds to the counts. */
export function countsOf({ outcome, reason, notes = [] }: TakenRecord): Partial<ImportCounts> {
  const told = reason === undefined ? notes : [reason, ...notes];
  return {
    [outcome]: 1,
    ...(told.length === 0 ? {} : { reasons: Object.fromEntries(told.map((words) => [words, 1])) }),
  };
}

async function importNewest(
  context: ImportContext,
  version: RecordVersion,
  tellUrl: (url: string) => void,
): Promise<TakenRecord> {
  const { record, document } = await readDocument(context, version);
  tellUrl(document.url);
  const tags = context.tags.tagsOf(document.url);
  if (document.isStatusDocument) return { outcome: 'skipped', reason: 'report of a crawl' };
  if (isBan(tags)) return { outcome: 'skipped', reason: 'page of a banned site' };
  const { source, isMetaCut } = documentSourceOf(document, record, context.source, tags);
  return context.urls.hold(source.url, async () => {
    const taken = await storeReadable({ ...context, hasLastingIds: true }, source);
    const isCut = taken.outcome === 'imported' && source.bytes.length > MAX_TEXT_BYTES;
    if (taken.outcome !== 'superseded') await stopping(async () => context.onStored?.(source.url));
    const notes = [...(taken.notes ?? []), ...(isMetaCut && taken.outcome === 'imported' ? [META_CUT] : [])];
    return isCut ? { reason: CUT, ...taken, notes } : { ...taken, notes };
  });
}

async function readDocument(
  { titles, clock }: ImportContext,
  version: RecordVersion,
): Promise<{ record: Uint8Array; document: GigablastDocument }> {
  // What a disk does not give at once it may give later; what it never gives fails this record alone.
  const record = await persistently(clock, async () => titles.read(version));
  return { record, document: decodeGigablastRecord(record) };
}

/** What storing needs to know of an import. */
export type StoreContext = Pick<ImportContext, 'engine' | 'collection' | 'isDryRun' | 'clock' | 'brought'> & {
  readonly conflicts?: ConflictPolicy;
  /** Ids of the source's documents last: of two with one URL the later fetch stays, else the first, whichever comes again. */
  readonly hasLastingIds?: boolean;
};

/** Which of two documents of one URL stays: the one that was fetched later, the one that comes in, the one that is there. */
export type ConflictPolicy = 'newest' | 'theirs' | 'ours';

/** What became of a document, and why, where that is not plain. */
export interface TakenRecord {
  readonly outcome: ImportOutcome;
  readonly reason?: string;
  /** What is told of it beside that. */
  readonly notes?: readonly string[];
}

/** The old program also kept what is not of the form that it says it has, as the text that it is. */
async function storeReadable(context: StoreContext, source: DocumentSource): Promise<TakenRecord> {
  try {
    return await storeSource(context, source);
  } catch (error) {
    const isData = DATA_TYPE.test(source.headers['content-type'] ?? '');
    if (!isData || !isPeregrineError(error, 'PARSE_FAILED')) throw error;
    return storeSource(context, { ...source, headers: { 'content-type': 'text/plain; charset=utf-8' } });
  }
}

/** Stores a document unless it stands there already, or a later fetch of it does. */
export async function storeSource(context: StoreContext, given: DocumentSource): Promise<TakenRecord> {
  const {
    engine,
    collection,
    isDryRun,
    clock,
    brought,
    conflicts = 'newest',
    hasLastingIds = false,
  } = context;
  const isFuture = isInFuture(given.fetchedAt_ms, clock.now());
  const source = isFuture ? { ...given, fetchedAt_ms: 0 } : given;
  const notes = isFuture ? [FUTURE] : [];
  const url = documentUrl(source.url);
  const found = await standing(context, url);
  const isTwin = hasLastingIds && found !== undefined && isOtherOfSource(found, source);
  if (found !== undefined) {
    if (isSame(found, source)) return { outcome: 'unchanged' };
    if (conflicts === 'ours') return { outcome: 'superseded' };
    // An import of before this was looked at may have stored such a date: it must not win for ever.
    const stored_ms = found.fetchedAt_ms;
    const isLater = (isInFuture(stored_ms, clock.now()) ? 0 : stored_ms) - source.fetchedAt_ms;
    if (conflicts === 'newest' && (isLater > 0 || (isLater === 0 && isTwin)))
      return { outcome: 'superseded' };
  }
  // It takes the place of one that was counted.
  const outcome = isTwin || brought?.has(url) === true ? 'superseded' : 'imported';
  const { indexed } = await persistently(clock, async () =>
    // A dry run parses as well, so that what will be refused is known.
    stopping(async () => (isDryRun ? engine.tryPut(collection, source) : engine.put(collection, source))),
  );
  brought?.add(url, source);
  return indexed || isTwin ? { outcome, notes } : { outcome, reason: NOT_INDEXED, notes };
}

/** What a document would take the place of; to a dry run that is also what it would have put there itself. */
async function standing(
  { engine, collection, isDryRun, brought }: StoreContext,
  url: string,
): Promise<StandingDocument | undefined> {
  const own = brought?.standing(url);
  if (own !== undefined) return own ?? undefined;
  // Into a collection that is still to be made.
  if (isDryRun && !engine.collections().includes(collection)) return undefined;
  return (await stopping(async () => engine.get(collection, { url })))?.document;
}

/** No page was fetched then: it would give way to no other import of it. */
function isInFuture(time_ms: number, now_ms: number): boolean {
  return time_ms > now_ms + LEEWAY_MS;
}

/** Brought by the same import as another document than this. */
function isOtherOfSource({ meta }: StandingDocument, source: DocumentSource): boolean {
  return meta[IMPORT_SOURCE] === source.meta?.[IMPORT_SOURCE] && meta[IMPORT_ID] !== source.meta?.[IMPORT_ID];
}

/** Imported before from the same source, with the same id and the same bytes. */
function isSame({ meta }: StandingDocument, source: DocumentSource): boolean {
  return [IMPORT_SOURCE, IMPORT_ID, IMPORT_HASH].every((name) => meta[name] === source.meta?.[name]);
}

/** What an earlier import brought and the old cluster has deleted since goes; only older versions tell its URL. */
async function applyTombstone(context: ImportContext, older: readonly RecordVersion[]): Promise<void> {
  const { engine, collection, isDryRun } = context;
  const before = older.find(({ isTombstone }) => !isTombstone);
  if (before === undefined || isDryRun) return;
  let source: DocumentSource;
  try {
    const { record, document } = await readDocument(context, before);
    if (document.isStatusDocument) return;
    ({ source } = documentSourceOf(document, record, context.source));
  } catch (error) {
    // A deleted document that can't be read is deleted all the same.
    if (isPeregrineError(error)) return;
    throw error;
  }
  await context.urls.hold(source.url, async () => {
    try {
      const found = await engine.get(collection, { url: source.url });
      const meta = found?.document.meta ?? {};
      const isOurs = [IMPORT_SOURCE, IMPORT_ID].every((name) => meta[name] === source.meta?.[name]);
      if (isOurs) await engine.remove(collection, { url: source.url });
    } catch (error) {
      // A URL that we refuse was never stored.
      if (!LASTING.some((code) => isPeregrineError(error, code))) throw error;
    }
  });
}

/** True for errors that are no document's fault. */
export function isStopping(error: unknown): boolean {
  if (error instanceof ImportStopped || !isPeregrineError(error)) return true;
  return STOPPING.some((code) => isPeregrineError(error, code));
}

/** Runs `work`, and marks errors that must stop the import. */
async function stopping<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw isStopping(error) ? new ImportStopped(messageOf(error), { cause: error }) : error;
  }
}

/** Tries again after a while, unless the error is the document's own or stops everything. */
async function persistently<T>(clock: Clock, work: () => Promise<T>): Promise<T> {
  for (const delay_ms of RETRY_DELAYS_MS) {
    try {
      return await work();
    } catch (error) {
      if (error instanceof ImportStopped || LASTING.some((code) => isPeregrineError(error, code)))
        throw error;
      await clock.sleep(delay_ms);
    }
  }
  return work();
}

function failureOf(
  titles: TitleSource,
  { key }: RecordGroup,
  { version, url }: { readonly version: RecordVersion; readonly url: string },
  error: unknown,
): ImportFailure {
  const known = error instanceof PeregrineError ? error : undefined;
  return {
    ...titles.placeOf(version),
    docId: docIdOfKey(key),
    url: url.slice(0, MAX_URL_CHARACTERS),
    code: known?.code ?? 'INTERNAL',
    message: messageOf(error),
  };
}

/** Lets work on the same URL, however it is written, wait for what began before. */
export class UrlTurns {
  readonly #last = new Map<string, Promise<unknown>>();

  async hold<T>(url: string, work: () => Promise<T>): Promise<T> {
    const key = oneUrlOf(url);
    const before = this.#last.get(key) ?? Promise.resolve();
    const turn = before.catch(() => undefined).then(work);
    this.#last.set(key, turn);
    try {
      return await turn;
    } finally {
      if (this.#last.get(key) === turn) this.#last.delete(key);
    }
  }
}

/** One that is none is refused by the work on it. */
function oneUrlOf(url: string): string {
  try {
    return documentUrl(url);
  } catch {
    return url;
  }
}
