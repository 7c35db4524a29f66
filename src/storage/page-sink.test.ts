import assert from 'node:assert/strict';
import { it } from 'node:test';

import { type Clock, seededRandom, systemClock, toCollectionId, toShardId, toSlot } from '../base/index.ts';
import { FaultyDisk } from '../disk/index.ts';
import { BatchWriter, KeyWriter, openStore } from './index.ts';

const RUNS = 3;
const RECORDS = 1_500;
const NUMBERS: number = 2 ** 20;
/** Short and long; below half of the numbers now and then one with a page of its own, which stands between those of the keys. */
const SIZES = [1_000, 20, 1_000, 700, 9_000, 3_000];
const STALL_TURNS = 20;

/** Counts turns of the event loop: a delay in milliseconds may be over before the next page is made. */
const turns: Clock = {
  ...systemClock,
  sleep: async () => {
    for (let turn = 0; turn < STALL_TURNS; turn++) await new Promise((resolve) => setImmediate(resolve));
  },
};

function keyOf(number: number): Uint8Array {
  return new KeyWriter('links', toSlot(1), toCollectionId(1)).u32(number).finish();
}

it('Pages stay as they are until a slow disk has taken them, in flushes and in merges', async () => {
  // A write that stalls looks at its bytes when it goes on.
  const plan = { faults: [{ effect: 'stall', operation: 'write', path: /parts/ } as const] };
  const store = await openStore({
    disk: new FaultyDisk({ seed: 5, plan, clock: turns }),
    directory: 'store',
    shard: toShardId(0),
    mergesItself: false,
  });
  const random = seededRandom(7);
  const wanted = new Map<number, Uint8Array>();
  for (let run = 0; run < RUNS; run++) {
    const batch = new BatchWriter();
    for (let i = 0; i < RECORDS; i++) {
      const number = random.below(NUMBERS);
      const size_bytes = SIZES[random.below(run === 0 || number > NUMBERS / 2 ? 4 : 6)]!;
      const value = new Uint8Array(size_bytes).map((_, at) => (at * number) ^ (at >> 3));
      wanted.set(number, value);
      batch.put('links', keyOf(number), value);
    }
    await store.append(batch);
    await store.flush();
    assert.deepEqual((await store.verify({ depth: 'deep' })).isSound, true);
  }
  await store.merge({ force: true });
  const { isSound, sentence } = await store.verify({ depth: 'deep' });
  assert.ok(isSound, sentence);
  for (const [number, value] of wanted) assert.deepEqual(await store.get('links', keyOf(number)), value);
  await store.close();
});
