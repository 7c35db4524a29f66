/** The title records of a collection in one shard, in the order of docIds. */

import {
  type CollectionId,
  DOC_HASH_BITS,
  type DocId,
  isPeregrineError,
  PeregrineError,
  SLOT_COUNT,
  type Slot,
  slotOfDocId,
  toCollectionId,
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
/** Slots in a row that are found empty, before others have their turn of the event loop: reads of nothing wait for nothing. */
const SLOTS_A_TURN = 64;

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
    if (slot % SLOTS_A_TURN === 0) await turnOfOthers();
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

/**
 * Collections that have title records in a shard, found by jumping from one to the next. Undefined where a damaged part keeps
 * that from being known. `CANCELLED`.
 */
export async function collectionsWithTitles(
  store: Store,
  slots: readonly Slot[],
  signal: AbortSignal | undefined,
): Promise<ReadonlySet<CollectionId> | undefined> {
  const found = new Set<CollectionId>();
  try {
    for (const [n, slot] of slots.entries()) {
      stopWhere(signal);
      if (n % SLOTS_A_TURN === 0) await turnOfOthers();
      const { end } = collectionRange('titles', slot, toCollectionId(0xffff_ffff));
      for (let least = 0; least <= 0xffff_ffff;) {
        const { start } = collectionRange('titles', slot, toCollectionId(least));
        const range = { database: 'titles', start, end, limit: 1, skipLost: true } as const;
        const { records } = await store.range({ ...range, priority: 'background' });
        const [first] = records;
        if (first === undefined) break;
        const collection = new KeyReader(first.key).collection;
        found.add(collection);
        least = collection + 1;
      }
    }
    return found;
  } catch (error) {
    if (isPeregrineError(error, 'CORRUPT') || isPeregrineError(error, 'IO')) return undefined;
    throw error;
  }
}

async function turnOfOthers(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

export function stopWhere(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new PeregrineError('CANCELLED', 'The work on the index was stopped.');
}

function docIdOfKey(key: Uint8Array): DocId {
  const reader = new KeyReader(key);
  return toDocId(reader.slot * 2 ** DOC_HASH_BITS + reader.u48());
}
