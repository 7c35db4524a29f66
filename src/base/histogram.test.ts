import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as fc from 'fast-check';

import { Histogram } from './index.ts';

const latency = fc.double({ min: 0.002, max: 100_000, noNaN: true });

describe('A histogram', () => {
  it('reads every quantile within 4.5 % above the exact one', () => {
    fc.assert(
      fc.property(
        fc.array(latency, { minLength: 1 }),
        fc.constantFrom(0, 0.5, 0.9, 0.99, 1),
        (values, share) => {
          const histogram = new Histogram();
          for (const value of values) histogram.add(value);
          const sorted = values.toSorted((a, b) => a - b);
          const exact = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!;
          const read = histogram.quantile(share);
          assert.ok(read >= exact * 0.999_999 && read <= exact * 1.045, `${read} for ${exact}`);
        },
      ),
    );
  });

  it('is empty, full of zeros or of giants without complaint', () => {
    const histogram = new Histogram();
    assert.deepEqual([histogram.count, histogram.quantile(0.5), histogram.quantile(1)], [0, 0, 0]);
    histogram.add(0);
    histogram.add(-5);
    assert.deepEqual([histogram.count, histogram.quantile(0.5), histogram.quantile(1)], [2, 0, 0]);
    histogram.add(1e15);
    assert.equal(histogram.quantile(1), 0.001 * 2 ** 32);
  });
});
