/** One crawl while it runs: sends visitors to hosts, bounds what they do at once, and knows when nothing is left. */

import { setMaxListeners } from 'node:events';
import { assert, messageOf } from '../base/index.ts';
import type { CrawlEvent, CrawlProgress } from './crawl-contract.ts';
import { type CrawlJob, isWholePass } from './crawl-job.ts';
import { CrawlPace } from './crawl-pace.ts';
import type { Run, RunEnd } from './crawl-seat.ts';
import type { CrawlServices } from './crawl-services.ts';
import type { DueEntry, NewRequest, RefusedUrl } from './frontier.ts';
import type { HostRef } from './host.ts';
import { HostVisitor } from './host-visitor.ts';
import type { LinkRules } from './link-plan.ts';
import {
  type ConclusionContext,
  concludeResponse,
  followKept,
  isStorageFailure,
  removeStored,
} from './page-conclusion.ts';
import { isCancelled, Permits } from './permits.ts';
import { isUnreachable } from './crawl-crew.ts';
import { isBeyondGrace, isFailing } from './kept-copies.ts';
import { RunLedger } from './run-ledger.ts';
import { RenderDesk } from './render-desk.ts';
import type { TallyRecord } from './crawl-records.ts';
import type { Store } from '../storage/index.ts';
import { retryDelay_ms } from './retry-delay.ts';
import { RuleLanes } from './rule-lanes.ts';
import { RuleTable } from './rule-table.ts';
import { RunPart } from './run-part.ts';
import { Scope } from './scope.ts';
import { SiteLessons } from './site-lessons.ts';
import type { SiteTwins } from './site-twins.ts';
import { TrapGuard } from './trap-guard.ts';
import { learnTwins } from './twin-lesson.ts';
import type { Visit, VisitContext } from './visit-context.ts';
import { WorkUnderWay } from './work-under-way.ts';

/** Hosts visited at once; others wait in the store. */
const MAX_HOSTS = 500;
/** Answers in memory beyond those being fetched. */
const EXTRA_PAGES = 4;
/** Between looks whether other shards are to be visited. */
const PART_TICK_MS = 200;

export class CrawlRun implements Run {
  readonly #services: CrawlServices;
  readonly #stop = new AbortController();
  readonly #kill = new AbortController();
  readonly #hosts = new Map<string, HostVisitor>();
  readonly #underWay = new WorkUnderWay();
  readonly #scope: Scope;
  readonly #context: VisitContext;
  readonly #conclusions: ConclusionContext;
  readonly ledger: RunLedger;
  job: CrawlJob;
  #table: RuleTable;
  #lanes = new RuleLanes();
  readonly #twins: SiteTwins;
  #inFlight = 0;
  #visits = 0;
  /** Some hosts found no place. */
  #hasParked = false;
  #isLimitReached = false;
  #failure: unknown;
  /** Undefined where this run is the whole crawl. */
  readonly #part: RunPart | undefined;

  constructor(
    services: CrawlServices,
    job: CrawlJob,
    isResumed: boolean,
    recent: CrawlEvent[],
    part?: RunPart,
  ) {
    this.#services = services;
    this.#part = part;
    this.job = job;
    // One listener for each visitor that waits.
    setMaxListeners(0, this.#stop.signal, this.#kill.signal);
    this.#scope = new Scope(job.scope);
    const traps = new TrapGuard(services.clock);
    const lessons = new SiteLessons({
      shards: services.shards,
      collection: job.collection,
      round: () => this.job.round,
      traps,
      clock: services.clock,
      hasCookies: () => this.job.settings.cookies,
      hasQuotas: () => this.#table.rules.some(({ maxPagesPerHost }) => maxPagesPerHost !== undefined),
    });
    this.#twins = lessons.twins;
    this.ledger = new RunLedger(
      services,
      () => this.job,
      recent,
      (url) => lessons.changes(url),
    );
    const { concurrency } = job.settings;
    this.#table = RuleTable.of(job.settings.rules);
    const rules: LinkRules = {
      scope: this.#scope,
      traps,
      twins: lessons.twins,
      maxDepth: () => this.job.settings.maxDepth,
      table: () => this.#table,
      isAsked: (url) => this.ledger.isAsked(url),
    };
    this.#conclusions = {
      services,
      rules,
      job: () => this.job,
      add: (requests, refused) => this.add(requests, refused),
      render: (response, depth, built) => desk.render(response, depth, built),
    };
    const pace = new CrawlPace(services.clock, () => part?.shareOf(this.job.settings) ?? this.job.settings);
    this.#context = {
      services,
      ledger: this.ledger,
      traps,
      recall: (host) => lessons.recall(host),
      table: () => this.#table,
      lanes: () => this.#lanes,
      pace,
      sent: () => ({
        allowPrivate: this.job.settings.allowPrivate,
        onBytes: (count) => pace.spend(count),
        ...(this.job.settings.cookies && { cookies: lessons.cookies }),
      }),
      quotas: lessons.quotas,
      isResumed,
      job: () => this.job,
      scope: this.#scope,
      fetches: new Permits(concurrency),
      pages: new Permits(concurrency + EXTRA_PAGES),
      stopSignal: this.#stop.signal,
      killSignal: this.#kill.signal,
      startedAt_ms: services.clock.now(),
      sitemapOrigins: new Set(),
      visited: () => {
        this.#visits += 1;
      },
      isCrowded: () => this.#hasParked,
      reserve: () => this.#reserve(),
      unreserve: () => {
        this.#inFlight -= 1;
        part?.giveBack();
      },
      limitReached: () => this.#reachLimit(),
      add: (requests) => this.add(requests),
      followKept: (request) => followKept(this.#conclusions, request),
      conclude: (visit) => this.#underWay.track(this.#conclude(visit)),
    };
    const desk = new RenderDesk(this.#context);
  }

  progress(): CrawlProgress {
    return this.ledger.progress(this.#inFlight);
  }

  get totals(): TallyRecord {
    return this.ledger.totals.record();
  }

  /** Nobody is visited, nothing is being read. */
  get isIdle(): boolean {
    return this.#underWay.size === 0;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** For requests that are not those of pages of this run. */
  get context(): VisitContext {
    return this.#context;
  }

  /** Why it failed, when it did. */
  get failure(): unknown {
    return this.#failure;
  }

  /** It met everything that can be met: no limit cut it, and it was no refresh of a few. */
  get wasWhole(): boolean {
    return !this.#isLimitReached && isWholePass(this.job);
  }

  /** Widens a crawl that runs. */
  widen(job: CrawlJob): void {
    for (const rule of job.scope.slice(this.job.scope.length)) this.#scope.add(rule);
    this.#table = RuleTable.of(job.settings.rules);
    this.#lanes = new RuleLanes();
    this.job = job;
  }

  /** Makes requests durable and lets their hosts know. */
  async add(requests: readonly NewRequest[], refused: readonly RefusedUrl[] = []): Promise<void> {
    this.offer(await this.ledger.add(requests, refused));
  }

  /** Has requests visited that are durable. */
  offer(entries: readonly DueEntry[]): void {
    for (const entry of entries) this.#offer(entry);
  }

  /** Works until nothing is left, the limit is reached, or {@link stop}. Never rejects. */
  async work(): Promise<RunEnd> {
    if (this.#part === undefined) void this.#endInTime();
    try {
      if (this.#part !== undefined) await this.#workAsPart(this.#part);
      while (!this.#stop.signal.aborted) {
        const visits = this.#visits;
        if (!(await this.#admit())) break;
        await this.#idle(this.#hasParked ? MAX_HOSTS / 2 : 0);
        assert(this.#visits > visits || this.#stop.signal.aborted, 'a host with due requests is visited');
      }
    } catch (error) {
      this.#fail(error);
    }
    await this.#idle();
    const wasStopped = this.#stop.signal.aborted;
    this.#stop.abort();
    if (this.#failure !== undefined) return 'failed';
    return wasStopped && !this.#isLimitReached ? 'stopped' : 'done';
  }

  /** Until it is stopped: when nothing is left is for others to say. */
  async #workAsPart(part: RunPart): Promise<void> {
    const { clock } = this.#services;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const began_ms = clock.monotonic();
      await this.#admit(part.stores);
      const next_ms = clock.monotonic() + RunPart.restAfter_ms(clock.monotonic() - began_ms);
      while (!signal.aborted && clock.monotonic() < next_ms && !part.hasMoved) {
        await clock.sleep(PART_TICK_MS, signal).catch(() => undefined);
      }
    }
  }

  /** Lets what is under way end (`now`: cuts it), and begins nothing new. */
  stop(now: boolean): void {
    this.#stop.abort();
    if (now) this.#kill.abort();
  }

  /** Resolves when nobody works any more, or when fewer than `places` hosts are being visited. */
  async #idle(places = 0): Promise<void> {
    while (this.#underWay.size > 0 && this.#hosts.size >= places) await this.#underWay.ended;
  }

  /** Gives hosts with due requests a place; false where there are none. */
  async #admit(stores?: readonly Store[]): Promise<boolean> {
    this.#hasParked = false;
    let found = false;
    for await (const host of this.#services.frontier.hosts(this.job.collection, stores)) {
      if (this.#stop.signal.aborted) break;
      found = true;
      if (this.#hosts.size >= MAX_HOSTS) {
        this.#hasParked = true;
        // The first to leave makes room for the next.
        while (this.#hosts.size >= MAX_HOSTS) await this.#underWay.ended;
      }
      this.#send(host);
    }
    return found;
  }

  #offer(entry: DueEntry): void {
    const { host } = entry.place;
    const visitor = this.#hosts.get(host.key);
    if (visitor !== undefined) visitor.offer(entry);
    else if (this.#hosts.size < MAX_HOSTS) this.#send(host);
    else this.#hasParked = true;
  }

  #send(host: HostRef): void {
    if (this.#hosts.has(host.key) || this.#stop.signal.aborted) return;
    const context =
      this.#part === undefined ? this.#context : this.#part.contextFor(this.#context, host.slot);
    if (context === undefined) return;
    const visitor = new HostVisitor(context, host);
    this.#hosts.set(host.key, visitor);
    const visiting = visitor
      .work()
      .catch((error: unknown) => this.#fail(error))
      .finally(() => {
        this.#hosts.delete(host.key);
        context.quotas.leave(host.key);
      });
    void this.#underWay.track(visiting);
  }

  #reachLimit(): void {
    this.#isLimitReached = true;
    this.#stop.abort();
  }

  async #endInTime(): Promise<void> {
    const { settings, startedAt_ms } = this.job;
    if (settings.maxTime_s === 0) return;
    const left_ms = startedAt_ms + settings.maxTime_s * 1_000 - this.#services.clock.now();
    const over = this.#services.clock.sleep(Math.max(0, left_ms), this.#stop.signal);
    await over.then(
      () => this.#reachLimit(),
      () => undefined,
    );
  }

  #reserve(): 'yes' | 'no' | 'later' {
    if (this.#part !== undefined) {
      if (!this.#part.takePage()) return 'later';
      this.#inFlight += 1;
      return 'yes';
    }
    const { maxPages, maxBytes } = this.job.settings;
    const { fetched, bytes } = this.ledger.totals;
    if (fetched >= maxPages || (maxBytes > 0 && bytes >= maxBytes)) return 'no';
    if (fetched + this.#inFlight >= maxPages) return 'later';
    this.#inFlight += 1;
    return 'yes';
  }

  async #conclude(visit: Visit): Promise<void> {
    const { entry, previous, answer, effort, queue } = visit;
    try {
      const conclusion =
        'failure' in answer
          ? answer.failure
          : await concludeResponse(this.#conclusions, entry, previous, answer.response);
      const delay_ms = retryDelay_ms(this.#services, entry, conclusion);
      if (delay_ms !== undefined) {
        const due_ms = this.#services.clock.now() + delay_ms;
        const later = await this.ledger.postpone(entry, previous, due_ms, conclusion, effort);
        queue.settle(entry);
        queue.offer(later);
        return;
      }
      const result = entry.request.isSitemap ? { ...conclusion, outcome: 'sitemap' as const } : conclusion;
      if (isBeyondGrace(previous, result, this.#services.clock.now()))
        await removeStored(this.#conclusions, entry.request.url);
      else if (isFailing(result)) await followKept(this.#conclusions, entry.request);
      await learnTwins(this.#conclusions, this.#twins, entry.request, result);
      await this.ledger.finish(entry, previous, result, effort);
      queue.settle(entry);
    } catch (error) {
      if (isCancelled(error) || isStorageFailure(error)) this.#fail(error);
      else if (this.#isElsewhere(error)) queue.settle(entry);
      else await this.#finishBroken(visit, error);
    } finally {
      if (!entry.request.isSitemap) this.#inFlight -= 1;
    }
  }

  /** An error that nobody foresaw is this page's alone. */
  async #finishBroken({ entry, previous, effort, queue }: Visit, error: unknown): Promise<void> {
    const { url, isSitemap } = entry.request;
    this.#services.log.write('error', 'crawl.page-failed', { url, error: messageOf(error) });
    try {
      const outcome = isSitemap ? 'sitemap' : 'parse-failed';
      await this.ledger.finish(entry, previous, { outcome, detail: messageOf(error) }, effort);
      queue.settle(entry);
    } catch (second) {
      this.#fail(second);
      queue.settle(entry);
    }
  }

  /** Another process has the shard, or will: what was under way stands in the queue still, for whoever visits it then. */
  #isElsewhere(error: unknown): boolean {
    return this.#part !== undefined && isUnreachable(error);
  }

  #fail(error: unknown): void {
    if (this.#isElsewhere(error)) return;
    if (!isCancelled(error)) {
      this.#failure ??= error;
      this.#services.log.write('error', 'crawl.stopped', {
        collection: this.job.collection,
        error: messageOf(error),
      });
    }
    this.#stop.abort();
  }
}
