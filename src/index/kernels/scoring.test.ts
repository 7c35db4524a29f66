import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { type Arbitrary, assert as assertProperty, constant, double, oneof, property } from 'fast-check';
import { frequencyFor, setScoring, termScore } from './scoring.ts';

/** Nothing, or no less than weights, frequencies and settings can be. */
const upTo = (max: number): Arbitrary<number> => oneof(constant(0), double({ min: 1e-6, max, noNaN: true }));

test('No posting is passed over whose score is enough, however its frequency was weighed', () => {
  assertProperty(
    property(upTo(4), upTo(64), upTo(2), upTo(1e6), (k1, alpha, beta, frequency) => {
      setScoring(0, k1);
      const score = termScore(alpha, beta, frequency);
      assert.ok(frequency >= frequencyFor(alpha, beta, score));
      assert.ok(frequency >= frequencyFor(alpha, beta, score - 2 ** -30));
    }),
    { numRuns: 2000 },
  );
});

test('A score out of reach asks for a frequency that none has, one within reach for one near it', () => {
  setScoring(0, 1.2);
  assert.ok(frequencyFor(3, 0.5, 3.6) > 1e9);
  const near = frequencyFor(3, 0.5, termScore(3, 0.5, 2));
  assert.ok(near > 1.999_99 && near <= 2);
  assert.equal(frequencyFor(3, 0.5, 0.5), 0);
});
