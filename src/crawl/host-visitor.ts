/**
 * Visits one host for one crawl: takes its requests in order, asks robots.txt, waits for its turn, fetches, and hands
 * the answer on. While a page is being read the next may be fetched already, when the gap allows.
 */

import { eitherOf, enterTurn, fetchAside, moodOf } from './aside-fetch.ts';
import type { ReplyRecord } from './crawl-records.ts';
import type { DueEntry } from './frontier.ts';
import type { HostRef } from './host.ts';
import { HostQueue } from './host-queue.ts';
import { concludeFailure, isKnown, sitemapRequests } from './page-conclusion.ts';
import { isCancelled } from './permits.ts';
import type { Turn } from './politeness.ts';
import { MAX_ROBOTS_BYTES, type Robots } from './robots.ts';
import type { RobotsAnswer } from './robots-keeper.ts';
import type { RuleDecision } from './rule-table.ts';
import type { Effort, Result } from './run-ledger.ts';
import { MAX_SITEMAP_BYTES } from './sitemap.ts';
import type { Visit, VisitContext } from './visit-context.ts';

/** Requests served before a visitor makes room for waiting hosts. */
const TURNS = 100;
const LATER_MS = 50;
/** Between looks whether pages were granted. */
const PART_LATER_MS = 250;
const ROBOTS_LIMITS = { max_bytes: MAX_ROBOTS_BYTES, overflow: 'cut' } as const;
/** Asking again after that is no harm: what is known is not added twice. */
const MAX_SITEMAP_ORIGINS = 100_000;

export class HostVisitor {
  readonly #context: VisitContext;
  readonly #host: HostRef;
  readonly #queue: HostQueue;
  #served = 0;
  #pokes = 0;
  #wake: () => void = () => undefined;

  constructor(context: VisitContext, host: HostRef) {
    this.#context = context;
    this.#host = host;
    this.#queue = new HostQueue(context.services.frontier, context.job().collection, host);
  }

  offer(entry: DueEntry): void {
    this.#queue.offer(entry);
    this.#poke();
  }

  /** Works until the host has nothing left, others wait for the place, or the crawl stops. */
  async work(): Promise<void> {
    const { stopSignal, services, isCrowded, recall } = this.#context;
    await recall(this.#host);
    while (!stopSignal.aborted) {
      const pokes = this.#pokes;
      const mustYield = this.#served >= TURNS && isCrowded();
      if (mustYield && this.#queue.unsettled === 0) return;
      const next = mustYield ? { kind: 'empty' as const } : await this.#queue.next(services.clock.now());
      if (next.kind === 'entry') {
        this.#served += 1;
        this.#context.visited();
        await this.#visit(next.entry);
      } else if (pokes === this.#pokes) {
        if (next.kind === 'empty' && this.#queue.unsettled === 0) return;
        await this.#rest(next.kind === 'wait' ? next.until_ms - services.clock.now() : undefined);
      }
    }
  }

  #poke(): void {
    this.#pokes += 1;
    this.#wake();
  }

  /** Sleeps until something happens, or for a time. */
  async #rest(limit_ms: number | undefined): Promise<void> {
    const { stopSignal, services } = this.#context;
    const woken = new AbortController();
    const signal = AbortSignal.any([stopSignal, woken.signal]);
    this.#wake = () => woken.abort();
    try {
      await services.clock.sleep(Math.max(1, Math.ceil(limit_ms ?? 3_600_000)), signal);
    } catch (error) {
      if (!isCancelled(error)) throw error;
    } finally {
      this.#wake = () => undefined;
    }
  }

  async #visit(entry: DueEntry): Promise<void> {
    const { traps, scope, job, services, quotas, reserve, limitReached, unreserve } = this.#context;
    const { url, isSitemap } = entry.request;
    const previous = await services.frontier.reply(entry.place);
    // Left in the queue by an earlier round and asked for again in this one.
    if (
      previous !== undefined &&
      previous.round >= job().round &&
      previous.at_ms >= entry.request.addedAt_ms
    ) {
      return this.#drop(entry);
    }
    if (!isSitemap && !scope.includes(url)) {
      return this.#finish(
        entry,
        { outcome: 'out-of-scope', detail: "it is out of the crawl's scope now" },
        previous,
      );
    }
    const trap = isSitemap ? undefined : traps.refuseNow(url);
    if (trap !== undefined) return this.#finish(entry, { outcome: 'trap', detail: trap }, previous);
    const rule = isSitemap ? undefined : this.#decide(entry, previous);
    if (rule?.action === 'skip' || rule?.action === 'delete') {
      if (rule.action === 'delete') await services.sink.remove(job().collection, url);
      return this.#finish(entry, { outcome: 'out-of-scope', detail: rule.reason }, previous);
    }
    if (await this.#wasStored(entry)) {
      const detail = 'was stored before the last restart';
      return this.#finish(entry, { outcome: 'indexed', detail }, previous, {
        took_ms: 0,
        size_bytes: 0,
        ip: '',
      });
    }
    const rules = await this.#rules(url);
    if (rules === undefined) return this.#queue.putBack(entry);
    if (rules.kind === 'unreachable') {
      await this.#context.followKept(entry.request);
      return this.#finish(entry, this.#unread(entry, rules), previous);
    }
    if (!(await this.#isAllowed(entry, rules.robots, previous))) return;
    const reserved = isSitemap ? 'yes' : reserve();
    if (reserved !== 'yes') {
      this.#queue.putBack(entry);
      if (reserved === 'no') limitReached();
      else await this.#rest(services.crew === undefined ? LATER_MS : PART_LATER_MS);
      return;
    }
    // A page that is tried once more was let in before.
    const isCounted = rule?.maxPagesPerHost !== undefined && entry.request.tries === 0;
    if (isCounted) quotas.take(this.#host.key, this.#whenOf(rule));
    let release: (() => void) | undefined;
    try {
      release = await this.#fetch(entry, previous, rule);
    } finally {
      if (release === undefined && !isSitemap) unreserve();
      if (release === undefined && isCounted) quotas.take(this.#host.key, this.#whenOf(rule), -1);
    }
    if (release === undefined) this.#queue.putBack(entry);
  }

  /** What the rules say of a URL; a row may let in so many pages of a host only. */
  #decide({ request: { url, depth, tries } }: DueEntry, previous: ReplyRecord | undefined): RuleDecision {
    const facts = { url, depth, isSeed: depth === 0, isKnown: isKnown(previous) };
    const decision = this.#context.table().decide(facts);
    const { action, reason, maxPagesPerHost } = decision;
    if (action === 'skip' || action === 'delete' || maxPagesPerHost === undefined) return decision;
    if (tries > 0) return decision;
    const taken = this.#context.quotas.taken(this.#host.key, this.#whenOf(decision));
    if (taken >= maxPagesPerHost)
      return { ...decision, action: 'skip', reason: `${reason}, for ${maxPagesPerHost} pages of a host` };
    return decision;
  }

  #whenOf({ row }: RuleDecision): string {
    return this.#context.table().rules[row - 1]?.when ?? '';
  }

  /** A page that a killed process stored but did not answer for is not fetched again. */
  async #wasStored({ request, place }: DueEntry): Promise<boolean> {
    if (request.isSitemap || request.addedAt_ms >= this.#context.startedAt_ms) return false;
    const stored_ms = await this.#context.services.sink.storedAt_ms(place.collection, request.url);
    return stored_ms !== undefined && stored_ms >= request.addedAt_ms;
  }

  /** The host's rules; tried again like a page where they can't be had. Undefined where the crawl stops meanwhile. */
  async #rules(url: string): Promise<RobotsAnswer | undefined> {
    const { services, job, ledger, stopSignal } = this.#context;
    const access = job().settings.allowPrivate ? 'open' : 'guarded';
    try {
      for (const wait_ms of [...services.retryDelays_ms, undefined]) {
        const answer = await services.robots.answerFor(
          url,
          access,
          (robotsUrl) => fetchAside(this.#context, robotsUrl, ROBOTS_LIMITS),
          () => ledger.politenessOf(this.#host),
        );
        const isFinal =
          answer.kind === 'rules' ||
          answer.outcome === 'address-refused' ||
          !answer.mayPass ||
          wait_ms === undefined;
        if (isFinal) {
          if (answer.kind === 'unreachable') services.robots.remember(url, access, answer);
          return answer;
        }
        await services.clock.sleep(this.#jittered(wait_ms), stopSignal);
      }
    } catch (error) {
      if (!isCancelled(error)) throw error;
    }
    return undefined;
  }

  #unread(
    { request }: DueEntry,
    { outcome, detail }: Extract<RobotsAnswer, { kind: 'unreachable' }>,
  ): Result {
    return { outcome: request.isSitemap ? 'sitemap' : outcome, detail };
  }

  /** Asks the rules, and lets them say how fast and where the sitemaps are. */
  async #isAllowed(entry: DueEntry, robots: Robots, previous: ReplyRecord | undefined): Promise<boolean> {
    const { services, job } = this.#context;
    const { url, isSitemap } = entry.request;
    services.politeness.setCrawlDelay(this.#host, robots.crawlDelay_ms(services.agent));
    await this.#discoverSitemaps(url, robots);
    if ((await services.sink.mayHold?.(job().collection, url)) === false) {
      await this.#finish(
        entry,
        { outcome: 'out-of-scope', detail: 'this page is to be forgotten' },
        previous,
      );
      return false;
    }
    const decision = robots.decide(url, services.agent);
    if (!decision.allowed) {
      await services.sink.remove(job().collection, url);
      const outcome = isSitemap ? 'sitemap' : 'robots-forbidden';
      await this.#finish(entry, { outcome, detail: `robots.txt forbids it, ${decision.reason}` }, previous);
      return false;
    }
    if (services.politeness.isDown(this.#host)) {
      await this.#context.followKept(entry.request);
      const outcome = isSitemap ? 'sitemap' : 'network-error';
      await this.#finish(
        entry,
        { outcome, detail: 'the host failed too often in a row and was left alone' },
        previous,
      );
      return false;
    }
    return true;
  }

  async #discoverSitemaps(url: string, robots: Robots): Promise<void> {
    const { job, sitemapOrigins, add } = this.#context;
    const { origin } = new URL(url);
    if (job().settings.maxDepth === 0 || sitemapOrigins.has(origin)) return;
    if (sitemapOrigins.size >= MAX_SITEMAP_ORIGINS) sitemapOrigins.clear();
    sitemapOrigins.add(origin);
    const declared = sitemapRequests(robots.sitemaps, `${origin}/`, 0);
    await add(declared.length > 0 ? declared : sitemapRequests([`${origin}/sitemap.xml`], `${origin}/`, 0));
  }

  /** Fetches in turn and hands the answer on; undefined where the crawl stopped before. */
  async #fetch(
    entry: DueEntry,
    previous: ReplyRecord | undefined,
    rule: RuleDecision | undefined,
  ): Promise<(() => void) | undefined> {
    const { services, job, killSignal, conclude } = this.#context;
    const { url, isSitemap } = entry.request;
    const { settings } = job();
    const known = await this.#knownVersion(entry, previous);
    let turn: Turn;
    try {
      turn = await enterTurn(this.#context, url, rule?.delay_ms);
    } catch (error) {
      if (isCancelled(error)) return undefined;
      throw error;
    }
    const permits = await this.#takePermits(rule);
    if (permits === undefined) {
      turn.leave({ kind: 'none' });
      return undefined;
    }
    const { releasePage, releaseFetch } = permits;
    if (!turn.mayBegin) {
      turn.leave({ kind: 'none' });
      releaseFetch();
      releasePage();
      await this.#rest(PART_LATER_MS);
      return undefined;
    }
    // Until what the page says is written: a successor that looks before would fetch it once more.
    const letGo = this.#context.holdLease?.();
    const started_ms = services.clock.monotonic();
    let answer: Visit['answer'];
    try {
      const limits = isSitemap
        ? ({ max_bytes: MAX_SITEMAP_BYTES, overflow: 'cut', types: 'any' } as const)
        : ({ max_bytes: settings.maxPage_bytes, overflow: 'refuse', types: 'page' } as const);
      answer = {
        response: await services.fetcher.fetch({
          url,
          ...this.#context.sent(),
          ...limits,
          signal: eitherOf(killSignal, turn.over),
          ...(known !== undefined && { known }),
        }),
      };
      turn.leave(moodOf(answer.response, started_ms, services.clock));
    } catch (error) {
      const failure = concludeFailure(error);
      const isFailure = failure.outcome === 'network-error' || failure.outcome === 'timeout';
      turn.leave({ kind: isCancelled(error) ? 'none' : isFailure ? 'failed' : 'fine' });
      if (isCancelled(error)) {
        letGo?.();
        releasePage();
        return undefined;
      }
      answer = { failure };
    } finally {
      releaseFetch();
    }
    const effort = {
      took_ms: services.clock.monotonic() - started_ms,
      size_bytes: 'response' in answer ? answer.response.bytes.length : 0,
      ip: 'response' in answer ? answer.response.ip : '',
    };
    void conclude({ entry, previous, answer, effort, queue: this.#queue }).finally(() => {
      letGo?.();
      releasePage();
      this.#poke();
    });
    return releasePage;
  }

  /** Room for one more page among those of its row, those in memory, and those being fetched; undefined where the crawl stops. */
  async #takePermits(
    rule: RuleDecision | undefined,
  ): Promise<{ releasePage: () => void; releaseFetch: () => void } | undefined> {
    const { lanes, pages, fetches, stopSignal, services } = this.#context;
    let releaseLane: (() => void) | undefined;
    let releaseOwn: (() => void) | undefined;
    let releaseShared: (() => void) | undefined;
    const releasePage = (): void => {
      releaseShared?.();
      releaseOwn?.();
    };
    try {
      const lane = rule === undefined ? undefined : lanes().of(rule);
      if (lane !== undefined) releaseLane = await lane.acquire(stopSignal);
      // Pages before fetches: what is read of a page may need fetches of its own.
      releaseOwn = await pages.acquire(stopSignal);
      // A crawl waits here with no more pages than it may have, so that all have their turn.
      releaseShared = await services.pages.acquire(stopSignal);
      const releaseOne = await fetches.acquire(stopSignal);
      const releaseFetch = (): void => {
        releaseOne();
        releaseLane?.();
      };
      return { releasePage, releaseFetch };
    } catch {
      releasePage();
      releaseLane?.();
      return undefined;
    }
  }

  /** The version that is stored, where the server gave it a name. */
  async #knownVersion(
    { place, request }: DueEntry,
    previous: ReplyRecord | undefined,
  ): Promise<{ etag: string; lastModified: string } | undefined> {
    if (previous === undefined || request.isSitemap) return undefined;
    const { etag, lastModified } = previous;
    if (etag === '' && lastModified === '') return undefined;
    const stored_ms = await this.#context.services.sink.storedAt_ms(place.collection, request.url);
    return stored_ms === undefined ? undefined : { etag, lastModified };
  }

  async #drop(entry: DueEntry): Promise<void> {
    await this.#context.ledger.drop(entry);
    this.#queue.settle(entry);
  }

  async #finish(entry: DueEntry, result: Result, previous?: ReplyRecord, effort?: Effort): Promise<void> {
    await this.#context.ledger.finish(entry, previous, result, effort);
    this.#queue.settle(entry);
  }

  #jittered(delay_ms: number): number {
    return delay_ms * (0.8 + 0.4 * this.#context.services.random.unit());
  }
}
