import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { silentLog, systemClock } from '../base/index.ts';
import { FaultyDisk } from '../disk/index.ts';
import { openShards } from '../storage/index.ts';
import { sortedShards } from '../../testing/sorted-store.ts';
import { startStaticServer, type StaticPage } from '../../testing/static-server.ts';
import { crawlBench as bench, MAIN, page, USER_AGENT } from '../../testing/crawl-bench.ts';
import { TinySink } from '../../testing/tiny-sink.ts';
import { createCrawler } from './create-crawler.ts';
import { createFetcher } from './fetcher.ts';

describe('A crawl', () => {
  it('begins at a sitemap, and takes for its pages what that names', async (test) => {
    const { crawl, sink, server } = await bench(test, {
      '/deep/sitemap.xml': (request) =>
        `<urlset><url><loc>http://${request.headers.host ?? ''}/a</loc></url></urlset>`,
      '/a': page('a', '/b'),
      '/b': page('b'),
    });
    await crawl({ seeds: [`${server.origin}/deep/sitemap.xml`] });
    assert.deepEqual(sink.paths(), ['/a', '/b']);
  });

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

  it('spreads over three shards as over one', async (test) => {
    const pages = Object.fromEntries(
      Array.from({ length: 30 }, (_, n) => [`/${n === 0 ? '' : n}`, page(`p${n}`, `/${n + 1}`, `/${n + 2}`)]),
    );
    const { crawl, sink, server } = await bench(test, pages, { shardCount: 3 });
    await crawl();
    assert.equal(sink.documents.size, 30);
    assert.equal(new Set(server.requests.map(({ path }) => path)).size, server.requests.length);
  });

  it('keeps to its scope, and never asks a host outside', async (test) => {
    const outside = await startStaticServer({ pages: { '/': page('outside') } });
    test.after(() => outside.close());
    const { crawl, sink, outcome } = await bench(test, {
      '/': page('home', `${outside.origin}/`, '/leave'),
      '/leave': { status: 302, headers: { location: `${outside.origin}/` } },
    });
    await crawl();
    assert.deepEqual(sink.paths(), ['/']);
    assert.equal(outside.requests.length, 0);
    assert.equal(outcome('/leave'), 'out-of-scope');
  });

  it('stays below the folder of a seed where it is asked to', async (test) => {
    const { crawl, sink, server } = await bench(test, {
      '/docs/': page('docs', '/docs/a', '/blog/'),
      '/docs/a': page('a', '/'),
      '/blog/': page('blog'),
      '/': page('home'),
    });
    await crawl({ seeds: [`${server.origin}/docs/`], scope: 'prefix' });
    assert.deepEqual(sink.paths(), ['/docs/', '/docs/a']);
  });

  it('stops at its page limit and its depth limit', async (test) => {
    const chain = Object.fromEntries(
      Array.from({ length: 20 }, (_, n) => [`/${n}`, page(`c${n}`, `/${n + 1}`)]),
    );
    const { crawl, sink, server, crawler } = await bench(test, { '/': page('home', '/0'), ...chain });
    await crawl({ maxDepth: 3 });
    assert.deepEqual(sink.paths(), ['/', '/0', '/1', '/2']);
    const before = server.requests.length;
    await crawl({ maxPages: 5 });
    assert.equal(crawler.progress(MAIN).fetched, 5);
    assert.equal(server.requests.length - before, 5 + 1, 'five pages and the sitemap');
    assert.equal(crawler.progress(MAIN).state, 'done');
  });

  it('refuses seeds that are no URLs, with a sentence', async (test) => {
    const { crawler } = await bench(test, {});
    await assert.rejects(crawler.start(MAIN, { seeds: ['ftp://x/'] }), { code: 'BAD_ARGUMENT' });
    await assert.rejects(crawler.start(MAIN, { seeds: [] }), { code: 'BAD_ARGUMENT' });
    await assert.rejects(crawler.start(MAIN, { seeds: ['http://x/'], delay_ms: -1 }), {
      code: 'BAD_ARGUMENT',
    });
    assert.equal(crawler.progress(MAIN).state, 'idle');
  });
});

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
    const { crawl, server, crawler } = await bench(test, { '/': page('home', ...names), ...pages });
    const started = performance.now();
    await crawl({ delay_ms: 40 });
    const took_ms = performance.now() - started;
    const times = server.requests.map(({ at_ms }) => at_ms);
    const gaps = times.slice(1).map((at_ms, i) => at_ms - (times[i] ?? 0));
    assert.equal(times.length, 13);
    assert.ok(Math.min(...gaps) >= 39, `smallest gap ${Math.min(...gaps)}`);
    assert.ok(took_ms < 13 * 40 * 1.6, `took ${took_ms} ms`);
    const record = await crawler.politenessOf(`${server.origin}/`);
    assert.ok(record !== undefined && record.smallestGap_ms >= 40 && record.requests >= 12);
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

  it('asks two hosts at once, but each over one connection', async (test) => {
    let most = 0;
    let now = 0;
    const slow: StaticPage = async () => {
      now += 1;
      most = Math.max(most, now);
      await new Promise((resolve) => setTimeout(resolve, 60));
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

describe('What a page answers', () => {
  it('is a redirect: followed as a URL of its own', async (test) => {
    const { crawl, sink, outcome, server } = await bench(test, {
      '/': page('home', '/old', '/x', '/self'),
      '/old': { status: 301, headers: { location: '/new' } },
      '/new': page('new'),
      '/x': { status: 302, headers: { location: '/y' } },
      '/y': { status: 302, headers: { location: '/x' } },
      '/self': { status: 302, headers: { location: '/self' } },
      '/refresh': '<meta http-equiv="refresh" content="0; url=/new">',
    });
    await crawl({ seeds: [`${server.origin}/`, `${server.origin}/refresh`] });
    assert.deepEqual(sink.paths(), ['/', '/new']);
    assert.deepEqual(['/old', '/x', '/y', '/self', '/refresh'].map(outcome), [
      'redirect',
      'redirect',
      'redirect',
      'http-error',
      'redirect',
    ]);
    assert.equal(server.count('/x'), 1);
  });

  it('is one of endlessly many redirects: given up after ten', async (test) => {
    const { crawl, server, events } = await bench(test, {
      '/': ({ url = '' }) => ({
        status: 302,
        headers: { location: `/?n=${Number(url.split('=')[1] ?? 0) + 1}` },
      }),
    });
    await crawl();
    assert.equal(server.requests.filter(({ path }) => path.startsWith('/?') || path === '/').length, 11);
    assert.equal(events.at(-1)?.outcome, 'http-error');
  });

  it('asks not to be indexed, or not to be followed', async (test) => {
    const { crawl, sink, outcome, server } = await bench(test, {
      '/': page('home', '/noindex', '/nofollow', '/header'),
      '/noindex': `<meta name="robots" content="noindex">${page('noindex', '/behind')}`,
      '/behind': page('behind'),
      '/nofollow': `<meta name="robots" content="nofollow">${page('nofollow', '/hidden')}`,
      '/header': { headers: { 'x-robots-tag': 'noindex, nofollow' }, body: page('header', '/hidden') },
      '/hidden': page('hidden'),
      '/rel': page('rel'),
    });
    await crawl();
    assert.deepEqual(sink.paths(), ['/', '/behind', '/nofollow']);
    assert.deepEqual([outcome('/noindex'), outcome('/header')], ['noindex', 'noindex']);
    assert.equal(server.count('/hidden'), 0);
  });

  it('names another URL as canonical, or says what another said', async (test) => {
    const { crawl, sink, outcome, server } = await bench(test, {
      '/': page('home', '/print', '/twin1', '/twin2', '/a', '/dead'),
      '/print': `<link rel="canonical" href="/real">${page('print')}`,
      '/real': page('real'),
      '/twin1': page('twin'),
      '/twin2': page('twin', '/found'),
      '/found': page('found'),
      '/a': `<link rel="canonical" href="/b">${page('a')}`,
      '/b': `<link rel="canonical" href="/a">${page('b')}`,
    });
    await crawl({ seeds: [`${server.origin}/`] });
    assert.deepEqual(sink.paths(), ['/', '/b', '/found', '/real', '/twin1']);
    assert.equal(outcome('/print'), 'canonical-elsewhere');
    assert.equal(outcome('/twin2'), 'duplicate');
    assert.equal(outcome('/dead'), 'not-found');
  });

  it('is broken, slow, huge or foreign: counted, and the crawl goes on', async (test) => {
    const bomb = gzipSync(new Uint8Array(30_000_000));
    const { crawl, sink, outcome, server, crawler } = await bench(
      test,
      {
        '/': page(
          'home',
          '/bomb',
          '/huge',
          '/slow',
          '/reset',
          '/short',
          '/odd',
          '/unreadable',
          '/500',
          '/403',
          '/z.zip',
          '/cut',
        ),
        '/bomb': { headers: { 'content-encoding': 'gzip' }, body: bomb },
        '/huge': (_request, response) => {
          response.on('error', () => undefined);
          const chunk = Buffer.alloc(1_000_000, 'x');
          const more = (): void => {
            while (!response.destroyed && response.write(chunk)) continue;
            if (!response.destroyed) response.once('drain', more);
          };
          more();
          return undefined;
        },
        '/slow': () => new Promise(() => undefined),
        '/reset': (request) => {
          request.socket.destroy();
          return undefined;
        },
        '/short': (_request, response) => {
          response.writeHead(200, { 'content-length': 100, 'content-type': 'text/html' });
          response.write('short');
          setTimeout(() => response.destroy(), 5);
          return undefined;
        },
        '/odd': { headers: { 'content-type': 'image/png' }, body: 'PNG' },
        '/unreadable': 'UNREADABLE',
        '/500': { status: 500 },
        '/403': { status: 403 },
        '/cut': { headers: { 'content-encoding': 'gzip' }, body: gzipSync(page('cut')).subarray(0, 20) },
      },
      { fetcher: createFetcher({ userAgent: USER_AGENT, timeouts: { headers_ms: 900, connect_ms: 100 } }) },
    );
    await crawl({ maxPage_bytes: 5_000_000 });
    assert.deepEqual(sink.paths(), ['/']);
    const expected = {
      '/bomb': 'too-large',
      '/huge': 'too-large',
      '/slow': 'timeout',
      '/reset': 'network-error',
      '/short': 'network-error',
      '/odd': 'unsupported-type',
      '/unreadable': 'parse-failed',
      '/500': 'http-error',
      '/403': 'http-error',
      '/cut': 'network-error',
    };
    for (const [path, wanted] of Object.entries(expected)) assert.equal(outcome(path), wanted, path);
    assert.deepEqual(
      ['/500', '/403', '/reset', '/z.zip'].map((path) => server.count(path)),
      [3, 1, 3, 0],
    );
    const progress = crawler.progress(MAIN);
    assert.equal(progress.outcomes['unsupported-type'], 2);
    assert.equal(progress.failed, 9);
    assert.equal(progress.state, 'done');
  });

  it('is gone on the next pass: then the document goes, and what did not change is left alone', async (test) => {
    const { crawl, sink, outcome, server } = await bench(test, {
      '/': page('home', '/gone', '/same'),
      '/gone': page('gone'),
      '/same': page('same'),
    });
    await crawl();
    server.removePage('/gone');
    server.setPage('/', page('home, changed', '/gone', '/same'));
    await crawl();
    assert.deepEqual(sink.paths(), ['/', '/same']);
    assert.deepEqual(['/', '/gone', '/same'].map(outcome), ['indexed', 'not-found', 'unchanged']);
    assert.equal(sink.stored.length, 4);
  });
});

describe('The next pass', () => {
  it('asks with the name of the version that is stored, and follows the links of what did not change', async (test) => {
    const asked: (string | undefined)[] = [];
    const { crawl, sink, outcome, server } = await bench(test, {
      '/': (request) => {
        asked.push(request.headers['if-none-match'], request.headers['if-modified-since']);
        return request.headers['if-none-match'] === '"v1"'
          ? { status: 304 }
          : {
              body: page('home', '/a'),
              headers: { etag: '"v1"', 'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT' },
            };
      },
      '/a': page('a'),
    });
    await crawl();
    await crawl();
    assert.deepEqual(asked, [undefined, undefined, '"v1"', 'Thu, 01 Jan 2026 00:00:00 GMT']);
    assert.deepEqual(sink.paths(), ['/', '/a']);
    assert.equal(sink.stored.length, 2);
    assert.equal(outcome('/'), 'unchanged');
    assert.equal(server.count('/a'), 2);
  });

  it('keeps the last good copy of a page that fails, and asks twice before it believes that one is gone', async (test) => {
    let isGone = false;
    const { crawl, sink, outcome, server } = await bench(test, {
      '/': page('home', '/ill', '/flickers'),
      '/ill': page('ill'),
      '/flickers': () => {
        isGone = !isGone;
        return isGone && server.count('/flickers') > 1 ? { status: 404 } : page('flickers');
      },
    });
    await crawl();
    isGone = false;
    server.setPage('/ill', { status: 500 });
    await crawl();
    assert.deepEqual(sink.paths(), ['/', '/flickers', '/ill']);
    assert.equal(outcome('/ill'), 'http-error');
    assert.equal(outcome('/flickers'), 'unchanged');
    server.setPage('/ill', { status: 410 });
    await crawl();
    assert.deepEqual(sink.paths(), ['/', '/flickers']);
    assert.equal(outcome('/ill'), 'not-found');
  });
});

describe('URL rules', () => {
  it('decide what is fetched, first, indexed, or deleted, and say which', async (test) => {
    const { crawl, sink, server, events } = await bench(test, {
      '/': page('home', '/list', '/private/a', '/z1', '/z2', '/z3', '/first'),
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
      { when: 'path ^= "/z"', maxPagesPerHost: 2, priority: 9 },
    ] as const;
    await crawl({ rules });
    assert.deepEqual(sink.paths(), ['/', '/behind', '/first', '/z1', '/z2']);
    const order = server.requests.map(({ path }) => path).filter((path) => /first|list|z/.test(path));
    assert.deepEqual(order, ['/first', '/list', '/z1', '/z2']);
    assert.equal(server.count('/private/a'), 0);
    assert.match(events.find(({ url }) => url.endsWith('/z3'))?.detail ?? '', /^rule 4: path \^= "\/z"/);
    await crawl({ rules: [{ when: 'path = "/behind"', action: 'delete' }] });
    assert.deepEqual(sink.paths(), ['/', '/first', '/list', '/private/a', '/z1', '/z2', '/z3']);
  });
});

describe('A refresh', () => {
  it('asks for what is likeliest to have changed, and follows what is new', async (test) => {
    const { crawl, crawler, sink, server } = await bench(test, {
      '/': page('home', '/a', '/b'),
      '/a': page('a', '/c'),
      '/b': page('b'),
      '/c': page('c'),
    });
    await crawl();
    server.setPage('/', page('home', '/a', '/b', '/new'));
    server.setPage('/new', page('new', '/a'));
    await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(await crawler.refresh(MAIN, { pages: 1 }), 1);
    await crawler.done(MAIN);
    assert.deepEqual(
      ['/', '/new', '/a', '/b', '/c'].map((path) => server.count(path)),
      [2, 1, 1, 1, 1],
    );
    assert.deepEqual(sink.paths(), ['/', '/a', '/b', '/c', '/new']);
    assert.equal(await crawler.refresh(MAIN, { urls: [`${server.origin}/b`] }), 1);
    await crawler.done(MAIN);
    assert.equal(server.count('/b'), 2);
  });

  it('begins by itself when its time has come, also after a restart', async (test) => {
    const { crawl, crawler, shards, sink, server } = await bench(test, { '/': page('home') });
    await crawl({ refreshEvery_s: 3_600 });
    await crawler.close();
    const clock = { ...systemClock, now: () => Date.now() + 3_600_001 };
    const later = createCrawler({ shards, sink, clock, log: silentLog, version: '0' });
    test.after(() => later.close());
    await later.resumeAll();
    while (server.count('/') < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    await later.done(MAIN);
    assert.equal(later.progress(MAIN).state, 'done');
  });
});

describe('A page that nothing leads to', () => {
  it('goes when two whole passes did not meet it', async (test) => {
    const { crawl, sink, server } = await bench(test, { '/': page('home', '/old'), '/old': page('old') });
    await crawl();
    server.setPage('/', page('home'));
    await crawl();
    assert.deepEqual(sink.paths(), ['/', '/old']);
    await crawl();
    assert.deepEqual(sink.paths(), ['/']);
    assert.equal(server.count('/old'), 1);
  });
});

describe('Addresses', () => {
  it('that are not public are refused by default, also behind a redirect', async (test) => {
    const inner = await bench(test, { '/': page('inner') });
    await inner.crawler.start(MAIN, {
      seeds: [`${inner.server.origin}/`, 'http://[::ffff:127.0.0.1]:1/'],
      delay_ms: 0,
    });
    await inner.crawler.done(MAIN);
    assert.equal(inner.server.requests.length, 0);
    assert.equal(inner.crawler.progress(MAIN).outcomes['address-refused'], 2);
  });
});

const urls =
  (...paths: string[]): StaticPage =>
  (request) => ({
    headers: { 'content-type': 'application/xml' },
    body: `<urlset>${paths.map((path) => `<url><loc>http://${request.headers.host}${path}</loc></url>`).join('')}</urlset>`,
  });

describe('Sitemaps', () => {
  it('are found through robots.txt or by their usual name, and followed into their parts', async (test) => {
    const { crawl, sink, server } = await bench(test, {
      '/robots.txt': 'Sitemap: /index.xml\nSitemap: http://elsewhere.invalid/map.xml\n',
      '/index.xml': (request) => ({
        headers: { 'content-type': 'application/xml' },
        body: `<sitemapindex><sitemap><loc>http://${request.headers.host}/map.xml.gz</loc></sitemap></sitemapindex>`,
      }),
      '/map.xml.gz': (request) => ({
        headers: { 'content-type': 'application/gzip' },
        body: gzipSync(`<urlset><url><loc>http://${request.headers.host}/orphan</loc></url></urlset>`),
      }),
      '/': page('home'),
      '/orphan': page('orphan'),
    });
    await crawl();
    assert.deepEqual(sink.paths(), ['/', '/orphan']);
    assert.equal(server.count('/sitemap.xml'), 0);

    const usual = await bench(test, {
      '/sitemap.xml': urls('/a', '/b'),
      '/': page('home'),
      '/a': page('a'),
      '/b': page('b'),
    });
    await usual.crawl();
    assert.deepEqual(usual.sink.paths(), ['/', '/a', '/b']);
    assert.equal(usual.crawler.progress(MAIN).fetched, 3, 'a sitemap is no page');
  });
});

describe('Traps', () => {
  it('end: a calendar without end, a path that grows, parameters combined', async (test) => {
    const server = await startStaticServer({
      fallback: ({ url = '/' }) => {
        if (url === '/robots.txt' || url === '/sitemap.xml') return { status: 404 };
        const { pathname, searchParams } = new URL(url, 'http://x/');
        if (pathname === '/cal') {
          const n = Number(searchParams.get('month') ?? 1);
          return page(`Month ${n}`, `/cal?month=${n + 1}`, `/cal?month=${n + 7}`, `/cal?month=${n + 13}`);
        }
        if (pathname.startsWith('/loop')) return page('loop', `${pathname}/loop`);
        if (pathname.startsWith('/maze'))
          return page('maze', `${pathname}/${pathname.length}`, `${pathname}/b${pathname.length}`);
        return page('home', '/cal?month=1', '/loop', '/maze', '/real', `/${'x'.repeat(10_000)}`);
      },
    });
    test.after(() => server.close());
    const { crawl, crawler } = await bench(test, {});
    await crawl({ seeds: [`${server.origin}/`] });
    const { state, fetched, outcomes } = crawler.progress(MAIN);
    assert.equal(state, 'done');
    assert.ok(fetched > 150 && fetched < 400, `fetched ${fetched}`);
    assert.ok((outcomes.trap ?? 0) > 0);
    assert.equal(server.count('/real'), 1);
    assert.equal(server.requests.filter(({ path }) => path.startsWith('/loop')).length, 2);
  });
});

describe('What is known of a crawl', () => {
  it('says of any URL what became of it, and is forgotten on demand', async (test) => {
    const { crawl, crawler, server, shards } = await bench(test, { '/': page('home', '/gone') });
    await crawl();
    const home = await crawler.status(MAIN, `${server.origin}/#top`);
    assert.deepEqual([home.request?.depth, home.reply?.outcome, home.reply?.attempts], [0, 'indexed', 1]);
    assert.equal(
      (await crawler.status(MAIN, `${server.origin}/gone`)).reply?.detail,
      'the server answers 404',
    );
    assert.deepEqual(await crawler.status(MAIN, `${server.origin}/never`), {
      request: undefined,
      reply: undefined,
    });
    await crawler.forget(MAIN);
    assert.equal(crawler.progress(MAIN).state, 'idle');
    for (const name of ['frontier', 'due', 'attempts', 'meta'] as const)
      assert.equal(shards.records(name).length, 0, name);
    await crawl();
    assert.equal(server.count('/'), 2);
  });

  it('survives a listener that fails', async (test) => {
    const { crawl, sink } = await bench(
      test,
      { '/': page('home') },
      {
        onEvent: () => {
          throw new Error('listener');
        },
      },
    );
    await crawl();
    assert.deepEqual(sink.paths(), ['/']);
  });
});

describe('A crawl that is paused', () => {
  it('begins nothing new, and goes on where it was', async (test) => {
    const names = Array.from({ length: 20 }, (_, n) => `/${n}`);
    const pages = Object.fromEntries(names.map((name) => [name, page(name)]));
    const { sink, server, crawler } = await bench(test, { '/': page('home', ...names), ...pages });
    await crawler.start(MAIN, { seeds: [`${server.origin}/`], delay_ms: 10, allowPrivate: true });
    while (sink.stored.length < 5) await new Promise((resolve) => setTimeout(resolve, 5));
    await crawler.pause(MAIN);
    assert.equal(crawler.progress(MAIN).state, 'paused');
    const before = server.requests.length;
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(server.requests.length, before);
    await crawler.resume(MAIN);
    await crawler.done(MAIN);
    assert.equal(sink.documents.size, 21);
    assert.equal(sink.stored.length, 21);
    assert.equal(crawler.progress(MAIN).fetched, 21);
  });
});

describe('A crawl that is killed', () => {
  it('loses no page and fetches none again that was stored', async (test) => {
    const names = Array.from({ length: 60 }, (_, n) => `/${n}`);
    const pages = Object.fromEntries(names.map((name, n) => [name, page(name, `/${n + 1}`, `/${n + 2}`)]));
    const server = await startStaticServer({ pages: { '/': page('home', '/0'), ...pages } });
    test.after(() => server.close());
    const sink = new TinySink();
    let shards = sortedShards(2);
    let lives = 0;
    let stored: readonly string[] = [];
    for (let isDone = false; !isDone; lives += 1) {
      const crawler = createCrawler({ shards, sink, clock: systemClock, log: silentLog, version: '0' });
      const requestsBefore = server.requests.length;
      const life = lives;
      // Dies while the tenth page is being stored: in turn before, during and after.
      sink.onStore = async () => {
        if (sink.stored.length < (life + 1) * 12) return;
        if (life % 2 === 0) sink.stored.push('killed');
        shards.kill();
        if (life % 2 === 0) throw new Error('killed');
      };
      if (lives === 0)
        await crawler.start(MAIN, { seeds: [`${server.origin}/`], delay_ms: 1, allowPrivate: true });
      else await crawler.resumeAll();
      await crawler.done(MAIN, AbortSignal.timeout(3_000));
      isDone = crawler.progress(MAIN).state === 'done';
      await crawler.close();
      const asked = new Set(server.requests.slice(requestsBefore).map(({ path }) => path));
      for (const url of stored)
        assert.ok(!asked.has(new URL(url).pathname), `${url} was stored and fetched again`);
      stored = sink.stored.filter((url) => url !== 'killed');
      if (isDone) {
        const { fetched, queued, outcomes } = crawler.progress(MAIN);
        assert.deepEqual([fetched, queued, outcomes.indexed, outcomes['not-found']], [63, 0, 61, 2]);
      }
      shards = shards.reopen();
    }
    assert.ok(lives >= 4, `${lives} lives`);
    assert.equal(sink.documents.size, 61);
    assert.equal(new Set(stored).size, stored.length);
  });

  it('does the same on a disk that loses its power', async (test) => {
    const names = Array.from({ length: 24 }, (_, n) => `/${n}`);
    const pages = Object.fromEntries(names.map((name, n) => [name, page(name, `/${n + 1}`, `/${n * 2}`)]));
    const server = await startStaticServer({ pages: { '/': page('home', '/0'), ...pages } });
    test.after(() => server.close());
    const sink = new TinySink();
    let disk = new FaultyDisk({ seed: 7 });
    let lives = 0;
    for (let isDone = false; !isDone; lives += 1) {
      const shards = await openShards({ disk, count: 2 });
      const crawler = createCrawler({ shards, sink, clock: systemClock, log: silentLog, version: '0' });
      const limit = (lives + 1) * 7;
      let next: FaultyDisk | undefined;
      sink.onStore = () => {
        if (sink.stored.length >= limit) next ??= disk.crash();
      };
      if (lives === 0)
        await crawler.start(MAIN, { seeds: [`${server.origin}/`], delay_ms: 1, allowPrivate: true });
      else await crawler.resumeAll();
      await crawler.done(MAIN, AbortSignal.timeout(5_000));
      const { state, fetched, queued } = crawler.progress(MAIN);
      isDone = state === 'done';
      if (isDone) assert.deepEqual([fetched, queued], [26 + 11, 0]);
      await crawler.close();
      await shards.close().catch(() => undefined);
      disk = next ?? disk;
    }
    assert.ok(lives >= 3, `${lives} lives`);
    assert.equal(sink.documents.size, 25);
    assert.equal(sink.stored.length, 25, 'none was stored twice');
  });
});
