/** What a crawl was given by sites, over a restart: cookies, and notices of changed pages. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ManualClock, must, silentLog, systemClock, toSlot } from '../base/index.ts';
import { crawlBench, MAIN, page } from '../../testing/crawl-bench.ts';
import { HastyClock } from '../../testing/hasty-clock.ts';
import { CookieShelf } from './cookie-shelf.ts';
import { decodeCookies, encodeCookies } from './cookie-records.ts';
import { loadJob, saveJob } from './crawl-job.ts';
import { noticeRange } from './crawl-keys.ts';
import { createCrawler } from './create-crawler.ts';

async function until(isThere: () => boolean): Promise<void> {
  for (let n = 0; n < 1_000 && !isThere(); n++) await sleep(10);
  assert.ok(isThere(), 'it came to pass');
}

describe('Cookies that a site set', () => {
  it('go back to it after a restart; those of a session for one round only', async (test) => {
    const seen: string[] = [];
    const { server, shards, sink, crawl, crawler } = await crawlBench(test, {
      '/': ({ headers: { cookie } }) => {
        seen.push(cookie ?? '');
        const set = ['visit=1; Path=/', 'member=yes; Path=/; Max-Age=3600'];
        return { body: page('home'), headers: { 'set-cookie': set as unknown as string } };
      },
    });
    const again = async (now_ms = 0): Promise<void> => {
      const clock = { ...systemClock, now: () => Date.now() + now_ms };
      const next = createCrawler({ shards, sink, clock, log: silentLog, version: '0' });
      test.after(() => next.close());
      const seeds = [`${server.origin}/`];
      await next.start(MAIN, { seeds, delay_ms: 0, allowPrivate: true, cookies: true });
      await next.done(MAIN);
      await next.close();
    };
    await crawl({ cookies: true });
    await crawler.close();
    await again();
    await again(3_700_000);
    assert.deepEqual(seen, ['', 'member=yes', '']);
  });

  it('are kept as they were set, and a newer record is taken for none', async () => {
    const shelf = new CookieShelf();
    await shelf.take('https://a.shop.test/x', ['a=1; Secure; Path=/x', 'b=2; Domain=shop.test; Max-Age=60']);
    const record = shelf.takeChanged('shop.test', 7);
    assert.ok(record !== undefined);
    assert.equal(shelf.takeChanged('shop.test', 7), undefined, 'it was written');
    const [first, second] = decodeCookies(record)?.cookies ?? [];
    assert.deepEqual([first?.hostOnly, first?.secure, first?.path, first?.expires_ms], [true, true, '/x', 0]);
    assert.deepEqual([second?.hostOnly, second?.secure, second?.domain], [false, false, 'shop.test']);
    const next = new CookieShelf();
    await next.recall('shop.test', record, 7, Date.now());
    assert.equal(await next.headerFor('https://a.shop.test/x'), 'a=1; b=2');
    assert.equal(await next.headerFor('http://a.shop.test/x'), 'b=2', 'not without TLS');
    assert.equal(await next.headerFor('https://b.shop.test/x'), 'b=2');
    const bytes = encodeCookies({
      round: 3,
      cookies: [
        { name: 'a', value: 'b', domain: 'x.y', path: '/', hostOnly: true, secure: true, expires_ms: 300 },
      ],
    });
    assert.equal(Buffer.from(bytes).toString('hex'), '01030103ac020161016203782e79012f');
    record[0] = 2;
    assert.equal(decodeCookies(record), undefined);
  });

  it('stay with a domain that is asked again and again, while thousands of others set theirs', async () => {
    const shelf = new CookieShelf();
    await shelf.take('http://a.test/', ['a=1']);
    for (let n = 0; n < 2_500; n++) {
      if (n % 500 === 0) assert.equal(await shelf.headerFor('http://a.test/'), 'a=1');
      await shelf.take(`http://site${n}.test/`, ['b=2']);
    }
    assert(shelf.knows('a.test') && !shelf.knows('site0.test'));
  });
});

describe('Pages that a site told of', () => {
  const key = 'a1b2c3d4e5';

  it('are asked for by the next program where this one ends before, and once', async (test) => {
    const clock = new ManualClock();
    const { crawl, crawler, shards, sink, server } = await crawlBench(
      test,
      { '/': page('home', '/a'), '/a': page('a'), [`/${key}.txt`]: key },
      { clock },
    );
    await crawl({ indexNow: true });
    const urls = [`${server.origin}/a`];
    assert.equal((await crawler.announce(MAIN, { urls, key })).kind, 'taken');
    await crawler.close();
    const kept = await Array.fromAsync(
      shards.of(toSlot(0)).scan({ database: 'meta', ...noticeRange(MAIN) }),
      ({ value }) => Buffer.from(value).toString('hex'),
    );
    const [url = ''] = urls;
    assert.deepEqual(kept, [`0101${url.length.toString(16)}${Buffer.from(url).toString('hex')}`]);
    assert.equal(server.count('/a'), 1);
    const next = createCrawler({ shards, sink, clock: new HastyClock(), log: silentLog, version: '0' });
    await next.resumeAll();
    await until(() => server.count('/a') === 2);
    await next.done(MAIN);
    await next.close();
    const last = createCrawler({ shards, sink, clock: new HastyClock(), log: silentLog, version: '0' });
    test.after(() => last.close());
    await last.resumeAll();
    await sleep(100);
    assert.equal(last.progress(MAIN).state, 'done');
    assert.equal(server.count('/a'), 2);
  });

  it('wait while the crawl is paused, and are refused once it was stopped', async (test) => {
    const { crawl, crawler, server } = await crawlBench(
      test,
      { '/': page('home', '/a', '/b'), '/a': page('a'), '/b': page('b'), [`/${key}.txt`]: key },
      { clock: new HastyClock() },
    );
    await crawl({ indexNow: true });
    await crawler.refresh(MAIN);
    await crawler.pause(MAIN);
    const asked = server.count('/a');
    const notice = { urls: [`${server.origin}/a`], key };
    assert.equal((await crawler.announce(MAIN, notice)).kind, 'taken');
    await sleep(50);
    assert.equal(server.count('/a'), asked);
    const named = [`${server.origin}/b`];
    const before = server.count('/b');
    assert.equal(await crawler.refresh(MAIN, { urls: named }), 1, 'pages asked for by name wait, too');
    await crawler.resume(MAIN);
    await until(() => server.count('/a') > asked && server.count('/b') > before);
    await crawler.done(MAIN);
    await crawler.stop(MAIN);
    assert.equal((await crawler.announce(MAIN, notice)).kind, 'foreign');
  });

  it('are forgotten when the crawl is stopped', async (test) => {
    const clock = new ManualClock();
    const { crawl, crawler, shards, server } = await crawlBench(
      test,
      { '/': page('home', '/a'), '/a': page('a'), [`/${key}.txt`]: key },
      { clock },
    );
    await crawl({ indexNow: true });
    assert.equal((await crawler.announce(MAIN, { urls: [`${server.origin}/a`], key })).kind, 'taken');
    await crawler.stop(MAIN);
    clock.advance(3_600_000);
    await sleep(50);
    assert.equal(crawler.progress(MAIN).state, 'done');
    assert.equal(server.count('/a'), 1);
    const kept = shards.of(toSlot(0)).scan({ database: 'meta', ...noticeRange(MAIN) });
    assert.deepEqual(await Array.fromAsync(kept), []);
  });

  it('are not asked for behind a stop that began before their time came', async (test) => {
    const clock = new ManualClock();
    const { crawl, crawler, server } = await crawlBench(
      test,
      { '/': page('home', '/a'), '/a': page('a'), [`/${key}.txt`]: key },
      { clock },
    );
    await crawl({ indexNow: true });
    assert.equal((await crawler.announce(MAIN, { urls: [`${server.origin}/a`], key })).kind, 'taken');
    const stopped = crawler.stop(MAIN);
    // It has its turn, and has not forgotten them yet.
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(3_600_000);
    await stopped;
    await sleep(50);
    assert.equal(crawler.progress(MAIN).state, 'done');
    assert.equal(server.count('/a'), 1);
  });

  it('are forgotten where the program was killed while it stopped the crawl', async (test) => {
    const { crawl, crawler, shards, sink, server } = await crawlBench(
      test,
      { '/': page('home', '/a'), '/a': page('a'), [`/${key}.txt`]: key },
      { clock: new ManualClock() },
    );
    await crawl({ indexNow: true });
    assert.equal((await crawler.announce(MAIN, { urls: [`${server.origin}/a`], key })).kind, 'taken');
    await crawler.close();
    const job = must(await loadJob(shards, MAIN), 'a job');
    await saveJob(shards, { ...job, stopped: 'emptying' });
    const next = createCrawler({ shards, sink, clock: new HastyClock(), log: silentLog, version: '0' });
    test.after(() => next.close());
    await next.resumeAll();
    await sleep(50);
    await next.done(MAIN);
    assert.equal(server.count('/a'), 1);
    const kept = shards.of(toSlot(0)).scan({ database: 'meta', ...noticeRange(MAIN) });
    assert.deepEqual(await Array.fromAsync(kept), []);
  });

  it('bring no stopped crawl back, though a refresh was about to begin', async (test) => {
    const { crawl, crawler, server } = await crawlBench(
      test,
      { '/': page('home', '/a'), '/a': page('a') },
      { clock: new HastyClock() },
    );
    await crawl({ indexNow: true });
    // Has its turn before the stop has one, and its run after the stop has seen none.
    const refreshed = crawler.refresh(MAIN, { urls: [`${server.origin}/a`] });
    await crawler.stop(MAIN);
    assert.equal(await refreshed, 1);
    assert.equal((await crawler.announce(MAIN, { urls: [`${server.origin}/a`], key })).kind, 'foreign');
    assert.equal(crawler.progress(MAIN).state, 'done');
  });
});
