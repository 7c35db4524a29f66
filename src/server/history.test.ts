import assert from 'node:assert/strict';
import { test } from 'node:test';

import { TinyEngine } from '../../testing/tiny-engine.ts';
import { ManualClock, silentLog } from '../base/index.ts';
import { History } from './history.ts';

test('pages that an earlier process fetched are no pages of this second', async (t) => {
  const engine = new TinyEngine({});
  t.after(() => engine.close());
  const status = await engine.status();
  const clock = new ManualClock();
  const history = new History(engine, clock, silentLog);
  const rateAfter = (time_ms: number, fetched: number): number | undefined => {
    clock.advance(time_ms);
    const collections = status.collections.map((each) => ({ ...each, crawl: { ...each.crawl, fetched } }));
    return history.sample({ ...status, collections }).values['fetched_per_s'];
  };
  assert.deepEqual([rateAfter(5, 500), rateAfter(10_000, 520), rateAfter(10_000, 520)], [0, 2, 0]);
  // The next round counts from nought.
  assert.equal(rateAfter(10_000, 3), 0);
});
