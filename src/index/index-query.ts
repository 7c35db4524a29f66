/** What the index executes: a plan in terms of hashes. `query/` makes it from words. */

import type { CollectionId, DocId } from '../base/index.ts';
import type { FieldValue } from '../text/index.ts';
import type { Clause } from './clause.ts';
import type {
  ColumnFilter,
  FacetRequest,
  FacetResult,
  GroupRequest,
  SortKey,
  SortPlace,
} from './columns/column-query.ts';

/** A term without positions that adds a fixed part of the query's mass. */
export interface HomeClause {
  readonly hash: bigint;
  /** Documents that have it, over all shards: a name of many is a name of none. */
  readonly documents: number;
}

/** A clause that adds to the score. Where it is not in `required`, a document without it can still match. */
export interface ScoredTerm {
  /** Stem (or only) form, and surface form where it differs: the second adds `surfaceWeight` of its own score. */
  readonly stem: bigint;
  readonly surface: bigint | undefined;
  /** Factor on the term's idf; 1 for a plain word. */
  readonly weight: number;
  /** Place in the query, for proximity; words of one quoted phrase stand at consecutive places. */
  readonly place: number;
}

export interface IndexQuery {
  readonly collection: CollectionId;
  readonly scored: readonly ScoredTerm[];
  /** A document matches only with all of these. */
  readonly required: readonly Clause[];
  /** A document with any of these does not match. */
  readonly excluded: readonly Clause[];
  /** What makes a document the front page of the site that the query names. */
  readonly home?: HomeClause;
  /** A document matches only where its fields meet all of these. */
  readonly filters?: readonly ColumnFilter[];
  /** Without words and required clauses: every document matches that is not excluded or filtered away. */
  readonly everything?: boolean;
  /** Order of hits instead of that of scores, which are then 0. Without words and without this: by docId. */
  readonly sort?: readonly SortKey[];
  /** Hits after this place in the order of `sort`. */
  readonly after?: SortPlace;
  /** Counts over all matches, which are then exact. */
  readonly facets?: readonly FacetRequest[];
  /** At most so many hits a group. */
  readonly group?: GroupRequest;
  /** Statistics over all shards; from {@link IndexView.statistics}, summed. */
  readonly statistics: TermStatistics;
  readonly weights: RankingWeights;
  /** Best documents wanted, at most 10,000; with 0 matches are counted, exactly, and nothing is scored. */
  readonly limit: number;
  /**
   * Of documents with equal scores any may be given, the first that are found: which has the lesser docId costs a look at
   * each. Heeded where words are asked for in one field group.
   */
  readonly anyOfEqual?: boolean;
  /**
   * Documents whose score the second stage completes: `best`, the default, the first `rerankDepth` of the first stage;
   * `all`, every match that could be among the best with all that it can add, so that no other order is better.
   */
  readonly rescore?: 'best' | 'all';
  /** Score every match instead of pruning: for tests and exact counts. */
  readonly exhaustive?: boolean;
  readonly deadline_ms?: number;
}

/** Collection-wide numbers that scores depend on. Sums over shards. */
export interface TermStatistics {
  readonly documentCount: number;
  /** Documents per scored term (stem), in the order of `scored`. */
  readonly documentFrequencies: readonly number[];
  /** Documents per surface form; 0 where there is none. */
  readonly surfaceFrequencies: readonly number[];
  /** Of the documents of each stem, and of each surface form, those that have it in menus and nowhere else. */
  readonly menuOnlyFrequencies: readonly number[];
  readonly menuOnlySurfaceFrequencies: readonly number[];
  /** Tokens of each field group over all documents. */
  readonly fieldLengthTotals: readonly number[];
}

/** All that tuning may touch. Few, bounded, not delicate; defaults in query/ranking-weights. */
export interface RankingWeights {
  readonly k1: number;
  /** By field group: weight of a frequency, and how strongly length normalises (0 … 1). */
  readonly fieldWeights: readonly number[];
  readonly fieldLengthNorms: readonly number[];
  /** Share of the surface form's own score. */
  readonly surfaceWeight: number;
  /** Part of a term's idf that it earns by being there at all: soft AND. */
  readonly presence: number;
  /** Weights of the features of the second stage, each times at most the idf mass of the query. */
  readonly phrase: number;
  readonly pairs: number;
  readonly closeness: number;
  readonly titleMatch: number;
  readonly earlyMatch: number;
  readonly windowMatch: number;
  readonly rank: number;
  /** Of the front page of the site that the query names. */
  readonly home: number;
  /** Documents of the first stage that the second looks at; 0: there is no second. */
  readonly rerankDepth: number;
}

export interface IndexHit {
  readonly docId: DocId;
  readonly score: number;
  /** Parts that add up to the score, by feature name. */
  readonly features: Readonly<Record<string, number>>;
  readonly siteHash: number;
  readonly contentHash: number;
  readonly language: number;
  /** Values that it was sorted by, in the order of the keys. */
  readonly sortValues?: readonly (FieldValue | undefined)[];
}

export interface IndexHits {
  /** Best first; equal scores by ascending docId. */
  readonly hits: readonly IndexHit[];
  /** Matching documents; a lower bound where `countIsExact` is false (pruning skipped some). */
  readonly matches: number;
  readonly countIsExact: boolean;
  /** The deadline cut the work, or a damaged segment was left out: hits are right, some may be missing. */
  readonly partial: boolean;
  /** A segment could not be read and was left out: one of the reasons why the answer is partial. */
  readonly isDamaged?: boolean;
  /** In the order of the query's facets. */
  readonly facets?: readonly FacetResult[];
  readonly counters: Readonly<Record<string, number>>;
}

/** What an index answers in which nothing can be read. */
export const NOTHING_READABLE: IndexHits = {
  hits: [],
  matches: 0,
  countIsExact: false,
  partial: true,
  isDamaged: true,
  counters: {},
};
