/** What is expected of a crawl of the demo site fits the site: every page has its place in one list. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import * as expected from '../demo/expected.ts';
import { type DemoServer, serveDemo } from '../demo/serve-demo.ts';
import { readSite } from '../demo/site-pages.ts';
import { normaliseUrl } from '../src/crawl/url-normaliser.ts';
import { type DemoWalk, walkDemo } from './demo-walk.ts';

describe('what is expected of a crawl of the demo site', () => {
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

  test('names every page of the site exactly once', () => {
    const named = [
      ...expected.INDEXABLE,
      ...expected.NEVER_INDEXED,
      ...expected.EITHER_WAY,
      ...expected.SAME_TEXT.flat(),
    ];
    assert.equal(new Set(named).size, named.length);
    for (const path of [...walk.fetched.keys()].filter((path) => !path.startsWith('/images/'))) {
      const isVariant = path in expected.SAME_PAGE;
      assert.ok(isVariant || named.includes(path), `${path} is in no list`);
    }
    for (const path of site.pages.keys()) assert.ok(named.includes(path), `${path} is in no list`);
  });

  test('wants only pages that answer and may be indexed', () => {
    for (const path of expected.INDEXABLE) {
      assert.ok(walk.fetched.has(path), `${path} can't be reached`);
      assert.equal(walk.fetched.get(path)?.status, 200, path);
      const page = site.pages.get(path);
      assert.doesNotMatch(page?.robots ?? '', /noindex/);
      if (path.startsWith('/private/')) assert.equal(path, '/private/open-house');
    }
  });

  test('has an outcome for everything that must not be indexed though it is known', () => {
    for (const path of expected.NEVER_INDEXED) {
      assert.ok(path in expected.OUTCOMES || path === '/museum/only-by-nofollow', path);
      assert.ok(!(expected.OUTCOMES[path] ?? []).includes('indexed'), path);
    }
    for (const path of Object.keys(expected.OUTCOMES)) assert.ok(walk.fetched.has(path), path);
  });

  test('knows addresses that normalise to the same page', () => {
    for (const [variant, path] of Object.entries(expected.SAME_PAGE)) {
      assert.deepEqual(normaliseUrl(demo.origin + variant), { ok: true, url: demo.origin + path });
    }
  });

  test('knows words that stand on closed pages only', () => {
    for (const word of expected.UNFINDABLE_WORDS) {
      const pages = [...site.pages.values()]
        .filter(({ body }) => body.includes(word))
        .map(({ path }) => path);
      assert.equal(pages.length, 1, word);
      assert.ok(expected.NEVER_INDEXED.includes(pages[0]!), word);
    }
  });

  test('asks queries that a plain BM25 can answer', () => {
    const texts = new Map(
      expected.INDEXABLE.filter((path) => !path.startsWith('/downloads/')).map((path) => {
        const { title, body } = site.pages.get(path)!;
        return [path, termsOf(`${title} ${title} ${title} ${body.replace(/<[^>]+>/g, ' ')}`)];
      }),
    );
    texts.set(
      '/downloads/field-guide.pdf',
      termsOf(readFileSync(new URL('../demo/field-guide.txt', import.meta.url), 'utf8')),
    );
    for (const { query, path } of expected.QUERIES) {
      const best = rank(texts, termsOf(query)).slice(0, 3);
      assert.ok(best.includes(path), `"${query}" finds ${best.join(', ')}, not ${path}`);
    }
    assert.ok(expected.QUERIES.length >= 12);
  });
});

/** Words in lower case, cut to six letters by way of stemming; pairs of characters where words have no spaces. */
function termsOf(text: string): string[] {
  const words =
    text
      .normalize('NFKC')
      .toLowerCase()
      .match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  return words.flatMap((word) => {
    if (!/[\p{scx=Han}\p{scx=Hiragana}]/u.test(word)) return [word.slice(0, 6)];
    return Array.from({ length: Math.max(1, word.length - 1) }, (_, at) => word.slice(at, at + 2));
  });
}

function rank(texts: ReadonlyMap<string, readonly string[]>, query: readonly string[]): string[] {
  const average = [...texts.values()].reduce((sum, { length }) => sum + length, 0) / texts.size;
  const scores = new Map<string, number>();
  for (const term of new Set(query)) {
    const matches = [...texts].filter(([, terms]) => terms.includes(term));
    const idf = Math.log(1 + (texts.size - matches.length + 0.5) / (matches.length + 0.5));
    for (const [path, terms] of matches) {
      const frequency = terms.filter((other) => other === term).length;
      const norm = 1.2 * (0.25 + (0.75 * terms.length) / average);
      scores.set(path, (scores.get(path) ?? 0) + (idf * frequency) / (frequency + norm));
    }
  }
  return [...scores].sort((a, b) => b[1] - a[1]).map(([path]) => path);
}
