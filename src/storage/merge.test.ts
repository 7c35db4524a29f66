import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { HastyClock } from '../../testing/hasty-clock.ts';
import { isPeregrineError, toCollectionId, toShardId, toSlot } from '../base/index.ts';
import { type Disk, FaultyDisk, MemoryDisk } from '../disk/index.ts';
import { KeyWriter, openStore, type Store } from './index.ts';

function open(disk: Disk): Promise<Store> {
  return openStore({
    disk,
    directory: 'store',
    shard: toShardId(0),
    mergesItself: false,
    clock: new HastyClock(),
    part_bytes: 2_000,
    segment_bytes: 64 * 1024,
    mergePolicy: { fanout: 3, lowestTier_bytes: 4_096 },
  });
}

function keyOf(number: number): Uint8Array {
  return new KeyWriter('links', toSlot(1), toCollectionId(1)).u32(number).finish();
}

const ALL = { database: 'links', start: keyOf(0), end: keyOf(0xffff_ffff) } as const;
const COUNT = 400;

/** Puts or deletes the numbers that `step` leads to, and flushes them as one run. */
async function addRun(store: Store, step: number, value?: number): Promise<void> {
  const records = Array.from({ length: Math.ceil(COUNT / step) }, (_, i) => ({
    database: 'links' as const,
    key: keyOf(i * step),
    // Not to be compressed away: parts should fill.
    value:
      value === undefined
        ? undefined
        : new Uint8Array(40).map((_, at) => (i * 131 + at * at * 17 + value) & 255),
  }));
  await store.append({ records });
  await store.flush();
}

async function keys(store: Store): Promise<number[]> {
  const numbers: number[] = [];
  for await (const { key } of store.scan(ALL))
    numbers.push(new DataView(key.buffer, key.byteOffset).getUint32(6));
  return numbers;
}

const odd = Array.from({ length: COUNT }, (_, i) => i).filter((number) => number % 2 === 1);

describe('A merge', () => {
  it('keeps deletions while an older run may hold what they delete, and drops them with it', async () => {
    const store = await open(new MemoryDisk());
    await addRun(store, 1, 1);
    await addRun(store, 2);
    await addRun(store, 4);
    await addRun(store, 6);
    assert.equal(await store.merge(), 1);
    assert.equal(store.status().databases.links.runs, 2);
    assert.deepEqual(await keys(store), odd);
    await store.merge({ force: true });
    const { runs, records } = store.status().databases.links;
    assert.deepEqual([runs, records], [1, COUNT / 2]);
    assert.deepEqual(await keys(store), odd);
    await store.close();
  });

  it('brings nothing back and loses nothing, whichever step it is killed at, and goes on from there', async () => {
    let resumed = 0;
    for (let crashAt = 1; crashAt < 150; crashAt += 3) {
      const disk = new FaultyDisk({ seed: crashAt });
      const store = await open(disk);
      await addRun(store, 1, 1);
      await addRun(store, 2);
      await addRun(store, 3, 2);
      await addRun(store, 6);
      disk.crashAt(disk.calls + crashAt);
      await store
        .merge({ force: true })
        .catch((error: unknown) => assert(isPeregrineError(error), String(error)));
      const after = await open(disk.crash());
      const expected = Array.from({ length: COUNT }, (_, i) => i).filter((number) => {
        return number % 6 !== 0 && (number % 3 === 0 || number % 2 === 1);
      });
      assert.deepEqual(await keys(after), expected, `killed at ${crashAt}`);
      if (after.status().databases.links.runs > 1) resumed += 1;
      await after.merge({ force: true });
      const { runs, records } = after.status().databases.links;
      assert.deepEqual([runs, records], [1, expected.length]);
      assert.deepEqual(await keys(after), expected);
      await after.close();
    }
    assert.ok(resumed > 10);
  });

  it('frees the parts of its sources as it goes on', async () => {
    const disk = new MemoryDisk();
    const store = await open(disk);
    for (let i = 0; i < 4; i++) await addRun(store, 1, i);
    const before = (await disk.list('store/parts')).length;
    let most = 0;
    const merging = store.merge({ force: true });
    const state = { isDone: false };
    void merging.then(() => (state.isDone = true));
    while (!state.isDone) {
      most = Math.max(most, (await disk.list('store/parts')).length);
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.ok(before >= 20 && most <= before + 3, `${most} files where there were ${before}`);
    await store.close();
  });

  it('lets readers finish with the files that it takes away', async () => {
    const store = await open(new MemoryDisk());
    for (let i = 0; i < 4; i++) await addRun(store, 1, i);
    const reading = keys(store);
    const merging = store.merge({ force: true });
    assert.equal((await reading).length, COUNT);
    await merging;
    assert.equal((await keys(store)).length, COUNT);
    await store.close();
  });
});
