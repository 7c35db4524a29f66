/** The crawl of one collection of the tiny engine: over a web that the test hands it, one page a turn of the event loop. */

import { PeregrineError, toCollectionId } from '../src/base/index.ts';
import type {
  CrawlEvent,
  CrawlOutcome,
  CrawlProgress,
  CrawlRecord,
  CrawlRequest,
  HostManners,
  RefreshChoice,
} from '../src/crawl/index.ts';

export interface TinyWeb {
  /** URL → page. */
  readonly pages: Readonly<Record<string, string>>;
  readonly now_ms: number;
  /** Where a page goes that was fetched; not asked any more once the engine is closed. */
  readonly take: (url: string, page: string) => Promise<void>;
  readonly isClosed: () => boolean;
}

export class TinyCrawl {
  /** The requests as they came, for tests to look at. */
  readonly requests: CrawlRequest[] = [];
  readonly #web: TinyWeb;
  readonly #queue: string[] = [];
  readonly #seen = new Set<string>();
  readonly #recent: CrawlEvent[] = [];
  readonly #outcomes: Partial<Record<CrawlOutcome, number>> = {};
  #state: CrawlProgress['state'] = 'idle';
  #fetched = 0;
  #maxPages = 100_000;

  constructor(web: TinyWeb) {
    this.#web = web;
  }

  start(request: CrawlRequest): void {
    this.requests.push(request);
    this.#queue.push(...request.seeds);
    this.#maxPages = request.maxPages ?? 100_000;
    this.resume();
  }

  pause(): void {
    this.#state = 'paused';
  }

  resume(): void {
    this.#state = 'running';
    void this.#run();
  }

  stop(): void {
    this.#state = 'done';
    this.#queue.length = 0;
  }

  refresh(choice: RefreshChoice): number {
    return this.#state === 'done' ? (choice.urls?.length ?? choice.pages ?? 1) : 0;
  }

  progress(): CrawlProgress {
    const indexed = this.#outcomes.indexed ?? 0;
    return {
      collection: toCollectionId(1),
      state: this.#state,
      queued: this.#queue.length,
      fetched: this.#fetched,
      inFlight: 0,
      indexed,
      failed: this.#fetched - indexed,
      outcomes: { ...this.#outcomes },
      pages_per_s: 0,
      startedAt_ms: this.#web.now_ms,
      recent: [...this.#recent],
    };
  }

  *records(): Generator<CrawlRecord> {
    for (const { url, outcome, detail, at_ms, status } of this.#recent) {
      yield {
        url,
        outcome,
        detail,
        at_ms,
        status,
        depth: 0,
        round: 1,
        attempts: 1,
        target: '',
        rule: '',
        tries: [],
      };
    }
  }

  *manners(): Generator<HostManners> {
    for (const host of new Set(this.#recent.map(({ url }) => new URL(url).host))) {
      const record = { requests: 7, lastRequest_ms: 1_000, smallestGap_ms: 250, restUntil_ms: 0 };
      yield { host, record, address: '192.0.2.1', addressRecord: { ...record, smallestGap_ms: 260 } };
    }
  }

  async done(signal?: AbortSignal): Promise<void> {
    while (this.#state === 'running') {
      if (signal?.aborted === true) throw new PeregrineError('CANCELLED', 'The wait was cancelled.');
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async #run(): Promise<void> {
    const { pages, now_ms, take, isClosed } = this.#web;
    while (this.#state === 'running') {
      await new Promise((resolve) => setImmediate(resolve));
      const url = this.#queue.shift();
      if (url === undefined || this.#fetched >= this.#maxPages) {
        if (this.#state === 'running') this.#state = 'done';
        return;
      }
      if (this.#seen.has(url)) continue;
      this.#seen.add(url);
      const page = pages[url];
      this.#fetched += 1;
      const outcome: CrawlOutcome = page === undefined ? 'not-found' : 'indexed';
      this.#outcomes[outcome] = (this.#outcomes[outcome] ?? 0) + 1;
      this.#recent.push({
        collection: toCollectionId(1),
        url,
        at_ms: now_ms + this.#fetched,
        outcome,
        status: page === undefined ? 404 : 200,
        size_bytes: page?.length ?? 0,
        took_ms: 12,
        detail: '',
        title: '',
      });
      if (page === undefined || isClosed()) continue;
      await take(url, page);
      for (const [, target = ''] of page.matchAll(/href="([^"]*)"/g)) {
        if (URL.canParse(target, url)) this.#queue.push(new URL(target, url).href);
      }
    }
  }
}
