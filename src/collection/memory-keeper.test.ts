import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MemoryKeeper } from './memory-keeper.ts';

const LIMIT_BYTES = 480;

/** A process that takes what it is told to, and gives back what is dead or only saves time. */
function processWith(held: { live: number; dead: number; cached: number }, sinceAsked_ms = () => Infinity) {
  let now_ms = 0;
  const keeper = new MemoryKeeper({
    limit_bytes: LIMIT_BYTES,
    read: () => ({ held_bytes: held.live + held.dead + held.cached, buffers_bytes: held.dead + held.cached }),
    collect: () => {
      held.dead = 0;
    },
    shed: () => {
      held.cached = Math.floor(held.cached / 2);
    },
    sinceAsked_ms,
    now_ms: () => now_ms,
  });
  return { keeper, wait: (pause_ms: number) => (now_ms += pause_ms) };
}

/** Where so much is dead, and somebody asked so long ago. */
function looksUntilCollected(dead: number, since_ms: number): number {
  const { keeper, wait } = processWith({ live: 60, dead, cached: 0 }, () => since_ms);
  for (let look = 1; look <= 20; look++) {
    wait(250);
    keeper.look();
    if (keeper.collections > 0) return look;
  }
  return Infinity;
}

describe('the keeper of memory', () => {
  for (const [room, live, share] of [
    ['little', 260, 24],
    ['much', 60, 8],
  ] as const) {
    test(`bounds dead buffers, however long the program writes, where there is ${room} room`, () => {
      const held = { live, dead: 0, cached: 30 };
      const { keeper, wait } = processWith(held);
      let most = 0;
      for (let second = 0; second < 1_000; second++) {
        held.dead += 7;
        wait(1_000);
        keeper.look();
        most = Math.max(most, held.dead);
      }
      assert.ok(most <= LIMIT_BYTES / share + 7, `${most} of dead buffers`);
      assert.equal(keeper.sheddings, 0);
      assert.ok(keeper.collections < 400, `${keeper.collections} collections`);
    });
  }

  test('leaves a program alone that has room', () => {
    const held = { live: 200, dead: 10, cached: 100 };
    const { keeper, wait } = processWith(held);
    keeper.collect();
    for (let second = 0; second < 100; second++) {
      wait(1_000);
      keeper.look();
    }
    assert.deepEqual([keeper.collections, held.cached], [1, 100]);
  });

  test('has caches give back what only saves time where collecting does not do', () => {
    const held = { live: 300, dead: 20, cached: 160 };
    const { keeper, wait } = processWith(held);
    for (let second = 0; second < 60; second++) {
      wait(1_000);
      keeper.look();
      assert.ok(held.live + held.cached <= LIMIT_BYTES * 0.9 || second < 10);
    }
    assert.deepEqual(held, { live: 300, dead: 0, cached: 80 });
    assert.ok(keeper.collections <= 3);
  });

  test('collects ever more rarely where that does not do it, and caches have given what they had', () => {
    const held = { live: 470, dead: 0, cached: 0 };
    const { keeper, wait } = processWith(held);
    for (let second = 0; second < 600; second++) {
      wait(1_000);
      keeper.look();
    }
    assert.ok(keeper.collections > 5 && keeper.collections < 20, `${keeper.collections} collections`);
  });

  test('puts a collection off while somebody waits or has just asked, but not for long', () => {
    assert.deepEqual(
      [0, 500, 1_500].map((since_ms) => looksUntilCollected(100, since_ms)),
      [13, 13, 1],
    );
    // Where much is dead, a collection waits for an answer alone.
    assert.deepEqual(
      [0, 500].map((since_ms) => looksUntilCollected(130, since_ms)),
      [5, 1],
    );
  });
});
