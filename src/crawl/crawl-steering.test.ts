/** Crawls that are stopped, that tell of themselves, and that are told of changes. */

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { silentLog, systemClock } from '../base/index.ts';
import { crawlBench, MAIN, page } from '../../testing/crawl-bench.ts';
import { HastyClock } from '../../testing/hasty-clock.ts';
import { type StaticServer, startStaticServer } from '../../testing/static-server.ts';
import { NO_ACCESS } from './crawl-access.ts';
import { loadJob, saveJob } from './crawl-job.ts';
import { createCrawler } from './create-crawler.ts';
import { searchCrawlRecords } from './crawl-record-search.ts';

async function until(isThere: () => boolean): Promise<void> {
  for (let n = 0; n < 1_000 && !isThere(); n++) await sleep(10);
  assert.ok(isThere(), 'it came to pass');
}

const CHAIN = Object.fromEntries(
  Array.from({ length: 40 }, (_, n) => [
    n === 0 ? '/' : `/${n}`,
    page(`p${n}`, `/${2 * n + 1}`, `/${2 * n + 2}`),
  ]),
);

describe('A crawl that is stopped', () => {
  it('keeps what it fetched and drops what waits', async (test) => {
    const { crawler, crawl, sink, server, shards } = await crawlBench(test, CHAIN);
    await crawl({ maxPages: 5 });
    assert.ok(crawler.progress(MAIN).queued > 0);
    await crawler.stop(MAIN);
    const { state, queued, fetched } = crawler.progress(MAIN);
    assert.deepEqual([state, queued, fetched], ['done', 0, 5]);
    assert.equal(sink.paths().length, 5);
    const left = await Array.fromAsync(searchCrawlRecords(shards, MAIN, { outcomes: ['queued'] }));
    assert.deepEqual(left, []);
    assert.equal(await crawler.refresh(MAIN, { urls: [`${server.origin}/`] }), 1, 'it can be taken up again');
    await crawler.done(MAIN);
    await crawl({ maxPages: 1_000 });
    assert.equal(sink.paths().length, 40);
  });

  it('is emptied to the end by the next program where this one is killed meanwhile', async (test) => {
    const { crawl, sink, shards } = await crawlBench(test, CHAIN);
    await crawl({ maxPages: 5 });
    const job = await loadJob(shards, MAIN);
    assert.ok(job !== undefined);
    await saveJob(shards, { ...job, stopped: 'emptying' });
    const next = createCrawler({ shards, sink, clock: systemClock, log: silentLog, version: '0' });
    test.after(() => next.close());
    await next.resumeAll();
    assert.deepEqual([next.progress(MAIN).queued, next.progress(MAIN).fetched], [0, 5]);
    assert.equal((await loadJob(shards, MAIN))?.stopped, 'empty');
  });

  it('ends while it runs, and begins nothing by itself afterwards', async (test) => {
    const { crawler, server, shards, sink } = await crawlBench(test, CHAIN);
    await crawler.start(MAIN, {
      seeds: [`${server.origin}/`],
      delay_ms: 5,
      allowPrivate: true,
      refreshEvery_s: 1,
    });
    await until(() => crawler.progress(MAIN).fetched >= 3);
    await crawler.stop(MAIN);
    const { fetched } = crawler.progress(MAIN);
    assert.ok(fetched < 40);
    const next = createCrawler({ shards, sink, clock: systemClock, log: silentLog, version: '0' });
    test.after(() => next.close());
    await next.resumeAll();
    await sleep(1_200);
    assert.deepEqual([next.progress(MAIN).state, next.progress(MAIN).fetched], ['done', fetched]);
  });
});

interface Told {
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A receiver of messages that answers with these statuses in turn, then with 204. */
async function receiver(test: TestContext, statuses: number[] = []): Promise<{ url: string; told: Told[] }> {
  const told: Told[] = [];
  const server = await startStaticServer({
    pages: {
      '/hook': async (request) => {
        let body = '';
        for await (const piece of request) body += String(piece);
        told.push({ headers: request.headers, body });
        return { status: statuses.shift() ?? 204 };
      },
    },
  });
  test.after(() => server.close());
  return { url: `${server.origin}/hook`, told };
}

describe('A job that tells of itself', () => {
  it('says that it is done, signed, and again until somebody has heard it', async (test) => {
    const { url, told } = await receiver(test, [500]);
    const { crawl, crawler } = await crawlBench(
      test,
      { '/': page('home', '/a'), '/a': page('a') },
      { clock: new HastyClock(), nameOf: () => 'docs', access: { ...NO_ACCESS, webhookSecret: 'quiet' } },
    );
    await crawl({ webhook: url });
    await until(() => told.length === 2);
    const [first, second] = told.map(({ body }) => JSON.parse(body) as Record<string, unknown>);
    assert.equal(first?.['id'], second?.['id'], 'one message');
    assert.deepEqual(
      [second?.['event'], second?.['collection'], second?.['fetched'], second?.['indexed']],
      ['crawl.done', 'docs', 2, 2],
    );
    const [, time_s, signature] =
      /^t=(\d+),v1=(\w+)$/.exec(String(told[1]?.headers['peregrine-signature'])) ?? [];
    const expected = createHmac('sha256', 'quiet').update(`${time_s}.${told[1]?.body}`).digest('hex');
    assert.equal(signature, expected);
    await crawler.stop(MAIN);
    await until(() => told.length === 3);
    assert.match(told[2]?.body ?? '', /"event":"crawl.stopped"/);
  });

  it('does not lose the message to a restart', async (test) => {
    const { url, told } = await receiver(test, [503]);
    const { crawl, crawler, shards, sink } = await crawlBench(test, { '/': page('home') });
    await crawl({ webhook: url });
    await until(() => told.length === 1);
    await crawler.close();
    const next = createCrawler({ shards, sink, clock: systemClock, log: silentLog, version: '0' });
    test.after(() => next.close());
    await next.resumeAll();
    await until(() => told.length === 2);
    assert.equal(told[1]?.body, told[0]?.body);
  });

  it('reaches nobody in the inner network unless the crawl may', async (test) => {
    const { url, told } = await receiver(test);
    const { crawler, server } = await crawlBench(test, { '/': page('home') });
    await crawler.start(MAIN, { seeds: [`${server.origin}/`], delay_ms: 0, webhook: url });
    await crawler.done(MAIN);
    await sleep(50);
    assert.deepEqual(told, []);
  });
});

describe('A notice of changed pages', () => {
  const key = 'a1b2c3d4e5';
  const notice = (server: StaticServer, ...paths: string[]): { urls: string[]; key: string } => ({
    urls: paths.map((path) => server.origin + path),
    key,
  });

  it('has them fetched again once their site has shown its key', async (test) => {
    const { crawl, crawler, server } = await crawlBench(
      test,
      { '/': page('home', '/a'), '/a': page('a'), '/new': page('new'), [`/${key}.txt`]: `${key}\n` },
      { clock: new HastyClock() },
    );
    await crawl({ indexNow: true });
    assert.equal((await crawler.announce(MAIN, notice(server, '/a', '/new', '/a'))).kind, 'taken');
    assert.equal((await crawler.announce(MAIN, notice(server, '/a'))).kind, 'taken');
    await until(() => server.count('/new') === 1 && server.count('/a') === 2);
    await crawler.done(MAIN);
    assert.deepEqual([server.count('/'), server.count('/a'), server.count(`/${key}.txt`)], [1, 2, 1]);
  });

  it('is refused without the key, for others, and where nobody asked for notices', async (test) => {
    const clock = new HastyClock();
    const pages = { '/': page('home'), '/docs/key.txt': key };
    const { crawl, crawler, server } = await crawlBench(test, pages, { clock });
    const kind = async (told: Parameters<typeof crawler.announce>[1]): Promise<string> =>
      (await crawler.announce(MAIN, told)).kind;
    assert.equal(await kind(notice(server, '/')), 'foreign');
    await crawl();
    assert.equal(await kind(notice(server, '/')), 'foreign');
    await crawl({ indexNow: true });
    assert.equal(await kind(notice(server, '/')), 'unproven');
    assert.equal(await kind({ urls: ['http://elsewhere.example/'], key }), 'foreign');
    assert.equal(await kind({ urls: ['nonsense'], key }), 'malformed');
    assert.equal(await kind({ urls: [`${server.origin}/`], key: 'short' }), 'malformed');
    const guess = { ...notice(server, '/'), key: 'another-guess' };
    assert.equal(await kind(guess), 'busy', 'the site is not asked for made-up keys one after another');
    assert.equal(server.count('/another-guess.txt'), 0);
    await clock.advance(60_000);
    const keyLocation = `${server.origin}/docs/key.txt`;
    assert.equal(await kind({ ...notice(server, '/'), keyLocation }), 'foreign', 'it speaks for its folder');
    assert.equal(await kind({ ...notice(server, '/docs/x'), keyLocation }), 'taken');
    assert.equal(
      await kind({ ...notice(server, '/'), keyLocation: 'http://elsewhere.example/k.txt' }),
      'foreign',
    );
  });
});

/** Shown to those who bring a cookie back; the others are sent where it is given. */
const guarded =
  (title: string, ...links: string[]) =>
  (request: IncomingMessage) =>
    request.headers.cookie === 'seen=1'
      ? page(title, ...links)
      : { status: 302, headers: { location: '/welcome', 'set-cookie': 'seen=1; Path=/' } };

describe('Cookies of a crawl', () => {
  it('let it in where a site shows its pages to nobody without one', async (test) => {
    const pages = { '/': page('home', '/welcome'), '/welcome': page('welcome', '/a', '/b') };
    const inner = { '/a': guarded('a'), '/b': guarded('b'), '/welcome2': page('x') };
    const withCookies = await crawlBench(test, { ...pages, ...inner });
    await withCookies.crawl({ cookies: true });
    assert.deepEqual(withCookies.sink.paths(), ['/', '/b', '/welcome']);
    const without = await crawlBench(test, { ...pages, ...inner });
    await without.crawl();
    assert.deepEqual(without.sink.paths(), ['/', '/welcome']);
  });
});
