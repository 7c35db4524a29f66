import { describe, it } from 'node:test';
import assert from 'node:assert/strict';

import { liveOnce } from '../../testing/store-life.ts';

const SEEDS = 1_000;
const SEEDS_OF_A_TEST = 125;

describe('The life of a store on a failing disk', () => {
  for (let first = 1; first <= SEEDS; first += SEEDS_OF_A_TEST) {
    it(`keeps every promise, seed after seed from ${first} on`, async (test) => {
      const totals = { operations: 0, crashes: 0, flushes: 0, merges: 0 };
      for (let seed = first; seed < first + SEEDS_OF_A_TEST; seed++) {
        const life = await liveOnce(seed);
        assert.ok(life.operations >= 200 && life.crashes >= 3 && life.flushes > 0 && life.merges > 0);
        for (const name of ['operations', 'crashes', 'flushes', 'merges'] as const)
          totals[name] += life[name];
      }
      test.diagnostic(JSON.stringify(totals));
    });
  }

  it('writes every entry of a memtable where a part is a few bytes short of full', async () => {
    await liveOnce(50_142);
  });
});
