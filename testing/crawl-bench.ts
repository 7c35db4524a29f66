/** A crawl of a small site, over real sockets and records in memory: for tests of the crawler. */

import type { TestContext } from 'node:test';
import {
  type CollectionId,
  seededRandom,
  silentLog,
  systemClock,
  toCollectionId,
} from '../src/base/index.ts';
import {
  type Crawler,
  type CrawlerOptions,
  type CrawlEvent,
  type CrawlRequest,
  createCrawler,
  createFetcher,
} from '../src/crawl/index.ts';
import { sortedShards, type SortedShards } from './sorted-store.ts';
import { startStaticServer, type StaticPage, type StaticServer } from './static-server.ts';
import { TinySink } from './tiny-sink.ts';

export const MAIN: CollectionId = toCollectionId(1);
export const USER_AGENT = 'PeregrineBot/0 (+test)';

export interface CrawlBench {
  readonly server: StaticServer;
  readonly sink: TinySink;
  readonly shards: SortedShards;
  readonly crawler: Crawler;
  readonly events: CrawlEvent[];
  /** Crawls from `/` until nothing is left. */
  readonly crawl: (request?: Partial<CrawlRequest>) => Promise<void>;
  /** Outcome of a path, of its last event. */
  readonly outcome: (path: string) => string | undefined;
}

/** A site on loopback and a crawler that keeps what it fetches in memory; both end with the test. */
export async function crawlBench(
  test: TestContext,
  pages: Readonly<Record<string, StaticPage>>,
  options: Partial<CrawlerOptions> & { shardCount?: number } = {},
): Promise<CrawlBench> {
  const server = await startStaticServer({ pages });
  const shards = sortedShards(options.shardCount ?? 1);
  const sink = new TinySink();
  const events: CrawlEvent[] = [];
  const crawler = createCrawler({
    shards,
    sink,
    clock: systemClock,
    random: seededRandom(1),
    log: silentLog,
    version: '0',
    fetcher: createFetcher({ userAgent: USER_AGENT }),
    onEvent: (event) => events.push(event),
    retryDelays_ms: [10, 20],
    ...options,
  });
  test.after(async () => {
    await crawler.close();
    await server.close();
  });
  return {
    server,
    sink,
    shards,
    crawler,
    events,
    crawl: async (request = {}) => {
      await crawler.start(MAIN, {
        seeds: [`${server.origin}/`],
        delay_ms: 0,
        allowPrivate: true,
        ...request,
      });
      await crawler.done(MAIN, AbortSignal.timeout(60_000));
    },
    outcome: (path) => events.findLast(({ url }) => url === server.origin + path)?.outcome,
  };
}

export const page = (title: string, ...links: string[]): string =>
  `<title>${title}</title><p>All about ${title}.</p>${links.map((link) => `<a href="${link}">${link}</a>`).join(' ')}`;
