import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { silentLog, systemClock } from '../base/index.ts';
import { startStaticServer } from '../../testing/static-server.ts';
import { crawlBench as bench, MAIN, page, USER_AGENT } from '../../testing/crawl-bench.ts';
import { createCrawler } from './create-crawler.ts';
import { createFetcher } from './fetcher.ts';

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

  it('is kept once where two say the same in the same moment, or name each other as canonical', async (test) => {
    const first = await bench(test, {});
    const { sink, crawler, events } = first;
    const other = await startStaticServer({ pages: {}, address: '127.0.0.2' });
    test.after(() => other.close());
    const origins = [first.server.origin, other.origin];
    const turned = (origin: string): string => origins.find((one) => one !== origin) ?? '';
    // Whichever of two is read first waits for the second.
    const read = sink.build.bind(sink);
    let both = Promise.withResolvers<void>();
    let waiting = 0;
    sink.build = async (source) => {
      const { origin, pathname } = new URL(source.url);
      const canonical = `<link rel="canonical" href="${turned(origin)}/canonical">${page(origin)}`;
      const html = pathname === '/twin' ? page('twin') : canonical;
      const built = await read({ ...source, bytes: new TextEncoder().encode(html) });
      waiting += 1;
      if (waiting >= 2) both.resolve();
      await both.promise;
      return built;
    };
    for (const path of ['/twin', '/canonical']) {
      both = Promise.withResolvers();
      waiting = 0;
      for (const server of [first.server, other]) server.setPage(path, page('read by the sink'));
      await crawler.start(MAIN, { seeds: origins.map((one) => one + path), delay_ms: 0, allowPrivate: true });
      await crawler.done(MAIN);
      const outcomes = events.filter(({ url }) => url.endsWith(path)).map(({ outcome }) => outcome);
      const left = path === '/twin' ? 'duplicate' : 'canonical-elsewhere';
      assert.deepEqual(outcomes.toSorted(), [left, 'indexed'].toSorted());
      assert.equal(sink.paths().filter((one) => one === path).length, 1);
    }
  });

  it('is broken, slow, huge or foreign: counted, and the crawl goes on', async (test) => {
    const bomb = gzipSync(new Uint8Array(30_000_000));
    const { events, crawl, sink, outcome, server, crawler } = await bench(
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
      { fetcher: createFetcher({ userAgent: USER_AGENT, timeouts: { headers_ms: 100, connect_ms: 900 } }) },
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
    // What a server said before its body was refused is told; where it said nothing, nothing is.
    assert.deepEqual(
      ['/bomb', '/huge', '/odd', '/reset'].map(
        (path) => events.findLast(({ url }) => url === server.origin + path)?.status,
      ),
      [200, 200, 200, 0],
    );
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
