import assert from 'node:assert/strict';
import { test } from 'node:test';

import { isPeregrineError, seededRandom } from '../base/index.ts';
import { SEARCHES_AT_ONCE, TURN_MS } from './limits.ts';
import { SearchGate } from './search-gate.ts';

class HandClock {
  now_ms = 0;
  now(): number {
    return this.now_ms;
  }
  monotonic(): number {
    return this.now_ms;
  }
  async sleep(): Promise<void> {}
}

const isRefusal = (error: unknown): boolean => {
  assert.ok(isPeregrineError(error, 'QUEUE_FULL'));
  const { facts } = error;
  return facts['status'] === 503 && Number(facts['retryAfter_s']) >= 2;
};

test('so many searches run at once, and the next is told when to come back', async () => {
  const gate = new SearchGate(new HandClock(), seededRandom(1));
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  const running = Array.from({ length: SEARCHES_AT_ONCE }, async () => gate.pass(async () => held));
  await assert.rejects(
    gate.pass(async () => 1),
    isRefusal,
  );
  release();
  await Promise.all(running);
  assert.equal(await gate.pass(async () => 1), 1);
  assert.equal(gate.refused, 1);
});

test('of searches that were ready together, those whose turn comes late are refused', async () => {
  const clock = new HandClock();
  const gate = new SearchGate(clock, seededRandom(1));
  const work = async (): Promise<void> => {
    clock.now_ms += TURN_MS / 4;
  };
  for (let i = 0; i < 5; i++) {
    assert.equal(gate.isCrowded(), false);
    await gate.pass(work);
  }
  assert.equal(gate.isCrowded(), true);
  assert.ok(gate.retryAfter_s() >= 2);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(gate.isCrowded(), false);
  assert.equal(gate.refused, 1);
});
