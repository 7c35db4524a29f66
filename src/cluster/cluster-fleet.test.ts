import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import {
  COLLECTION,
  FakeStore,
  randomDocument,
  seededRandom,
  WEIGHTS,
  wordHash,
} from '../../testing/index-fixtures.ts';
import {
  ByteReader,
  isPeregrineError,
  ManualClock,
  PeregrineError,
  type ShardId,
  toShardId,
} from '../base/index.ts';
import type { ViewedShards } from '../collection/index.ts';
import { MemoryDisk } from '../disk/index.ts';
import { NOTHING_READABLE } from '../index/index.ts';
import { ClusterFleet } from './cluster-fleet.ts';
import { Service } from './host-link.ts';
import type { HostId } from './shard-record.ts';
import { ViewHost } from './view-host.ts';

const PAGE_BYTES = 16_384;
const DOCUMENTS = 1_000;

/** The copy of a shard's index on one host. */
async function copyOf(shard: number, state: 'whole' | 'damaged'): Promise<FakeStore> {
  const disk = new MemoryDisk();
  const store = await FakeStore.open({ disk });
  const random = seededRandom(shard + 1);
  for (let n = 0; n < DOCUMENTS; n++) store.put(shard * DOCUMENTS + n, randomDocument(random, { words: 5 }));
  await store.flush();
  if (state === 'damaged') {
    const path = store.files.find((file) => file.path.endsWith('.segment'))?.path ?? '';
    const file = await disk.open(`shard/${path}`, 'write');
    const size_bytes = await file.size();
    // All but what opening reads.
    for (let at = PAGE_BYTES; at < size_bytes - PAGE_BYTES; at += PAGE_BYTES) {
      await file.write(new Uint8Array(16).fill(1), at);
    }
    await file.close();
    await store.restart();
  }
  return store;
}

/** What each host holds of each shard; the fleet is that of the first. */
type Holdings = Readonly<Record<HostId, Readonly<Record<number, 'whole' | 'damaged'>>>>;

async function fleetOf(holdings: Holdings) {
  const clock = new ManualClock();
  const held = new Map<HostId, Map<ShardId, FakeStore>>();
  for (const [host, shards] of Object.entries(holdings)) {
    const copies = new Map<ShardId, FakeStore>();
    for (const [n, state] of Object.entries(shards)) {
      copies.set(toShardId(Number(n)), await copyOf(Number(n), state));
    }
    held.set(host, copies);
  }
  const [here = '', ...others] = held.keys();
  const indexOf = (host: HostId) => (shard: ShardId) => held.get(host)?.get(shard)?.index;
  const hosts = new Map(others.map((host) => [host, new ViewHost(clock, indexOf(host), () => 1)]));
  const asked: string[] = [];
  const fleet = new ClusterFleet({
    count: new Set(Object.values(holdings).flatMap((shards) => Object.keys(shards))).size,
    readable: indexOf(here),
    entryOf: () => 1,
    viewHost: new ViewHost(clock, indexOf(here), () => 1),
    link: {
      host: here,
      ask: async (host, service, body) => {
        if (service === Service.openViews) asked.push(host);
        const answer = hosts.get(host)?.services()[service];
        if (answer === undefined) throw new PeregrineError('UNAVAILABLE', `${host} is not there.`);
        return new ByteReader(await answer(new ByteReader(body)));
      },
    },
    router: {
      mirrors: (shard) => others.filter((host) => held.get(host)?.has(shard)),
      aheadOf: () => [],
      answered: () => undefined,
      failed: () => undefined,
      askAny: async () => assert.fail('no totals are asked for'),
    },
    clock,
  });
  return { fleet, clock, asked };
}

/** Documents with the commonest word in all shards, and whether some may be missing. */
async function search({ views, missing }: ViewedShards): Promise<{ matches: number; isDamaged: boolean }> {
  assert.equal(missing, 0);
  const scored = [{ stem: wordHash(0), surface: undefined, weight: 1, place: 0 }];
  const statistics = views.map((view) => view.statistics(scored));
  const answers = await Promise.all(
    views.map(async (view, i) => {
      const query = {
        collection: COLLECTION,
        scored,
        required: [],
        excluded: [],
        weights: WEIGHTS,
        limit: DOCUMENTS,
      };
      try {
        return await view.searchAside({ ...query, statistics: statistics[i]! });
      } catch (error) {
        // As a search over several shards takes it.
        if (isPeregrineError(error, 'CORRUPT')) return NOTHING_READABLE;
        throw error;
      }
    }),
  );
  return {
    matches: answers.reduce((sum, { hits }) => sum + hits.length, 0),
    isDamaged: answers.some(({ isDamaged = false }) => isDamaged),
  };
}

/** All documents of the only shard. */
async function countStreamed({ views: [view] }: ViewedShards): Promise<number> {
  const all = { scored: [], required: [], excluded: [], everything: true, limit: 1, weights: WEIGHTS };
  const statistics = view!.statistics([]);
  return Array.from(view!.stream({ ...all, collection: COLLECTION, statistics })).flat().length;
}

describe('a search of a cluster in which an index is damaged', () => {
  test('is answered by another copy, which is asked first for a while', async () => {
    const whole = await (await fleetOf({ north: { 0: 'whole' } })).fleet.within(COLLECTION, search);
    assert.ok(whole.matches > 100);
    const { fleet, clock, asked } = await fleetOf({ north: { 0: 'damaged' }, south: { 0: 'whole' } });
    assert.deepEqual(await fleet.within(COLLECTION, search), whole);
    assert.deepEqual(await fleet.within(COLLECTION, search), whole);
    assert.deepEqual(asked, ['south', 'south']);
    // By then it may have been repaired, and is looked at again.
    clock.advance(60_000);
    assert.deepEqual(await fleet.within(COLLECTION, search), whole);
  });

  test('is answered in part, and says so, where no copy is whole', async () => {
    const nothing = { matches: 0, isDamaged: true };
    for (const holdings of [
      { north: { 0: 'damaged' } },
      { north: { 0: 'damaged' }, south: { 0: 'damaged' } },
      { north: {}, south: { 0: 'damaged' } },
    ] as Holdings[]) {
      const { fleet } = await fleetOf(holdings);
      assert.deepEqual(await fleet.within(COLLECTION, search), nothing);
    }
  });

  test('asks past damage here and on other hosts, and says what is sound of other shards', async () => {
    const both = await (
      await fleetOf({ north: { 0: 'whole', 1: 'whole' } })
    ).fleet.within(COLLECTION, search);
    const healed = await fleetOf({
      north: { 0: 'damaged' },
      south: { 0: 'whole', 1: 'damaged' },
      west: { 1: 'whole' },
    });
    assert.deepEqual(await healed.fleet.within(COLLECTION, search), both);
    const hurt = await fleetOf({ north: { 0: 'damaged' }, south: { 1: 'whole' } });
    const { matches, isDamaged } = await hurt.fleet.within(COLLECTION, search);
    assert.ok(matches > 100 && matches < both.matches);
    assert.ok(isDamaged);
  });

  test('streams every match from another copy', async () => {
    const { fleet } = await fleetOf({ north: { 0: 'damaged' }, south: { 0: 'whole' } });
    assert.equal(await fleet.within(COLLECTION, countStreamed), DOCUMENTS);
    const alone = await fleetOf({ north: { 0: 'damaged' } });
    await assert.rejects(alone.fleet.within(COLLECTION, countStreamed), { code: 'CORRUPT' });
  });
});
