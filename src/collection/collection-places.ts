/** Where records of one collection stand: a database holds slot after slot, and each slot collection after collection. */

import { type CollectionId, SLOT_COUNT, toSlot } from '../base/index.ts';
import { collectionRange, type DatabaseName, type KeyReader } from '../storage/index.ts';

/** The first place from `slot` on where records of a collection can stand; undefined behind the last slot. */
export function placeFrom(
  database: DatabaseName,
  slot: number,
  collection: CollectionId,
): Uint8Array | undefined {
  return slot < SLOT_COUNT ? collectionRange(database, toSlot(slot), collection).start : undefined;
}

/** The first place behind another collection's record where records of a collection can stand. */
export function placeBehind(
  database: DatabaseName,
  foreign: KeyReader,
  collection: CollectionId,
): Uint8Array | undefined {
  const isAhead = foreign.collection < collection;
  return placeFrom(database, isAhead ? foreign.slot : foreign.slot + 1, collection);
}
