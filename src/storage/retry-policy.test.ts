import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { type ErrorCode, PeregrineError, type Random, seededRandom } from '../base/index.ts';
import {
  decideRetry,
  type FailedRead,
  failureOf,
  RETRY_TABLE,
  type RetryDecision,
  UNLIMITED,
  waitBefore,
} from './retry-policy.ts';

/** Chance that leaves every wait whole. */
const WHOLE: Random = { unit: () => 0, below: () => 0 };

function decide(read: Partial<FailedRead>): RetryDecision {
  const first = { failure: 'io', priority: 'interactive', retries: 0, isShuttingDown: false } as const;
  return decideRetry({ ...first, ...read }, WHOLE);
}

/** How often a read is tried again before it is given up; at most 500. */
function retriesOf(read: Partial<FailedRead>): number {
  let retries = 0;
  while (retries < 500 && decide({ ...read, retries }).action === 'retry') retries += 1;
  return retries;
}

const ioError = (system_code: string): PeregrineError => new PeregrineError('IO', 'no', { system_code });

describe('The retry policy', () => {
  it('DS3 gives no reader that is waited for an unlimited number of tries', () => {
    for (const { interactive } of Object.values(RETRY_TABLE)) assert.ok(interactive.retries <= 3);
    assert.equal(retriesOf({ failure: 'io', maxRetries: 400 }), 0);
  });

  it('DS4 gives up at once without memory, unless the caller sets a limit', () => {
    assert.equal(failureOf(new PeregrineError('OUT_OF_MEMORY', 'none')), 'memory');
    assert.equal(failureOf(ioError('ENOMEM')), 'memory');
    for (const priority of ['interactive', 'background'] as const) {
      assert.equal(retriesOf({ failure: 'memory', priority }), 0);
      assert.equal(retriesOf({ failure: 'memory', priority, maxRetries: 0 }), 0);
      assert.equal(retriesOf({ failure: 'memory', priority, maxRetries: 2 }), 2);
    }
  });

  it('DS5 takes a buffer that can not be had for want of memory', () => {
    assert.equal(failureOf(new RangeError('Array buffer allocation failed')), 'memory');
  });

  it('DS6 lets background work wait for what others give back, and others three times', () => {
    for (const code of ['EMFILE', 'ENFILE', 'EAGAIN', 'EINTR'])
      assert.equal(failureOf(ioError(code)), 'busy');
    assert.equal(failureOf(new PeregrineError('QUEUE_FULL', 'full')), 'busy');
    assert.equal(RETRY_TABLE.busy.background.retries, UNLIMITED);
    assert.equal(retriesOf({ failure: 'busy', priority: 'background' }), 500);
    assert.equal(retriesOf({ failure: 'busy' }), 3);
  });

  it('DS7 never reads damage again', () => {
    assert.equal(failureOf(new PeregrineError('CORRUPT', 'wrong')), 'corrupt');
    assert.equal(retriesOf({ failure: 'corrupt', priority: 'background', maxRetries: 9 }), 0);
    assert.equal(retriesOf({ failure: 'corrupt' }), 0);
  });

  it('DS9 tells who waits at once that the disk can not read', () => {
    assert.equal(failureOf(ioError('EIO')), 'io');
    assert.deepEqual(decide({ failure: 'io' }), { action: 'fail', asCorrupt: false });
    assert.deepEqual(decide({ failure: 'stuck' }), { action: 'fail', asCorrupt: false });
  });

  it('DS10 makes of a disk that is stuck an error, whoever reads', () => {
    assert.equal(failureOf(ioError('ETIMEDOUT')), 'stuck');
    const decision = decide({ failure: 'stuck', priority: 'background' });
    assert.deepEqual(decision, { action: 'fail', asCorrupt: false });
  });

  it('DS11 counts a page as damaged when the sixth background read of it has failed', () => {
    const read = { failure: 'io', priority: 'background' } as const;
    assert.equal(retriesOf(read), 5);
    assert.deepEqual(decide({ ...read, retries: 5 }), { action: 'fail', asCorrupt: true });
  });

  it('DS13 tries nothing without end while the store closes, and keeps limits that there are', () => {
    const closing = { priority: 'background', isShuttingDown: true } as const;
    assert.equal(retriesOf({ ...closing, failure: 'busy' }), 0);
    assert.equal(retriesOf({ ...closing, failure: 'io' }), 5);
  });

  it('DS14 leaves a store that is gone, and all that trying does not change', () => {
    const codes: ErrorCode[] = ['CLOSED', 'CANCELLED', 'NOT_FOUND', 'UNSUPPORTED_VERSION', 'INTERNAL'];
    for (const code of codes) assert.equal(failureOf(new PeregrineError(code, 'no')), 'fatal');
    assert.equal(failureOf(new TypeError('a defect')), 'fatal');
    assert.equal(retriesOf({ failure: 'fatal', priority: 'background' }), 0);
  });

  it('DS17 tries again exactly while the tries made are fewer than the limit', () => {
    for (const [retries, action] of [
      [0, 'retry'],
      [1, 'retry'],
      [2, 'fail'],
      [3, 'fail'],
    ] as const) {
      assert.equal(decide({ failure: 'memory', maxRetries: 2, retries }).action, action);
    }
  });

  it('DS21 waits 10 ms, then 200 ms more each time, at most 10 s, less a quarter by chance', () => {
    const waits = [1, 2, 3, 49, 50, 51, 1_000].map((n) => waitBefore(n, WHOLE));
    assert.deepEqual(waits, [10, 400, 600, 9_800, 10_000, 10_000, 10_000]);
    const random = seededRandom(3);
    const drawn = Array.from({ length: 200 }, () => waitBefore(5, random));
    assert.ok(drawn.every((wait_ms) => wait_ms > 750 && wait_ms <= 1_000));
    assert.ok(Math.min(...drawn) < 800 && Math.max(...drawn) > 950);
  });
});
