/** Finding what a collection has without reading it: from one range to the next by a read of one record each. */

import { type CollectionId, SLOT_COUNT, type Slot, toSlot } from '../base/index.ts';
import { collectionRange, type DatabaseName, KeyReader, KeyWriter, type Store } from '../storage/index.ts';
import type { HostRef } from './host.ts';

const DELETE_BATCH = 1_000;

/** The slots in which a store holds records of a collection: at most two reads for each slot that holds anything. */
export async function* slotsHolding(
  store: Store,
  database: DatabaseName,
  collection: CollectionId,
): AsyncGenerator<Slot> {
  const { end } = collectionRange(database, toSlot(SLOT_COUNT - 1), collection);
  let slot = 0;
  while (slot < SLOT_COUNT) {
    const { start } = collectionRange(database, toSlot(slot), collection);
    const { records } = await store.range({ database, start, end, limit: 1 });
    const [first] = records;
    if (first === undefined) return;
    const found = new KeyReader(first.key);
    if (found.collection === collection) {
      yield found.slot;
      slot = found.slot + 1;
    } else {
      // Another collection's record: ours of that slot, if any, stand behind it or are passed by.
      slot = found.collection < collection ? found.slot : found.slot + 1;
    }
  }
}

/** The value of the first due record of a collection in a slot, behind those of the host `after`. */
export async function firstDue(
  store: Store,
  collection: CollectionId,
  slot: Slot,
  after: HostRef | undefined,
): Promise<Uint8Array | undefined> {
  const { start, end } = collectionRange('due', slot, collection);
  if (after !== undefined) {
    if (after.hash === 0xffff_ffff_ffff_ffffn) return undefined;
    start.set(new KeyWriter('due', slot, collection).u64(after.hash + 1n).finish());
    start[start.length - 1] = 0;
  }
  const { records } = await store.range({ database: 'due', start, end, limit: 1 });
  return records[0]?.value;
}

/** Deletes a collection's records of one database in one slot. */
export async function deleteSlot(
  store: Store,
  database: DatabaseName,
  collection: CollectionId,
  slot: Slot,
): Promise<void> {
  await deleteRange(store, database, collectionRange(database, slot, collection));
}

/** Deletes all records of a range, a batch at a time. */
export async function deleteRange(
  store: Store,
  database: DatabaseName,
  { start, end }: { readonly start: Uint8Array; readonly end: Uint8Array },
): Promise<void> {
  for (let from: Uint8Array | undefined = start; from !== undefined;) {
    const page: Awaited<ReturnType<Store['range']>> = await store.range({
      database,
      start: from,
      end,
      limit: DELETE_BATCH,
    });
    if (page.records.length > 0) {
      await store.append({ records: page.records.map(({ key }) => ({ database, key, value: undefined })) });
    }
    from = page.resume;
  }
}
