/** What stays of a crawl's pages, and what goes, where a pass could not meet them. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { systemClock } from '../base/index.ts';
import { searchCrawlRecords } from './crawl-record-search.ts';
import { crawlBench as bench, MAIN, page } from '../../testing/crawl-bench.ts';
import { HastyClock } from '../../testing/hasty-clock.ts';
import { startStaticServer, type StaticResponse } from '../../testing/static-server.ts';

describe('A page that a pass does not meet', () => {
  it('stays while what leads to it can not be had, however many passes fail', async (test) => {
    const { crawl, sink, server, outcome } = await bench(test, {
      '/': page('home', '/list'),
      '/list': page('list', '/a'),
      '/a': page('a'),
    });
    await crawl();
    for (const path of ['/', '/list', '/a']) server.setPage(path, { status: 500 });
    for (let pass = 0; pass < 3; pass++) await crawl();
    assert.deepEqual(sink.paths(), ['/', '/a', '/list']);
    assert.equal(outcome('/a'), 'http-error', 'it was asked for: the last copy of its list leads there');
    server.setPage('/', page('home, anew'));
    await crawl();
    await crawl();
    assert.deepEqual(sink.paths(), ['/'], 'the start page leads nowhere any more');
  });

  it('stays while its host answers nobody', async (test) => {
    const pages = { '/': page('home', '/a'), '/a': page('a') };
    const { crawl, sink, server, outcome } = await bench(test, pages, { clock: new HastyClock() });
    await crawl();
    await server.close();
    for (let pass = 0; pass < 3; pass++) await crawl();
    assert.deepEqual(sink.paths(), ['/', '/a']);
    assert.equal(outcome('/a'), 'network-error');
  });

  it('stays where passes over other sites, with less depth, or refreshes come between', async (test) => {
    const { crawl, crawler, sink, server } = await bench(test, {
      '/': page('home', '/a'),
      '/a': page('a', '/b'),
      '/b': page('b'),
    });
    const other = await startStaticServer({ pages: { '/': page('other') }, address: '127.0.0.2' });
    test.after(() => other.close());
    await crawl();
    const seeds = [`${other.origin}/`];
    for (let pass = 0; pass < 3; pass++) await crawl({ seeds });
    assert.deepEqual(sink.paths(), ['/', '/', '/a', '/b']);
    for (let pass = 0; pass < 3; pass++) await crawl({ maxDepth: 0 });
    assert.deepEqual(sink.paths(), ['/', '/', '/a', '/b']);
    await crawl();
    for (const path of ['/a', '/']) {
      await crawler.refresh(MAIN, { urls: [server.origin + path] });
      await crawler.done(MAIN);
    }
    server.setPage('/a', page('a, changed'));
    await crawl();
    assert.deepEqual(sink.paths(), ['/', '/', '/a', '/b'], 'one pass did not meet it, and no second one');
    await crawl();
    assert.deepEqual(sink.paths(), ['/', '/', '/a']);
  });
});

const away = (status: number): StaticResponse => ({
  status,
  headers: { location: 'https://elsewhere.example/' },
});

describe('How a URL ended that is no page', () => {
  it('is forgotten when nobody has asked for it in months; pages, and what waits, are not', async (test) => {
    let later_ms = 0;
    const clock = { ...systemClock, now: () => Date.now() + later_ms };
    const { crawl, crawler, sink, server, shards } = await bench(
      test,
      {
        '/': page('home', '/gone', '/twin', '/a', '/ill', '/x.zip'),
        '/twin': page('home'),
        '/a': page('a'),
        '/ill': page('ill'),
      },
      { clock },
    );
    const known = async (): Promise<string[]> =>
      (await Array.fromAsync(searchCrawlRecords(shards, MAIN)))
        .map(({ url, outcome, tries }) => `${new URL(url).pathname} ${outcome} ${tries.length}`)
        .filter((line) => !line.startsWith('/sitemap'))
        .sort();
    await crawl();
    const all = ['/ indexed 1', '/a indexed 1', '/gone not-found 1', '/ill indexed 1', '/twin duplicate 1'];
    assert.deepEqual(await known(), all);
    server.setPage('/ill', { status: 403 });
    later_ms = 100 * 86_400_000;
    for (const path of ['/a', '/ill']) {
      await crawler.refresh(MAIN, { urls: [server.origin + path] });
      await crawler.done(MAIN);
    }
    assert.deepEqual(await known(), ['/ indexed 1', '/a unchanged 2', '/ill http-error 2']);
    assert.deepEqual(sink.paths(), ['/', '/a', '/ill']);
  });
});

describe('A page that leads elsewhere, or is no document any more', () => {
  it('goes where it has moved for good, and stays for a while where it may come back', async (test) => {
    const { crawl, crawler, sink, server, outcome } = await bench(test, {
      '/': page('home', '/moved', '/away', '/file'),
      '/moved': page('moved'),
      '/away': page('away'),
      '/file': page('file'),
    });
    await crawl();
    server.setPage('/moved', away(301));
    server.setPage('/away', away(302));
    server.setPage('/file', { headers: { 'content-type': 'image/png' }, body: 'x' });
    await crawl();
    assert.deepEqual(sink.paths(), ['/', '/away', '/file']);
    assert.deepEqual(['/moved', '/away', '/file'].map(outcome), [
      'out-of-scope',
      'out-of-scope',
      'unsupported-type',
    ]);
    assert.equal(await crawler.refresh(MAIN), 3, 'those that may come back are asked for again');
    await crawler.done(MAIN);
  });
});
