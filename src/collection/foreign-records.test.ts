import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  isPeregrineError,
  must,
  PeregrineError,
  silentLog,
  slotOfDocId,
  toCollectionId,
  toSlot,
} from '../base/index.ts';
import { MemoryDisk } from '../disk/index.ts';
import { analyseRecord, buildDocument } from '../document/index.ts';
import { createShardIndex, encodeIndexOperation, INDEX_STATE, type ShardIndex } from '../index/index.ts';
import {
  type Batch,
  type DatabaseName,
  KeyWriter,
  type MaintainedStore,
  type OpenShards,
  openShards,
  type Shards,
} from '../storage/index.ts';
import { proposedDocId, titleKey } from './document-chain.ts';
import { handOverForeign } from './foreign-records.ts';

const MAIN = toCollectionId(1);
const LAST_SLOT = 4_095;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function keyIn(database: DatabaseName, slot: number, kind = 0): Uint8Array {
  return new KeyWriter(database, toSlot(slot), MAIN).u8(kind).finish();
}

interface Fixture {
  readonly shards: OpenShards;
  readonly indexes: readonly ShardIndex[];
  /** The shard that a slot is not of. */
  readonly wrong: (slot: number) => MaintainedStore;
}

async function fixture(): Promise<Fixture> {
  const indexes: ShardIndex[] = [];
  const disk = new MemoryDisk();
  const shards = await openShards({
    disk,
    count: 2,
    derived: (shard) => {
      const index = createShardIndex({ disk, memory_bytes: 4_194_304, log: silentLog });
      indexes[shard] = index;
      return [index];
    },
  });
  const wrong = (slot: number): MaintainedStore =>
    must(
      shards.all.find((store) => store !== shards.of(toSlot(slot))),
      'another shard',
    );
  return { shards, indexes, wrong };
}

const handOver = async ({ shards }: Fixture, seen: Shards = shards): Promise<number[][]> => {
  const done = [];
  for (const store of shards.all) done.push(await handOverForeign(seen, store, silentLog));
  return done.map(({ handed, dropped }) => [handed, dropped]);
};

/** A page with its title record, indexed where it is written. */
async function pageOf(n: number): Promise<{ docId: ReturnType<typeof proposedDocId>; batch: Batch }> {
  const url = `https://site${n}.example/`;
  const { titleRecord } = await buildDocument({
    url,
    bytes: bytes(`<title>Page ${n}</title><p>The falcon of number${n}.`),
    headers: { 'content-type': 'text/html' },
    status: 200,
    fetchedAt_ms: 1_772_632_800_000,
    depth: 0,
  });
  const docId = proposedDocId(url);
  const document = must(analyseRecord(titleRecord), 'text');
  const payload = encodeIndexOperation({ kind: 'put', collection: MAIN, docId, document });
  return {
    docId,
    batch: {
      records: [{ database: 'titles', key: titleKey(MAIN, docId), value: titleRecord }],
      derived: [{ state: INDEX_STATE, payload }],
    },
  };
}

/** A store that takes no writes. */
const deaf = (store: MaintainedStore): MaintainedStore =>
  new Proxy(store, {
    get: (target, name) => {
      if (name === 'sequence') return async () => Promise.reject(new PeregrineError('UNAVAILABLE', 'away'));
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });

const isAway = (error: unknown): boolean => isPeregrineError(error, 'UNAVAILABLE');

test('records in the wrong shard go to their owner, never over what it knows, and leave when it has them', async () => {
  const here = await fixture();
  const { shards, indexes, wrong } = here;
  const pages = await Promise.all(Array.from({ length: 24 }, (_, n) => pageOf(n)));
  for (const { docId, batch } of pages) await wrong(slotOfDocId(docId)).append(batch);
  const slots = [0, 1, 1_000, 2_047, 2_048, 3_000, LAST_SLOT];
  for (const slot of slots) {
    await wrong(slot).append({
      records: [
        { database: 'links', key: keyIn('links', slot), value: bytes(`link ${slot}`) },
        { database: 'sites', key: keyIn('sites', slot), value: bytes('old') },
        // The lease of a shard, the position of a mirror and how far a rebuild is are of the shard that they lie in.
        { database: 'meta', key: keyIn('meta', slot, 20), value: bytes('a lease') },
        { database: 'meta', key: keyIn('meta', slot, 33), value: bytes('a position') },
        { database: 'meta', key: keyIn('meta', slot, 2), value: bytes('a mark') },
      ],
    });
    await shards.of(toSlot(slot)).append({
      records: [
        { database: 'sites', key: keyIn('sites', slot), value: bytes('new') },
        { database: 'attempts', key: keyIn('attempts', slot), value: bytes('own') },
      ],
    });
  }
  for (const store of shards.all) {
    await store.flush();
    assert.equal((await store.verify({ depth: 'deep' })).isSound, false);
  }

  const done = await handOver(here);
  assert.equal(
    done.reduce((sum, [handed = 0]) => sum + handed, 0),
    pages.length + slots.length,
  );
  assert.equal(
    done.reduce((sum, [, dropped = 0]) => sum + dropped, 0),
    4 * slots.length,
  );
  for (const { docId, batch } of pages) {
    const owner = shards.of(slotOfDocId(docId));
    const found = await owner.get('titles', titleKey(MAIN, docId));
    assert.deepEqual(Buffer.from(found ?? []), Buffer.from(batch.records?.[0]?.value ?? []));
    const places = indexes.map((index) => {
      const view = index.view(MAIN);
      const isThere = view.has(docId);
      view.release();
      return isThere;
    });
    assert.deepEqual(
      places,
      shards.all.map((store) => store === owner),
      'found once, where it belongs',
    );
  }
  for (const slot of slots) {
    const owner = shards.of(toSlot(slot));
    const text = async (database: DatabaseName, kind = 0): Promise<string> =>
      Buffer.from((await owner.get(database, keyIn(database, slot, kind))) ?? []).toString();
    assert.deepEqual(
      [await text('links'), await text('sites'), await text('attempts')],
      [`link ${slot}`, 'new', 'own'],
    );
    for (const kind of [2, 20, 33]) assert.equal(await text('meta', kind), '', `kind ${kind}`);
  }
  for (const store of shards.all) {
    const { isSound, sentence } = await store.verify({ depth: 'deep' });
    assert(isSound, sentence);
  }
  assert.deepEqual(
    await handOver(here),
    [
      [0, 0],
      [0, 0],
    ],
    'nothing is left to be handed over',
  );
  await shards.close();
});

test('records in the wrong shard stay there while their owner takes nothing, and what both have leaves later', async () => {
  const here = await fixture();
  const { shards, wrong } = here;
  const slots = [5, 4_000];
  for (const slot of slots) {
    await wrong(slot).append({
      records: [{ database: 'links', key: keyIn('links', slot), value: bytes('x') }],
    });
  }
  const away: Shards = { ...shards, count: 2, of: (slot) => deaf(shards.of(slot) as MaintainedStore) };
  await assert.rejects(handOver(here, away), isAway);
  for (const slot of slots) assert(await wrong(slot).get('links', keyIn('links', slot)));

  // The owner has it, and the shard that it is to leave takes nothing any more.
  for (const store of shards.all)
    await assert.rejects(handOverForeign(shards, deaf(store), silentLog), isAway);
  for (const slot of slots) {
    assert(await wrong(slot).get('links', keyIn('links', slot)));
    assert(await shards.of(toSlot(slot)).get('links', keyIn('links', slot)));
  }
  assert.deepEqual(await handOver(here), [
    [0, 1],
    [0, 1],
  ]);
  for (const slot of slots) {
    assert.equal(await wrong(slot).get('links', keyIn('links', slot)), undefined);
    assert(await shards.of(toSlot(slot)).get('links', keyIn('links', slot)));
  }
  await shards.close();
});
