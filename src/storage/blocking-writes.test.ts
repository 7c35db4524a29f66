import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { BlockingWrites, WAITING_FOR_SYSTEM } from './blocking-writes.ts';

const BATCHES = 32;
const BYTES = 8 * 1024;

/** How many of `count` writes were waited for, on a disk that answers so. */
function waitedFor(writes: BlockingWrites, count: number, took_ms: number): number {
  let waited = 0;
  for (let i = 0; i < count; i++) {
    if (writes.suits(BATCHES, BYTES)) {
      waited += 1;
      writes.waited(took_ms, BYTES);
    } else {
      writes.wentElsewhere(took_ms, BYTES);
    }
  }
  return waited;
}

describe('Whether a thread waits for a write', () => {
  it('follows from how the disk has answered: it does once that was quick, and not where it is slow', () => {
    const writes = new BlockingWrites();
    assert.equal(waitedFor(writes, 100, 5), 0);
    assert.equal(waitedFor(writes, 100, 0.2), 96);
    assert.equal(waitedFor(writes, 1_000, 5), 1);
  });

  it('is asked less often of a disk that is slow again and again, and as before of one that was quick for long', () => {
    const writes = new BlockingWrites();
    const between: number[] = [];
    for (let i = 0; i < 4; i++) {
      waitedFor(writes, 1, 9);
      let quick = 0;
      while (!writes.suits(BATCHES, BYTES)) {
        writes.wentElsewhere(0.2, BYTES);
        quick += 1;
      }
      writes.waited(9, BYTES);
      between.push(quick);
    }
    assert.deepEqual(between, [4, 16, 64, 256]);
    waitedFor(writes, 2_000, 0.2);
    assert.equal(waitedFor(writes, 1, 9), 1);
    assert.equal(waitedFor(writes, 5, 0.2), 1);
  });

  it('minds no slow answer or two behind many quick ones: the processor was another one’s', () => {
    const writes = new BlockingWrites();
    waitedFor(writes, 50, 0.2);
    assert.equal(waitedFor(writes, 1, 2), 1);
    assert.equal(waitedFor(writes, 1, 0.2), 1);
    assert.equal(waitedFor(writes, 3, 2), 2);
  });

  it('minds no slow answers that come now and then, and does those that come often', () => {
    for (const [between, least, most] of [
      [30, 3_000, 3_100],
      [3, 0, 100],
    ] as const) {
      const writes = new BlockingWrites();
      let waited = 0;
      for (let i = 0; i < 100; i++) waited += waitedFor(writes, between, 0.2) + waitedFor(writes, 1, 1.2);
      assert.ok(waited >= least && waited <= most, `${waited} of ${100 * (between + 1)} were waited for`);
    }
  });

  it('is not for few batches, for many bytes, or where it is not to be', () => {
    const writes = new BlockingWrites();
    waitedFor(writes, 50, 0.2);
    assert.deepEqual([writes.suits(15, BYTES), writes.suits(BATCHES, 65 * 1024)], [false, false]);
    const never = new BlockingWrites({ batches: Number.POSITIVE_INFINITY });
    assert.equal(waitedFor(never, 50, 0.2), 0);
  });

  it('is at once where the system’s word is enough, of a large batch too, until the system makes it wait', () => {
    const large_bytes = 1024 * 1024;
    const writes = new BlockingWrites({}, WAITING_FOR_SYSTEM);
    for (let i = 0; i < 4; i++) {
      assert.ok(writes.suits(1, large_bytes));
      writes.waited(1.9, large_bytes);
    }
    writes.waited(100, large_bytes);
    const elsewhere: boolean[] = [];
    for (let i = 0; i < 5; i++) {
      elsewhere.push(!writes.suits(1, large_bytes));
      writes.wentElsewhere(1, large_bytes);
    }
    assert.deepEqual(elsewhere, [true, true, true, true, false]);
    assert.ok(!writes.suits(1, 3 * large_bytes));
  });
});
