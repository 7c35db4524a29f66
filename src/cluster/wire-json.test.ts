import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as fc from 'fast-check';

import { isPeregrineError } from '../base/index.ts';
import { fromWire, toWire } from './wire-json.ts';

describe('JSON between hosts', () => {
  it('brings back 64-bit numbers, maps, rows of numbers and numbers that are none', () => {
    const leaf = fc.oneof(
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
      fc.string({ unit: 'binary' }),
      fc.double().map((value) => (Object.is(value, -0) ? 0 : value)),
      fc.boolean(),
      fc.array(fc.double(), { maxLength: 5 }).map((values) => Float64Array.from(values)),
    );
    const value = fc.oneof(
      leaf,
      fc.array(leaf),
      fc.array(fc.tuple(leaf, leaf)).map((pairs) => new Map(pairs)),
      fc.record({ hash: leaf, rest: fc.array(leaf) }, { noNullPrototype: true }),
    );
    fc.assert(fc.property(value, (sent) => assert.deepEqual(fromWire(toWire(sent)), sent)));
  });

  it('refuses what is none', () => {
    for (const text of ['', '{', '{"#":"n"}', '{"#":"nxy"}', '{"#":"m1"}', '{"#":"d=="}x'])
      assert.throws(
        () => fromWire(text),
        (error) => isPeregrineError(error, 'CORRUPT'),
        text,
      );
  });
});
