import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ManualClock, silentLog, toShardId } from '../base/index.ts';
import type { ShardIndex } from '../index/index.ts';
import type { MaintainedStore } from '../storage/index.ts';
import { startMaintenance } from './maintenance.ts';

const MIB = 2 ** 20;
const LOOK_MS = 2_000;

/** A store of which maintenance sees how much waits in it, and how much of that is for the index. */
class WatchedStore {
  readonly shard = toShardId(0);
  lastSeq = 0;
  memtable_bytes = 0;
  derived_bytes = 0;
  flushes = 0;

  write(derived_bytes: number): void {
    this.lastSeq += 1;
    this.derived_bytes += derived_bytes;
  }

  status(): this {
    return this;
  }

  flush(): Promise<void> {
    this.flushes += 1;
    this.derived_bytes = 0;
    return Promise.resolve();
  }
}

async function tended(
  during: (store: WatchedStore, look: () => Promise<void>) => Promise<void>,
): Promise<void> {
  const clock = new ManualClock();
  const store = new WatchedStore();
  const index = { merge: () => Promise.resolve(0) } as unknown as ShardIndex;
  const maintenance = startMaintenance({
    held: () => [{ store: store as unknown as MaintainedStore, index }],
    collectGarbage: () => undefined,
    scrub_bytesPerSecond: 0,
    clock,
    log: silentLog,
  });
  await during(store, () => clock.advance(LOOK_MS));
  await maintenance.stop();
}

describe('Documents that nobody has searched', () => {
  it('go into files as soon as their bulk is over', () =>
    tended(async (store, look) => {
      store.write(30 * MIB);
      await look();
      await look();
      assert.equal(store.flushes, 0);
      await look();
      assert.equal(store.flushes, 1);
    }));

  it('stay in memory while more come', () =>
    tended(async (store, look) => {
      for (let i = 0; i < 20; i++) {
        store.write(2 * MIB);
        await look();
        if (i % 3 === 0) await look();
      }
      assert.equal(store.flushes, 0);
    }));

  it('stay there for longer where they are few', () =>
    tended(async (store, look) => {
      store.write(3 * MIB);
      for (let i = 0; i < 10; i++) await look();
      assert.equal(store.flushes, 0);
      await look();
      assert.equal(store.flushes, 1);
    }));
});
