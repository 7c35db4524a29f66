import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { isPeregrineError, ManualClock, seededRandom, systemClock, systemRandom } from './index.ts';

const isCancelled = (error: unknown): boolean => isPeregrineError(error, 'CANCELLED');

describe('The system clock', () => {
  it('sleeps at least as long as asked', async () => {
    const begun_ms = systemClock.monotonic();
    await systemClock.sleep(15);
    assert.ok(systemClock.monotonic() - begun_ms >= 14);
    assert.ok(Math.abs(systemClock.now() - Date.now()) < 1000);
  });

  it('wakes with an error when the sleep is cancelled, before or during', async () => {
    const controller = new AbortController();
    const sleep = systemClock.sleep(60_000, controller.signal);
    controller.abort();
    await assert.rejects(sleep, isCancelled);
    await assert.rejects(systemClock.sleep(1, controller.signal), isCancelled);
  });
});

describe('A manual clock', () => {
  it('stands still until it is moved, and wakes sleepers in the order of their times', async () => {
    const clock = new ManualClock(1000);
    const woken: string[] = [];
    const sleepers = [30, 10, 20].map((ms) =>
      clock.sleep(ms).then(() => woken.push(`${ms} at ${clock.now()}`)),
    );
    assert.equal(clock.nextWake_ms, 1010);
    await clock.advance(9);
    assert.deepEqual(woken, []);
    await clock.advance(16);
    assert.deepEqual(woken, ['10 at 1010', '20 at 1020']);
    assert.equal(clock.now(), 1025);
    assert.equal(clock.monotonic(), 1025);
    await clock.advance(100);
    await Promise.all(sleepers);
    assert.equal(clock.nextWake_ms, undefined);
  });

  it('lets a woken task sleep again within the same move', async () => {
    const clock = new ManualClock(0);
    const times: number[] = [];
    const task = (async () => {
      for (let n = 0; n < 3; n++) {
        await clock.sleep(10);
        times.push(clock.now());
      }
    })();
    await clock.advance(100);
    await task;
    assert.deepEqual(times, [10, 20, 30]);
  });

  it('forgets a sleeper that was cancelled', async () => {
    const clock = new ManualClock();
    const controller = new AbortController();
    const sleep = clock.sleep(10, controller.signal);
    controller.abort();
    await assert.rejects(sleep, isCancelled);
    assert.equal(clock.nextWake_ms, undefined);
    await assert.rejects(clock.sleep(10, controller.signal), isCancelled);
  });
});

function draw(seed: number): number[] {
  const random = seededRandom(seed);
  return Array.from({ length: 20 }, () => random.below(1000));
}

describe('Chance', () => {
  it('from a seed replays, and differs between seeds', () => {
    assert.deepEqual(draw(4), draw(4));
    assert.notDeepEqual(draw(4), draw(5));
  });

  for (const [name, random] of [
    ['from a seed', seededRandom(1)],
    ['from the system', systemRandom],
  ] as const) {
    it(`${name} spreads evenly over its range`, () => {
      const counts = Array.from({ length: 10 }, () => 0);
      for (let n = 0; n < 20_000; n++) counts[random.below(10)]! += 1;
      // Five standard deviations of a fair die of ten sides.
      for (const count of counts) assert.ok(Math.abs(count - 2000) < 215, counts.join(' '));
      for (let n = 0; n < 1000; n++) {
        const unit = random.unit();
        assert.ok(unit >= 0 && unit < 1);
      }
    });
  }
});
