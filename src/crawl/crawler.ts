/** The crawler of a process: all collections' crawls, over one frontier and one politeness. */

import { type CollectionId, messageOf, PeregrineError } from '../base/index.ts';
import type { Crawler, RefreshChoice, UrlStatus } from './crawler-contract.ts';
import type { CrawlEvent, CrawlProgress, CrawlRequest } from './crawl-contract.ts';
import {
  type CrawlJob,
  checkRequest,
  DEFAULT_SETTINGS,
  isWholePass,
  loadJob,
  loadJobs,
  removeJob,
  saveJob,
} from './crawl-job.ts';
import { idle, joined, nextJob, type Run, type RunEnd, type Seat, seatOf } from './crawl-seat.ts';
import { CrawlRun } from './crawl-run.ts';
import type { PolitenessRecord } from './crawl-records.ts';
import type { CrawlServices } from './crawl-services.ts';
import type { IndexNowNotice, NoticeAnswer } from './index-now.ts';
import { forgetUrls, politenessOf, statusOf } from './known-urls.ts';
import { NoticeDesk } from './notice-desk.ts';
import { NamedLocks, orAborted } from './permits.ts';
import { planRefresh } from './refresh-plan.ts';
import { RunLedger } from './run-ledger.ts';
import { tidyAfterRound } from './round-end.ts';
import { isSitemapName } from './sitemap.ts';
import { requireUrl } from './url-normaliser.ts';
import { JobCourier, messageFor } from './webhook.ts';

export interface ProcessCrawlerParts {
  readonly services: CrawlServices;
  /** Told when a collection's crawl has nothing left to do. */
  readonly onRoundEnd: ((collection: CollectionId) => void) | undefined;
  /** Makes what a crawl is done by; `closing` aborts when the crawler closes. Default: a run in this process. */
  readonly runOf?: (job: CrawlJob, recent: CrawlEvent[], closing: AbortSignal) => Run;
  /** The last step of closing. */
  readonly onClosed?: () => Promise<void>;
}

/** Keeps the books of crawls: what is asked for, what runs, how it ended. */
export class ProcessCrawler implements Crawler {
  readonly #services: CrawlServices;
  readonly #runOf: ProcessCrawlerParts['runOf'];
  readonly #onClosed: ProcessCrawlerParts['onClosed'];
  readonly #seats = new Map<CollectionId, Seat>();
  /** Starting and ending of a collection's runs: one after another. */
  readonly #turns = new NamedLocks();
  readonly #closing = new AbortController();
  readonly #onRoundEnd: (collection: CollectionId) => void;
  readonly #notices: NoticeDesk;
  readonly #courier: JobCourier;
  #isClosed = false;

  constructor({ services, onRoundEnd, runOf, onClosed }: ProcessCrawlerParts) {
    this.#services = services;
    this.#runOf = runOf;
    this.#onClosed = onClosed;
    this.#onRoundEnd = onRoundEnd ?? (() => undefined);
    this.#courier = new JobCourier({
      services: this.#services,
      signal: this.#closing.signal,
      progress: (collection) => this.progress(collection),
      turn: (collection, work) => this.#turn(collection, work),
    });
    this.#notices = new NoticeDesk({
      services: this.#services,
      signal: this.#closing.signal,
      refresh: (collection, urls) => this.#refreshNow(collection, { urls }, false),
    });
  }

  async start(collection: CollectionId, request: CrawlRequest): Promise<void> {
    const { seeds, scope, settings } = checkRequest(request);
    if (settings.render === 'auto' && !this.#services.hasRenderer) {
      throw new PeregrineError(
        'NOT_FOUND',
        'Pages can be rendered where Chromium is installed; here it is not.',
      );
    }
    const requests = seeds.map((url) => ({ url, depth: 0, redirects: 0, isSitemap: isSitemapName(url) }));
    await this.#turn(collection, async () => {
      const { shards, clock, frontier } = this.#services;
      const seat = this.#seats.get(collection);
      if (seat?.run !== undefined) {
        const job = {
          ...seat.job,
          settings: { ...seat.job.settings, ...settings },
          scope: joined(seat.job.scope, scope),
          isRefresh: false,
          ...(!isWholePass(seat.job) && { isMixed: true }),
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

  pause(collection: CollectionId): Promise<void> {
    return this.#rest(collection, { isTold: true, now: false });
  }

  async stop(collection: CollectionId): Promise<void> {
    // A refresh of pages that a site told of may begin while the crawl comes to rest: it is stopped as well.
    let isStopped = false;
    while (!isStopped) isStopped = await this.#stopAtRest(collection);
  }

  announce(collection: CollectionId, notice: IndexNowNotice): Promise<NoticeAnswer> {
    return this.#notices.take(this.#seats.get(collection), notice);
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

  async refresh(collection: CollectionId, choice: RefreshChoice = {}): Promise<number> {
    const asked = await this.#refreshNow(collection, choice);
    const seat = this.#seats.get(collection);
    const isUnfinished = seat !== undefined && seat.job.state !== 'done';
    if (asked > 0 || choice.urls === undefined || !isUnfinished) return asked;
    const urls = [...new Set(choice.urls.map(requireUrl))];
    await this.#notices.later(collection, urls);
    return urls.length;
  }

  /** `bringsBack`: a crawl that was stopped goes on with it. */
  #refreshNow(collection: CollectionId, { pages, urls }: RefreshChoice, bringsBack = true): Promise<number> {
    return this.#turn(collection, async () => {
      const { shards, clock, frontier } = this.#services;
      const before = this.#seats.get(collection);
      if (before === undefined || before.run !== undefined || before.job.state !== 'done') return 0;
      if (before.job.stopped !== undefined && !bringsBack) return 0;
      const requests =
        urls === undefined
          ? await planRefresh(this.#services, before.job, pages)
          : [...new Set(urls.map(requireUrl))].map((url) => ({
              url,
              depth: 0,
              redirects: 0,
              isSitemap: false,
            }));
      const now_ms = clock.now();
      const round = before.job.round + 1;
      const job: CrawlJob = {
        ...before.job,
        state: 'running',
        isRefresh: true,
        isMixed: false,
        stopped: undefined,
        round,
        startedAt_ms: now_ms,
        endedAt_ms: 0,
      };
      await saveJob(shards, job);
      await frontier.add(collection, round, now_ms, requests);
      await this.#launch(job, false);
      return requests.length;
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

  async resumeAll(how?: 'resting'): Promise<void> {
    for (const job of await loadJobs(this.#services.shards)) {
      await this.#turn(job.collection, async () => {
        if (this.#seats.has(job.collection)) return;
        if (how === 'resting') {
          this.#seats.set(job.collection, seatOf(job));
          return;
        }
        await this.#notices.recall(job.collection);
        if (job.state === 'running') await this.#launch(job, true);
        else {
          const seat = seatOf(job);
          this.#seats.set(job.collection, seat);
          if (job.stopped === 'emptying') await this.#empty(seat);
          else this.#courier.send(seat);
          this.#planNext(seat);
        }
      });
    }
  }

  async status(collection: CollectionId, url: string): Promise<UrlStatus> {
    return statusOf(this.#services, collection, url, this.progress(collection).state);
  }

  async politenessOf(url: string): Promise<PolitenessRecord | undefined> {
    return politenessOf(this.#services, url);
  }

  async forgetPages(
    collection: CollectionId,
    urls: readonly string[],
    remove: () => Promise<void>,
  ): Promise<void> {
    const { isAtWork, round } = await this.restQuietly(collection);
    await remove();
    await forgetUrls(this.#services, collection, urls, round);
    if (isAtWork) await this.resume(collection);
  }

  /** Has a crawl rest for reasons of the program's own; tells whether it was at work, and its round. */
  async restQuietly(collection: CollectionId): Promise<{ isAtWork: boolean; round: number }> {
    const isAtWork = this.#seats.get(collection)?.run !== undefined;
    if (isAtWork) await this.#rest(collection, { isTold: false, now: false });
    return { isAtWork, round: this.#seats.get(collection)?.job.round ?? 0 };
  }

  async forget(collection: CollectionId): Promise<void> {
    await this.#rest(collection, { isTold: false, now: true });
    await this.#turn(collection, async () => {
      await this.#services.frontier.forget(collection);
      await removeJob(this.#services.shards, collection);
      await this.#notices.forget(collection);
      this.#seats.delete(collection);
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#closing.abort();
    for (const seat of this.#seats.values()) seat.run?.stop(true);
    for (const seat of this.#seats.values()) while (seat.run !== undefined) await seat.ended;
    await this.#onClosed?.();
  }

  /** Begins nothing new; resolves when what was under way has ended, or (`now`) was cut. */
  async #rest(collection: CollectionId, { isTold, now }: { isTold: boolean; now: boolean }): Promise<void> {
    const seat = this.#seats.get(collection);
    if (seat === undefined) return;
    seat.wanted = 'paused';
    seat.mustRunAgain = false;
    seat.endsQuietly = !isTold;
    seat.run?.stop(now);
    await this.done(collection);
  }

  /** False: a refresh has begun meanwhile. */
  async #stopAtRest(collection: CollectionId): Promise<boolean> {
    await this.#rest(collection, { isTold: false, now: false });
    return this.#turn(collection, async () => {
      const seat = this.#seats.get(collection);
      if (seat === undefined) return true;
      // Else started again meanwhile.
      if (seat.run !== undefined) return seat.job.isRefresh !== true;
      // Written first: a program that is killed meanwhile goes on with it.
      seat.job = { ...seat.job, state: 'done', stopped: 'emptying' };
      await saveJob(this.#services.shards, seat.job);
      await this.#empty(seat);
      return true;
    });
  }

  async #empty(seat: Seat): Promise<void> {
    const { shards, frontier, clock } = this.#services;
    const { collection, round } = seat.job;
    await frontier.emptyQueue(collection, round);
    await this.#notices.forget(collection);
    const now_ms = clock.now();
    const job: CrawlJob = {
      ...seat.job,
      stopped: 'empty',
      totals: await frontier.sum(collection),
      endedAt_ms: now_ms,
    };
    seat.job = { ...job, message: messageFor(job, 'stopped', now_ms) };
    await saveJob(shards, seat.job);
    this.#courier.send(seat);
  }

  /** Lets a finished crawl refresh itself when its time has come, where it is meant to. */
  #planNext({ job }: Seat): void {
    const { clock, log } = this.#services;
    const { collection, state, stopped, endedAt_ms, settings } = job;
    if (state !== 'done' || stopped !== undefined || settings.refreshEvery_s === 0) return;
    const wait_ms = Math.max(0, endedAt_ms + settings.refreshEvery_s * 1_000 - clock.now());
    const begin = async (): Promise<void> => {
      await clock.sleep(wait_ms, this.#closing.signal);
      // Another pass may have run meanwhile; its end has planned anew.
      if (this.#seats.get(collection)?.job.endedAt_ms === endedAt_ms) await this.refresh(collection);
    };
    begin().catch((error: unknown) => {
      if (!this.#isClosed)
        log.write('error', 'crawl.refresh-failed', { collection, error: messageOf(error) });
    });
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
    seat.endsQuietly = false;
    const run =
      this.#runOf?.(seat.job, seat.recent, this.#closing.signal) ??
      new CrawlRun(this.#services, seat.job, isResumed, seat.recent);
    seat.run = run;
    seat.ended = run
      .work()
      .then((end) => this.#turns.hold(String(collection), () => this.#settle(seat, run, end)));
  }

  /** Closes the books of a run that is over, or begins the next where more was asked for meanwhile. */
  async #settle(seat: Seat, run: Run, end: RunEnd): Promise<void> {
    const { totals } = run;
    const state = end === 'done' ? 'done' : 'paused';
    const { shards, log, clock, politeness } = this.#services;
    const { host_ms, address_ms } = politeness.smallestGaps;
    const { collection } = seat.job;
    log.write('info', 'crawl.politeness', {
      collection,
      smallestGap_ms: host_ms,
      smallestAddressGap_ms: address_ms,
    });
    const now_ms = clock.now();
    seat.job = { ...seat.job, state, totals, endedAt_ms: now_ms };
    const isInterrupted = this.#isClosed && end !== 'done';
    const isTold = !isInterrupted && !seat.endsQuietly;
    try {
      if (end !== 'failed' && !isInterrupted) {
        if (seat.mustRunAgain && seat.wanted === 'running' && !this.#isClosed) {
          return await this.#launch({ ...seat.job, state: 'running', endedAt_ms: 0 }, false);
        }
        if (end === 'done' && !this.#isClosed)
          seat.job = await tidyAfterRound(this.#services, seat.job, run.wasWhole);
        if (isTold) seat.job = { ...seat.job, message: messageFor(seat.job, state, now_ms) };
        await saveJob(shards, seat.job);
        if (end === 'done') {
          this.#planNext(seat);
          this.#notices.rested(collection);
          this.#onRoundEnd(collection);
        }
      }
    } catch (error) {
      log.write('error', 'crawl.job-not-saved', { collection: seat.job.collection, error: messageOf(error) });
    }
    seat.run = undefined;
    if (end === 'failed' && isTold)
      seat.job = { ...seat.job, message: messageFor(seat.job, 'failed', now_ms) };
    if (isTold) this.#courier.send(seat);
  }
}
