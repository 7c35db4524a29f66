/** The crawler walks the demo site and finds what it should, no more and no less. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as expected from '../demo/expected.ts';
import { DEMO_DEPTH, type DemoServer, serveDemo } from '../demo/serve-demo.ts';
import { seededRandom, silentLog, systemClock, toCollectionId } from '../src/base/index.ts';
import { type CrawlEvent, type Crawler, createCrawler } from '../src/crawl/index.ts';
import { sortedShards } from '../testing/sorted-store.ts';
import { TinySink } from '../testing/tiny-sink.ts';

const MAIN = toCollectionId(1);

describe('a crawl of the demo site', () => {
  let demo: DemoServer;
  let crawler: Crawler;
  const events: CrawlEvent[] = [];
  /** Last outcome by path. */
  const outcomes = new Map<string, string>();

  before(async () => {
    demo = await serveDemo({ slow_ms: 20 });
    crawler = createCrawler({
      shards: sortedShards(1),
      sink: new TinySink(),
      clock: systemClock,
      random: seededRandom(1),
      log: silentLog,
      version: '0',
      retryDelays_ms: [10, 20],
      onEvent: (event) => events.push(event),
    });
    await crawler.start(MAIN, {
      seeds: [`${demo.origin}/`],
      delay_ms: 0,
      allowPrivate: true,
      maxDepth: DEMO_DEPTH,
    });
    await crawler.done(MAIN, AbortSignal.timeout(100_000));
    for (const { url, outcome } of events) outcomes.set(url.slice(demo.origin.length), outcome);
  });
  after(async () => {
    await crawler.close();
    await demo.close();
  });

  const requests = (prefix: string): number =>
    demo.requests.filter(({ path }) => path.startsWith(prefix)).length;

  test('indexes every page that may be indexed', () => {
    assert.deepEqual(
      expected.INDEXABLE.filter((path) => outcomes.get(path) !== 'indexed'),
      [],
    );
  });

  test('never asks for what is closed, nor indexes what must not be', () => {
    for (const path of expected.NEVER_FETCHED) assert.equal(requests(path), 0, path);
    for (const path of expected.NEVER_INDEXED) assert.notEqual(outcomes.get(path), 'indexed', path);
  });

  test('indexes one of each set of equal pages', () => {
    for (const same of expected.SAME_TEXT) {
      assert.equal(same.filter((path) => outcomes.get(path) === 'indexed').length, 1, same.join(', '));
    }
  });

  test('indexes nothing that nobody expects', () => {
    const known = new Set([...expected.INDEXABLE, ...expected.SAME_TEXT.flat(), ...expected.EITHER_WAY]);
    const unknown = [...outcomes]
      .filter(([path, outcome]) => outcome === 'indexed' && !known.has(path.replace(/\?month=[\d-]+$/, '')))
      .map(([path]) => path);
    assert.deepEqual(unknown, []);
  });

  test('says of every other page why it is not there', () => {
    for (const [path, allowed] of Object.entries(expected.OUTCOMES)) {
      const outcome = outcomes.get(path) ?? 'nothing';
      assert.ok((allowed as readonly string[]).includes(outcome), `${path} ended as ${outcome}`);
    }
  });

  test('spends no more requests than a careful crawler needs', () => {
    for (const budget of expected.BUDGETS) {
      const spent = requests(budget.prefix);
      assert.ok(spent <= budget.requests, `${spent} requests for ${budget.prefix}`);
    }
    assert.ok(demo.requests.length <= expected.MAX_REQUESTS, `${demo.requests.length} requests`);
    for (const variant of Object.keys(expected.SAME_PAGE)) assert.equal(requests(variant), 0, variant);
  });
});
