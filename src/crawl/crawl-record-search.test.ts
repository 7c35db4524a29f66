import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { sortedShards, type SortedShards } from '../../testing/sorted-store.ts';
import { startStaticServer } from '../../testing/static-server.ts';
import { TinySink } from '../../testing/tiny-sink.ts';
import { silentLog, systemClock, toCollectionId } from '../base/index.ts';
import type { CrawlRequest } from './crawl-contract.ts';
import { type CrawlRecordFilter, recordLine, searchCrawlRecords } from './crawl-record-search.ts';
import type { Crawler } from './crawler-contract.ts';
import { createCrawler } from './create-crawler.ts';

const MAIN = toCollectionId(1);
const link = (path: string): string => `<a href="${path}">${path}</a>`;

async function crawled(
  context: TestContext,
  request: Partial<CrawlRequest> = {},
): Promise<{ shards: SortedShards; origin: string; crawler: Crawler }> {
  const pages = {
    '/': `<title>Home</title>${['/a', '/b', '/gone', '/moved', '/down', '/no'].map(link).join('')}`,
    '/a': '<title>A</title>the first',
    '/b': `<title>B</title>the second ${'with many words '.repeat(50)}`,
    '/moved': { status: 301, headers: { location: '/a' } },
    '/down': { status: 503, headers: { 'retry-after': '0' } },
    '/robots.txt': 'User-agent: *\nDisallow: /no',
  };
  const [server, shards] = [await startStaticServer({ pages }), sortedShards(2)];
  const crawler = createCrawler({
    shards,
    sink: new TinySink(),
    clock: systemClock,
    log: silentLog,
    version: '0',
    retryDelays_ms: [1],
  });
  context.after(async () => {
    await crawler.close();
    await server.close();
  });
  await crawler.start(MAIN, { seeds: [`${server.origin}/`], delay_ms: 0, allowPrivate: true, ...request });
  await crawler.done(MAIN);
  return { shards, origin: server.origin, crawler };
}

describe('crawl records', () => {
  test('tell of every URL that was asked for how it ended, why, and what each attempt cost', async (context) => {
    const { shards, origin } = await crawled(context);
    const find = async (filter?: CrawlRecordFilter): Promise<string[]> => {
      const found = await Array.fromAsync(searchCrawlRecords(shards, MAIN, filter));
      return found
        .filter(({ url }) => !url.endsWith('.xml'))
        .map(({ url, outcome }) => `${new URL(url).pathname} ${outcome}`)
        .sort();
    };
    const all = [
      '/ indexed',
      '/a indexed',
      '/b indexed',
      '/down http-error',
      '/gone not-found',
      '/moved redirect',
      '/no robots-forbidden',
    ];
    assert.deepEqual(await find(), all);
    assert.deepEqual(await find({ host: new URL(origin).host }), all);
    assert.deepEqual(await find({ host: 'elsewhere.example' }), []);
    assert.deepEqual(await find({ outcomes: ['redirect', 'not-found'] }), [
      '/gone not-found',
      '/moved redirect',
    ]);
    assert.deepEqual(await find({ status: 404 }), ['/gone not-found']);
    assert.deepEqual(await find({ url: '/mov' }), ['/moved redirect']);
    assert.deepEqual(await find({ since_ms: Date.now() + 60_000 }), []);
    assert.equal((await Array.fromAsync(searchCrawlRecords(shards, MAIN, { limit: 2 }))).length, 2);
    const ruled = await crawled(context, { rules: [{ when: 'path = "/b"', priority: 3 }] });
    const records = await Array.fromAsync(searchCrawlRecords(ruled.shards, MAIN, { outcomes: ['indexed'] }));
    assert.deepEqual(Object.fromEntries(records.map(({ url, rule }) => [new URL(url).pathname, rule])), {
      '/': '',
      '/a': '',
      '/b': 'rule 1: path = "/b"',
    });
    const [down] = await Array.fromAsync(searchCrawlRecords(shards, MAIN, { url: '/down' }));
    assert.equal(down?.tries.length, down?.attempts);
    assert.ok((down?.attempts ?? 0) >= 2, 'it was tried again');
    assert.deepEqual(new Set(down?.tries.map(({ status }) => status)), new Set([503]));
  });

  test('become lines that no spreadsheet runs', () => {
    const line = recordLine({
      url: 'http://a.example/?q="x",y',
      outcome: 'http-error',
      detail: '=cmd()',
      at_ms: 0,
      status: 500,
      depth: 1,
      round: 1,
      attempts: 1,
      target: '',
      rule: '',
      tries: [],
    });
    const expected = `"http://a.example/?q=""x"",y",http-error,500,1970-01-01T00:00:00.000Z,,,,1,1,1,,,'=cmd()`;
    assert.equal(line, expected);
  });
});

describe('a limit', () => {
  test('of bytes ends a crawl, and leaves the rest in the queue', async (context) => {
    const { crawler } = await crawled(context, { maxBytes: 10, concurrency: 1 });
    const { state, fetched, queued } = crawler.progress(MAIN);
    assert.equal(state, 'done');
    assert.ok(fetched < 5 && queued > 0, `${fetched} fetched, ${queued} queued`);
  });

  test('of time ends a crawl though its host asks for a long gap', async (context) => {
    const { crawler } = await crawled(context, { maxTime_s: 1, delay_ms: 60_000 });
    assert.equal(crawler.progress(MAIN).state, 'done');
    assert.ok(crawler.progress(MAIN).queued > 0);
  });
});
