import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { simulateFreshness } from '../../testing/freshness-simulation.ts';
import { changesPerDay, failed, NO_HISTORY, visited } from './change-history.ts';
import { BestPages, freshness, recrawlIndex, weightOfDepth } from './recrawl-policy.ts';

const DAY_MS = 86_400_000;

describe('The rate at which a page changes', () => {
  it('is found from visits, whatever their interval', () => {
    for (const [every_d, isChanged, least, most] of [
      [1, (n: number) => n % 4 === 0, 0.2, 0.4],
      [1, () => false, 0, 0.05],
      [10, () => true, 0.2, 1],
      [1, () => true, 2, 6],
    ] as const) {
      let history = visited(NO_HISTORY, 1, false);
      for (let n = 1; n <= 30; n++) history = visited(history, 1 + n * every_d * DAY_MS, isChanged(n));
      const rate = changesPerDay(history);
      assert.ok(rate >= least && rate <= most, `${every_d} days: ${rate}`);
    }
  });

  it('follows a page that has gone quiet', () => {
    let history = visited(NO_HISTORY, 1, false);
    for (let n = 1; n <= 40; n++) history = visited(history, n * DAY_MS, true);
    const busy = changesPerDay(history);
    for (let n = 41; n <= 120; n++) history = visited(history, n * DAY_MS, false);
    assert.ok(changesPerDay(history) < busy / 20);
  });

  it('is not touched by failures, which are remembered by their first', () => {
    const seen = visited(NO_HISTORY, DAY_MS, false);
    const once = failed(seen, 2 * DAY_MS);
    assert.deepEqual(failed(once, 3 * DAY_MS), { ...seen, failingSince_ms: 2 * DAY_MS });
    assert.equal(visited(once, 4 * DAY_MS, false).failingSince_ms, 0);
  });
});

describe('The claim of a page to be fetched again', () => {
  it('grows with age and value, and is least for pages that hardly change', () => {
    assert.ok(recrawlIndex(1, 1, DAY_MS) > recrawlIndex(1, 1, DAY_MS / 2));
    assert.ok(recrawlIndex(2, 1, DAY_MS) > recrawlIndex(1, 1, DAY_MS));
    assert.ok(recrawlIndex(1, 1, DAY_MS) > recrawlIndex(1, 0.001, DAY_MS));
    // One that can't be followed has less of a claim than one that can.
    assert.ok(recrawlIndex(1, 1, 3 * DAY_MS) > recrawlIndex(1, 50, 3 * DAY_MS));
    assert.equal(recrawlIndex(1, 1, 0), 0);
    assert.equal(freshness(1, 0), 1);
    assert.equal(weightOfDepth(3), weightOfDepth(0) / 4);
  });

  it('chooses the best of many in the memory of a few', () => {
    const best = new BestPages<number>(10);
    for (let n = 0; n < 1_000; n++) best.push((n * 7919) % 1_000, n);
    assert.deepEqual(
      best.take().map((n) => (n * 7919) % 1_000),
      [999, 998, 997, 996, 995, 994, 993, 992, 991, 990],
    );
  });

  it('makes a collection fresher than fixed intervals do, at as many requests', () => {
    const { adaptive, fixed, requests } = simulateFreshness({
      seed: 3,
      pages: 600,
      days: 90,
      budget_per_d: 600,
    });
    assert.equal(requests.adaptive, requests.fixed);
    assert.ok(adaptive > fixed + 0.05, `${adaptive} against ${fixed}`);
  });
});
