import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { callsOfADay, liveWithFault, SWEPT_EFFECTS } from '../../testing/fault-sweep.ts';
import { mayBeLost, segmentBytesOfADay } from '../../testing/log-damage.ts';

/** Of all disk calls, those that the tests hit; `npm run sweep:storage` hits every one. */
const EVERY_NTH = 30;

describe('One fault in a store’s working day', () => {
  for (const effect of SWEPT_EFFECTS) {
    it(`loses nothing and is over when it is over (${effect})`, async () => {
      const calls = await callsOfADay();
      assert.ok(calls > 500);
      const first = 1 + (SWEPT_EFFECTS.indexOf(effect) % EVERY_NTH);
      for (let call = first; call <= calls; call += EVERY_NTH) await liveWithFault(effect, call);
    });
  }
});

describe('One flipped bit in the last segment of a log', () => {
  it('loses no acknowledged batch but the one that it hits, and none in silence', async () => {
    const size_bytes = await segmentBytesOfADay();
    for (let offset = 0; offset < size_bytes; offset += 11) await mayBeLost(offset);
  });
});
