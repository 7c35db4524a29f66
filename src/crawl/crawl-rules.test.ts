/** What rows of the rules say of pace, of how much at once, and of when to come again. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { silentLog, systemClock } from '../base/index.ts';
import { crawlBench, MAIN, page } from '../../testing/crawl-bench.ts';
import { startStaticServer } from '../../testing/static-server.ts';
import type { CrawlRequest } from './crawl-contract.ts';
import { createCrawler } from './create-crawler.ts';
import { rulesOfText, textOfRules } from './rule-text.ts';
import { RULE_PROFILES, RuleTable } from './rule-table.ts';

describe('Rules written as lines', () => {
  it('say all that rows can, and are read as they are written', () => {
    const text = '# by hand\ncrawl priority:3 maxAtOnce:2 delay_ms:1000 weight:0.5 depth > 2\nskip always';
    const rules = rulesOfText(text);
    assert.deepEqual(rules, [
      {
        action: 'crawl',
        when: 'depth > 2',
        priority: 3,
        maxAtOnce: 2,
        delay_ms: 1_000,
        weight: 0.5,
        note: 'by hand',
      },
      { action: 'skip', when: 'always' },
    ]);
    assert.equal(textOfRules(rules), text);
    for (const profile of Object.values(RULE_PROFILES)) {
      const read = rulesOfText(textOfRules(profile));
      assert.deepEqual(
        read,
        profile.map((rule) => Object.assign({ action: 'crawl' }, rule)),
      );
      assert.doesNotThrow(() => RuleTable.of(read));
    }
    for (const line of ['crawl pages:3 always', 'crawl priority:3', 'burn always'])
      assert.throws(() => rulesOfText(line), { code: 'BAD_ARGUMENT' }, line);
  });
});

describe('A row', () => {
  it('has its own gap between requests to a host', async (test) => {
    const { crawl, crawler, server } = await crawlBench(test, {
      '/': page('home', '/slow/1', '/slow/2'),
      '/slow/1': page('1'),
      '/slow/2': page('2'),
    });
    await crawl({ rules: [{ when: 'path ^= "/slow/"', delay_ms: 80 }] });
    assert.equal(server.count('/slow/2'), 1);
    const record = await crawler.politenessOf(`${server.origin}/`);
    assert.ok((record?.requests ?? 0) >= 4);
    const [first = 0, second = 0] = server.requests
      .filter(({ path }) => path.startsWith('/slow/'))
      .map(({ at_ms }) => at_ms);
    assert.ok(second - first >= 79, `${second - first} ms`);
  });

  it('bounds how many of its pages are fetched at the same time', async (test) => {
    let atOnce = 0;
    let most = 0;
    const several = Promise.withResolvers<void>();
    const slow = async (): Promise<string> => {
      most = Math.max(most, (atOnce += 1));
      if (most > 1) several.resolve();
      await several.promise;
      await new Promise((resolve) => setTimeout(resolve, 20));
      atOnce -= 1;
      return page('slow');
    };
    const { crawl, sink } = await crawlBench(test, {});
    const servers = await Promise.all(
      [2, 3, 4, 5].map((n) => startStaticServer({ address: `127.0.0.${n}`, pages: { '/big': slow } })),
    );
    test.after(() => Promise.all(servers.map((server) => server.close())));
    const seeds = servers.map(({ origin }) => `${origin}/big`);
    await crawl({ seeds });
    most = 0;
    await crawl({ seeds, rules: [{ when: 'path = "/big"', maxAtOnce: 1 }] });
    assert.deepEqual(
      servers.map((server) => server.count('/big')),
      [2, 2, 2, 2],
    );
    assert.ok(sink.stored.length > 0);
    assert.equal(most, 1);
  });

  it('lets in no more pages of a host, and a crawl no more bytes, where a restart comes between', async (test) => {
    const names = Array.from({ length: 9 }, (_, n) => `/z${n}`);
    const pages = Object.fromEntries(names.map((name) => [name, page(name) + ' '.repeat(10_000)]));
    const fetched = async (request: Partial<CrawlRequest>): Promise<number> => {
      const { crawler, server, shards, sink } = await crawlBench(test, { '/': page('', ...names), ...pages });
      const asked = (): number => names.filter((name) => server.count(name) > 0).length;
      const seeds = [`${server.origin}/`];
      await crawler.start(MAIN, { seeds, delay_ms: 15, allowPrivate: true, ...request });
      while (asked() < 2) await new Promise((resolve) => setTimeout(resolve, 2));
      await crawler.close();
      const next = createCrawler({ shards, sink, clock: systemClock, log: silentLog, version: '0' });
      test.after(() => next.close());
      await next.resumeAll();
      await next.done(MAIN);
      return asked();
    };
    const quota = await fetched({ rules: [{ when: 'path ^= "/z"', maxPagesPerHost: 4 }] });
    // What was cut by the end of the first program was let in twice.
    assert.ok(quota === 3 || quota === 4, String(quota));
    const bytes = await fetched({ maxBytes: 35_000 });
    assert.ok(bytes >= 4 && bytes <= 6, String(bytes));
  });

  it('says when its pages are asked for again, and how many of a host', async (test) => {
    let later_ms = 0;
    const clock = { ...systemClock, now: () => Date.now() + later_ms };
    const pages = Object.fromEntries(
      ['/often/1', '/often/2', '/often/3', '/rest'].map((path) => [path, page(path)]),
    );
    const { crawl, crawler, server } = await crawlBench(
      test,
      { '/': page('home', ...Object.keys(pages)), ...pages },
      { clock },
    );
    const rules = [
      { when: 'path ^= "/often/"', refreshAfter_s: 600, maxPagesPerHost: 2 },
      { when: 'always', refreshAfter_s: 7_200 },
    ];
    await crawl({ rules: [] });
    await crawl({ maxPages: 1, rules });
    const counts = (): number[] =>
      ['/often/1', '/often/2', '/often/3', '/rest'].map((path) => server.count(path));
    const before = counts();
    const asked = async (): Promise<number> => {
      const number = await crawler.refresh(MAIN);
      await crawler.done(MAIN);
      return number;
    };
    await crawl({ rules });
    later_ms = 60_000;
    assert.equal(await asked(), 0, 'before their time');
    later_ms = 700_000;
    assert.equal(await asked(), 2, 'two of a host');
    later_ms = 9_000_000;
    assert.equal(await asked(), 4);
    assert.ok(counts().every((count, n) => count >= (before[n] ?? 0)));
  });
});
