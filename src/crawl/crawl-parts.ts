/** This process's parts of crawls that several processes do together: begun, fed and ended as who keeps the books says. */

import { type CollectionId, messageOf, PeregrineError, toShardId } from '../base/index.ts';
import { fetchAside } from './aside-fetch.ts';
import type { CrawlCrew } from './crawl-crew.ts';
import type { CrawlEvent } from './crawl-contract.ts';
import type { CrawlJob } from './crawl-job.ts';
import type { TallyRecord } from './crawl-records.ts';
import { CrawlRun } from './crawl-run.ts';
import type { CrawlServices } from './crawl-services.ts';
import type {
  AddQuestion,
  AsideQuestion,
  PartReport,
  PollQuestion,
  RestQuestion,
  ShardReport,
} from './crew-messages.ts';
import type { DueEntry } from './frontier.ts';
import { hostOf } from './host.ts';
import { RunPart } from './run-part.ts';
import type { SharedFrontier } from './shared-frontier.ts';

/** Nobody keeps the books, or nobody tells this process: it rests. */
const ALONE_MS = 30_000;
/** Sums of a shard's slots are taken again after that, and after so many times what it took; at once where pages are few. */
const SUM_MS = 500;
const SUM_SHARE = 20;

interface Part {
  readonly name: string;
  readonly run: CrawlRun;
  readonly part: RunPart;
  stamp: string;
  heard_ms: number;
  isOver: boolean;
  ended: Promise<void>;
}

interface KnownSum {
  /** Of the leadership under which it was taken. */
  readonly term: number;
  readonly tally: TallyRecord;
  readonly until_ms: number;
}

export class CrawlParts {
  readonly #services: CrawlServices;
  readonly #crew: CrawlCrew;
  readonly #frontier: SharedFrontier;
  readonly #parts = new Map<CollectionId, Part>();
  readonly #sums = new Map<string, KnownSum>();
  /** Of who keeps the books: one who asks under an older one keeps them no more. */
  #term = 0;
  #runs = 0;

  constructor(services: CrawlServices, crew: CrawlCrew, frontier: SharedFrontier) {
    this.#services = services;
    this.#crew = crew;
    this.#frontier = frontier;
  }

  /** True while hosts are to be visited, here or by others: then leases are held. */
  get isAtWork(): boolean {
    return this.#parts.size > 0;
  }

  async poll(question: PollQuestion): Promise<PartReport> {
    this.#heed(question.term);
    const part = await this.#partFor(question);
    if (part !== undefined) {
      part.heard_ms = this.#services.clock.monotonic();
      part.part.grant(question.grant, question.workers);
      if (question.isScarce && part.run.isIdle) part.part.giveUpAllowance();
    }
    return this.#report(question.collection, part, question.isScarce);
  }

  async rest({ collection, term, now }: RestQuestion): Promise<PartReport> {
    this.#heed(term);
    const part = this.#parts.get(collection);
    await this.#end(collection, now);
    return this.#report(collection, part, true);
  }

  async add(question: AddQuestion): Promise<TallyRecord> {
    const { collection, round, now_ms, requests, refused, isOnlyNew } = question;
    for (const { url } of [...requests, ...refused]) {
      if (this.#crew.led(this.#crew.shardOf(hostOf(url))) !== undefined) continue;
      throw new PeregrineError('UNAVAILABLE', 'Another process leads the shard of a URL.', { url });
    }
    const wanted = { requests, refused };
    const change = await this.#frontier.addHere(collection, round, now_ms, wanted, isOnlyNew);
    this.offer(collection, change.added);
    return change.tally.record();
  }

  /** Has requests visited that are durable. */
  offer(collection: CollectionId, entries: readonly DueEntry[]): void {
    this.#parts.get(collection)?.run.offer(entries);
  }

  /** Fetches for another process what is no page of the queue. */
  async aside({ collection, url, limits }: AsideQuestion): Promise<unknown> {
    const part = this.#parts.get(collection);
    if (part === undefined || this.#crew.leaseOf(hostOf(url)) === undefined)
      throw new PeregrineError('UNAVAILABLE', 'This process does not visit that host at present.', { url });
    const context = part.part.contextFor(part.run.context, hostOf(url).slot) ?? part.run.context;
    const { bytes, ...response } = await fetchAside(context, url, limits);
    return { ...response, bytes: Buffer.from(bytes).toString('base64') };
  }

  /** Ends parts that nobody asks about any more. */
  tidy(): void {
    const now_ms = this.#services.clock.monotonic();
    for (const [collection, { heard_ms }] of this.#parts) {
      if (now_ms - heard_ms > ALONE_MS) void this.#end(collection, false);
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#parts.keys()].map((collection) => this.#end(collection, true)));
  }

  #heed(term: number): void {
    if (term < this.#term)
      throw new PeregrineError('READ_ONLY', 'Another process keeps the books of the crawls by now.');
    this.#term = term;
  }

  async #partFor({ collection, stamp, job }: PollQuestion): Promise<Part | undefined> {
    const known = this.#parts.get(collection);
    if (known !== undefined && !known.isOver) {
      if (known.stamp === stamp) return known;
      if (job === undefined) return undefined;
      if (known.run.job.round === job.round) {
        known.run.widen(job);
        known.stamp = stamp;
        return known;
      }
    }
    if (job === undefined) return undefined;
    await this.#end(collection, false);
    return this.#begin(job, stamp);
  }

  #begin(job: CrawlJob, stamp: string): Part {
    const { clock } = this.#services;
    this.#runs += 1;
    const own = new RunPart(this.#crew);
    const recent: CrawlEvent[] = [];
    const run = new CrawlRun(this.#services, job, true, recent, own);
    const part: Part = {
      name: `${this.#crew.session}.${this.#runs}`,
      run,
      part: own,
      stamp,
      heard_ms: clock.monotonic(),
      isOver: false,
      ended: Promise.resolve(),
    };
    this.#parts.set(job.collection, part);
    part.ended = this.#watch(part);
    return part;
  }

  /** What failed is begun again when it is asked about next. */
  async #watch(part: Part): Promise<void> {
    const { run } = part;
    const end = await run.work();
    part.isOver = true;
    if (end !== 'failed') return;
    const { collection } = run.job;
    this.#services.log.write('warn', 'crawl.part-failed', { collection, error: messageOf(run.failure) });
  }

  async #end(collection: CollectionId, now: boolean): Promise<void> {
    const part = this.#parts.get(collection);
    if (part === undefined) return;
    part.run.stop(now);
    await part.ended;
    if (this.#parts.get(collection) !== part) return;
    this.#parts.delete(collection);
    const { log, politeness } = this.#services;
    const { host_ms, address_ms } = politeness.smallestGaps;
    log.write('info', 'crawl.part-ended', {
      collection,
      smallestGap_ms: host_ms,
      smallestAddressGap_ms: address_ms,
      lateRequests: politeness.lateRequests,
    });
  }

  /** What may yet be fetched is told before what was: nothing is missing from both. */
  async #report(collection: CollectionId, part: Part | undefined, isExact: boolean): Promise<PartReport> {
    const { politeness } = this.#services;
    const progress = part?.run.progress();
    const { inFlight = 0, isIdle = true } = part?.run ?? {};
    const held = inFlight + (part?.part.allowance ?? 0);
    const adds = this.#frontier.adds;
    return {
      session: this.#crew.session,
      run: part?.name ?? '',
      needsJob: part === undefined,
      isIdle,
      inFlight,
      held,
      adds,
      shards: await this.#shards(collection, isExact),
      pages_per_s: progress?.pages_per_s ?? 0,
      smallestGaps: politeness.smallestGaps,
      recent: progress?.recent ?? [],
    };
  }

  async #shards(collection: CollectionId, isExact: boolean): Promise<ShardReport[]> {
    const { shards } = this.#services;
    const reports: ShardReport[] = [];
    for (let n = 0; n < shards.count; n++) {
      const shard = toShardId(n);
      const led = this.#crew.led(shard);
      if (led === undefined) continue;
      const isEmpty = await this.#frontier.isEmpty(collection, led.store);
      const tally = await this.#sum(collection, led, isExact || isEmpty);
      // What was read of a shard that is led by another by now says nothing.
      if (this.#crew.led(shard)?.term === led.term) reports.push({ shard, term: led.term, isEmpty, tally });
    }
    return reports;
  }

  async #sum(
    collection: CollectionId,
    { store, term }: NonNullable<ReturnType<CrawlCrew['led']>>,
    isExact: boolean,
  ): Promise<TallyRecord> {
    const { clock } = this.#services;
    const key = `${collection} ${store.shard}`;
    const known = this.#sums.get(key);
    const began_ms = clock.monotonic();
    if (known?.term === term && !isExact && known.until_ms > began_ms) return known.tally;
    const tally = await this.#frontier.sum(collection, [store]);
    const took_ms = clock.monotonic() - began_ms;
    const until_ms = clock.monotonic() + Math.max(SUM_MS, took_ms * SUM_SHARE);
    this.#sums.set(key, { term, tally, until_ms });
    return tally;
  }
}
