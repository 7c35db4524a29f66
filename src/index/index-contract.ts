/** What a shard's index offers. One per shard; holds its share of every collection. */

import type { CollectionId, DocId } from '../base/index.ts';
import type { DerivedState } from '../storage/index.ts';
import type { FieldType } from '../text/index.ts';
import type { NearWord, WordFrequency } from './words/word-search.ts';
import type { IndexHits, IndexQuery, ScoredTerm, TermStatistics } from './index-query.ts';

/** The payloads that a batch carries for the index. */
export type IndexOperation =
  | {
      readonly kind: 'put';
      readonly collection: CollectionId;
      readonly docId: DocId;
      readonly document: Uint8Array;
    }
  | { readonly kind: 'delete'; readonly collection: CollectionId; readonly docId: DocId }
  | { readonly kind: 'drop'; readonly collection: CollectionId };

export interface StreamOptions {
  /** Ids above this. Default: all. */
  readonly after?: number;
  /** Ids given at a time; default 1,000. */
  readonly batch?: number;
  /** Leave out segments that can't be read or were lost; else they are `CORRUPT`. */
  readonly skipDamaged?: boolean;
}

/** A field of a collection; documents that were deleted count until their segments are merged. */
export interface FieldSummary {
  readonly name: string;
  readonly type: FieldType;
  readonly documents: number;
}

/** An immutable picture of a collection's segments and live bits: all reads of one query use one view. */
export interface IndexView {
  readonly collection: CollectionId;
  /** Grows with every change that a reader can see. */
  readonly version: number;
  readonly documentCount: number;
  search(query: IndexQuery): IndexHits;
  /**
   * The same, on a query thread where there are some and the search is long; a very long one on several. The view may be
   * released meanwhile. `signal` cuts it: the answer is partial, or `CANCELLED` where no thread had begun.
   */
  searchAside(query: IndexQuery, signal?: AbortSignal): Promise<IndexHits>;
  statistics(scored: readonly ScoredTerm[]): TermStatistics;
  has(docId: DocId): boolean;
  /**
   * The ids of all matches, ascending, from above `after` on; `limit` and `sort` don't count. One call computes the
   * matches, so that what follows is of this view even where it is released.
   */
  stream(query: IndexQuery, options?: StreamOptions): Generator<readonly DocId[], void, undefined>;
  /** The `limit` words of most documents that begin with `prefix`, folded as terms are. */
  wordsWithPrefix(prefix: string, limit: number): readonly WordFrequency[];
  /**
   * The `limit` nearest words within `edits` (at most 4) of `word`, folded; itself where it is there. Fewest edits first,
   * then most documents. An edit inserts, deletes or replaces a letter, or swaps two neighbours.
   */
  wordsNear(word: string, edits: number, limit: number): readonly NearWord[];
  /** Fields that documents have, those of most documents first. */
  fields(): readonly FieldSummary[];
  /** Must be called once; lets old segments go. */
  release(): void;
}

/** Documents that are applied and in no view yet. */
export interface WaitingDocuments {
  /** Those with the filter term that was asked for. */
  readonly found: readonly DocId[];
  /** True for a document of which a view shows an older version, or one that is deleted. */
  readonly isWaiting: (docId: DocId) => boolean;
}

export interface CollectionIndexStatus {
  /** Live ones, those included that no view shows yet. */
  readonly documents: number;
  /** Documents that were put or deleted since anything was made visible: they are in no segment yet. */
  readonly waiting: number;
  /** Of the segments' documents, those that were deleted or replaced. */
  readonly deleted: number;
  readonly segments: number;
  /** Those of `segments` that are in memory. */
  readonly liveSegments: number;
  /** Segments that can't be opened or in which a damaged page was met; searches may be partial. */
  readonly damaged: number;
  readonly disk_bytes: number;
  readonly memory_bytes: number;
  /** What segments in files keep in memory, and the live bits of all. */
  readonly resident_bytes: number;
}

/** A segment as it is now, told without reading it. */
export interface SegmentSummary {
  readonly segment: number;
  /** Path of its file, or a name for one in memory. */
  readonly name: string;
  readonly isInMemory: boolean;
  readonly documents: number;
  /** Of the documents, those that were deleted or replaced. */
  readonly deleted: number;
  readonly size_bytes: number;
  /** `damaged`: searches may leave it out; `lost`: it could not be opened. */
  readonly state: 'sound' | 'merging' | 'damaged' | 'lost';
}

/** What a deep check found in a segment. */
export interface SegmentReport {
  readonly segment: number;
  /** Path of its file, or a name for one in memory. */
  readonly name: string;
  readonly documents: number;
  /** Of the documents, those that were neither deleted nor replaced. */
  readonly live: number;
  /** Of the documents, those whose slot this shard owns. */
  readonly own: number;
  readonly size_bytes: number;
  readonly terms: number;
  readonly postings: number;
  readonly occurrences: number;
  /** What is wrong, the first twenty; empty for a sound segment. */
  readonly problems: readonly string[];
  readonly problemCount: number;
}

export interface IndexVerifyProgress {
  readonly segmentsDone: number;
  readonly segments: number;
  /** Of the segment under way, as much as is checked of it. */
  readonly done_bytes: number;
  readonly total_bytes: number;
}

export interface IndexVerifyOptions {
  readonly onProgress?: (progress: IndexVerifyProgress) => void;
  readonly signal?: AbortSignal;
  /** Whether this shard owns a document; without it, it owns all. */
  readonly owns?: (docId: DocId) => boolean;
}

export interface ShardIndex extends DerivedState {
  /**
   * Everything applied so far is in the view; with `isFresh` false, what was made visible already; with `soon` that and the
   * little that takes no time, while more is made visible in steps.
   */
  view(collection: CollectionId, options?: { readonly isFresh?: boolean | 'soon' }): IndexView;
  /** What a view that is not fresh does not show. */
  waiting(collection: CollectionId, filterHash: bigint): WaitingDocuments;
  /** Merges segments where the policy says so; `force` down to one per collection. Returns the merges done. */
  merge(options?: { force?: boolean }): Promise<number>;
  /** As it is now: nothing is made visible for it, so that who asks often costs documents that come in nothing. */
  status(collection: CollectionId): CollectionIndexStatus;
  /** As they are now, too. Segments of files, then live ones, oldest first, then those that are lost. */
  segments(collection: CollectionId): readonly SegmentSummary[];
  /** Deep check of a collection's segments, one report each, beside reads and writes. `CANCELLED`. */
  verify(collection: CollectionId, options?: IndexVerifyOptions): Promise<readonly SegmentReport[]>;
  /**
   * Reads every page of a collection's files and looks at its checksum; `afterRead` paces it and rejects to stop it. Damage is
   * logged and counted by {@link status}. `IO`.
   */
  scrub(collection: CollectionId, afterRead: (size_bytes: number) => Promise<void>): Promise<void>;
  /** No search and no merge reads these segments from now on; the next flush says so on disk. */
  setAside(collection: CollectionId, segments: readonly number[]): void;
  /**
   * Takes the segments that can't be opened or were set aside out of the index for good, once what they held is elsewhere. Resolves with their number when the manifest has forgotten them.
   */
  discardDamaged(collection: CollectionId): Promise<number>;
  collections(): readonly CollectionId[];
}
