/** Identity: document ids, slots, shards, collections, sequence numbers. Layout: docs/formats/keys.md. */

import { PeregrineError } from './errors.ts';

declare const brand: unique symbol;
type Branded<T, Name extends string> = T & { readonly [brand]: Name };

/** 53-bit document id: a slot in the upper 12 bits, 41 bits of hash below. A safe integer. */
export type DocId = Branded<number, 'DocId'>;
/** 0 … 4,095: the unit of ownership. A slot is a contiguous range of each database. */
export type Slot = Branded<number, 'Slot'>;
/** Number of a shard inside its process or cluster, from 0. */
export type ShardId = Branded<number, 'ShardId'>;
/** u32 number of a collection; never used again after the collection is deleted. */
export type CollectionId = Branded<number, 'CollectionId'>;
/** Place of a batch in its shard's log, from 1; 0 means "before the first". */
export type Seq = Branded<number, 'Seq'>;
/** Number of the life of a shard's log; grows when a log is made anew. From 1. */
export type Epoch = Branded<number, 'Epoch'>;

export const SLOT_COUNT = 4096;
export const DOC_HASH_BITS = 41;
const DOC_HASH_SIZE = 2 ** DOC_HASH_BITS;

export const toSlot = (value: number): Slot => checked(value, SLOT_COUNT - 1, 'slot') as Slot;
export const toShardId = (value: number): ShardId => checked(value, 0xffff, 'shard') as ShardId;
export const toCollectionId = (value: number): CollectionId =>
  checked(value, 0xffff_ffff, 'collection') as CollectionId;
export const toSeq = (value: number): Seq => checked(value, Number.MAX_SAFE_INTEGER, 'sequence') as Seq;
export const toEpoch = (value: number): Epoch => checked(value, Number.MAX_SAFE_INTEGER, 'epoch') as Epoch;
export const toDocId = (value: number): DocId => checked(value, Number.MAX_SAFE_INTEGER, 'docId') as DocId;

/** The document id that the 64-bit hash of a normalised URL proposes: its upper 53 bits. */
export function docIdOfHash(urlHash: bigint): DocId {
  return Number(BigInt.asUintN(64, urlHash) >> 11n) as DocId;
}

export function slotOfDocId(docId: DocId): Slot {
  return Math.floor(docId / DOC_HASH_SIZE) as Slot;
}

/** The lower 41 bits of a document id. */
export function hashOfDocId(docId: DocId): number {
  // A remainder of numbers beyond 32 bits is a call of the engine's.
  return docId - Math.floor(docId / DOC_HASH_SIZE) * DOC_HASH_SIZE;
}

/** The document id of a slot and the lower 41 bits. */
export function docIdOfSlot(slot: Slot, hash: number): DocId {
  return toDocId(slot * DOC_HASH_SIZE + hash);
}

/** The `n`th probe of a document id inside its slot (0 = itself), wrapping inside the slot. */
export function probeDocId(docId: DocId, n: number): DocId {
  const slot = slotOfDocId(docId);
  return (slot * DOC_HASH_SIZE + ((hashOfDocId(docId) + n) % DOC_HASH_SIZE)) as DocId;
}

/** The slot that owns a registrable domain's records (frontier, due, sites, links). Takes any 64-bit hash. */
export function slotOfHash(hash: bigint): Slot {
  return Number(BigInt.asUintN(64, hash) >> 52n) as Slot;
}

/** The shard that owns `slot` where `shardCount` shards divide the slots evenly, in order. */
export function shardOfSlot(slot: Slot, shardCount: number): ShardId {
  return Math.floor((slot * shardCount) / SLOT_COUNT) as ShardId;
}

/** First and last slot (inclusive) of a shard under the same rule as {@link shardOfSlot}. */
export function slotsOfShard(shard: ShardId, shardCount: number): { first: Slot; last: Slot } {
  const first = Math.ceil((shard * SLOT_COUNT) / shardCount);
  const last = Math.ceil(((shard + 1) * SLOT_COUNT) / shardCount) - 1;
  return { first: first as Slot, last: last as Slot };
}

function checked(value: number, max: number, what: string): number {
  if (!Number.isSafeInteger(value) || value < 0 || value > max) {
    throw new PeregrineError(
      'BAD_ARGUMENT',
      `${value} is no ${what}: it must be a whole number from 0 to ${max}.`,
    );
  }
  return value;
}
