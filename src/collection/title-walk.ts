/** Every title record of a collection in the order of document ids: what exports and rebuilds walk along. */

import {
  type CollectionId,
  type DocId,
  docIdOfSlot,
  SLOT_COUNT,
  toCollectionId,
  toSlot,
} from '../base/index.ts';
import {
  collectionRange,
  keyAfter,
  KeyReader,
  type RangeResult,
  type Shards,
  type Store,
} from '../storage/index.ts';
import { placeBehind, placeFrom } from './collection-places.ts';
import { titleKey } from './document-chain.ts';

/** Bytes read at once: bounds what a walk holds. */
const STEP_BYTES = 1_048_576;

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
  let start =
    after === undefined ? placeFrom('titles', 0, collection) : keyAfter(titleKey(collection, after));
  while (start !== undefined) {
    const { slot } = new KeyReader(start);
    const store = shards.of(slot);
    const lastSlot = lastSlotOf(shards, store, slot);
    const { end } = collectionRange('titles', toSlot(lastSlot), toCollectionId(0xffff_ffff));
    const { records }: RangeResult = await store.range({
      database: 'titles',
      start,
      end,
      byteTarget: STEP_BYTES,
      priority: 'background',
      ...(signal === undefined ? {} : { signal }),
    });
    if (records.length === 0) start = placeFrom('titles', lastSlot + 1, collection);
    for (const { key, value } of records) {
      const at = new KeyReader(key);
      if (at.collection !== collection) {
        start = placeBehind('titles', at, collection);
        break;
      }
      start = keyAfter(key);
      // An empty value marks a deletion on a chain of colliding ids.
      if (value.length > 0) yield { docId: docIdOfSlot(at.slot, at.u48()), record: value };
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
