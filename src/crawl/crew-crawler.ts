/**
 * The crawler of one of several processes: it visits hosts of the shards that it leads. Who leads the first shard keeps the
 * books, and is asked by all others.
 */

import { assert, type CollectionId, isPeregrineError, messageOf, toShardId } from '../base/index.ts';
import { AnsweredCalls } from './answered-calls.ts';
import { answerCall, notKept } from './books-calls.ts';
import type { CrawlCrew } from './crawl-crew.ts';
import type { CrawlProgress, CrawlRequest } from './crawl-contract.ts';
import { CrawlParts } from './crawl-parts.ts';
import type { PolitenessRecord } from './crawl-records.ts';
import { idle } from './crawl-seat.ts';
import { closeServices, type CrawlServices } from './crawl-services.ts';
import { ProcessCrawler } from './crawler.ts';
import type { Crawler, RefreshChoice, UrlStatus } from './crawler-contract.ts';
import type { BooksCall, BooksQuestion } from './crew-messages.ts';
import type { IndexNowNotice, NoticeAnswer } from './index-now.ts';
import { forgetUrls, politenessOf, statusOf } from './known-urls.ts';
import { isCancelled } from './permits.ts';
import { SharedFrontier } from './shared-frontier.ts';
import { SharedRun } from './shared-run.ts';

/** The shard whose leader keeps the books: jobs stand there. */
const BOOKS_SHARD = toShardId(0);
const TICK_MS = 200;
/** What ends a crawl may take as long as a request. */
const BOOKS_TIMEOUT_MS = 120_000;
const PROGRESS_TIMEOUT_MS = 3_000;
/** Progress is asked for again while somebody looks. */
const PROGRESS_MS = 500;

export interface CrewCrawlerParts {
  readonly crew: CrawlCrew;
  readonly services: CrawlServices;
  readonly onRoundEnd: ((collection: CollectionId) => void) | undefined;
}

interface KnownProgress {
  progress: CrawlProgress;
  at_ms: number;
  isAsking: boolean;
}

/** What one who keeps the books answers. */
interface BooksAnswer {
  readonly result: unknown;
  readonly progress: CrawlProgress;
}

export class CrewCrawler implements Crawler {
  readonly #crew: CrawlCrew;
  readonly #services: CrawlServices;
  readonly #onRoundEnd: CrewCrawlerParts['onRoundEnd'];
  readonly #parts: CrawlParts;
  readonly #known = new Map<CollectionId, KnownProgress>();
  readonly #closing = new AbortController();
  /** Of this process to who keeps the books, and of others to this one. */
  #calls = 0;
  readonly #answered = new AnsweredCalls();
  #books: ProcessCrawler | undefined;
  #working: Promise<unknown> = Promise.resolve();

  constructor({ crew, services, onRoundEnd }: CrewCrawlerParts) {
    this.#crew = crew;
    this.#services = services;
    this.#onRoundEnd = onRoundEnd;
    const { frontier } = services;
    assert(frontier instanceof SharedFrontier, 'several processes share one frontier');
    this.#parts = new CrawlParts(services, crew, frontier);
  }

  /** Takes its part in all crawls from now on, until it is closed. */
  async resumeAll(): Promise<void> {
    this.#crew.serve({
      add: (question) => this.#parts.add(question),
      poll: (question) => this.#parts.poll(question),
      rest: (question) => this.#parts.rest(question),
      aside: (question) => this.#parts.aside(question),
      books: (question) => this.#answerBooks(question),
    });
    const { signal } = this.#closing;
    this.#working = Promise.all([
      this.#crew.leases.tend(() => this.#parts.isAtWork, signal),
      this.#tendBooks(signal),
    ]);
  }

  async start(collection: CollectionId, request: CrawlRequest): Promise<void> {
    await this.#ask('start', collection, request);
  }

  async pause(collection: CollectionId): Promise<void> {
    await this.#ask('pause', collection);
  }

  async resume(collection: CollectionId): Promise<void> {
    await this.#ask('resume', collection);
  }

  async stop(collection: CollectionId): Promise<void> {
    await this.#ask('stop', collection);
  }

  async announce(collection: CollectionId, notice: IndexNowNotice): Promise<NoticeAnswer> {
    return (await this.#ask('announce', collection, notice)) as NoticeAnswer;
  }

  async refresh(collection: CollectionId, choice: RefreshChoice = {}): Promise<number> {
    return (await this.#ask('refresh', collection, choice)) as number;
  }

  async forget(collection: CollectionId): Promise<void> {
    await this.#ask('forget', collection);
    this.#known.delete(collection);
  }

  async forgetPages(
    collection: CollectionId,
    urls: readonly string[],
    remove: () => Promise<void>,
  ): Promise<void> {
    const rested = (await this.#ask('restQuietly', collection)) as { isAtWork: boolean; round: number };
    await remove();
    await forgetUrls(this.#services, collection, urls, rested.round);
    if (rested.isAtWork) await this.resume(collection);
  }

  /** As told last, where another process keeps the books. */
  progress(collection: CollectionId): CrawlProgress {
    if (this.#books !== undefined) return this.#books.progress(collection);
    const known = this.#known.get(collection);
    if (known === undefined || this.#services.clock.monotonic() - known.at_ms > PROGRESS_MS)
      this.#askProgress(collection).catch(() => undefined);
    return known?.progress ?? idle(collection);
  }

  async done(collection: CollectionId, signal?: AbortSignal): Promise<void> {
    const { clock } = this.#services;
    const either = AbortSignal.any([this.#closing.signal, ...(signal === undefined ? [] : [signal])]);
    for (;;) {
      const books = this.#books;
      if (books === undefined) {
        const progress = await this.#askProgress(collection).catch(() => undefined);
        if (progress !== undefined && progress.state !== 'running') return;
        await clock.sleep(PROGRESS_MS, either);
      } else {
        await books.done(collection, either);
        if (books === this.#books) return;
      }
    }
  }

  async status(collection: CollectionId, url: string): Promise<UrlStatus> {
    return statusOf(this.#services, collection, url, this.progress(collection).state);
  }

  async politenessOf(url: string): Promise<PolitenessRecord | undefined> {
    return politenessOf(this.#services, url);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#parts.close();
    await this.#working;
    await closeServices(this.#services);
  }

  /** Keeps the books for as long as it leads their shard. */
  async #tendBooks(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#services;
    while (!signal.aborted) {
      this.#parts.tidy();
      const isLed = this.#crew.led(BOOKS_SHARD) !== undefined;
      if (isLed && this.#books === undefined) {
        const books = this.#newBooks();
        try {
          await books.resumeAll();
          this.#books = books;
        } catch (error) {
          log.write('warn', 'crawl.books-not-opened', { message: messageOf(error) });
          await books.close();
        }
      } else if (!isLed && this.#books !== undefined) await this.#letGo();
      await clock.sleep(TICK_MS, signal).catch((error: unknown) => {
        if (!isCancelled(error)) throw error;
      });
    }
    await this.#letGo();
  }

  /** Others go on with the crawls. */
  async #letGo(): Promise<void> {
    const books = this.#books;
    this.#books = undefined;
    await books?.close();
  }

  #newBooks(): ProcessCrawler {
    const services = this.#services;
    const crew = this.#crew;
    return new ProcessCrawler({
      services,
      onRoundEnd: this.#onRoundEnd,
      runOf: (job, recent, closing) => {
        const term = (): number => crew.led(BOOKS_SHARD)?.term ?? 0;
        const offer: CrawlParts['offer'] = (collection, entries) => this.#parts.offer(collection, entries);
        return new SharedRun({ services, crew, closing, term, offer }, job, recent);
      },
    });
  }

  async #ask(call: BooksCall, collection: CollectionId, argument?: unknown): Promise<unknown> {
    this.#calls += 1;
    const id = `${this.#crew.session}.${this.#calls}`;
    const question: BooksQuestion = { op: 'books', call, id, collection, argument };
    const answer = (await this.#crew.askLeader(BOOKS_SHARD, question, BOOKS_TIMEOUT_MS)) as BooksAnswer;
    this.#learn(collection, answer.progress);
    return answer.result;
  }

  async #askProgress(collection: CollectionId): Promise<CrawlProgress | undefined> {
    const known = this.#known.get(collection);
    if (known?.isAsking === true) return undefined;
    if (known !== undefined) known.isAsking = true;
    else this.#known.set(collection, { progress: idle(collection), at_ms: 0, isAsking: true });
    try {
      const leader = this.#crew.leaderOf(BOOKS_SHARD);
      if (leader === undefined) return undefined;
      const question = { op: 'books', call: 'progress', collection } as const;
      const { progress } = (await this.#crew.ask(leader, question, PROGRESS_TIMEOUT_MS)) as BooksAnswer;
      this.#learn(collection, progress);
      return progress;
    } finally {
      const asked = this.#known.get(collection);
      if (asked !== undefined) asked.isAsking = false;
    }
  }

  #learn(collection: CollectionId, progress: CrawlProgress): void {
    const isAsking = this.#known.get(collection)?.isAsking ?? false;
    this.#known.set(collection, { progress, at_ms: this.#services.clock.monotonic(), isAsking });
  }

  async #answerBooks({ call, id, collection, argument }: BooksQuestion): Promise<BooksAnswer> {
    const books = this.#books;
    if (books === undefined) throw notKept();
    try {
      const work = (): Promise<unknown> => answerCall(books, call, collection, argument);
      const result = await (id === undefined ? work() : this.#answered.once(id, work));
      if (books === this.#books) return { result, progress: books.progress(collection) };
    } catch (error) {
      if (books === this.#books || !isPeregrineError(error, 'CLOSED')) throw error;
    }
    // The books went elsewhere meanwhile: what ended may not be written.
    throw notKept();
  }
}
