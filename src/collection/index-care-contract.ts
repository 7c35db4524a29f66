/** What operators may ask of a collection's index: is it right, make it right, make it anew. */

import type { DocId, ShardId } from '../base/index.ts';
import type { SegmentReport, SegmentSummary } from '../index/index.ts';

export type CareStage = 'verifying' | 'reading' | 'comparing' | 'merging';

export type IndexWork = 'verify' | 'repair' | 'rebuild';

export interface CareProgress {
  readonly collection: string;
  readonly work: IndexWork;
  readonly stage: CareStage;
  readonly shard: ShardId;
  /**
   * Documents of the collection that are through this stage, with those of the shards before this one; of a rebuild that
   * goes on, those that were indexed before it was stopped are an estimate.
   */
  readonly documentsDone: number;
  /** About how many there are. */
  readonly documents: number;
}

export interface CareOptions {
  readonly onProgress?: (progress: CareProgress) => void;
  /** Ends the work with `CANCELLED`; a rebuild goes on where it stood when it is asked for again. */
  readonly signal?: AbortSignal;
}

export interface ShardIndexVerification {
  readonly shard: ShardId;
  readonly segments: readonly SegmentReport[];
  /** Documents that searches find. */
  readonly documents: number;
  /** Title records. */
  readonly titles: number;
  /** Of those, the ones that have nothing to index: without text, or asking not to be. */
  readonly titlesWithoutText: number;
  /** Title records that can't be read: how many, and the first of them. */
  readonly unreadableTitles: number;
  readonly unreadable: readonly DocId[];
  /** Documents that should be in the index and are not: how many, and the first of them. */
  readonly missingCount: number;
  readonly missing: readonly DocId[];
  /** Documents in the index that have no title record. */
  readonly orphanCount: number;
  readonly orphans: readonly DocId[];
  /** Why the comparison with the title records ended before its end: what is damaged there. */
  readonly comparisonEnded?: string;
}

export interface IndexVerification {
  readonly collection: string;
  readonly shards: readonly ShardIndexVerification[];
  readonly isSound: boolean;
  readonly sentence: string;
}

export interface IndexRepair {
  readonly collection: string;
  /** Segments that were taken out. */
  readonly discarded: number;
  /** Documents that were indexed again from their title records. */
  readonly reindexed: number;
  /** Documents that were taken out of the index, for they have no title record. */
  readonly removed: number;
  /** Title records that can't be read: their documents stay out of the index. */
  readonly unreadable: number;
  readonly sentence: string;
}

export interface IndexRebuild extends IndexRepair {
  /** It went on where an earlier one had stopped. */
  readonly wasResumed: boolean;
}

export type IndexWorkResult = IndexVerification | IndexRepair | IndexRebuild;

/** The last work of a kind that ended: its result, or why there is none. */
export interface FinishedIndexWork {
  readonly work: IndexWork;
  readonly result?: IndexWorkResult;
  readonly error?: string;
  /** Somebody stopped it. */
  readonly wasCalledOff?: boolean;
  readonly endedAt_ms: number;
}

export interface ShardSegment extends SegmentSummary {
  readonly shard: ShardId;
}

/** All of it goes on beside searches and writes. `NOT_FOUND`, `CANCELLED`, `IO`. */
export interface IndexCare {
  /** Checks every segment in depth, and the documents of the index against the title records and back. */
  verify(collection: string, options?: CareOptions): Promise<IndexVerification>;
  /** Verifies, sets aside what is damaged, indexes what it held anew, and then takes it out. */
  repair(collection: string, options?: CareOptions): Promise<IndexRepair>;
  /** Indexes every document anew from its title record. Survives a kill: it goes on where it stood. */
  rebuild(collection: string, options?: CareOptions): Promise<IndexRebuild>;
  /** What came of the last work of each kind since the program began. */
  last(collection: string): readonly FinishedIndexWork[];
  /** What is under way. */
  progress(): readonly CareProgress[];
  /** Calls off what is under way; what it did stays. False where there is no such work. */
  stop(collection: string, work: IndexWork): boolean;
  /** Collections with a rebuild that was begun and is not done, whether it is under way or was stopped. */
  unfinished(): Promise<ReadonlySet<string>>;
  /** The segments of a collection, of the shards that this process holds. */
  segments(collection: string): readonly ShardSegment[];
}
