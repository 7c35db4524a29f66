import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as fc from 'fast-check';

import { BoundedQueue, isPeregrineError } from './index.ts';
import type { ErrorCode } from './index.ts';

const code = (expected: ErrorCode) => (error: unknown) => isPeregrineError(error, expected);
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A task that ends when told. */
function gate(): { task: () => Promise<void>; open: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { task: () => promise, open: resolve };
}

describe('A bounded queue', () => {
  it('runs the lowest priority first, and equals as they came', async () => {
    const queue = new BoundedQueue({ concurrency: 1, capacity: 100 });
    const first = gate();
    const order: string[] = [];
    const tasks = [
      queue.run(first.task),
      ...['b5', 'a1', 'c5', 'd0', 'e1'].map((name) =>
        queue.run(() => order.push(name), { priority: Number(name[1]) }),
      ),
    ];
    assert.equal(queue.running, 1);
    assert.equal(queue.waiting, 5);
    first.open();
    await Promise.all(tasks);
    assert.deepEqual(order, ['d0', 'a1', 'e1', 'b5', 'c5']);
  });

  it('runs no more at once than it may', async () => {
    const queue = new BoundedQueue({ concurrency: 3, capacity: 100 });
    let running = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 20 }, () =>
        queue.run(async () => {
          running += 1;
          most = Math.max(most, running);
          await turn();
          running -= 1;
        }),
      ),
    );
    assert.equal(most, 3);
  });

  it('settles as the task does, and goes on after one that fails', async () => {
    const queue = new BoundedQueue({ concurrency: 1, capacity: 2 });
    const failed = queue.run(() => {
      throw new Error('no');
    });
    const after = queue.run(() => 42);
    await assert.rejects(failed, /no/);
    assert.equal(await after, 42);
  });

  it('refuses at once what finds no room', async () => {
    const queue = new BoundedQueue({ concurrency: 1, capacity: 1 });
    const first = gate();
    const running = queue.run(first.task);
    const waiting = queue.run(() => 1);
    assert.equal(queue.hasRoom, false);
    await assert.rejects(
      queue.run(() => 2),
      code('QUEUE_FULL'),
    );
    first.open();
    await running;
    assert.equal(await waiting, 1);
    assert.equal(await queue.run(() => 3), 3);
  });

  it('holds a producer that waits for room, the most urgent first', async () => {
    for (const capacity of [0, 1]) {
      const queue = new BoundedQueue({ concurrency: 1, capacity });
      const first = gate();
      const order: number[] = [];
      const all = [queue.runWhenRoom(first.task)];
      if (capacity === 1) all.push(queue.runWhenRoom(async () => void order.push(0)));
      for (const priority of [3, 1, 2]) {
        all.push(queue.runWhenRoom(async () => void order.push(priority), { priority }));
      }
      assert.equal(queue.waiting, capacity);
      first.open();
      await Promise.all(all);
      assert.deepEqual(order, capacity === 1 ? [0, 1, 2, 3] : [1, 2, 3]);
    }
  });

  it('takes a cancelled task out, which makes room', async () => {
    const queue = new BoundedQueue({ concurrency: 1, capacity: 1 });
    const first = gate();
    const running = queue.run(first.task);
    const controller = new AbortController();
    let hasRun = false;
    const waiting = queue.run(() => (hasRun = true), { signal: controller.signal });
    const outside = new AbortController();
    const held = queue.runWhenRoom(() => 7);
    const dropped = queue.runWhenRoom(() => 8, { signal: outside.signal });
    outside.abort();
    controller.abort();
    await assert.rejects(waiting, code('CANCELLED'));
    await assert.rejects(dropped, code('CANCELLED'));
    await assert.rejects(
      queue.runWhenRoom(() => 9, { signal: controller.signal }),
      code('CANCELLED'),
    );
    assert.equal(queue.waiting, 1);
    first.open();
    await running;
    assert.equal(await held, 7);
    assert.equal(hasRun, false);
  });

  it('lets running work decide about its signal', async () => {
    const queue = new BoundedQueue({ concurrency: 1, capacity: 1 });
    const first = gate();
    const controller = new AbortController();
    const running = queue.run(first.task, { signal: controller.signal });
    controller.abort();
    first.open();
    await running;
  });

  it('closes after what it took, and takes no more', async () => {
    const queue = new BoundedQueue({ concurrency: 1, capacity: 3 });
    const done: number[] = [];
    const tasks = [1, 2, 3].map((n) => queue.run(() => turn().then(() => done.push(n))));
    const closed = queue.close();
    await assert.rejects(
      queue.run(() => 4),
      code('CLOSED'),
    );
    await closed;
    assert.deepEqual(done, [1, 2, 3]);
    await Promise.all(tasks);
    await queue.idle();
  });

  it('runs any mixture in the order that sorting gives', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ priority: fc.integer({ min: -3, max: 3 }), isCancelled: fc.boolean() })),
        async (wanted) => {
          const queue = new BoundedQueue({ concurrency: 1, capacity: 1000 });
          const first = gate();
          const running = queue.run(first.task);
          const order: number[] = [];
          const controller = new AbortController();
          const tasks = wanted.map(({ priority, isCancelled }, n) => {
            const signal = isCancelled ? controller.signal : undefined;
            return queue.run(() => order.push(n), { priority, signal }).catch(() => undefined);
          });
          controller.abort();
          first.open();
          await Promise.all([running, ...tasks]);
          const expected = wanted
            .map((task, n) => ({ ...task, n }))
            .filter(({ isCancelled }) => !isCancelled)
            .sort((a, b) => a.priority - b.priority || a.n - b.n)
            .map(({ n }) => n);
          assert.deepEqual(order, expected);
        },
      ),
      { numRuns: 50 },
    );
  });
});
