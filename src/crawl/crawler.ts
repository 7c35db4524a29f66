/** The crawler of a process: all collections' crawls, over one frontier and one politeness. */

import {
  type Clock,
  type CollectionId,
  type LogSink,
  messageOf,
  PeregrineError,
  type Random,
  systemRandom,
} from '../base/index.ts';
import type { Shards } from '../storage/index.ts';
import type { CrawlEvent, CrawlProgress, CrawlRequest, DocumentSink } from './crawl-contract.ts';
import {
  type CrawlJob,
  type CrawlSettings,
  checkRequest,
  DEFAULT_SETTINGS,
  loadJob,
  loadJobs,
  MAX_SCOPE_RULES,
  removeJob,
  saveJob,
} from './crawl-job.ts';
import { addressKey, type Place, placeOf, siteKey, SiteKind } from './crawl-keys.ts';
import { CrawlRun, type RunEnd } from './crawl-run.ts';
import {
  decodePoliteness,
  type PolitenessRecord,
  type ReplyRecord,
  type RequestRecord,
} from './crawl-records.ts';
import type { CrawlServices } from './crawl-services.ts';
import { createFetcher, type Fetcher } from './fetcher.ts';
import { Frontier } from './frontier.ts';
import { type HostRef, hostOf } from './host.ts';
import { NamedLocks } from './permits.ts';
import { Politeness, type Recall } from './politeness.ts';
import { RobotsKeeper } from './robots-keeper.ts';
import { RunLedger } from './run-ledger.ts';
import type { ScopeRule } from './scope.ts';
import { Tally } from './tally.ts';
import { requireUrl } from './url-normaliser.ts';

/** What robots.txt calls this crawler. */
export const AGENT_NAME = 'PeregrineBot';
const RETRY_DELAYS_MS: readonly number[] = [1_000, 10_000];

export interface CrawlerOptions {
  readonly shards: Shards;
  readonly sink: DocumentSink;
  readonly clock: Clock;
  readonly log: LogSink;
  /** Default: the system's. */
  readonly random?: Random;
  /** Stands in the `User-Agent`. */
  readonly version: string;
  /** Where a site's owner finds who crawls: a URL or an address. */
  readonly contact?: string;
  /** Default: HTTP over sockets. Closed with the crawler. */
  readonly fetcher?: Fetcher;
  /** Told of each URL that ended. */
  readonly onEvent?: (event: CrawlEvent) => void;
  /** Waits before the second, third, … try; default 1 s and 10 s. */
  readonly retryDelays_ms?: readonly number[];
}

/** What is known of one URL, for "why is it not found?". */
export interface UrlStatus {
  readonly request: RequestRecord | undefined;
  readonly reply: ReplyRecord | undefined;
}

export interface Crawler {
  /** Adds seeds and starts the crawl, or goes on with it. After a finished one a new pass over the sites begins. */
  start(collection: CollectionId, request: CrawlRequest): Promise<void>;
  /** Begins nothing new; resolves when what was under way has ended and the state is durable. */
  pause(collection: CollectionId): Promise<void>;
  resume(collection: CollectionId): Promise<void>;
  progress(collection: CollectionId): CrawlProgress;
  /** Resolves when the crawl has nothing left to do, is paused, or never began; `CANCELLED` where `signal` aborts. */
  done(collection: CollectionId, signal?: AbortSignal): Promise<void>;
  /** Goes on with every crawl that was running when the last process ended. Once, before anything else. */
  resumeAll(): Promise<void>;
  status(collection: CollectionId, url: string): Promise<UrlStatus>;
  /** How a host has been treated, with the smallest gap ever. Takes a URL of it. */
  politenessOf(url: string): Promise<PolitenessRecord | undefined>;
  /** Stops a collection's crawl and removes all its crawl records. */
  forget(collection: CollectionId): Promise<void>;
  /** Cuts what is under way; crawls go on at the next {@link resumeAll}. */
  close(): Promise<void>;
}

export function createCrawler(options: CrawlerOptions): Crawler {
  return new ProcessCrawler(options);
}

/** A collection's crawl in this process. */
interface Seat {
  job: CrawlJob;
  run: CrawlRun | undefined;
  /** Settles when the present run is over and its books are closed. */
  ended: Promise<void>;
  /** What was asked for last; a run that ends otherwise is begun again. */
  wanted: 'running' | 'paused';
  /** Seeds came in while a run may have been ending. */
  mustRunAgain: boolean;
  readonly recent: CrawlEvent[];
}

class ProcessCrawler implements Crawler {
  readonly #services: CrawlServices;
  readonly #seats = new Map<CollectionId, Seat>();
  /** Starting and ending of a collection's runs: one after another. */
  readonly #turns = new NamedLocks();
  #isClosed = false;

  constructor(options: CrawlerOptions) {
    const { shards, clock, sink, log, contact } = options;
    const retryDelays_ms = options.retryDelays_ms ?? RETRY_DELAYS_MS;
    const userAgent = `${AGENT_NAME}/${options.version}${contact === undefined ? '' : ` (+${contact})`}`;
    const recall = async (host: HostRef, key: Uint8Array): Promise<PolitenessRecord | undefined> => {
      const value = await shards.of(host.slot).get('sites', key);
      return value === undefined ? undefined : decodePoliteness(value);
    };
    const recalls: Recall = {
      host: (host) => recall(host, siteKey(host, SiteKind.politeness)),
      address: (host, address) => recall(host, addressKey(host, address)),
    };
    this.#services = {
      shards,
      sink,
      clock,
      log,
      retryDelays_ms,
      agent: AGENT_NAME,
      random: options.random ?? systemRandom,
      onEvent: options.onEvent ?? (() => undefined),
      fetcher: options.fetcher ?? createFetcher({ userAgent }),
      frontier: new Frontier(shards),
      politeness: new Politeness(clock, recalls, retryDelays_ms[0]),
      robots: new RobotsKeeper(shards, clock),
      twins: new NamedLocks(),
    };
  }

  async start(collection: CollectionId, request: CrawlRequest): Promise<void> {
    const { seeds, scope, settings } = checkRequest(request);
    const requests = seeds.map((url) => ({ url, depth: 0, redirects: 0, isSitemap: false }));
    await this.#turn(collection, async () => {
      const { shards, clock, frontier } = this.#services;
      const seat = this.#seats.get(collection);
      if (seat?.run !== undefined) {
        const job = {
          ...seat.job,
          settings: { ...seat.job.settings, ...settings },
          scope: joined(seat.job.scope, scope),
        };
        await saveJob(shards, job);
        seat.job = job;
        seat.wanted = 'running';
        seat.mustRunAgain = true;
        seat.run.widen(job);
        await seat.run.add(requests);
        return;
      }
      const before = seat?.job ?? (await loadJob(shards, collection));
      const job = nextJob(collection, before, { ...DEFAULT_SETTINGS, ...settings }, scope, clock.now());
      await saveJob(shards, job);
      await frontier.add(collection, job.round, clock.now(), requests);
      await this.#launch(job, false);
    });
  }

  async pause(collection: CollectionId): Promise<void> {
    const seat = this.#seats.get(collection);
    if (seat === undefined) return;
    seat.wanted = 'paused';
    seat.mustRunAgain = false;
    seat.run?.stop(false);
    await this.done(collection);
  }

  async resume(collection: CollectionId): Promise<void> {
    await this.#turn(collection, async () => {
      const seat = this.#seats.get(collection);
      if (seat === undefined) return;
      seat.wanted = 'running';
      if (seat.run !== undefined) seat.mustRunAgain = true;
      else if (seat.job.state === 'paused') {
        const job: CrawlJob = { ...seat.job, state: 'running', endedAt_ms: 0 };
        await saveJob(this.#services.shards, job);
        await this.#launch(job, false);
      }
    });
  }

  progress(collection: CollectionId): CrawlProgress {
    const seat = this.#seats.get(collection);
    if (seat === undefined) return idle(collection);
    if (seat.run !== undefined) return seat.run.progress();
    return new RunLedger(this.#services, () => seat.job, seat.recent).progress(0);
  }

  async done(collection: CollectionId, signal?: AbortSignal): Promise<void> {
    for (;;) {
      const seat = this.#seats.get(collection);
      if (seat?.run === undefined) return;
      await orAborted(seat.ended, signal);
    }
  }

  async resumeAll(): Promise<void> {
    for (const job of await loadJobs(this.#services.shards)) {
      await this.#turn(job.collection, async () => {
        if (this.#seats.has(job.collection)) return;
        if (job.state === 'running') await this.#launch(job, true);
        else this.#seats.set(job.collection, seatOf(job));
      });
    }
  }

  async status(collection: CollectionId, url: string): Promise<UrlStatus> {
    const place: Place = placeOf(collection, requireUrl(url));
    const { frontier } = this.#services;
    return { request: await frontier.request(place), reply: await frontier.reply(place) };
  }

  async politenessOf(url: string): Promise<PolitenessRecord | undefined> {
    const host = hostOf(requireUrl(url));
    const value = await this.#services.shards.of(host.slot).get('sites', siteKey(host, SiteKind.politeness));
    return value === undefined ? undefined : decodePoliteness(value);
  }

  async forget(collection: CollectionId): Promise<void> {
    const seat = this.#seats.get(collection);
    if (seat !== undefined) {
      seat.wanted = 'paused';
      seat.mustRunAgain = false;
      seat.run?.stop(true);
      await this.done(collection);
    }
    await this.#turn(collection, async () => {
      await this.#services.frontier.forget(collection);
      await removeJob(this.#services.shards, collection);
      this.#seats.delete(collection);
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const seat of this.#seats.values()) seat.run?.stop(true);
    for (const seat of this.#seats.values()) while (seat.run !== undefined) await seat.ended;
    await this.#services.fetcher.close();
  }

  #turn<T>(collection: CollectionId, work: () => Promise<T>): Promise<T> {
    return this.#turns.hold(String(collection), async () => {
      if (this.#isClosed) throw new PeregrineError('CLOSED', 'The crawler is closed.');
      return work();
    });
  }

  async #launch(job: CrawlJob, isResumed: boolean): Promise<void> {
    const { collection } = job;
    const seat = this.#seats.get(collection) ?? seatOf(job);
    this.#seats.set(collection, seat);
    seat.job = { ...job, totals: await this.#services.frontier.sum(collection) };
    seat.wanted = 'running';
    seat.mustRunAgain = false;
    const run = new CrawlRun(this.#services, seat.job, isResumed, seat.recent);
    seat.run = run;
    seat.ended = run
      .work()
      .then((end) => this.#turns.hold(String(collection), () => this.#settle(seat, run, end)));
  }

  /** Closes the books of a run that is over, or begins the next where more was asked for meanwhile. */
  async #settle(seat: Seat, run: CrawlRun, end: RunEnd): Promise<void> {
    const totals = run.ledger.totals.record();
    const state = end === 'done' ? 'done' : 'paused';
    const { shards, log, clock } = this.#services;
    seat.job = { ...seat.job, state, totals, endedAt_ms: clock.now() };
    try {
      const isInterrupted = this.#isClosed && end !== 'done';
      if (end !== 'failed' && !isInterrupted) {
        if (seat.mustRunAgain && seat.wanted === 'running' && !this.#isClosed) {
          return await this.#launch({ ...seat.job, state: 'running', endedAt_ms: 0 }, false);
        }
        await saveJob(shards, seat.job);
      }
    } catch (error) {
      log.write('error', 'crawl.job-not-saved', { collection: seat.job.collection, error: messageOf(error) });
    }
    seat.run = undefined;
  }
}

function seatOf(job: CrawlJob): Seat {
  return {
    job,
    run: undefined,
    ended: Promise.resolve(),
    wanted: 'running',
    mustRunAgain: false,
    recent: [],
  };
}

/** The job that a request makes of an earlier one: a paused crawl goes on, a finished one begins its next round. */
function nextJob(
  collection: CollectionId,
  before: CrawlJob | undefined,
  settings: CrawlSettings,
  scope: readonly ScopeRule[],
  now_ms: number,
): CrawlJob {
  const goesOn = before !== undefined && before.state !== 'done';
  const round = before === undefined ? 1 : before.round + (goesOn ? 0 : 1);
  return {
    collection,
    state: 'running',
    round,
    startedAt_ms: goesOn ? before.startedAt_ms : now_ms,
    endedAt_ms: 0,
    settings,
    scope: goesOn ? joined(before.scope, scope) : scope,
    totals: before?.totals ?? new Tally(round).record(),
  };
}

function joined(before: readonly ScopeRule[], more: readonly ScopeRule[]): readonly ScopeRule[] {
  const isNew = (rule: ScopeRule): boolean =>
    !before.some(({ kind, value }) => kind === rule.kind && value === rule.value);
  const rules = [...before, ...more.filter(isNew)];
  if (rules.length > MAX_SCOPE_RULES) {
    throw new PeregrineError(
      'TOO_LARGE',
      `A crawl takes at most ${MAX_SCOPE_RULES} sites; these would make ${rules.length}.`,
    );
  }
  return rules;
}

function idle(collection: CollectionId): CrawlProgress {
  return {
    collection,
    state: 'idle',
    queued: 0,
    fetched: 0,
    inFlight: 0,
    indexed: 0,
    failed: 0,
    outcomes: {},
    pages_per_s: 0,
    startedAt_ms: 0,
    recent: [],
  };
}

function orAborted(work: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(new PeregrineError('CANCELLED', 'The wait was cancelled.'));
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
