/** What leads to pages beside links: other languages, feeds, and sitemaps that say what has changed. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { crawlBench, MAIN, page } from '../../testing/crawl-bench.ts';

const alternate = (path: string, language: string): string =>
  `<link rel="alternate" hreflang="${language}" href="${path}">`;
const feed = (path: string): string => `<link rel="alternate" type="application/rss+xml" href="${path}">`;
const entry = ([path, changed]: readonly [path: string, changed: string]): string =>
  `<url><loc>${path}</loc><lastmod>${changed}</lastmod></url>`;
const entries = (...all: [path: string, changed: string][]): string =>
  `<urlset>${all.map(entry).join('')}</urlset>`;

describe('A crawl', () => {
  it('follows a page to itself in other languages, within its scope', async (test) => {
    const { crawl, sink, outcome } = await crawlBench(test, {
      '/': `${alternate('/de', 'de')}${alternate('/fr', 'fr')}${alternate('http://192.0.2.1/ja', 'ja')}${page('home')}`,
      '/de': `${alternate('/de/at', 'de-at')}${page('start')}`,
      '/de/at': page('jause'),
      '/fr': `<meta name="robots" content="nofollow">${alternate('/fr/ca', 'fr-ca')}${page('accueil')}`,
      '/fr/ca': page('char'),
    });
    await crawl({ maxDepth: 0 });
    assert.deepEqual(sink.paths(), ['/', '/de', '/de/at', '/fr']);
    assert.equal(outcome('/fr/ca'), undefined);
  });

  it('follows a series from page to page, though no link in its text does', async (test) => {
    const { crawl, sink } = await crawlBench(test, {
      '/': `<link rel="next" href="/2">${page('first')}`,
      '/2': `<link rel="prev" href="/"><link rel="next" href="/3">${page('second')}`,
      '/3': page('third'),
    });
    await crawl();
    assert.deepEqual(sink.paths(), ['/', '/2', '/3']);
  });

  it('reads the feed that a start page names, and no feed of each page', async (test) => {
    const { crawl, sink, server } = await crawlBench(test, {
      '/': `${feed('/feed.xml')}${page('home', '/a')}`,
      '/a': `${feed('/a.xml')}${page('a', '/b')}`,
      '/b': `${feed('/b.xml')}${page('b')}`,
      '/feed.xml': '<rss><channel><item><link>/told</link></item></channel></rss>',
      '/told': page('told'),
    });
    await crawl();
    assert.deepEqual(sink.paths(), ['/', '/a', '/b', '/told']);
    assert.deepEqual([server.count('/feed.xml'), server.count('/b.xml')], [1, 0]);
  });

  it('asks in a refresh for what the sitemap says has changed since it was seen', async (test) => {
    const { crawl, crawler, server } = await crawlBench(test, {
      '/': page('home', '/a', '/b', '/c'),
      '/a': page('a'),
      '/b': page('b'),
      '/c': page('c'),
      '/sitemap.xml': entries(['/a', '2020-01-01'], ['/b', '2020-01-02'], ['/c', '2020-01-03']),
    });
    await crawl();
    await sleep(5);
    const now = new Date().toISOString();
    const later = new Date(Date.now() + 86_400_000).toISOString();
    server.setPage('/sitemap.xml', entries(['/a', '2020-01-01'], ['/b', now], ['/c', later]));
    await sleep(5);
    assert.equal(await crawler.refresh(MAIN, { urls: [`${server.origin}/`] }), 1);
    await crawler.done(MAIN);
    assert.deepEqual(
      ['/', '/a', '/b', '/c', '/sitemap.xml'].map((path) => server.count(path)),
      [2, 1, 2, 1, 2],
    );
  });
});
