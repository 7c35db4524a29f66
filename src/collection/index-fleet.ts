/** The indexes of all shards, as those see them who don't care where a shard is: here, or on another host. */

import type { CollectionId, DocId } from '../base/index.ts';
import type { CollectionIndexStatus, IndexView, ShardIndex } from '../index/index.ts';
import { DEFAULT_WEIGHTS } from '../query/index.ts';
import type { MaintainedStore } from '../storage/index.ts';
import type { SeenSequences } from './seen-sequences.ts';

/** Documents with one filter term that are looked at in each shard. */
const MAX_CANDIDATES = 16;

/** What a collection's indexes are, summed over shards. */
export type IndexTotals = Pick<
  CollectionIndexStatus,
  'documents' | 'segments' | 'damaged' | 'disk_bytes' | 'memory_bytes'
>;

export interface ViewedShards {
  /** One for each shard that answers. */
  readonly views: readonly IndexView[];
  /** Shards that nobody answers for now. */
  readonly missing: number;
  /** Shards whose view has not what was to be seen. */
  readonly behind: number;
}

/** What views must show. */
export interface WantedSight {
  readonly minSeq: SeenSequences;
  /** Mirrors that are behind are waited for so long. */
  readonly patience_ms: number;
}

/** `soon`: what is visible already is enough, and what little it takes no time to make so; the rest may come later. */
export type Sight = WantedSight | 'soon';

export interface IndexFleet {
  /**
   * Runs `use` over a view of each shard. Where shards are elsewhere it may be run several times, until all that it asks
   * of them is known: it must ask the same each time, and change nothing.
   */
  within<T>(collection: CollectionId, use: (shards: ViewedShards) => Promise<T>, sight?: Sight): Promise<T>;
  /** Some of the live documents with a filter term, those included that no view shows yet. */
  documentsWith(collection: CollectionId, filterHash: bigint): AsyncIterable<DocId>;
  /** The ids of all live documents, ascending within each of the parts. */
  documents(collection: CollectionId): Promise<readonly Float64Array[]>;
  /** Of all shards; what is elsewhere as it was last heard. */
  totals(collection: CollectionId): IndexTotals;
}

/** All shards in this process. */
export class LocalIndexFleet implements IndexFleet {
  readonly #indexes: readonly ShardIndex[];
  readonly #stores: readonly MaintainedStore[];

  constructor(held: readonly { readonly index: ShardIndex; readonly store: MaintainedStore }[]) {
    this.#indexes = held.map(({ index }) => index);
    this.#stores = held.map(({ store }) => store);
  }

  async within<T>(
    collection: CollectionId,
    use: (shards: ViewedShards) => Promise<T>,
    sight?: Sight,
  ): Promise<T> {
    // What was acknowledged here is in every view from then on: what is not there is of another collection of shards.
    const isSeen = ([shard, seq]: readonly [number, number]): boolean =>
      (this.#stores[shard]?.status().durableSeq ?? -1) >= seq;
    const wanted = sight === undefined || sight === 'soon' ? [] : [...sight.minSeq];
    const behind = wanted.filter((one) => !isSeen(one)).length;
    const isFresh = sight === 'soon' ? 'soon' : true;
    const views = this.#indexes.map((index) => index.view(collection, { isFresh }));
    try {
      return await use({ views, missing: 0, behind });
    } finally {
      for (const view of views) view.release();
    }
  }

  async *documentsWith(collection: CollectionId, filterHash: bigint): AsyncIterable<DocId> {
    for (const index of this.#indexes) yield* documentsWith(index, collection, filterHash);
  }

  async documents(collection: CollectionId): Promise<readonly Float64Array[]> {
    return this.#indexes.map((index) => liveDocuments(index, collection));
  }

  totals(collection: CollectionId): IndexTotals {
    return sumOfTotals(this.#indexes.map((index) => index.status(collection)));
  }
}

export function sumOfTotals(parts: readonly IndexTotals[]): IndexTotals {
  const sum = (of: (totals: IndexTotals) => number): number =>
    parts.reduce((total, part) => total + of(part), 0);
  return {
    documents: sum(({ documents }) => documents),
    segments: sum(({ segments }) => segments),
    // A host of an earlier version does not tell.
    damaged: sum(({ damaged }: Partial<IndexTotals>) => damaged ?? 0),
    disk_bytes: sum(({ disk_bytes }) => disk_bytes),
    memory_bytes: sum(({ memory_bytes }) => memory_bytes),
  };
}

/** {@link IndexFleet.documentsWith} of one shard. Making the latest visible for every page of a crawl would cost more than the page. */
export function documentsWith(
  index: ShardIndex,
  collection: CollectionId,
  filterHash: bigint,
): readonly DocId[] {
  const view = index.view(collection, { isFresh: false });
  try {
    const { hits } = view.search({
      collection,
      scored: [],
      required: [{ kind: 'filter', hash: filterHash }],
      excluded: [],
      statistics: view.statistics([]),
      weights: DEFAULT_WEIGHTS,
      limit: MAX_CANDIDATES,
    });
    const { found, isWaiting } = index.waiting(collection, filterHash);
    return [...found, ...hits.map(({ docId }) => docId).filter((docId) => !isWaiting(docId))];
  } finally {
    view.release();
  }
}

/** {@link IndexFleet.documents} of one shard; damaged segments are left out. */
export function liveDocuments(index: ShardIndex, collection: CollectionId): Float64Array {
  const view = index.view(collection);
  try {
    const ids = new Float64Array(view.documentCount);
    let at = 0;
    for (const batch of view.stream(everything(collection, view), { skipDamaged: true })) {
      for (const id of batch) ids[at++] = id;
    }
    return ids.subarray(0, at);
  } finally {
    view.release();
  }
}

/** A query that every live document matches. */
export function everything(collection: CollectionId, view: IndexView): Parameters<IndexView['search']>[0] {
  return {
    collection,
    scored: [],
    required: [],
    excluded: [],
    everything: true,
    statistics: view.statistics([]),
    weights: DEFAULT_WEIGHTS,
    limit: 1,
  };
}
