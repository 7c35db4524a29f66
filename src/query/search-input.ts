/** What a search is made with: the views that it reads, and what is known of the collection. */

import type { Clock, CollectionId, DocId } from '../base/index.ts';
import type { IndexView, RankingWeights } from '../index/index.ts';
import type { SearchRequest } from './search-contract.ts';
import type { CompiledRules } from './search-rules.ts';

/** Documents that are ranked by score at most; the answer and the reason why something is not in it look equally deep. */
export const MAX_RANKED = 10_000;

export interface SearchInput {
  readonly collection: CollectionId;
  /** The view of each shard. They stay the caller's to release. */
  readonly views: readonly IndexView[];
  /** Shards for which nobody answers: answers are partial. Default 0. */
  readonly shardsMissing?: number;
  /** Of the shards that answer, those that have not the writes that `request.minSeq` names. Default 0. */
  readonly shardsBehind?: number;
  readonly request: SearchRequest;
  /** The title record of a document, or undefined where it is gone. */
  readonly titleRecords: (docId: DocId) => Promise<Uint8Array | undefined>;
  readonly weights?: RankingWeights;
  /** Languages that documents are in, most frequent first; default unknown. */
  readonly collectionLanguages?: readonly string[];
  readonly clock: Clock;
  /** When the query came, on the monotonic clock; default now. */
  readonly started_ms?: number;
  /** Ends the search with `CANCELLED`: nobody waits for it any more. */
  readonly signal?: AbortSignal | undefined;
  /** What the keepers of the collection say; default nothing. */
  readonly rules?: CompiledRules;
  /** Documents that are ranked by score before the rest follows by id; default and most {@link MAX_RANKED}. */
  readonly rankedDepth?: number;
}
