/** Every title record of a collection in the order of document ids: what exports and rebuilds walk along. */

import {
  type CollectionId,
  type DocId,
  SLOT_COUNT,
  type Slot,
  slotOfDocId,
  toCollectionId,
  toSlot,
} from '../base/index.ts';
import { collectionRange, KeyReader, type Shards, type Store } from '../storage/index.ts';
import { titleKey } from './document-chain.ts';

/** Bytes read at once: bounds what a walk holds. */
const STEP_BYTES = 1_048_576;
const DOC_HASH_SIZE = 2 ** 41;

export interface TitleAt {
  readonly docId: DocId;
  readonly record: Uint8Array;
}

/** Each shard is one range of slots; slots that hold nothing of the collection cost one read together. */
export async function* walkTitles(
  shards: Shards,
  collection: CollectionId,
  { after, signal }: { readonly after?: DocId; readonly signal?: AbortSignal } = {},
): AsyncGenerator<TitleAt> {
  const first: Slot = after === undefined ? toSlot(0) : slotOfDocId(after);
  let start: Uint8Array | undefined = collectionRange('titles', first, collection).start;
  if (after !== undefined) start = successor(titleKey(collection, after));
  let store: Store | undefined;
  let slot: number = first;
  while (start !== undefined && slot < SLOT_COUNT) {
    store = shards.of(toSlot(slot));
    const lastSlot = lastSlotOf(shards, store, slot);
    const { end } = collectionRange('titles', toSlot(lastSlot), toCollectionId(0xffff_ffff));
    const { records } = await store.range({
      database: 'titles',
      start,
      end,
      byteTarget: STEP_BYTES,
      priority: 'background',
      ...(signal === undefined ? {} : { signal }),
    });
    const head = records[0];
    if (head === undefined) {
      slot = lastSlot + 1;
      start = slot < SLOT_COUNT ? collectionRange('titles', toSlot(slot), collection).start : undefined;
      continue;
    }
    let last: Uint8Array = head.key;
    for (const { key, value } of records) {
      const reader = new KeyReader(key);
      if (reader.collection !== collection) {
        // Another collection's records of this slot, or the next slot's: go on where ours can come next.
        const nextSlot: number = reader.collection < collection ? reader.slot : reader.slot + 1;
        last = key;
        slot = nextSlot;
        start =
          nextSlot < SLOT_COUNT ? collectionRange('titles', toSlot(nextSlot), collection).start : undefined;
        break;
      }
      last = key;
      slot = reader.slot;
      start = undefined;
      // An empty value marks a deletion on a chain of colliding ids.
      if (value.length > 0) yield { docId: (slot * DOC_HASH_SIZE + reader.u48()) as DocId, record: value };
      start = successor(last);
    }
  }
}

function lastSlotOf(shards: Shards, store: Store, from: number): number {
  let low = from;
  let high = SLOT_COUNT - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (shards.of(toSlot(middle)) === store) low = middle;
    else high = middle - 1;
  }
  return low;
}

function successor(key: Uint8Array): Uint8Array | undefined {
  const next = key.slice();
  for (let i = next.length - 1; i >= 0; i--) {
    const byte = ((next[i] ?? 0) + 1) & 0xff;
    next[i] = byte;
    if (byte !== 0) return next;
  }
  return undefined;
}
