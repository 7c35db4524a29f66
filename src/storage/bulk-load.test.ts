import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { ManualClock, toCollectionId, toShardId, toSlot } from '../base/index.ts';
import { MemoryDisk } from '../disk/index.ts';
import { BULK_PAUSE_MS } from './bulk-load.ts';
import { type DatabaseName, KeyWriter, openStore } from './index.ts';
import { MAX_SOURCES } from './merge-policy.ts';
import type { MaintainedStore } from './store-contract.ts';

const COUNT = 300;

function open(disk: MemoryDisk, clock: ManualClock): Promise<MaintainedStore> {
  return openStore({
    disk,
    directory: 'store',
    shard: toShardId(0),
    clock,
    segment_bytes: 64 * 1024,
    mergePolicy: { leastBulk_bytes: 0 },
  });
}

function keyOf(database: DatabaseName, number: number): Uint8Array {
  const key = new KeyWriter(database, toSlot(1), toCollectionId(1));
  return database === 'titles' ? key.u48(number).finish() : key.u32(number).finish();
}

/** Flushes a run of {@link COUNT} records, and lets the store look at it. */
async function addRun(
  store: MaintainedStore,
  { first, mark = 1, database = 'titles' }: { first: number; mark?: number; database?: DatabaseName },
): Promise<void> {
  const records = Array.from({ length: COUNT }, (_, i) => ({
    database,
    // Of all runs side by side, as hashes are.
    key: keyOf(database, (first + i) * 7919),
    value: new Uint8Array(400).map((_byte, at) => (i * 131 + at * at * 17) & 255).fill(mark, 0, 1),
  }));
  await store.append({ records });
  await store.flush();
  for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve));
}

const runsOf = (store: MaintainedStore, database: DatabaseName = 'titles'): number =>
  store.status().databases[database].runs;

describe('merges while a bulk comes in', () => {
  it('wait for its end where each flush brings new keys', async () => {
    const clock = new ManualClock();
    const store = await open(new MemoryDisk(), clock);
    for (let run = 0; run < MAX_SOURCES - 1; run++) await addRun(store, { first: run * COUNT });
    assert.equal(runsOf(store), MAX_SOURCES - 1);
    await clock.advance(BULK_PAUSE_MS);
    await untilMerged(store, clock);
    assert.equal(runsOf(store), 1);
    const last = await store.get('titles', keyOf('titles', ((MAX_SOURCES - 1) * COUNT - 1) * 7919));
    assert.equal(last?.[0], 1);
    await store.close();
  });

  it('begin before its end where there are as many runs as one merge takes', async () => {
    const clock = new ManualClock();
    const store = await open(new MemoryDisk(), clock);
    for (let run = 0; run < MAX_SOURCES; run++) await addRun(store, { first: run * COUNT });
    await untilMerged(store, clock);
    assert.equal(runsOf(store), 1);
    await store.close();
  });

  it('do not wait where keys come again, for merges give their room back', async () => {
    const clock = new ManualClock();
    const store = await open(new MemoryDisk(), clock);
    for (let mark = 1; mark <= 4; mark++) await addRun(store, { first: 0, mark });
    await untilMerged(store, clock);
    assert.equal(runsOf(store), 1);
    assert.equal((await store.get('titles', keyOf('titles', 0)))?.[0], 4);
    await store.close();
  });

  it('do not wait for flushes that come seldom, nor for records that are walked over in order', async () => {
    const clock = new ManualClock();
    const store = await open(new MemoryDisk(), clock);
    for (let run = 0; run < 4; run++) {
      await clock.advance(BULK_PAUSE_MS);
      await addRun(store, { first: run * COUNT });
    }
    await untilMerged(store, clock);
    assert.equal(runsOf(store), 1);
    for (let run = 0; run < 4; run++) await addRun(store, { first: run * COUNT, database: 'links' });
    await untilMerged(store, clock, 'links');
    assert.equal(runsOf(store, 'links'), 1);
    await store.close();
  });
});

/** Gives a merge that has begun the turns, and at its bounded rate the time, that it needs. */
async function untilMerged(
  store: MaintainedStore,
  clock: ManualClock,
  database: DatabaseName = 'titles',
): Promise<void> {
  for (let turn = 0; turn < 1_000 && runsOf(store, database) > 1; turn++) {
    await clock.advance(1);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
