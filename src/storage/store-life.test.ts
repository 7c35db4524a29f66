import { availableParallelism } from 'node:os';
import { describe, it } from 'node:test';
import assert from 'node:assert/strict';

import { sweepStorage } from '../../testing/storage-sweep.ts';
import { liveOnce } from '../../testing/store-life.ts';

const SEEDS = 1_000;

describe('The life of a store on a failing disk', () => {
  it('keeps every promise, seed after seed', async (test) => {
    const totals = await sweepStorage(
      { sweep: 'lives', first: 1, behind: SEEDS + 1 },
      availableParallelism(),
    );
    const { operations = 0, crashes = 0, flushes = 0, merges = 0 } = totals;
    test.diagnostic(JSON.stringify(totals));
    assert.ok(operations >= 200 * SEEDS && crashes >= 3 * SEEDS && flushes >= SEEDS && merges >= SEEDS);
  });

  it('writes every entry of a memtable where a part is a few bytes short of full', async () => {
    await liveOnce(50_142);
  });
});
