import { describe, it } from 'node:test';
import assert from 'node:assert/strict';

import { liveOnce } from '../../testing/store-life.ts';

describe('The life of a store on a failing disk', () => {
  it('keeps every promise, seed after seed', async () => {
    let crashes = 0;
    for (let seed = 1; seed <= 100; seed++)
      crashes += (await liveOnce(seed, { operations: 60, crashes: 1 })).crashes;
    assert.ok(crashes >= 100);
  });

  it('writes every entry of a memtable where a part is a few bytes short of full', async () => {
    await liveOnce(50_142);
  });
});
