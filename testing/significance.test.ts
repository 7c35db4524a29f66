import assert from 'node:assert/strict';
import { test } from 'node:test';
import { comparePaired } from './significance.ts';

test('a difference that is always there is no chance, one that comes and goes is', () => {
  const first = Array.from({ length: 60 }, (_, i) => (i % 10) / 10);
  const better = first.map((value) => value + 0.05);
  const clear = comparePaired(first, better);
  assert.ok(Math.abs(clear.difference - 0.05) < 1e-12);
  assert.ok(clear.p < 0.001);
  assert.deepEqual([clear.better, clear.worse], [60, 0]);
  const mixed = comparePaired(
    first,
    first.map((value, i) => value + (i % 2 === 0 ? 0.05 : -0.05)),
  );
  assert.ok(mixed.p > 0.5);
  assert.equal(comparePaired(first, first).p, 1);
});
