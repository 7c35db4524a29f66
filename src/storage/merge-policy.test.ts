import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { planMerge, roomOfMerge, type RunSize } from './merge-policy.ts';

const MIB = 1024 * 1024;

/** Runs of these sizes in MiB, newest first. */
function runs(...sizes: number[]): RunSize[] {
  return sizes.map((size, i) => ({
    number: sizes.length - i,
    size_bytes: size * MIB,
    records: size * 1000,
    tombstones: 0,
  }));
}

const numbers = (plan: readonly RunSize[] | undefined): number[] | undefined =>
  plan?.map(({ number }) => number);

describe('The merge policy', () => {
  it('leaves few runs alone', () => {
    assert.equal(planMerge([]), undefined);
    assert.equal(planMerge(runs(1, 1, 1)), undefined);
    assert.equal(planMerge(runs(1, 1, 1, 16, 64)), undefined);
  });

  it('merges neighbours of one size, not the big ones behind them', () => {
    assert.deepEqual(numbers(planMerge(runs(1, 1, 1, 1, 64))), [5, 4, 3, 2]);
  });

  it('merges small runs with each other rather than into a big one', () => {
    assert.deepEqual(numbers(planMerge(runs(0.1, 0.1, 0.1, 0.1, 0.9))), [5, 4, 3, 2]);
    assert.equal(planMerge(runs(0.1, 0.1, 0.1, 0.9)), undefined);
  });

  it('takes the lowest tier first and rises', () => {
    assert.deepEqual(numbers(planMerge(runs(1, 4, 4, 4, 4, 256))), [6, 5, 4, 3, 2]);
  });

  it('never joins runs with another between them', () => {
    const plan = planMerge(runs(1, 1, 64, 1, 1, 64, 64));
    assert.equal(numbers(plan)?.join(), '7,6,5,4,3,2,1');
  });

  it('reads a bounded number of runs at once, the oldest of them', () => {
    const plan = planMerge(runs(...Array.from({ length: 40 }, () => 1)));
    assert.deepEqual(
      numbers(plan),
      Array.from({ length: 16 }, (_, i) => 16 - i),
    );
  });

  it('takes fewer runs, the smaller ones, where all that are due find no room, and none where two find none', () => {
    const within = (room: number): number[] | undefined =>
      numbers(planMerge(runs(8, 8, 8, 32, 32), {}, { room_bytes: room * MIB, part_bytes: 16 * MIB }));
    // A part of each, or all of it where it is less, and the part under way.
    assert.equal(roomOfMerge(runs(8, 8, 8, 32, 32), 16 * MIB), (3 * 8 + 2 * 16 + 16) * MIB);
    assert.equal(roomOfMerge(runs(8, 8), 16 * MIB), 16 * MIB);
    assert.deepEqual(within(72), [5, 4, 3, 2, 1]);
    assert.deepEqual(within(71), [5, 4, 3, 2]);
    assert.deepEqual(within(55), [5, 4, 3]);
    assert.deepEqual(within(23), [5, 4]);
    assert.equal(within(15), undefined);
    assert.equal(planMerge(runs(8, 8, 8), {}, { room_bytes: 0, part_bytes: MIB }), undefined, 'none is due');
  });

  it('rewrites the oldest runs when they are mostly deletions', () => {
    const [newer, oldest] = runs(1, 1) as [RunSize, RunSize];
    const deleting = { ...newer, records: 0, tombstones: 1_200 };
    assert.deepEqual(numbers(planMerge([deleting, oldest])), [2, 1]);
    assert.equal(planMerge([{ ...deleting, tombstones: 900 }, oldest]), undefined);
  });
});
