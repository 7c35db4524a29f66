import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { callsOfADay, liveWithFault, SWEPT_EFFECTS } from '../../testing/fault-sweep.ts';
import { LOG_DAYS, mayBeLost, segmentBytesOf } from '../../testing/log-damage.ts';

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
  for (const day of LOG_DAYS) {
    it(`loses no acknowledged batch but the one that it hits, and none in silence (batches ${day})`, async () => {
      const size_bytes = await segmentBytesOf(day);
      for (let offset = 0; offset < size_bytes; offset += size_bytes > 8192 ? 27 : 11)
        await mayBeLost(day, offset);
    });
  }
});
