import { availableParallelism } from 'node:os';
import { describe, it } from 'node:test';
import assert from 'node:assert/strict';

import { sweepStorage } from '../../testing/storage-sweep.ts';
import { liveOnce } from '../../testing/store-life.ts';

const SEEDS = 1_000;
const SEEDS_OF_A_TEST = 125;

describe('The life of a store on a failing disk', () => {
  for (let first = 1; first <= SEEDS; first += SEEDS_OF_A_TEST) {
    it(`keeps every promise, seed after seed from ${first} on`, async (test) => {
      const pieces = { sweep: 'lives', first, behind: first + SEEDS_OF_A_TEST } as const;
      const totals = await sweepStorage(pieces, availableParallelism());
      test.diagnostic(JSON.stringify(totals));
      const { operations = 0, crashes = 0, flushes = 0, merges = 0 } = totals;
      assert.ok(operations >= 200 * SEEDS_OF_A_TEST && crashes >= 3 * SEEDS_OF_A_TEST);
      assert.ok(flushes >= SEEDS_OF_A_TEST && merges >= SEEDS_OF_A_TEST);
    });
  }

  it('writes every entry of a memtable where a part is a few bytes short of full', async () => {
    await liveOnce(50_142);
  });
});
