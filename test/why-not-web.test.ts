/** "Why is this page not found?" of what no demo site has: servers that fail, robots asked in each way, limits of a crawl. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Engine, openEngine, type WhyNotAnswer } from '../src/collection/index.ts';
import { type StaticServer, startStaticServer } from '../testing/static-server.ts';
import { temporaryDirectory } from '../testing/temporary-directory.ts';

const links = (...paths: readonly string[]): string =>
  paths.map((path) => `<a href="${path}">${path}</a>`).join(' ');
const text = (about: string): string => `<title>${about}</title><p>All about ${about}.</p>`;

describe('why a page of an unruly site is not found', () => {
  let web: StaticServer;
  let engine: Engine;
  const directory = temporaryDirectory({ after: (cleanUp) => after(cleanUp) });

  before(async () => {
    web = await startStaticServer({
      pages: {
        '/': `Home. ${links(
          '/silent',
          '/cut',
          '/damaged.pdf',
          '/later-removed',
          '/says-noindex',
          '/server-says-noindex',
          '/expired',
          '/only-links',
          '/follows-nothing',
          '/far/1',
          '/round',
          '/gone',
          'http://elsewhere.example/page',
        )}`,
        '/round': (_, response) => void response.writeHead(302, { location: '/round-back' }).end(),
        '/round-back': (_, response) => void response.writeHead(302, { location: '/round' }).end(),
        '/gone': (_, response) => void response.writeHead(404).end(),
        '/silent': () => new Promise(() => undefined),
        '/cut': (_, response) => void response.destroy(),
        '/damaged.pdf': { headers: { 'content-type': 'application/pdf' }, body: '%PDF-1.7\nnothing more' },
        '/later-removed': text('herons'),
        '/says-noindex': `<meta name="robots" content="noindex">${text('storks')}`,
        '/server-says-noindex': { headers: { 'x-robots-tag': 'noindex' }, body: text('cranes') },
        '/expired': `<meta name="robots" content="unavailable_after: 2001-01-01">${text('ibises')}`,
        '/only-links': text('lists of birds'),
        '/follows-nothing': `<meta name="robots" content="nofollow">${links('/hidden')} Nothing is followed.`,
        '/far/1': `${links('/far/2')} One.`,
        '/far/2': `${links('/far/3')} Two.`,
      },
    });
    engine = await openEngine({
      dataDirectory: directory,
      retryDelays_ms: [],
      fetchTimeouts: { connect_ms: 500, headers_ms: 1_000 },
    });
    await engine.createCollection('web');
    await engine.startCrawl('web', {
      seeds: [`${web.origin}/`],
      delay_ms: 1,
      allowPrivate: true,
      maxDepth: 2,
      rules: [{ when: 'path = "/only-links"', action: 'follow' }],
    });
    await engine.crawlDone('web');
    await engine.remove('web', { url: `${web.origin}/later-removed` });
  });
  after(async () => {
    await engine.close();
    await web.close();
  });

  const ask = (path: string, collection = 'web'): Promise<WhyNotAnswer> =>
    engine.whyNot(collection, { url: new URL(path, web.origin).href, query: 'birds' });

  const cases: readonly (readonly [path: string, kind: string, sentence: RegExp])[] = [
    ['/silent', 'timeout', /did not answer in time.* \(1 attempt, the last on/],
    ['/cut', 'network-error', /can not be reached.* \(1 attempt, the last on/],
    [
      '/round',
      'redirect',
      /on to \S+\/round-back\. It leads on to \S+\. That leads back to \S+\/round: .* circle/,
    ],
    ['/gone', 'not-found', /the server says that it is not there \(404\) \(1 attempt, the last on/],
    ['/damaged.pdf', 'parse-failed', /fetched, but could not be read: /],
    ['/later-removed', 'not-indexed', /fetched, but is not in the index/],
    ['/says-noindex', 'noindex', /not to be indexed: the page says so in a meta element/],
    ['/server-says-noindex', 'noindex', /not to be indexed: its server says so in the header X-Robots-Tag/],
    ['/expired', 'noindex', /not to be indexed: the page says so in a meta element/],
    ['/only-links', 'noindex', /not to be indexed: rule 1: path = "\/only-links"/],
    ['/hidden', 'not-seen', /\/follows-nothing links to it: page or link asks not to be followed/],
    ['/far/3', 'not-seen', /\/far\/2 links to it: .* 2 links from the start, .* no further \(maxDepth 2\)/],
    ['http://elsewhere.example/page', 'not-seen', /links to it: the crawl keeps to 127\.0\.0\.1:\d+\./],
    ['/never', 'not-seen', /no page that was fetched links to it/],
  ];
  for (const [path, kind, sentence] of cases) {
    test(`${kind}: ${path}`, async () => {
      const answer = await ask(path);
      assert.equal(answer.kind, kind, JSON.stringify(answer));
      assert.match(answer.sentence, sentence);
    });
  }

  test('limit: of pages, and how many stood before it', async () => {
    await engine.createCollection('short');
    await engine.startCrawl('short', {
      seeds: [`${web.origin}/`],
      delay_ms: 1,
      allowPrivate: true,
      maxPages: 1,
    });
    await engine.crawlDone('short');
    const { kind, sentence, advice } = await ask('/far/1', 'short');
    assert.equal(kind, 'limit', sentence);
    assert.match(sentence, /the crawl had its 1 page before its turn came: \d+ of its host stand before it/);
    assert.match(advice, /Raise maxPages/);
  });

  test('noindex: of a page that was brought in, not crawled', async () => {
    const url = 'https://brought.example/';
    const content = `<meta name="robots" content="noindex">${text('egrets')}`;
    await engine.inject('web', { url, content, contentType: 'text/html' });
    const { kind, sentence } = await engine.whyNot('web', { url, query: 'egrets' });
    assert.equal(kind, 'noindex', sentence);
  });
});
