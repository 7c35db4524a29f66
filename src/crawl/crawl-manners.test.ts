import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { silentLog, systemClock, toCollectionId } from '../base/index.ts';
import { HastyClock } from '../../testing/hasty-clock.ts';
import { startStaticServer, type StaticPage } from '../../testing/static-server.ts';
import { crawlBench as bench, MAIN, page, USER_AGENT } from '../../testing/crawl-bench.ts';
import { createCrawler } from './create-crawler.ts';
import type { Resolve } from './dns-cache.ts';
import { createFetcher } from './fetcher.ts';
import { hostManners } from './host-manners.ts';

describe('robots.txt', () => {
  it('decides what is fetched, and says which line', async (test) => {
    const { crawl, sink, server, events } = await bench(test, {
      '/robots.txt': 'User-agent: *\nDisallow: /private\nAllow: /private/open\n',
      '/': page('home', '/private/a', '/private/open', '/b'),
      '/private/a': page('a'),
      '/private/open': page('open'),
      '/b': page('b'),
    });
    await crawl();
    assert.deepEqual(sink.paths(), ['/', '/b', '/private/open']);
    assert.equal(server.count('/private/a'), 0);
    assert.equal(server.requests[0]?.path, '/robots.txt');
    const forbidden = events.find(({ outcome }) => outcome === 'robots-forbidden');
    assert.match(forbidden?.detail ?? '', /line 2: Disallow: \/private/);
  });

  it('is taken as "all allowed" where it is missing, and as "nothing allowed" where the server fails', async (test) => {
    for (const [status, stored] of [
      [404, ['/']],
      [403, ['/']],
      [500, []],
      [503, []],
    ] as const) {
      const { crawl, sink, server } = await bench(test, { '/robots.txt': { status }, '/': page('home') });
      await crawl();
      assert.deepEqual(sink.paths(), stored, String(status));
      assert.equal(server.count('/robots.txt'), status >= 500 ? 3 : 1);
    }
  });

  it('is asked for once of a host that never was, and again of one that does not answer', async (test) => {
    const asked = { 'nowhere.example': 0, 'silent.example': 0 };
    const resolve = ((name: keyof typeof asked, _options: object, tell: (error: Error) => void): void => {
      asked[name] += 1;
      const code = name === 'nowhere.example' ? 'ENOTFOUND' : 'ETIMEOUT';
      tell(Object.assign(new Error(code), { code }));
    }) as unknown as Resolve;
    const fetcher = createFetcher({ userAgent: USER_AGENT, resolve });
    const fetched: string[] = [];
    const { crawl, events } = await bench(
      test,
      {},
      {
        fetcher: {
          ...fetcher,
          fetch: async (request) => {
            fetched.push(new URL(request.url).host);
            return fetcher.fetch(request);
          },
        },
      },
    );
    await crawl({ seeds: ['http://nowhere.example/', 'http://silent.example/'] });
    assert.deepEqual(
      Object.keys(asked).map((name) => fetched.filter((host) => host === name).length),
      [1, 3],
    );
    const detail = events.find(({ url }) => url.includes('nowhere'))?.detail;
    assert.equal(detail, "robots.txt can't be read: there is no host of that name (ENOTFOUND).");
  });

  it('is followed through five redirects and cut at 500 KiB', async (test) => {
    const hops = Object.fromEntries(
      [1, 2, 3, 4].map((n) => [`/hop${n}`, { status: 301, headers: { location: `/hop${n + 1}` } }]),
    );
    const { crawl, sink } = await bench(test, {
      '/robots.txt': { status: 302, headers: { location: '/hop1' } },
      ...hops,
      '/hop5': `User-agent: *\nDisallow: /no\n${'#'.repeat(600_000)}\nDisallow: /late\n`,
      '/': page('home', '/no', '/late'),
      '/no': page('no'),
      '/late': page('late'),
    });
    await crawl();
    assert.deepEqual(sink.paths(), ['/', '/late']);
  });

  it('is no rule where it was cut within a line', async (test) => {
    const rules = 'User-agent: *\nDisallow: /\n';
    const filler = '#'.repeat(500 * 1024 - rules.length - 'Allow: /\n'.length - 1);
    const { crawl, sink } = await bench(test, {
      '/robots.txt': `${rules}${filler}\nAllow: /nothing-else\n`,
      '/': page('home'),
    });
    await crawl();
    assert.deepEqual(sink.paths(), [], '"Allow: /" stands before the cut');
  });

  it('waits for the end of the quiet hours, as pages do', async (test) => {
    const clock = new HastyClock(Date.UTC(2026, 0, 1, 23, 30));
    const { crawl, server } = await bench(test, { '/': page('home') }, { clock });
    const asked: number[] = [];
    server.setPage('/robots.txt', () => {
      asked.push(new Date(clock.now()).getUTCHours());
      return '';
    });
    await crawl({ quietHours: [{ from: '22:00', to: '06:00' }] });
    assert.deepEqual(asked, [6]);
  });

  it('is asked for once a day, and used on when it fails later', async (test) => {
    const { crawl, server, sink, crawler, shards } = await bench(test, {
      '/robots.txt': 'User-agent: PeregrineBot\nDisallow: /no\n',
      '/': page('home', '/no'),
      '/no': page('no'),
    });
    await crawl();
    await crawler.close();
    let now_ms = Date.now();
    const clock = { ...systemClock, now: () => now_ms };
    const later = createCrawler({ shards, sink, clock, log: silentLog, version: '0', retryDelays_ms: [1] });
    test.after(() => later.close());
    const again = async (): Promise<void> => {
      await later.start(MAIN, { seeds: [`${server.origin}/`], delay_ms: 0, allowPrivate: true });
      await later.done(MAIN);
    };
    await again();
    assert.equal(server.count('/robots.txt'), 1);
    server.setPage('/robots.txt', { status: 500 });
    now_ms += 25 * 3_600_000;
    await again();
    assert.equal(server.count('/robots.txt'), 2);
    assert.equal(server.count('/'), 3);
    assert.equal(server.count('/no'), 0);
  });
});

describe('Politeness', () => {
  it('keeps the gap between any two requests to a host, and records the smallest', async (test) => {
    const names = Array.from({ length: 10 }, (_, n) => `/${n}`);
    const pages = Object.fromEntries(names.map((name) => [name, page(name)]));
    const { crawl, server, crawler, shards } = await bench(test, { '/': page('home', ...names), ...pages });
    await crawl({ delay_ms: 40 });
    const times = server.requests.map(({ at_ms }) => at_ms);
    const gaps = times.slice(1).map((at_ms, i) => at_ms - (times[i] ?? 0));
    assert.equal(times.length, 13);
    assert.ok(Math.min(...gaps) >= 39, `smallest gap ${Math.min(...gaps)}`);
    const record = await crawler.politenessOf(`${server.origin}/`);
    assert.ok(record !== undefined && record.smallestGap_ms >= 40 && record.requests >= 12);
    const { host } = new URL(server.origin);
    const [manners, ...others] = await Array.fromAsync(hostManners(shards, MAIN));
    assert.deepEqual([manners?.host, manners?.record, manners?.address], [host, record, '127.0.0.1']);
    assert.ok((manners?.addressRecord?.smallestGap_ms ?? 0) >= 40 && others.length === 0);
    assert.equal((await Array.fromAsync(hostManners(shards, MAIN, host))).length, 1);
    assert.deepEqual(await Array.fromAsync(hostManners(shards, MAIN, 'elsewhere.example')), []);
  });

  it('obeys a crawl-delay that asks for more', async (test) => {
    const { crawl, server } = await bench(test, {
      '/robots.txt': 'User-agent: *\nCrawl-delay: 0.15\n',
      '/': page('home', '/a'),
      '/a': page('a'),
    });
    await crawl({ delay_ms: 10, maxDepth: 1 });
    const times = server.requests.filter(({ path }) => path !== '/robots.txt').map(({ at_ms }) => at_ms);
    assert.ok((times[1] ?? 0) - (times[0] ?? 0) >= 149);
  });

  it('rests as long as a busy server asks, then tries again', async (test) => {
    let asked = 0;
    const { crawl, server, sink } = await bench(test, {
      '/': () => {
        asked += 1;
        return asked === 1 ? { status: 429, headers: { 'retry-after': '1' } } : page('home');
      },
    });
    await crawl();
    const times = server.requests.filter(({ path }) => path === '/').map(({ at_ms }) => at_ms);
    assert.deepEqual(sink.paths(), ['/']);
    assert.ok((times[1] ?? 0) - (times[0] ?? 0) >= 999);
  });

  it('comes back within ten minutes, whatever a busy server asks', async (test) => {
    const clock = new HastyClock();
    let asked = 0;
    const { crawl, sink } = await bench(
      test,
      {
        '/': () => {
          asked += 1;
          return asked === 1 ? { status: 503, headers: { 'retry-after': '99999999999' } } : page('home');
        },
      },
      { clock },
    );
    await crawl();
    assert.deepEqual(sink.paths(), ['/']);
    assert.ok(clock.sleeps.includes(600_000) && Math.max(...clock.sleeps) <= 3_600_000);
  });

  it('shares what is fetched at once among all collections, each of which has its turn', async (test) => {
    let [now, most] = [0, 0];
    const slow: StaticPage = async () => {
      most = Math.max(most, (now += 1));
      await new Promise((resolve) => setTimeout(resolve, 10));
      now -= 1;
      return page('slow');
    };
    const names = ['/1', '/2', '/3', '/4'];
    const pages = Object.fromEntries(names.map((name) => [name, slow]));
    const { crawler } = await bench(test, {}, { pagesAtOnce: 2 });
    const servers = await Promise.all(
      [2, 3, 4, 5, 6, 7].map((n) => startStaticServer({ address: `127.0.0.${n}`, pages })),
    );
    test.after(() => Promise.all(servers.map((server) => server.close())));
    const request = {
      seeds: servers.flatMap(({ origin }) => names.map((name) => origin + name)),
      delay_ms: 0,
      allowPrivate: true,
    };
    const other = toCollectionId(2);
    await crawler.start(MAIN, request);
    await crawler.start(other, request);
    await Promise.all([crawler.done(MAIN), crawler.done(other)]);
    assert.equal(most, 2);
    assert.deepEqual([crawler.progress(MAIN).fetched, crawler.progress(other).fetched], [24, 24]);
  });

  it('asks two hosts at once, but each over one connection', async (test) => {
    let most = 0;
    let now = 0;
    const both = Promise.withResolvers<void>();
    const slow: StaticPage = async () => {
      now += 1;
      most = Math.max(most, now);
      if (now === 2) both.resolve();
      await both.promise;
      await new Promise((resolve) => setTimeout(resolve, 20));
      now -= 1;
      return page('slow');
    };
    const pages = { '/': slow, '/a': slow };
    const first = await bench(test, pages);
    const second = await startStaticServer({ pages, address: '127.0.0.2' });
    test.after(() => second.close());
    await first.crawl({
      seeds: [first.server, second].flatMap(({ origin }) => [`${origin}/`, `${origin}/a`]),
    });
    assert.equal(most, 2);
    assert.equal(first.crawler.progress(MAIN).fetched, 4);
  });
});

describe('URL rules', () => {
  it('decide what is fetched, first, indexed, or deleted, and say which', async (test) => {
    const { crawl, sink, server, events } = await bench(test, {
      '/': page('home', '/list', '/private/a', '/z1', '/z2', '/z3', '/first', '/leaf'),
      '/leaf': page('leaf', '/beyond'),
      '/beyond': page('beyond'),
      '/list': page('list', '/behind'),
      '/behind': page('behind'),
      '/private/a': page('private'),
      '/first': page('first'),
      '/z1': page('z1'),
      '/z2': page('z2'),
      '/z3': page('z3'),
    });
    const rules = [
      { when: 'path ^= "/private/"', action: 'skip' },
      { when: 'path = "/list"', action: 'follow' },
      { when: 'path = "/first"', priority: 0 },
      { when: 'path = "/leaf"', action: 'leaf' },
      { when: 'path ^= "/z"', maxPagesPerHost: 2, priority: 9 },
    ] as const;
    await crawl({ rules });
    assert.deepEqual(sink.paths(), ['/', '/behind', '/first', '/leaf', '/z1', '/z2']);
    const order = server.requests.map(({ path }) => path).filter((path) => /first|list|z/.test(path));
    assert.deepEqual(order, ['/first', '/list', '/z1', '/z2']);
    assert.equal(server.count('/private/a'), 0);
    assert.match(events.find(({ url }) => url.endsWith('/z3'))?.detail ?? '', /^rule 5: path \^= "\/z"/);
    await crawl({ rules: [{ when: 'path = "/behind"', action: 'delete' }] });
    assert.deepEqual(sink.paths(), [
      '/',
      '/beyond',
      '/first',
      '/leaf',
      '/list',
      '/private/a',
      '/z1',
      '/z2',
      '/z3',
    ]);
  });
});
