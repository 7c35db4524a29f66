/**
 * A crawl that several processes do together, as who keeps its books sees it: asks each process that leads shards how far
 * it is, grants pages, and knows when nothing is left anywhere. What counts is what the shards hold; what a process says
 * of itself only delays.
 */

import { type CollectionId, PeregrineError, whenAborted } from '../base/index.ts';
import { isUnreachable, type CrawlCrew } from './crawl-crew.ts';
import type { CrawlEvent, CrawlProgress } from './crawl-contract.ts';
import { type CrawlJob, isWholePass } from './crawl-job.ts';
import type { PeerName } from './crawl-peers.ts';
import type { TallyRecord } from './crawl-records.ts';
import type { Run, RunEnd } from './crawl-seat.ts';
import type { CrawlServices } from './crawl-services.ts';
import type { PartReport, PollQuestion, RestQuestion } from './crew-messages.ts';
import type { DueEntry, NewRequest } from './frontier.ts';
import { PartReports } from './part-reports.ts';
import { RunLedger } from './run-ledger.ts';
import { Tally } from './tally.ts';

const POLL_MS = 500;
const POLL_TIMEOUT_MS = 5_000;
/** Where something is to be asked once more. */
const AGAIN_MS = 20;
/** What is under way may take a request's longest time. */
const REST_TIMEOUT_MS = 75_000;
/** Pages that a process has granted ahead at most. */
const GRANT_PAGES = 500;
/** With fewer pages left for each process, what was fetched is counted exactly. */
const SCARCE_PAGES = 5_000;
const MAX_RECENT = 50;

export interface SharedRunParts {
  readonly services: CrawlServices;
  readonly crew: CrawlCrew;
  /** Aborts when this process keeps the books no more: others go on. */
  readonly closing: AbortSignal;
  /** Of the leadership under which the books are kept. */
  readonly term: () => number;
  /** Has requests visited that are durable in shards that this process leads. */
  readonly offer: (collection: CollectionId, entries: readonly DueEntry[]) => void;
}

export class SharedRun implements Run {
  readonly #parts: SharedRunParts;
  readonly #reports = new PartReports();
  readonly #recent: CrawlEvent[];
  /** Which job each process knows. */
  readonly #told = new Map<PeerName, number>();
  readonly #stop = new AbortController();
  #job: CrawlJob;
  #stamp = 1;
  #isCut = false;
  #isLimitReached = false;

  constructor(parts: SharedRunParts, job: CrawlJob, recent: CrawlEvent[]) {
    this.#parts = parts;
    this.#job = job;
    this.#recent = recent;
  }

  get wasWhole(): boolean {
    return !this.#isLimitReached && isWholePass(this.#job);
  }

  get totals(): TallyRecord {
    return this.#tally.record();
  }

  progress(): CrawlProgress {
    const job = { ...this.#job, totals: this.totals };
    const reports = this.#reports.all;
    const inFlight = reports.reduce((sum, report) => sum + report.inFlight, 0);
    return {
      ...new RunLedger(this.#parts.services, () => job, this.#recent).progress(inFlight),
      pages_per_s: reports.reduce((sum, report) => sum + report.pages_per_s, 0),
      smallestGaps: {
        host_ms: least(reports.map(({ smallestGaps }) => smallestGaps.host_ms)),
        address_ms: least(reports.map(({ smallestGaps }) => smallestGaps.address_ms)),
      },
    };
  }

  widen(job: CrawlJob): void {
    this.#job = job;
    this.#stamp += 1;
  }

  async add(requests: readonly NewRequest[]): Promise<void> {
    const { services, offer } = this.#parts;
    const { collection, round } = this.#job;
    const { added } = await services.frontier.add(collection, round, services.clock.now(), requests);
    offer(collection, added);
  }

  stop(now: boolean): void {
    this.#isCut ||= now;
    this.#stop.abort();
  }

  async work(): Promise<RunEnd> {
    const { closing, services } = this.#parts;
    const signal = AbortSignal.any([this.#stop.signal, closing]);
    let isDone = false;
    let quiet: string | undefined;
    while (!signal.aborted && !isDone) {
      await this.#pollAll();
      const moment = this.#reports.quietMoment(services.shards.count);
      this.#isLimitReached = this.#isAtLimit();
      isDone = this.#isLimitReached || (moment !== undefined && moment === quiet);
      quiet = moment;
      const isUnclear = moment !== undefined || this.#reports.all.some(({ needsJob }) => needsJob);
      if (!isDone) await this.#sleep(isUnclear ? AGAIN_MS : POLL_MS, signal);
    }
    if (closing.aborted) return 'stopped';
    await this.#restAll();
    return isDone ? 'done' : 'stopped';
  }

  get #tally(): Tally {
    const { services } = this.#parts;
    const { round, totals } = this.#job;
    return this.#reports.totals(round, services.shards.count) ?? Tally.of(totals).inRound(round);
  }

  #isAtLimit(): boolean {
    const { settings, startedAt_ms } = this.#job;
    const { maxBytes, maxPages, maxTime_s } = settings;
    const took_ms = this.#parts.services.clock.now() - startedAt_ms;
    return (
      this.#tally.fetched >= maxPages ||
      (maxBytes > 0 && this.#tally.bytes >= maxBytes) ||
      (maxTime_s > 0 && took_ms >= maxTime_s * 1_000)
    );
  }

  /** All who lead shards, and all who were at work on it before. */
  async #pollAll(): Promise<void> {
    const leaders = this.#parts.crew.leaders();
    const peers = [...new Set([...leaders, ...this.#reports.peers])];
    let left = this.#job.settings.maxPages - this.#tally.fetched - this.#reports.held;
    const isScarce = left < SCARCE_PAGES * peers.length;
    const asked = peers.map((peer) => {
      const held = this.#reports.get(peer)?.held ?? 0;
      const fair = Math.min(GRANT_PAGES - held, Math.ceil(left / (2 * peers.length)));
      const grant = leaders.has(peer) ? Math.max(0, fair) : 0;
      left -= grant;
      return this.#poll(peer, { grant, isScarce, workers: leaders.size }, leaders.has(peer));
    });
    await Promise.all(asked);
    this.#gather();
  }

  async #poll(
    peer: PeerName,
    terms: Pick<PollQuestion, 'grant' | 'isScarce' | 'workers'>,
    isLeader: boolean,
  ): Promise<void> {
    const { crew, term } = this.#parts;
    const { collection } = this.#job;
    const stamp = this.#stamp;
    const question: PollQuestion = {
      op: 'poll',
      collection,
      term: term(),
      stamp: `${crew.session} ${stamp}`,
      ...terms,
      ...(this.#told.get(peer) !== stamp && { job: this.#job }),
    };
    try {
      const report = await this.#ask(peer, question, POLL_TIMEOUT_MS);
      this.#reports.take(peer, report);
      if (report.needsJob) this.#told.delete(peer);
      else this.#told.set(peer, stamp);
    } catch {
      // Who leads nothing and does not answer is gone; who leads is asked again.
      if (isLeader) this.#reports.unanswered(peer, terms.grant);
      else this.#reports.forget(peer);
      this.#told.delete(peer);
    }
  }

  /** Rejects at once where this process keeps the books no more. */
  async #ask(peer: PeerName, question: PollQuestion | RestQuestion, timeout_ms: number): Promise<PartReport> {
    const { closing, crew } = this.#parts;
    const { promise: closed, reject } = Promise.withResolvers<never>();
    const forget = whenAborted(closing, () => reject(new PeregrineError('CLOSED', 'The books are closed.')));
    if (closing.aborted) throw new PeregrineError('CLOSED', 'The books are closed.');
    try {
      return (await Promise.race([crew.ask(peer, question, timeout_ms), closed])) as PartReport;
    } finally {
      forget();
    }
  }

  /** Events of all, the latest first. */
  #gather(): void {
    const events = this.#reports.all.flatMap(({ recent }) => recent);
    if (events.length === 0) return;
    const latest = events.sort((a, b) => b.at_ms - a.at_ms).slice(0, MAX_RECENT);
    this.#recent.splice(0, this.#recent.length, ...latest);
  }

  /** Resolves when nobody works on it; who has fallen is not waited for once others lead its shards. */
  async #restAll(): Promise<void> {
    const { closing, crew, term } = this.#parts;
    const { collection } = this.#job;
    const rest = async (peer: PeerName): Promise<void> => {
      while (!closing.aborted) {
        try {
          const question = { op: 'rest', collection, term: term(), now: this.#isCut } as const;
          this.#reports.take(peer, await this.#ask(peer, question, REST_TIMEOUT_MS));
          return;
        } catch (error) {
          if (!isUnreachable(error) || !crew.leaders().has(peer)) return;
        }
        await this.#sleep(POLL_MS, closing);
      }
    };
    await Promise.all([...new Set([...crew.leaders(), ...this.#reports.peers])].map(rest));
    this.#gather();
  }

  async #sleep(for_ms: number, signal: AbortSignal): Promise<void> {
    await this.#parts.services.clock.sleep(for_ms, signal).catch(() => undefined);
  }
}

/** 0 says that there is none. */
function least(gaps: readonly number[]): number {
  const known = gaps.filter((gap_ms) => gap_ms > 0);
  return known.length === 0 ? 0 : Math.min(...known);
}
