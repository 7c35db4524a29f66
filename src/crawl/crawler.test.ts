import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { seededRandom, silentLog, systemClock, toCollectionId } from '../base/index.ts';
import { sortedShards, type SortedShards } from '../../testing/sorted-store.ts';
import { startStaticServer, type StaticPage, type StaticServer } from '../../testing/static-server.ts';
import { TinySink } from '../../testing/tiny-sink.ts';
import type { CrawlEvent, CrawlRequest } from './crawl-contract.ts';
import { type Crawler, createCrawler, type CrawlerOptions } from './crawler.ts';
import { createFetcher } from './fetcher.ts';

const MAIN = toCollectionId(1);
const USER_AGENT = 'PeregrineBot/0 (+test)';

interface Bench {
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

async function bench(
  test: TestContext,
  pages: Readonly<Record<string, StaticPage>>,
  options: Partial<CrawlerOptions> & { shardCount?: number } = {},
): Promise<Bench> {
  const server = await startStaticServer({ pages });
  const shards = sortedShards(options.shardCount ?? 1);
  const sink = new TinySink();
  const events: CrawlEvent[] = [];
  const timeouts = { connect_ms: 300, headers_ms: 300, body_ms: 300, whole_ms: 600 };
  const crawler = createCrawler({
    shards,
    sink,
    clock: systemClock,
    random: seededRandom(1),
    log: silentLog,
    version: '0',
    fetcher: createFetcher({ userAgent: USER_AGENT, timeouts }),
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
      await crawler.done(MAIN, AbortSignal.timeout(5_000));
    },
    outcome: (path) => events.findLast(({ url }) => url === server.origin + path)?.outcome,
  };
}

const page = (title: string, ...links: string[]): string =>
  `<title>${title}</title><p>All about ${title}.</p>${links.map((link) => `<a href="${link}">${link}</a>`).join(' ')}`;

describe('A crawl', () => {
  it('fetches every page that is linked, once, and stores it', async (test) => {
    const { crawl, sink, server, crawler } = await bench(test, {
      '/': page('home', '/a', '/b#part', 'http://other.invalid/'),
      '/a': page('a', '/', '/b', '/a?utm_source=x', '/c'),
      '/b': page('b', '/a'),
      '/c': page('c'),
    });
    await crawl();
    assert.deepEqual(sink.paths(), ['/', '/a', '/b', '/c']);
    for (const path of ['/', '/a', '/b', '/c', '/robots.txt', '/sitemap.xml'])
      assert.equal(server.count(path), 1, path);
    const progress = crawler.progress(MAIN);
    assert.equal(progress.state, 'done');
    assert.deepEqual([progress.fetched, progress.indexed, progress.queued, progress.inFlight], [4, 4, 0, 0]);
    assert.equal(server.requests[0]?.headers['user-agent'], USER_AGENT);
  });
});
