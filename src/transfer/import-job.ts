/**
 * The life of one import: survey, then records in the order of their keys, so many in flight and no more, a bookmark that
 * follows what is settled, pauses that drain, and an end that tells what came of it.
 */

import { basename, resolve } from 'node:path';

import {
  type Clock,
  hashString64,
  isPeregrineError,
  messageOf,
  PeregrineError,
  systemClock,
} from '../base/index.ts';
import type { CollectionName, Engine } from '../collection/index.ts';
import { BroughtDocuments } from './brought-documents.ts';
import { readCrawlQueue } from './gigablast/crawl-queue.ts';
import type { DataLoss } from './gigablast/file-survey.ts';
import type { TakenSettings } from './gigablast/old-settings.ts';
import { keyOfText, keyText } from './gigablast/record-frame.ts';
import { type OldSurroundings, readSurroundings } from './gigablast/surroundings.ts';
import { type SurveyedFile, TitleSource } from './gigablast/title-source.ts';
import { BOOKMARK_VERSION, BookmarkKeeper, type ImportBookmark } from './import-bookmark.ts';
import { importRecord, UrlTurns } from './import-record.ts';
import { type ImportFailure, type ImportReport, type ImportState, NO_COUNTS } from './import-report.ts';
import type { ImportTurns } from './import-turns.ts';
import { followLinks, LinkGatherer, MAX_GATHERED_LINKS } from './link-gatherer.ts';
import { SettledPrefix } from './settled-prefix.ts';

export interface ImportRequest {
  /** A folder with title files, a host's working directory, or a folder of several hosts' directories. */
  readonly directory: string;
  /** The old cluster's collection, where the folder holds several. */
  readonly from?: string;
  /** Documents in flight, 1 … 100. Default {@link DEFAULT_AT_ONCE}. */
  readonly atOnce?: number;
  /** Name of where the documents are from. Default: the folder's name. */
  readonly source?: string;
  /** Read, decode, parse and count; store nothing. */
  readonly isDryRun?: boolean;
  /** Crawl what the imported pages link to. Default false: nothing is fetched. */
  readonly follow?: boolean;
  /** Begin at the first record although a bookmark stands further on. */
  readonly restart?: boolean;
}

/** Two messages of a parsing process, so that it never waits; few enough to lose little at a kill. */
export const DEFAULT_AT_ONCE = 32;
export const MAX_AT_ONCE = 100;
/** Records settled between two bookmarks. */
const BOOKMARK_EVERY = 200;
/** Failures and losses that a report lists. */
const LISTED = 100;

export class ImportJob {
  readonly id: string;
  readonly collection: CollectionName;
  readonly #engine: Engine;
  readonly #clock: Clock;
  readonly #request: ImportRequest;
  readonly #source: string;
  readonly #keeper: BookmarkKeeper;
  #titles: TitleSource | undefined;
  #prefix = new SettledPrefix(undefined);
  #state: ImportState = 'reading';
  #wantsPause = false;
  /** What ended the import before its time; the first tells. */
  #errors: unknown[] = [];
  #isClosing = false;
  #inFlight = 0;
  #failures: ImportFailure[] = [];
  #lost_bytes = 0;
  /** In the old cluster's crawl queue: told, but no loss of documents. */
  #queueLosses: readonly DataLoss[] = [];
  /** What lies beside the title files. */
  #beside: OldSurroundings | undefined;
  #startedAt_ms: number;
  #endedAt_ms = 0;
  #error = '';
  #rateFrom = { at_ms: 0, read: 0 };
  #running: Promise<void> | undefined;
  #wake: (() => void) | undefined;
  readonly #stopping = new AbortController();
  /** Of the run that is under way: it was asked to pause. */
  #pausing = new AbortController();
  readonly #turns: ImportTurns | undefined;

  /** `turns`: it runs while it holds one; undefined: at once. */
  constructor(
    engine: Engine,
    collection: CollectionName,
    request: ImportRequest,
    clock: Clock = systemClock,
    turns?: ImportTurns,
  ) {
    const atOnce = request.atOnce ?? DEFAULT_AT_ONCE;
    if (!Number.isInteger(atOnce) || atOnce < 1 || atOnce > MAX_AT_ONCE) {
      throw new PeregrineError('BAD_ARGUMENT', `Documents in flight must be 1 to ${MAX_AT_ONCE}.`, {
        atOnce,
      });
    }
    this.#engine = engine;
    this.#clock = clock;
    this.#turns = turns;
    this.collection = collection;
    this.#request = request;
    const { directory, from } = request;
    this.#source =
      request.source ?? `gigablast:${basename(resolve(directory))}${from === undefined ? '' : `/${from}`}`;
    this.id = importId(directory, from);
    this.#keeper = new BookmarkKeeper(engine, collection, this.id);
    this.#startedAt_ms = clock.now();
  }

  get isDryRun(): boolean {
    return this.#request.isDryRun === true;
  }

  /** Or waits for its turn. */
  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** Begins or goes on; resolves when it ended or paused. A second call waits for the first. */
  run(): Promise<void> {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Begins no more documents; resolves when those in flight are settled and the bookmark is written. */
  async pause(): Promise<void> {
    this.#wantsPause = true;
    this.#pausing.abort();
    if (this.#state === 'running') this.#state = 'draining';
    this.#wake?.();
    // What ended it otherwise is told to who waits for its run, and stands in the report.
    await this.#running?.catch(() => undefined);
  }

  /** As {@link pause}, but it goes on by itself when the engine is opened again. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#stopping.abort();
    await this.pause();
  }

  report(): ImportReport {
    const { counts } = this.#prefix;
    const total = this.#titles?.totals.records ?? 0;
    const seconds = ((this.#endedAt_ms || this.#clock.now()) - this.#rateFrom.at_ms) / 1000;
    const rate =
      this.#rateFrom.at_ms === 0 || seconds <= 0 ? 0 : (counts.read - this.#rateFrom.read) / seconds;
    return {
      id: this.id,
      kind: 'gigablast',
      collection: this.collection,
      directory: this.#titles?.path ?? this.#request.directory,
      ...(this.#request.from === undefined ? {} : { from: this.#request.from }),
      source: this.#source,
      isDryRun: this.isDryRun,
      state: this.#state,
      ...counts,
      total,
      lost_bytes: this.#lost_bytes,
      losses: [
        ...(this.#titles?.totals.losses ?? []),
        ...(this.#beside?.tags.losses ?? []),
        ...this.#queueLosses,
      ].slice(0, LISTED),
      failures: this.#failures,
      notes: (this.#beside?.notes ?? []).slice(0, LISTED),
      inFlight: this.#inFlight,
      documents_per_s: rate,
      remaining_s: this.#state === 'running' && rate > 0 ? (total - counts.read) / rate : undefined,
      startedAt_ms: this.#startedAt_ms,
      endedAt_ms: this.#endedAt_ms,
      error: this.#error,
    };
  }

  async #run(): Promise<void> {
    this.#wantsPause = false;
    this.#pausing = new AbortController();
    this.#error = '';
    this.#endedAt_ms = 0;
    this.#state = 'reading';
    let hasTurn = false;
    try {
      hasTurn = await this.#turn();
      if (!hasTurn) return;
      this.#state = 'reading';
      this.#titles = await TitleSource.open(
        this.#request.directory,
        this.#stopping.signal,
        this.#request.from,
      );
      this.#beside = await readSurroundings(this.#titles.folders, this.#request.follow === true);
      await this.#goToBookmark(this.#titles);
      await this.#importAll(this.#titles, this.#beside);
      const isDone = !this.#wantsPause;
      if (isDone) this.#endedAt_ms = this.#clock.now();
      await this.#bookmark(isDone);
      this.#state = isDone ? 'done' : 'paused';
    } catch (error) {
      this.#state = 'failed';
      this.#error = messageOf(error);
      this.#endedAt_ms = this.#clock.now();
      if (!(this.#isClosing && isPeregrineError(error, 'CANCELLED'))) throw error;
    } finally {
      if (hasTurn) this.#turns?.end();
      await this.#titles?.close();
    }
  }

  /** True when it may run; false where it was paused while it waited. */
  async #turn(): Promise<boolean> {
    if (this.#turns === undefined || this.#turns.take()) return true;
    this.#state = 'waiting';
    const turn = this.#turns.wait(this.#pausing.signal);
    try {
      // What waits goes on by itself after a restart, as what runs does.
      await this.#rememberWait();
    } catch (error) {
      this.#pausing.abort();
      if (await turn) this.#turns.end();
      throw error;
    }
    if (await turn) return true;
    await this.#rememberWait();
    this.#state = 'paused';
    return false;
  }

  async #rememberWait(): Promise<void> {
    if (this.#request.isDryRun === true) return;
    const before = this.#request.restart === true ? undefined : await this.#keeper.read();
    if (before === undefined || before.isDone) return this.#bookmark(false);
    await this.#keeper.write({ ...before, isEnabled: !this.#wantsPause || this.#isClosing }, []);
  }

  /** Behind the last settled record of an earlier run over the same files; else at the first. */
  async #goToBookmark({ files, totals }: TitleSource): Promise<void> {
    this.#lost_bytes = totals.lost_bytes;
    const before = this.#request.isDryRun === true ? undefined : await this.#keeper.read();
    const holds =
      before !== undefined &&
      !before.isDone &&
      this.#request.restart !== true &&
      isSameFiles(before.files, files);
    if (holds) {
      this.#failures = (await this.#keeper.resume()).slice(-LISTED);
      this.#startedAt_ms = before.startedAt_ms;
      this.#prefix = new SettledPrefix(before.key === '' ? undefined : keyOfText(before.key), before.counts);
    } else {
      if (before !== undefined) await this.#keeper.clear();
      this.#failures = [];
      this.#startedAt_ms = this.#clock.now();
      this.#prefix = new SettledPrefix(undefined, NO_COUNTS);
    }
    this.#rateFrom = { at_ms: this.#clock.now(), read: this.#prefix.counts.read };
    // From now on a kill is followed by going on.
    await this.#bookmark(false);
  }

  async #importAll(titles: TitleSource, { tags, settings }: OldSurroundings): Promise<void> {
    const atOnce = this.#request.atOnce ?? DEFAULT_AT_ONCE;
    const links =
      this.#request.follow === true && this.#request.isDryRun !== true
        ? new LinkGatherer(this.#engine, this.collection, (url) => tags.isBanned(url))
        : undefined;
    const context = {
      engine: this.#engine,
      collection: this.collection,
      titles,
      source: this.#source,
      isDryRun: this.#request.isDryRun === true,
      clock: this.#clock,
      tags,
      urls: new UrlTurns(),
      ...(this.isDryRun && { brought: new BroughtDocuments({ keepsDocuments: true }) }),
      ...(links === undefined ? {} : { onStored: (url: string) => links.gather(url) }),
    };
    this.#errors = [];
    let sinceBookmark = 0;
    if (!this.#wantsPause) this.#state = 'running';
    try {
      for await (const group of titles.groups(this.#prefix.key)) {
        while (this.#inFlight >= atOnce && this.#errors.length === 0 && !this.#wantsPause)
          await this.#oneSettled();
        if (this.#errors.length > 0 || this.#wantsPause) break;
        const settle = this.#prefix.begin(group.key);
        this.#inFlight += 1;
        void importRecord(context, group)
          .then(
            ({ counts, failure }) => settle(counts, failure),
            (error: unknown) => this.#errors.push(error),
          )
          .finally(() => {
            this.#inFlight -= 1;
            this.#wake?.();
          });
        sinceBookmark += 1;
        if (sinceBookmark >= BOOKMARK_EVERY) {
          sinceBookmark = 0;
          await this.#bookmark(false);
        }
      }
    } finally {
      while (this.#inFlight > 0) await this.#oneSettled();
    }
    if (this.#errors.length > 0) {
      await this.#bookmark(false).catch(() => undefined);
      throw this.#errors[0];
    }
    if (links !== undefined && !this.#wantsPause) await this.#follow(titles, links, settings);
  }

  /** Crawls what the old cluster meant to crawl, and what the imported pages link to. */
  async #follow({ folders }: TitleSource, links: LinkGatherer, settings: TakenSettings): Promise<void> {
    const { urls, losses } = await readCrawlQueue(folders, MAX_GATHERED_LINKS);
    this.#queueLosses = losses;
    for (const url of [...settings.seeds, ...urls]) links.add(url);
    await followLinks(this.#engine, this.collection, links, settings.crawl);
  }

  #oneSettled(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  async #bookmark(isDone: boolean): Promise<void> {
    const failures = this.#prefix.takeFailures();
    this.#failures = [...this.#failures, ...failures].slice(-LISTED);
    if (this.#request.isDryRun === true) return;
    const { key, counts } = this.#prefix;
    const bookmark: ImportBookmark = {
      version: BOOKMARK_VERSION,
      id: this.id,
      // As it was named: the id is made of it.
      directory: resolve(this.#request.directory),
      ...(this.#request.from === undefined ? {} : { from: this.#request.from }),
      source: this.#source,
      atOnce: this.#request.atOnce ?? DEFAULT_AT_ONCE,
      follow: this.#request.follow === true,
      isEnabled: !isDone && (!this.#wantsPause || this.#isClosing),
      isDone,
      files: this.#titles?.files ?? [],
      key: key === undefined ? '' : keyText(key),
      counts,
      lost_bytes: this.#lost_bytes,
      startedAt_ms: this.#startedAt_ms,
      endedAt_ms: this.#endedAt_ms,
    };
    await this.#keeper.write(bookmark, failures);
  }
}

/** The same folder is the same import, however it is written. */
export function importId(directory: string, from?: string): string {
  return hashString64(from === undefined ? resolve(directory) : `${resolve(directory)}\n${from}`)
    .toString(16)
    .padStart(16, '0');
}

function isSameFiles(a: readonly SurveyedFile[], b: readonly SurveyedFile[]): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
