/** Crawls of simulated webs: no rule of politeness is broken, every page that can be reached is fetched once. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { simulateCrawl } from '../testing/simulated-crawl.ts';
import { simulateCrewCrawl } from '../testing/simulated-crew-crawl.ts';

test('a crawl of a simulated web breaks no rule, misses no page and fetches none twice', async (t) => {
  const report = await simulateCrawl({ seed: 7, hosts: 120, pagesPerHost: 12 });
  t.diagnostic(`${report.fetches} fetches in ${Math.round(report.simulated_s)} simulated seconds`);
  assert.deepEqual(report.broken, []);
  assert.deepEqual(report.missed, []);
  assert.equal(report.repeated, 0);
  assert.equal(report.unexplained, 0);
  assert.ok(report.pages > 800);
});

test('a crawl that is killed and goes on breaks no rule and misses no page', async () => {
  const report = await simulateCrawl({ seed: 8, hosts: 60, pagesPerHost: 10, kills: 3 });
  assert.deepEqual(report.broken, []);
  assert.deepEqual(report.missed, []);
  assert.equal(report.repeated, 0);
});

test('processes that crawl together break no rule while leaders change and members are killed', async (t) => {
  const report = await simulateCrewCrawl({
    seed: 9,
    hosts: 40,
    pagesPerHost: 8,
    members: 3,
    kills: 1,
    moves: 3,
  });
  t.diagnostic(`${report.fetches} fetches in ${Math.round(report.simulated_s)} simulated seconds`);
  assert.deepEqual(report.broken, []);
  assert.deepEqual(report.missed, []);
  assert.equal(report.repeated, 0);
  assert.equal(report.miscounted, 0);
  assert.equal(report.atWork, 3);
});
