import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WorkUnderWay } from './work-under-way.ts';

test('whoever waits hears of each end, be it good or bad', async () => {
  const work = new WorkUnderWay();
  const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const tracked = [work.track(first.promise), work.track(second.promise)];
  assert.equal(work.size, 2);
  const { ended } = work;
  first.resolve();
  await ended;
  assert.equal(work.size, 1);
  second.reject(new Error('no'));
  await work.ended;
  assert.equal(work.size, 0);
  const results = await Promise.allSettled(tracked);
  assert.deepEqual(
    results.map(({ status }) => status),
    ['fulfilled', 'rejected'],
  );
});
