/** The demo site is whole: links lead somewhere, pages say what they should, and traps behave. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as expected from '../demo/expected.ts';
import { SITEMAP_ONLY_PATH } from '../demo/feeds.ts';
import { DEMO_DEPTH, type DemoServer, serveDemo } from '../demo/serve-demo.ts';
import { parsePage, readSite } from '../demo/site-pages.ts';
import { BIG_PAGE_BYTES, BIG_PAGE_PATH } from '../demo/traps.ts';
import { type DemoWalk, unbalanced, walkDemo } from './demo-walk.ts';

/** Links that lead nowhere or to a failure on purpose. */
const DEAD_ON_PURPOSE: Readonly<Record<string, number>> = { '/museum/missing': 404, '/museum/broken': 500 };

describe('the demo site', () => {
  const site = readSite();
  let demo: DemoServer;
  let walk: DemoWalk;

  before(async () => {
    demo = await serveDemo({ slow_ms: 20 });
    walk = await walkDemo(demo.origin, site);
  });
  after(async () => {
    await demo.close();
  });

  const get = async (path: string, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(demo.origin + path, { redirect: 'manual', headers });
  const textOf = (path: string): string => walk.textOf(path);
  const hop = (path: string) => {
    const { status, headers } = walk.fetched.get(path)!;
    return [status, headers.get('location')];
  };
  const linksTo = (path: string) => walk.links.filter((link) => link.path === path && link.from !== path);
  const typeOf = (path: string) => walk.fetched.get(path)?.headers.get('content-type');

  test('has 45 to 60 articles, of 250 to 900 words each, in eight languages', () => {
    const articles = [...site.pages.values()].filter(({ order, path }) => order > 0 || path === '/');
    assert.ok(articles.length >= 45 && articles.length <= 60, `${articles.length} articles`);
    for (const { path, language, body } of articles) {
      const text = body.replace(/<[^>]+>/g, ' ');
      const isWithoutSpaces = language === 'ja' || language === 'zh';
      const words = isWithoutSpaces
        ? text.replace(/\s/g, '').length / 2
        : text.split(/\s+/).filter((word) => /\p{L}/u.test(word)).length;
      assert.ok(words >= 250 && words <= 900, `${path} has ${words} words`);
    }
    const languages = new Set(articles.map(({ language }) => language));
    assert.deepEqual([...languages].sort(), ['ar', 'de', 'en', 'es', 'fr', 'ja', 'ru', 'zh']);
  });

  test('weighs less than a megabyte and a half', () => {
    const pages = [...site.pages.values()].reduce((sum, { body }) => sum + Buffer.byteLength(body), 0);
    const files = [...site.files.values()].reduce((sum, { bytes }) => sum + bytes.length, 0);
    assert.ok(pages + files < 1_500_000, `${pages + files} bytes`);
  });

  test('has no dead links but those on purpose', () => {
    const dead = walk.links
      .filter(({ path }) => (walk.fetched.get(path)?.status ?? 200) >= 400)
      .filter(({ path }) => walk.fetched.get(path)?.status !== DEAD_ON_PURPOSE[path])
      .map(({ from, path }) => `${from} → ${path}`);
    assert.deepEqual(dead, []);
    for (const [path, status] of Object.entries(DEAD_ON_PURPOSE))
      assert.equal(walk.fetched.get(path)?.status, status);
  });

  test('is as deep as it says', () => {
    assert.equal(Math.max(...walk.depths.values()), DEMO_DEPTH);
  });

  test('has an id for every fragment that a link names', () => {
    const missing = walk.links
      .filter(({ path, fragment }) => fragment !== '' && walk.fetched.has(path))
      .filter(({ path, fragment }) => !textOf(path).includes(` id="${fragment}"`))
      .map(({ from, path, fragment }) => `${from} → ${path}#${fragment}`);
    assert.deepEqual(missing, []);
  });

  test('gives each page a title of its own, a language, a description, dates, one h1 and balanced markup', () => {
    const titles = new Map<string, string>();
    for (const page of site.pages.values()) {
      if (page.isRaw) continue;
      const html = textOf(page.path);
      assert.equal(html.match(/<h1>/g)?.length, 1, page.path);
      assert.match(
        html,
        new RegExp(`<html lang="${page.language}" dir="${page.language === 'ar' ? 'rtl' : 'ltr'}">`),
      );
      assert.match(html, /<meta name="description" content="[^"]{20,160}">/, page.path);
      assert.match(
        html,
        /<meta property="article:published_time" content="20\d\d-\d\d-\d\dT09:00:00Z">/,
        page.path,
      );
      assert.ok(page.updated >= page.published, page.path);
      assert.equal(titles.get(page.title), undefined, `${page.path} has a title twice`);
      titles.set(page.title, page.path);
      for (const [, attributes] of html.matchAll(/<h2([^>]*)>/g))
        assert.match(attributes!, / id="/, page.path);
      for (const [image] of html.matchAll(/<img [^>]*>/g)) assert.match(image, / alt="[^"]{10,}"/, page.path);
      assert.deepEqual(unbalanced(html), [], page.path);
    }
  });

  test('says in JSON-LD what it says in its head', () => {
    const described = [...site.pages.values()].filter(({ schema }) => schema !== '');
    assert.ok(described.length >= 8);
    for (const page of described) {
      const [, json = ''] =
        /<script type="application\/ld\+json">(.*)<\/script>/.exec(textOf(page.path)) ?? [];
      const data = JSON.parse(json) as Record<string, unknown>;
      assert.equal(data['headline'], page.title);
      assert.equal(data['datePublished'], page.published);
    }
  });

  test('refuses a fragment without a head, and a key that it does not know', () => {
    assert.throws(() => parsePage('/a.html', '<p>No head.</p>'), /\/a\.html does not begin with a comment/);
    assert.throws(() => parsePage('/a.html', '<!--\ntitel: A\n-->\n'), /"titel: A" is not/);
    assert.equal(
      parsePage('/b/card-index.html', '<!--\ntitle: A\ndescription: B\npublished: 2024-01-01\n-->\n').path,
      '/b/card-index',
    );
  });

  describe('its traps', () => {
    test('redirect permanently, temporarily, in a chain and in a circle', () => {
      assert.deepEqual(hop('/museum/moved-permanently'), [301, '/crawling/redirects']);
      assert.deepEqual(hop('/museum/moved-for-now'), [302, '/crawling/politeness']);
      assert.deepEqual(hop('/museum/chain'), [308, '/museum/chain-link']);
      assert.deepEqual(hop('/museum/chain-link'), [307, '/museum/end-of-the-chain']);
      assert.deepEqual(hop('/museum/loop'), [302, '/museum/loop-back']);
      assert.deepEqual(hop('/museum/loop-back'), [302, '/museum/loop']);
    });

    test('redirect a folder without its slash', async () => {
      const response = await get('/crawling?a=1');
      assert.equal(response.status, 301);
      assert.equal(response.headers.get('location'), '/crawling/?a=1');
    });

    test('show one article under three addresses, of which two name the first as canonical', () => {
      const canonical = `<link rel="canonical" href="${demo.origin}/ranking/bm25">`;
      assert.ok(textOf('/article/4711').includes(canonical));
      assert.ok(textOf('/print/ranking/bm25').includes(canonical));
      assert.ok(!textOf('/print/ranking/bm25').includes('<nav'));
      assert.ok(!textOf('/ranking/bm25').includes('rel="canonical"'));
    });

    test('copy a page exactly, and another nearly', () => {
      assert.equal(textOf('/museum/original'), textOf('/museum/original-copy'));
      const words = (path: string) => new Set(textOf(path).match(/\p{L}+/gu));
      const [original, revised] = [words('/museum/original'), words('/museum/original-revised')];
      const common = original.intersection(revised).size / original.union(revised).size;
      assert.ok(common > 0.9 && common < 1, `${common} in common`);
    });

    test('ask not to be indexed, in the head or in a header', () => {
      assert.match(textOf('/museum/noindex-meta'), /<meta name="robots" content="noindex, follow">/);
      assert.equal(walk.fetched.get('/museum/noindex-header')?.headers.get('x-robots-tag'), 'noindex');
      assert.doesNotMatch(textOf('/museum/noindex-header'), /name="robots"/);
    });

    test('hide pages behind one nofollow link, one noindex page, and the sitemap', async () => {
      assert.deepEqual(
        linksTo('/museum/only-by-nofollow').map(({ from, isNofollow }) => [from, isNofollow]),
        [['/museum/', true]],
      );
      assert.deepEqual(
        linksTo('/museum/behind-noindex').map(({ from }) => from),
        ['/museum/noindex-meta'],
      );
      assert.deepEqual(linksTo(SITEMAP_ONLY_PATH), []);
      const sitemap = await (await get('/sitemap.xml')).text();
      assert.ok(sitemap.includes(`<loc>${demo.origin}${SITEMAP_ONLY_PATH}</loc>`));
      for (const [, loc = ''] of sitemap.matchAll(/<loc>([^<]*)<\/loc>/g)) {
        assert.ok(site.pages.has(new URL(loc).pathname), loc);
      }
    });

    test('close a folder in robots.txt, all but one page of it', async () => {
      const robots = await (await get('/robots.txt')).text();
      assert.match(robots, /^Disallow: \/private\/$/m);
      assert.match(robots, /^Allow: \/private\/open-house$/m);
      assert.doesNotMatch(robots, /crawl-delay/i);
      assert.ok(robots.includes(`Sitemap: ${demo.origin}/sitemap.xml`));
      assert.ok(walk.links.filter(({ path }) => path === '/private/staff-room').length > 50);
    });

    test('turn the pages of a calendar for ever', async () => {
      let path = '/museum/calendar?month=2024-11';
      for (const month of ['November 2024', 'December 2024', 'January 2025']) {
        const html = await (await get(path)).text();
        assert.ok(html.includes(`>${month}</h2>`), `${path} shows ${month}`);
        path = /href="(\/museum\/calendar\?month=[^"]*)"/.exec(html)![1]!;
      }
      assert.equal(path, '/museum/calendar?month=2025-02');
    });

    test('give each visit to the catalogue new sessions, and the same pages', async () => {
      const sessions = async () =>
        (await (await get('/museum/catalogue')).text()).match(/PHPSESSID=\w{16}/g)!;
      const [first, second] = [await sessions(), await sessions()];
      assert.equal(first.length, 2);
      assert.notEqual(first[0], second[0]);
      const [, path = ''] = /href="([^"]*card-index[^"]*)"/.exec(
        await (await get('/museum/catalogue')).text(),
      )!;
      assert.match(await (await get(path)).text(), /<h1>A card index in oak<\/h1>/);
    });

    test('write old encodings, labelled, unlabelled and mislabelled', () => {
      for (const { path, charset, words } of expected.ENCODINGS) {
        const { bytes } = walk.fetched.get(path)!;
        assert.throws(() => new TextDecoder('utf-8', { fatal: true }).decode(bytes), path);
        const text = new TextDecoder(charset, { fatal: true }).decode(bytes);
        for (const word of words) assert.ok(text.includes(word), `${path} has ${word}`);
      }
      assert.equal(typeOf('/museum/shift-jis'), 'text/html; charset=shift_jis');
      assert.equal(typeOf('/museum/windows-1251'), 'text/html');
      assert.equal(typeOf('/museum/liar'), 'text/html');
      assert.doesNotMatch(textOf('/museum/windows-1251'), /<meta charset/);
      assert.match(textOf('/museum/liar'), /<meta charset="utf-8">/);
    });

    test('take their time where told so', async () => {
      const started_ms = performance.now();
      await (await get('/museum/slow')).text();
      assert.ok(performance.now() - started_ms >= 19);
    });

    test('leave tags open and zero bytes between words', () => {
      const soup = textOf('/museum/unclosed');
      assert.ok(soup.includes('bytes\0 stand between\0\0 these'));
      assert.ok(unbalanced(soup).length > 5);
    });

    test('pour out six megabytes without saying so', () => {
      const { headers, bytes } = walk.fetched.get(BIG_PAGE_PATH)!;
      assert.equal(headers.get('content-length'), null);
      assert.ok(bytes.length >= BIG_PAGE_BYTES && bytes.length < BIG_PAGE_BYTES * 1.1);
    });
  });
});
