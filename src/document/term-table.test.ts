import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { TermTable } from './term-table.ts';

test('the term table numbers hashes as a map does, also when their lower halves are all the same', () => {
  const hash = fc.oneof(
    fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    fc.nat(50).map((high) => (BigInt(high) << 32n) | 7n),
    fc.constantFrom(0n, 2n ** 64n - 1n),
  );
  fc.assert(
    fc.property(fc.array(hash, { maxLength: 4000, size: 'max' }), (hashes) => {
      const table = new TermTable();
      const model = new Map<bigint, number>();
      for (const value of hashes) {
        if (!model.has(value)) model.set(value, model.size);
        assert.equal(table.idOf(value), model.get(value));
      }
      assert.equal(table.size, model.size);
      const { hashes: sorted, placeOf } = table.sorted();
      assert.deepEqual(
        [...sorted],
        [...model.keys()].sort((a, b) => (a < b ? -1 : 1)),
      );
      for (const [value, id] of model) assert.equal(sorted[placeOf[id] ?? -1], value);
    }),
    { numRuns: 20 },
  );
});

test('the term table sorts hashes that are spread as those of words are, and those that are made to meet', () => {
  for (const highest of [1, 2 ** 20]) {
    const table = new TermTable();
    const hashes = Array.from(
      { length: 3000 },
      (_, i) => BigInt.asUintN(64, BigInt(i) * 0x9e37_79b9_7f4a_7c15n) / BigInt(highest),
    );
    for (const hash of hashes) table.idOf(hash);
    const { hashes: sorted, placeOf } = table.sorted();
    assert.deepEqual(
      [...sorted],
      [...new Set(hashes)].sort((a, b) => (a < b ? -1 : 1)),
    );
    hashes.forEach((hash) => assert.equal(sorted[placeOf[table.idOf(hash)] ?? -1], hash));
  }
});
