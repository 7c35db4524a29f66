import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type CandidateCollection, climb, meanGain } from './weight-search.ts';

/** Each query has one relevant document, which the first feature tells and the second one hides. */
const collection: CandidateCollection = Array.from({ length: 20 }, (_, query) => ({
  judgements: new Map([['right', 1]]),
  candidates: Array.from({ length: 12 }, (__, i) => ({
    id: i === 5 ? 'right' : `wrong${query}-${i}`,
    base: 1 - i / 100,
    features: [i === 5 ? 1 : 0, i === 5 ? 0 : 1],
  })),
}));

describe('the search for weights', () => {
  test('finds the feature that tells and leaves the one that misleads', () => {
    const found = climb([collection, collection], [0, 0.5]);
    assert.equal(meanGain(collection, found), 1);
    assert.ok((found[0] ?? 0) > (found[1] ?? 0));
  });

  test('changes nothing where nothing is gained', () => {
    const even = collection.map(({ candidates }) => ({ candidates, judgements: new Map([['absent', 1]]) }));
    assert.deepEqual(climb([even], [0.5, 0.5]), [0.5, 0.5]);
  });
});
