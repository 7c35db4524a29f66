/** The books of one crawl: every change goes through here, so that what is shown is what was made durable. */

import { messageOf } from '../base/index.ts';
import { AskedUrls } from './asked-urls.ts';
import { type ChangeHistory, failed, NO_HISTORY, visited } from './change-history.ts';
import type { DocumentSource } from '../document/index.ts';
import type { CrawlEvent, CrawlProgress } from './crawl-contract.ts';
import type { CrawlJob } from './crawl-job.ts';
import { addressKey, siteKey, SiteKind } from './crawl-keys.ts';
import {
  type AttemptRecord,
  encodePoliteness,
  type PolitenessRecord,
  type RecordedOutcome,
  type ReplyRecord,
} from './crawl-records.ts';
import type { CrawlServices } from './crawl-services.ts';
import type { DueEntry, NewRequest, RefusedUrl } from './frontier.ts';
import type { HostRef } from './host.ts';
import { isFailing } from './kept-copies.ts';
import type { RecordOperation } from '../storage/index.ts';
import { Tally } from './tally.ts';

/** Events kept for the live view. */
const MAX_RECENT = 50;
/** Span over which the rate is taken while a crawl runs. */
const RATE_SPAN_MS = 10_000;
const MAX_RATE_TIMES = 5_000;
const MAX_DETAIL = 500;

/** How one URL ended. */
export interface Result {
  readonly outcome: RecordedOutcome;
  readonly detail: string;
  readonly status?: number;
  readonly target?: string;
  readonly bodyHash?: bigint;
  readonly title?: string;
  /** What the server calls the version that it sent. */
  readonly version?: { readonly etag: string; readonly lastModified: string };
}

/** What a request cost; undefined where nobody was asked. */
export interface Effort {
  readonly took_ms: number;
  readonly size_bytes: number;
  readonly ip: NonNullable<DocumentSource['ip']>;
}

export class RunLedger {
  readonly #services: CrawlServices;
  readonly #job: () => CrawlJob;
  /** What was learned of a page's site since. */
  readonly #lessonsOf: (url: string) => RecordOperation[];
  readonly totals: Tally;
  readonly recent: CrawlEvent[];
  readonly #fetchTimes: number[] = [];
  /** A ledger is of one run, and a run of one round. */
  readonly #asked = new AskedUrls();
  /** Refused as links; a redirect may lead there all the same. */
  readonly #refused = new AskedUrls();

  constructor(
    services: CrawlServices,
    job: () => CrawlJob,
    recent: CrawlEvent[],
    lessonsOf: (url: string) => RecordOperation[] = () => [],
  ) {
    this.#lessonsOf = lessonsOf;
    this.#services = services;
    this.#job = job;
    this.totals = Tally.of(job().totals).inRound(job().round);
    this.recent = recent;
  }

  /** True for most of what was asked for in this pass; false says nothing. */
  isAsked(url: string): boolean {
    return this.#asked.has(url);
  }

  /** Makes requests durable; returns those that are new. */
  async add(
    requests: readonly NewRequest[],
    refused: readonly RefusedUrl[] = [],
  ): Promise<readonly DueEntry[]> {
    const { collection, round } = this.#job();
    const asked = requests.filter(
      ({ url, changedAt_ms }) => changedAt_ms !== undefined || !this.#asked.has(url),
    );
    const turnedDown = refused.filter(({ url }) => !this.#refused.has(url));
    if (asked.length === 0 && turnedDown.length === 0) return [];
    const now_ms = this.#services.clock.now();
    const isOnlyNew = this.#job().isRefresh === true;
    const change = await this.#services.frontier.add(collection, round, now_ms, asked, turnedDown, {
      isOnlyNew,
    });
    this.totals.merge(change.tally);
    for (const { url } of asked) this.#asked.add(url);
    for (const { url } of turnedDown) this.#refused.add(url);
    return change.added;
  }

  /** Writes how a request ended. */
  async finish(
    entry: DueEntry,
    previous: ReplyRecord | undefined,
    result: Result,
    effort: Effort | undefined,
  ): Promise<void> {
    const { clock, frontier } = this.#services;
    const { round } = this.#job();
    const at_ms = clock.now();
    const { outcome, status = 0, target = '', bodyHash = previous?.bodyHash ?? 0n } = result;
    const detail = result.detail.slice(0, MAX_DETAIL);
    const isChanged = previous !== undefined && previous.bodyHash !== bodyHash && previous.bodyHash !== 0n;
    const { etag, lastModified } = result.version ?? previous ?? { etag: '', lastModified: '' };
    const tally = await frontier.finish(entry, round, {
      reply: {
        outcome,
        round,
        at_ms,
        status,
        bodyHash,
        target,
        detail,
        etag,
        lastModified,
        history: historyAfter(previous?.history ?? NO_HISTORY, result, at_ms, isChanged),
      },
      attempt: effort && { outcome, at_ms, status, detail, ...rounded(effort) },
      attemptsBefore: (previous?.attempts ?? 0) + entry.request.tries,
      isFetch: effort !== undefined && outcome !== 'sitemap',
      records:
        effort === undefined
          ? []
          : [...this.politenessOf(entry.place.host), ...this.#lessonsOf(entry.request.url)],
    });
    this.totals.merge(tally);
    if (outcome === 'sitemap') return;
    if (effort !== undefined) this.#noteFetch();
    this.#tell(entry, { outcome, status, detail, at_ms, title: result.title ?? '' }, effort);
  }

  /** Takes a request from the queue that needs no answer. */
  async drop(entry: DueEntry): Promise<void> {
    this.totals.merge(await this.#services.frontier.drop(entry, this.#job().round));
  }

  /** Puts a request back for a later try. */
  async postpone(
    entry: DueEntry,
    previous: ReplyRecord | undefined,
    due_ms: number,
    result: Result,
    effort: Effort,
  ): Promise<DueEntry> {
    const attempt: AttemptRecord = {
      outcome: result.outcome,
      at_ms: this.#services.clock.now(),
      status: result.status ?? 0,
      detail: result.detail.slice(0, MAX_DETAIL),
      ...rounded(effort),
    };
    const attemptsBefore = (previous?.attempts ?? 0) + entry.request.tries;
    const records = this.politenessOf(entry.place.host);
    return this.#services.frontier.postpone(entry, Math.ceil(due_ms), attempt, attemptsBefore, records);
  }

  /** The records of how a host and its address were treated, to be written with whatever else is written of it. */
  politenessOf(host: HostRef): RecordOperation[] {
    const { politeness } = this.#services;
    const own = politenessAt(siteKey(host, SiteKind.politeness), politeness.recordOf(host));
    const place = politeness.addressOf(host);
    return place === undefined ? [own] : [own, politenessAt(addressKey(host, place.address), place.record)];
  }

  /** Makes durable that a host asked to be left alone, where nothing else is written of it. */
  async keepPoliteness(host: HostRef): Promise<void> {
    await this.#services.shards.of(host.slot).append({ records: this.politenessOf(host) });
  }

  progress(inFlight: number): CrawlProgress {
    const { collection, state, startedAt_ms, endedAt_ms } = this.#job();
    const { queued, fetched, bytes = 0, outcomes } = this.totals.record();
    const sum = (...names: (keyof typeof outcomes)[]): number =>
      names.reduce((total, name) => total + (outcomes[name] ?? 0), 0);
    return {
      collection,
      state,
      queued,
      fetched,
      fetched_bytes: bytes,
      inFlight,
      indexed: sum('indexed', 'unchanged'),
      failed: sum(
        'http-error',
        'network-error',
        'timeout',
        'too-large',
        'parse-failed',
        'address-refused',
        'not-found',
      ),
      outcomes: state === 'done' && queued > 0 ? { ...outcomes, limit: queued } : outcomes,
      pages_per_s:
        state === 'running' ? this.#rateNow(startedAt_ms) : rate(fetched, endedAt_ms - startedAt_ms),
      startedAt_ms,
      smallestGaps: this.#services.politeness.smallestGaps,
      recent: [...this.recent],
    };
  }

  #noteFetch(): void {
    this.#fetchTimes.push(this.#services.clock.now());
    if (this.#fetchTimes.length > MAX_RATE_TIMES) this.#fetchTimes.shift();
  }

  #rateNow(startedAt_ms: number): number {
    const now_ms = this.#services.clock.now();
    const span_ms = Math.min(RATE_SPAN_MS, now_ms - startedAt_ms);
    return rate(this.#fetchTimes.filter((at_ms) => at_ms > now_ms - span_ms).length, span_ms);
  }

  #tell(
    entry: DueEntry,
    facts: Pick<CrawlEvent, 'status' | 'detail' | 'at_ms' | 'title' | 'outcome'>,
    effort: Effort | undefined,
  ): void {
    const event: CrawlEvent = {
      collection: entry.place.collection,
      url: entry.request.url,
      size_bytes: effort?.size_bytes ?? 0,
      took_ms: Math.round(effort?.took_ms ?? 0),
      ...facts,
    };
    this.recent.unshift(event);
    if (this.recent.length > MAX_RECENT) this.recent.pop();
    try {
      this.#services.onEvent(event);
    } catch (error) {
      // Whoever looks on must not stop what is looked at.
      this.#services.log.write('error', 'crawl.listener-failed', { error: messageOf(error) });
    }
  }
}

const GOOD_ENDS: ReadonlySet<string> = new Set([
  'indexed',
  'unchanged',
  'duplicate',
  'noindex',
  'canonical-elsewhere',
]);

function historyAfter(before: ChangeHistory, end: Result, at_ms: number, isChanged: boolean): ChangeHistory {
  if (GOOD_ENDS.has(end.outcome)) return visited(before, at_ms, isChanged);
  return isFailing(end) ? failed(before, at_ms) : before;
}

const rate = (count: number, span_ms: number): number => (span_ms > 0 ? (count * 1000) / span_ms : 0);

function rounded({ took_ms, size_bytes, ip }: Effort): { took_ms: number; size_bytes: number; ip: string } {
  return { took_ms: Math.max(0, Math.round(took_ms)), size_bytes, ip };
}

function politenessAt(key: Uint8Array, record: PolitenessRecord): RecordOperation {
  return { database: 'sites', key, value: encodePoliteness(record) };
}
