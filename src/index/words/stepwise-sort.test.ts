import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../base/index.ts';
import { atOnce } from '../steps.ts';
import { sortedPlaces } from './stepwise-sort.ts';

test('many values are put in order in steps, as all at once would', () => {
  const random = seededRandom(1);
  for (const count of [0, 1, 2, 4_095, 4_096, 4_097, 50_000]) {
    const values = Array.from({ length: count }, () => random.below(1_000_000_000));
    const isAbove = (a: number, b: number): boolean => (values[a] as number) > (values[b] as number);
    const sortRun = (run: Uint32Array): void => {
      run.sort((a, b) => (values[a] as number) - (values[b] as number));
    };
    const order = atOnce(sortedPlaces({ count, sortRun, isAbove }));
    assert.deepEqual(
      Array.from(order, (place) => values[place]),
      values.toSorted((a, b) => a - b),
    );
    assert.equal(new Set(order).size, count);
  }
  const steps = [...sortedPlaces({ count: 50_000, sortRun: () => undefined, isAbove: () => false })];
  // Thirteen runs, then four merges of all of them.
  assert.ok(steps.length > 13 + 4 * 3, `${steps.length} steps`);
});
