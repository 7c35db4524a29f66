/** The title records of a collection in one shard, in the order of docIds. */

import {
  type CollectionId,
  DOC_HASH_BITS,
  type DocId,
  PeregrineError,
  SLOT_COUNT,
  type Slot,
  slotOfDocId,
  toDocId,
  toSlot,
} from '../base/index.ts';
import { collectionRange, KeyReader, type Shards, type Store } from '../storage/index.ts';
import { titleKey } from './document-chain.ts';

export interface WalkedTitle {
  readonly docId: DocId;
  readonly record: Uint8Array;
}

const PIECE_BYTES = 1024 * 1024;

/** Slots that a store owns, ascending. */
export function slotsOf(shards: Shards, store: Store): readonly Slot[] {
  return Array.from({ length: SLOT_COUNT }, (_, slot) => toSlot(slot)).filter(
    (slot) => shards.of(slot) === store,
  );
}

/** Titles above `after` (−1: all), some at a time. What was lost with a damaged part is passed over. `CANCELLED`. */
export async function* walkShardTitles(
  store: Store,
  slots: readonly Slot[],
  collection: CollectionId,
  after: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<readonly WalkedTitle[]> {
  const firstSlot = after < 0 ? 0 : slotOfDocId(toDocId(after));
  for (const slot of slots) {
    if (slot < firstSlot) continue;
    const { start, end } = collectionRange('titles', slot, collection);
    let next: Uint8Array | undefined =
      after >= 0 && slot === firstSlot ? titleKey(collection, toDocId(after)) : start;
    while (next !== undefined) {
      stopWhere(signal);
      const { records, resume } = await store.range({
        database: 'titles',
        start: next,
        end,
        byteTarget: PIECE_BYTES,
        skipLost: true,
        priority: 'background',
      });
      // An empty value marks a deletion on a chain of colliding ids.
      const titles = records
        .filter(({ value }) => value.length > 0)
        .map(({ key, value }) => ({ docId: docIdOfKey(key), record: value }))
        .filter(({ docId }) => docId > after);
      if (titles.length > 0) yield titles;
      next = resume;
    }
  }
}

export function stopWhere(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new PeregrineError('CANCELLED', 'The work on the index was stopped.');
}

function docIdOfKey(key: Uint8Array): DocId {
  const reader = new KeyReader(key);
  return toDocId(reader.slot * 2 ** DOC_HASH_BITS + reader.u48());
}
