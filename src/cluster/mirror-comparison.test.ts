import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { systemClock, toCollectionId, toShardId, toSlot } from '../base/index.ts';
import { MemoryDisk } from '../disk/index.ts';
import { KeyWriter, type MaintainedStore, openStore } from '../storage/index.ts';
import { compareMirrors, type MirrorComparison, sumRange } from './index.ts';
import { encodePosition, positionKey } from './mirror.ts';

const SHARD = toShardId(0);

function statKey(n: number): Uint8Array {
  return new KeyWriter('stats', toSlot(n % 7), toCollectionId(1)).u32(n).finish();
}

/** A mirror at `entry` with a few thousand records. */
async function mirrorAt(entry: number): Promise<MaintainedStore> {
  const store = await openStore({ disk: new MemoryDisk(), directory: 'shard', shard: SHARD });
  for (let from = 0; from < 3_000; from += 500) {
    const records = Array.from({ length: 500 }, (_, i) => ({
      database: 'stats' as const,
      key: statKey(from + i),
      value: new Uint8Array(200).fill(from + i),
    }));
    await store.append({ records });
  }
  await moveTo(store, entry);
  return store;
}

async function moveTo(store: MaintainedStore, entry: number): Promise<void> {
  const value = encodePosition({ epoch: 1, term: 1, entry, place: entry });
  await store.append({ records: [{ database: 'meta', key: positionKey(SHARD, 1), value }] });
}

function compare(
  leader: MaintainedStore,
  other: MaintainedStore,
  entries: { leader: () => number; other: () => number },
): Promise<MirrorComparison> {
  return compareMirrors({
    shard: SHARD,
    store: leader,
    leader: { host: 'a', sum: (...range) => sumRange(leader, entries.leader, ...range) },
    others: [{ host: 'b', sum: (...range) => sumRange(other, entries.other, ...range) }],
    clock: { ...systemClock, sleep: async () => undefined },
  });
}

describe('Comparing mirrors', () => {
  it('finds those alike that hold the same, wherever they are in the log', async () => {
    const [leader, other] = [await mirrorAt(9), await mirrorAt(8)];
    const found = await compare(leader, other, { leader: () => 9, other: () => 8 });
    assert.deepEqual(found, { shard: 0, hosts: ['a', 'b'], records: 3_001, differences: [], unsettled: 0 });
    await leader.close();
    await other.close();
  });

  it('finds one record that is another, one that is missing and one too many', async () => {
    const change: readonly (readonly [number, Uint8Array | undefined])[] = [
      [1_234, new Uint8Array(200)],
      [2_999, undefined],
      [70_000, new Uint8Array(3)],
    ];
    for (const [n, value] of change) {
      const [leader, other] = [await mirrorAt(9), await mirrorAt(9)];
      await other.append({ records: [{ database: 'stats', key: statKey(n), value }] });
      const { differences } = await compare(leader, other, { leader: () => 9, other: () => 9 });
      assert.equal(differences.length, 1, `record ${n}`);
      const [difference] = differences;
      assert.equal(difference?.host, 'b');
      const key = Buffer.from(statKey(n)).toString('hex');
      assert(difference.first <= key && key <= difference.last, 'the range holds it');
      await leader.close();
      await other.close();
    }
  });

  it('waits for a mirror that is behind', async () => {
    const [leader, other] = [await mirrorAt(10), await mirrorAt(9)];
    await leader.append({ records: [{ database: 'stats', key: statKey(5), value: new Uint8Array(1) }] });
    let looks = 0;
    const found = await compare(leader, other, {
      leader: () => 10,
      other: () => {
        looks += 1;
        return 9;
      },
    });
    assert.equal(found.differences.length, 0, 'what it has not got yet is no difference');
    assert.equal(found.unsettled, 1);
    assert(looks > 10);
    await leader.close();
    await other.close();
  });
});
