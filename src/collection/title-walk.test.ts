import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';

import {
  type CollectionId,
  type DocId,
  docIdOfSlot,
  silentLog,
  slotOfDocId,
  toCollectionId,
  toSlot,
} from '../base/index.ts';
import { MemoryDisk } from '../disk/index.ts';
import { createShardIndex } from '../index/index.ts';
import { type DerivedState, openShards, type OpenShards } from '../storage/index.ts';
import { titleKey } from './document-chain.ts';
import { dropCollection } from './drop-collection.ts';
import { walkTitles } from './title-walk.ts';

const [BEFORE, OURS, BEHIND] = [1, 2, 3].map(toCollectionId) as [CollectionId, CollectionId, CollectionId];
const RECORD = new Uint8Array([7]);
const MARKER = new Uint8Array(0);
/** At both ends of the slots, next to one another, and at both ends of the hashes of a slot. */
const DOC_IDS = [0, 1, 2, 2_047, 2_048, 4_095].flatMap((slot) =>
  [0, 5, 2 ** 41 - 1].map((hash) => docIdOfSlot(toSlot(slot), hash)),
);

async function shardsWith(
  t: TestContext,
  titles: readonly (readonly [CollectionId, DocId, Uint8Array])[],
): Promise<OpenShards> {
  const disk = new MemoryDisk();
  const derived = (): DerivedState[] => [createShardIndex({ disk, log: silentLog })];
  const shards = await openShards({ disk, count: 2, derived });
  t.after(() => shards.close());
  for (const [collection, docId, value] of titles) {
    await shards
      .of(slotOfDocId(docId))
      .append({ records: [{ database: 'titles', key: titleKey(collection, docId), value }] });
  }
  return shards;
}

async function walked(shards: OpenShards, collection: CollectionId, after?: DocId): Promise<DocId[]> {
  const found: DocId[] = [];
  for await (const { docId } of walkTitles(shards, collection, after === undefined ? {} : { after })) {
    found.push(docId);
  }
  return found;
}

test('a collection is walked in order, over shards, slots and what others have between', async (t) => {
  const all = DOC_IDS.flatMap((docId) =>
    [BEFORE, OURS, BEHIND].map((collection) => [collection, docId, RECORD] as const),
  );
  const shards = await shardsWith(t, all);
  assert.deepEqual(await walked(shards, OURS), DOC_IDS);
  for (const [at, docId] of DOC_IDS.entries()) {
    assert.deepEqual(await walked(shards, OURS, docId), DOC_IDS.slice(at + 1));
  }
});

test('a collection that has nothing in most slots is walked all the same, without what marks deletions', async (t) => {
  const [first, second, third] = [DOC_IDS[1]!, DOC_IDS[9]!, DOC_IDS[17]!];
  const shards = await shardsWith(t, [
    ...DOC_IDS.map((docId) => [BEFORE, docId, RECORD] as const),
    [OURS, first, RECORD],
    [OURS, second, MARKER],
    [OURS, third, RECORD],
  ]);
  assert.deepEqual(await walked(shards, OURS), [first, third]);
  assert.deepEqual(await walked(shards, BEHIND), []);
});

test('a collection that is dropped leaves those beside it as they were', async (t) => {
  const all = DOC_IDS.flatMap((docId) =>
    [BEFORE, OURS, BEHIND].map((collection) => [collection, docId, RECORD] as const),
  );
  const shards = await shardsWith(t, all);
  await dropCollection(shards, OURS);
  assert.deepEqual(await walked(shards, OURS), []);
  for (const other of [BEFORE, BEHIND]) assert.deepEqual(await walked(shards, other), DOC_IDS);
});
