/** The indexes of all collections in the shards of this process, checked in depth beside the record store: a part of `store verify --deep`. */

import type { CollectionId } from '../base/index.ts';
import type { IndexVerifyProgress } from '../index/index.ts';
import type { Shards } from '../storage/index.ts';
import type { ShardIndexVerification } from './index-care-contract.ts';
import { isSoundShard, problemLines, verificationSentence } from './index-care-sentences.ts';
import { type CaredShard, verifyShard } from './shard-care.ts';
import { collectionsWithTitles, slotsOf, stopWhere } from './shard-titles.ts';
import type { HeldShard } from './shards-layer.ts';

/** Of one collection's index in one shard. */
export interface IndexVerified extends ShardIndexVerification {
  readonly collection: CollectionId;
  /** Of the collection. */
  readonly name: string;
}

export interface IndexesVerified {
  readonly indexes: readonly IndexVerified[];
  readonly isSound: boolean;
  /** One for each collection, and one for each thing that is wrong. */
  readonly sentences: readonly string[];
}

export interface NamedCollection {
  readonly id: CollectionId;
  readonly name: string;
}

export interface VerifiedIndexes {
  readonly held: readonly HeldShard[];
  readonly shards: Shards;
  readonly collections: readonly NamedCollection[];
}

/** `what` names collection and shard. */
export type OnIndexProgress = (progress: IndexVerifyProgress, what: string) => void;

/** Segments, the slots of their documents, and each document against the title records and back. `CANCELLED`. */
export async function verifyIndexes(
  { held, shards, collections }: VerifiedIndexes,
  onProgress: OnIndexProgress,
  signal: AbortSignal | undefined,
): Promise<IndexesVerified> {
  const names = new Map<CollectionId, string>(collections.map(({ id, name }) => [id, name]));
  // One that nobody knows by name may still have files.
  for (const { index } of held)
    for (const id of index.collections()) if (!names.has(id)) names.set(id, `collection ${id}`);
  const slots = new Map(held.map((one) => [one, slotsOf(shards, one.store)]));
  // A walk through all slots for each of thousands of collections that hold nothing would take an hour.
  const titled = new Map<HeldShard, ReadonlySet<CollectionId> | undefined>();
  for (const one of held)
    titled.set(one, await collectionsWithTitles(one.store, slots.get(one) ?? [], signal));
  const isEmptyIn = (one: HeldShard, id: CollectionId): boolean =>
    titled.get(one)?.has(id) === false && one.index.status(id).segments === 0;
  const indexes: IndexVerified[] = [];
  for (const [collection, name] of names) {
    for (const one of held) {
      stopWhere(signal);
      if (isEmptyIn(one, collection)) continue;
      const cared: CaredShard = {
        store: one.store,
        index: one.index,
        slots: slots.get(one) ?? [],
        collection,
        signal: signal ?? NEVER,
        tell: () => undefined,
        onSegments: (progress) => onProgress(progress, `index of ${name}, shard ${one.store.shard}`),
      };
      indexes.push({ collection, name, ...(await verifyShard(cared)) });
    }
  }
  const byCollection = Map.groupBy(indexes, ({ collection }) => collection);
  const sentences: string[] = [];
  for (const [id, name] of names) {
    const own = byCollection.get(id);
    if (own !== undefined) sentences.push(verificationSentence(name, own), ...problemLines(own));
  }
  const empty = names.size - byCollection.size;
  if (empty > 0) sentences.push(`${empty} ${empty === 1 ? 'collection holds' : 'collections hold'} nothing.`);
  return { indexes, isSound: indexes.every(isSoundShard), sentences };
}

const NEVER = new AbortController().signal;
