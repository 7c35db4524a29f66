/** The crawler of a process: all collections' crawls, over one frontier and one politeness. */

import { type CollectionId, messageOf, PeregrineError, systemRandom } from '../base/index.ts';
import type { Crawler, CrawlerOptions, RefreshChoice, UrlStatus } from './crawler-contract.ts';
import { NO_ACCESS } from './crawl-access.ts';
import { findBrowser } from './find-browser.ts';
import { createBrowserRenderer } from './browser-renderer.ts';
import type { CrawlProgress, CrawlRequest } from './crawl-contract.ts';
import {
  type CrawlJob,
  checkRequest,
  DEFAULT_SETTINGS,
  loadJob,
  loadJobs,
  removeJob,
  saveJob,
} from './crawl-job.ts';
import { addressKey, type Place, placeOf, siteKey, SiteKind } from './crawl-keys.ts';
import { idle, joined, nextJob, type Seat, seatOf } from './crawl-seat.ts';
import { CrawlRun, type RunEnd } from './crawl-run.ts';
import { decodePoliteness, type PolitenessRecord } from './crawl-records.ts';
import type { CrawlServices } from './crawl-services.ts';
import { createFetcher } from './fetcher.ts';
import { Frontier } from './frontier.ts';
import { type HostRef, hostOf } from './host.ts';
import type { IndexNowNotice, NoticeAnswer } from './index-now.ts';
import { NoticeDesk } from './notice-desk.ts';
import { NamedLocks, orAborted } from './permits.ts';
import { Politeness, type Recall } from './politeness.ts';
import { queuePlaceOf } from './queue-place.ts';
import { planRefresh } from './refresh-plan.ts';
import { RuleTable } from './rule-table.ts';
import { RobotsKeeper } from './robots-keeper.ts';
import { RunLedger } from './run-ledger.ts';
import { isSitemapName } from './sitemap.ts';
import { forgetUnseen } from './unseen-pages.ts';
import { requireUrl } from './url-normaliser.ts';
import { JobCourier, messageFor } from './webhook.ts';

/** What robots.txt calls this crawler. */
export const AGENT_NAME = 'PeregrineBot';
const RETRY_DELAYS_MS: readonly number[] = [1_000, 10_000];

export function createCrawler(options: CrawlerOptions): Crawler {
  return new ProcessCrawler(options);
}

class ProcessCrawler implements Crawler {
  readonly #services: CrawlServices;
  readonly #seats = new Map<CollectionId, Seat>();
  /** Starting and ending of a collection's runs: one after another. */
  readonly #turns = new NamedLocks();
  readonly #closing = new AbortController();
  readonly #onRoundEnd: (collection: CollectionId) => void;
  readonly #hasRenderer: boolean;
  readonly #notices: NoticeDesk;
  readonly #courier: JobCourier;
  #isClosed = false;

  constructor(options: CrawlerOptions) {
    const { shards, clock, sink, log, contact } = options;
    this.#hasRenderer = options.renderer !== undefined || findBrowser() !== undefined;
    this.#onRoundEnd = options.onRoundEnd ?? (() => undefined);
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
      nameOf: options.nameOf ?? String,
      webhookSecret: options.access?.webhookSecret,
      onEvent: options.onEvent ?? (() => undefined),
      fetcher: options.fetcher ?? createFetcher({ userAgent, access: options.access ?? NO_ACCESS }),
      renderer: options.renderer ?? createBrowserRenderer({ userAgent }),
      frontier: new Frontier(shards),
      politeness: new Politeness(clock, recalls, retryDelays_ms[0]),
      robots: new RobotsKeeper(shards, clock),
      twins: new NamedLocks(),
    };
    this.#courier = new JobCourier({
      services: this.#services,
      signal: this.#closing.signal,
      progress: (collection) => this.progress(collection),
      turn: (collection, work) => this.#turn(collection, work),
    });
    this.#notices = new NoticeDesk({
      services: this.#services,
      signal: this.#closing.signal,
      refresh: (collection, urls) => this.refresh(collection, { urls }),
      resting: (collection) => this.done(collection, this.#closing.signal),
    });
  }

  async start(collection: CollectionId, request: CrawlRequest): Promise<void> {
    const { seeds, scope, settings } = checkRequest(request);
    if (settings.render === 'auto' && !this.#hasRenderer) {
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
    await this.#rest(collection, { isTold: false, now: false });
    await this.#turn(collection, async () => {
      const seat = this.#seats.get(collection);
      // Started again meanwhile.
      if (seat === undefined || seat.run !== undefined) return;
      // Written first: a program that is killed meanwhile goes on with it.
      seat.job = { ...seat.job, state: 'done', stopped: 'emptying' };
      await saveJob(this.#services.shards, seat.job);
      await this.#empty(seat);
    });
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

  refresh(collection: CollectionId, { pages, urls }: RefreshChoice = {}): Promise<number> {
    return this.#turn(collection, async () => {
      const { shards, clock, frontier } = this.#services;
      const before = this.#seats.get(collection);
      if (before === undefined || before.run !== undefined || before.job.state !== 'done') return 0;
      const requests =
        urls === undefined
          ? await planRefresh(
              this.#services,
              collection,
              pages ?? before.job.settings.refreshPages,
              RuleTable.of(before.job.settings.rules),
            )
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

  async resumeAll(): Promise<void> {
    for (const job of await loadJobs(this.#services.shards)) {
      await this.#turn(job.collection, async () => {
        if (this.#seats.has(job.collection)) return;
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
    const place: Place = placeOf(collection, requireUrl(url));
    const { frontier } = this.#services;
    const [request, reply] = [await frontier.request(place), await frontier.reply(place)];
    const queue = request === undefined ? undefined : await queuePlaceOf(frontier, place);
    if (queue === undefined) return { request, reply };
    const { restUntil_ms = 0 } = (await this.politenessOf(url)) ?? {};
    return { request, reply, queue: { ...queue, restUntil_ms, crawl: this.progress(collection).state } };
  }

  async politenessOf(url: string): Promise<PolitenessRecord | undefined> {
    const host = hostOf(requireUrl(url));
    const value = await this.#services.shards.of(host.slot).get('sites', siteKey(host, SiteKind.politeness));
    return value === undefined ? undefined : decodePoliteness(value);
  }

  async forgetPages(
    collection: CollectionId,
    urls: readonly string[],
    remove: () => Promise<void>,
  ): Promise<void> {
    const isAtWork = this.#seats.get(collection)?.run !== undefined;
    if (isAtWork) await this.#rest(collection, { isTold: false, now: false });
    await remove();
    const round = this.#seats.get(collection)?.job.round ?? 0;
    for (const url of urls) {
      if (/^https?:/i.test(url)) await this.#services.frontier.forgetUrl(placeOf(collection, url), round);
    }
    if (isAtWork) await this.resume(collection);
  }

  async forget(collection: CollectionId): Promise<void> {
    await this.#rest(collection, { isTold: false, now: true });
    await this.#turn(collection, async () => {
      await this.#services.frontier.forget(collection);
      await removeJob(this.#services.shards, collection);
      this.#seats.delete(collection);
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#closing.abort();
    for (const seat of this.#seats.values()) seat.run?.stop(true);
    for (const seat of this.#seats.values()) while (seat.run !== undefined) await seat.ended;
    await this.#services.renderer.close();
    await this.#services.fetcher.close();
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

  async #empty(seat: Seat): Promise<void> {
    const { shards, frontier, clock } = this.#services;
    const { collection, round } = seat.job;
    await frontier.emptyQueue(collection, round);
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
      if (end === 'done' && run.wasWhole && !this.#isClosed) {
        const forgotten = await forgetUnseen(this.#services, seat.job);
        if (forgotten > 0) log.write('info', 'crawl.unseen-removed', { collection, pages: forgotten });
      }
      if (end !== 'failed' && !isInterrupted) {
        if (seat.mustRunAgain && seat.wanted === 'running' && !this.#isClosed) {
          return await this.#launch({ ...seat.job, state: 'running', endedAt_ms: 0 }, false);
        }
        if (isTold) seat.job = { ...seat.job, message: messageFor(seat.job, state, now_ms) };
        await saveJob(shards, seat.job);
        if (end === 'done') {
          this.#planNext(seat);
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
