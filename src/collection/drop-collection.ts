/** Deletes what a collection has in every database. Skips from slot to slot, so that the cost follows its own records. */

import { type CollectionId, SLOT_COUNT, toCollectionId, toSlot } from '../base/index.ts';
import { encodeIndexOperation, INDEX_STATE } from '../index/index.ts';
import {
  collectionRange,
  DATABASE_NAMES,
  type DatabaseName,
  keyAfter,
  KeyReader,
  type RangeResult,
  type RecordOperation,
  type Shards,
  type Store,
} from '../storage/index.ts';
import { placeBehind, placeFrom } from './collection-places.ts';

/** Deletions in one batch: bounds memory and how long others wait. */
const BATCH_RECORDS = 1_000;

export async function dropCollection(shards: Shards, collection: CollectionId): Promise<void> {
  for (const store of shards.all) {
    const payload = encodeIndexOperation({ kind: 'drop', collection });
    await store.append({ records: [], derived: [{ state: INDEX_STATE, payload }] });
    for (const database of DATABASE_NAMES) await dropRecords(store, database, collection);
  }
}

async function dropRecords(store: Store, database: DatabaseName, collection: CollectionId): Promise<void> {
  const { end } = collectionRange(database, toSlot(SLOT_COUNT - 1), toCollectionId(0xffff_ffff));
  let start = placeFrom(database, 0, collection);
  let pending: RecordOperation[] = [];
  while (start !== undefined) {
    const { records }: RangeResult = await store.range({ database, start, end, limit: BATCH_RECORDS });
    const next = records[0];
    if (next === undefined) break;
    const head = new KeyReader(next.key);
    if (head.collection !== collection) {
      start = placeBehind(database, head, collection);
      continue;
    }
    const own = records.filter(({ key }) => new KeyReader(key).collection === collection);
    pending.push(...own.map(({ key }) => ({ database, key, value: undefined })));
    if (pending.length >= BATCH_RECORDS) {
      await store.append({ records: pending });
      pending = [];
    }
    const last = own.at(-1);
    start = last === undefined ? undefined : keyAfter(last.key);
  }
  if (pending.length > 0) await store.append({ records: pending });
}
