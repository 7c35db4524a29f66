import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HastyClock } from '../../testing/hasty-clock.ts';
import { CrawlPace, parseQuietHours } from './crawl-pace.ts';

const never = new AbortController().signal;
const FREE = { maxPages_per_s: 0, maxBytes_per_s: 0, quietHours: [] };

describe('The pace of a crawl', () => {
  it('is as fast as it can where nothing is said', async () => {
    const clock = new HastyClock();
    const pace = new CrawlPace(clock, () => FREE);
    for (let n = 0; n < 10; n++) {
      await pace.pass(never);
      pace.spend(1e9);
    }
    assert.deepEqual(clock.sleeps, []);
  });

  it('keeps to pages and to bytes a second', async () => {
    const clock = new HastyClock();
    const began_ms = clock.monotonic();
    const byPages = new CrawlPace(clock, () => ({ ...FREE, maxPages_per_s: 4 }));
    for (let n = 0; n <= 8; n++) await byPages.pass(never);
    assert.equal(clock.monotonic() - began_ms, 2_000);
    const byBytes = new CrawlPace(clock, () => ({ ...FREE, maxBytes_per_s: 1_000 }));
    await byBytes.pass(never);
    byBytes.spend(5_000);
    await byBytes.pass(never);
    assert.equal(clock.monotonic() - began_ms, 7_000);
  });

  it('rests in quiet hours, also over midnight', async () => {
    const clock = new HastyClock(Date.UTC(2026, 0, 1, 23, 30));
    const hours = [parseQuietHours('22:00-06:30')];
    const pace = new CrawlPace(clock, () => ({ ...FREE, quietHours: hours }));
    await pace.pass(never);
    assert.equal(new Date(clock.now()).toISOString(), '2026-01-02T06:30:00.000Z');
    await pace.pass(never);
    assert.equal(clock.sleeps.length, 1);
  });

  it('takes hours only', () => {
    for (const text of ['', '22-06', '25:00-06:00', '10:00-10:00', '22:00-06:60']) {
      assert.throws(() => parseQuietHours(text), { code: 'BAD_ARGUMENT' }, text);
    }
  });
});
