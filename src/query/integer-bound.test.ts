import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { integerOf, integerRange } from './integer-bound.ts';

test('bounds of whole numbers are taken as they are meant, however they are typed', () => {
  const cases = [
    [
      { from: '10', to: '20' },
      { from: 10n, to: 20n },
    ],
    [
      { from: '10', to: '20', excludesFrom: true, excludesTo: true },
      { from: 11n, to: 19n },
    ],
    [
      { from: '9.5', to: '10.5' },
      { from: 10n, to: 10n },
    ],
    [{ from: '-1.5', excludesFrom: true }, { from: -1n }],
    [{ to: '-1.5', excludesTo: true }, { to: -2n }],
    [{ from: '1e18' }, { from: 10n ** 18n }],
    [{ from: '9.1', to: '9.9' }, 'none'],
    [{ from: '20', to: '10' }, 'none'],
    // Far beyond 64 bits, where digits used to turn into a number of the other sign.
    [{ to: '9999999999999999999' }, {}],
    [{ from: '9999999999999999999' }, 'none'],
    [{ from: '-99999999999999999999', to: '5' }, { to: 5n }],
    [{ to: '-99999999999999999999' }, 'none'],
    [{ from: '1e400' }, 'none'],
    [{ from: 'ten' }, undefined],
    [{ from: '1.2.3' }, undefined],
  ] as const;
  for (const [typed, range] of cases) assert.deepEqual(integerRange(typed), range, JSON.stringify(typed));
  assert.equal(integerOf('9999999999999999999'), 2n ** 63n - 1n);
  assert.equal(integerOf('-3.5'), -4n);
  assert.equal(integerOf('x'), undefined);
});

test('a number lies in a range where comparing says so', () => {
  const number = fc.oneof(
    fc.integer({ min: -20, max: 20 }),
    fc.integer({ min: -40, max: 40 }).map((n) => n / 2),
  );
  const range = fc.record({ from: number, to: number, excludesFrom: fc.boolean(), excludesTo: fc.boolean() });
  fc.assert(
    fc.property(range, fc.integer({ min: -20, max: 20 }), ({ from, to, ...excludes }, value) => {
      const read = integerRange({ from: String(from), to: String(to), ...excludes });
      assert.ok(read !== undefined);
      const isWithin =
        read !== 'none' && BigInt(value) >= (read.from ?? -99n) && BigInt(value) <= (read.to ?? 99n);
      const isAbove = excludes.excludesFrom ? value > from : value >= from;
      const isBelow = excludes.excludesTo ? value < to : value <= to;
      assert.equal(isWithin, isAbove && isBelow);
    }),
  );
});
