import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { startStaticServer, type StaticPage } from '../../testing/static-server.ts';
import { crawlBench as bench, MAIN, page, USER_AGENT } from '../../testing/crawl-bench.ts';

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
      reach: { scope: [new URL(server.origin).host], isInScope: true, maxDepth: 32 },
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
