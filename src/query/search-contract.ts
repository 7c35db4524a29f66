/** A search as a caller asks it, and its answer. The JSON API spells these in the old system's words. */

import type { DocId } from '../base/index.ts';
import type { FieldType } from '../text/index.ts';

export interface SearchRequest {
  readonly query: string;
  /** Results to skip; default 0, at most 10,000. For more, or a walk through all, see `after`. */
  readonly first?: number;
  /**
   * Begin behind the last result of an earlier answer: its `next`. As deep as there are matches, at the cost of one
   * page. In an order of fields and behind the 10,000th result nothing is folded. `BAD_ARGUMENT` with `first`, or where
   * it is of another query.
   */
  readonly after?: string;
  /** Results wanted; default 10, 0 … 100. */
  readonly count?: number;
  /** Language of the asker (ISO 639-1), for stemming where the query does not tell; default: every language of the collection. */
  readonly language?: string;
  /** Results kept per site before the rest is folded away; 0 = all. Default 0 on single-site collections, else 2. */
  readonly perSite?: number;
  /** Fold duplicates, and nearly equal texts among the first results; default true. */
  readonly foldDuplicates?: boolean;
  /**
   * What to do about words that no document holds and that are nearly others: search for those instead where as typed
   * hardly anything is found (the answer says so: `corrected`), only suggest them, or nothing: then quotes are kept too
   * where nothing holds what stands in them. Default `use`.
   */
  readonly spelling?: 'use' | 'suggest' | 'off';
  /** Characters of snippet; default 240. */
  readonly snippetLength?: number;
  readonly explain?: boolean;
  /** Tell the fields by which results can be ordered; default false. */
  readonly fields?: boolean;
  /** Tell phrases that the first results have in common and the query does not say; default false. */
  readonly related?: boolean;
  /** How old the answer may be while the collection changes; default 0, at most a minute. */
  readonly maxAge_ms?: number;
  /**
   * Writes that the answer must show, by the `seq` of their replies, several with commas between. Mirrors that are behind
   * are waited for, for half of `deadline_ms`; what is still missing then is told by `shardsBehind`.
   */
  readonly minSeq?: string;
  /**
   * Queries that bound what `query` can find; all must hold, whatever `query` says, and they add nothing to scores.
   * One that can't be taken to the letter is a `BAD_ARGUMENT`. Example: `site:docs.example.org -type:pdf`.
   */
  readonly filter?: string | readonly string[];
  /**
   * Documents whose words are looked at for how close they stand to each other: `best`, the two hundred that are best by
   * the words alone; `all`, every match that may be among the best, which takes longer. Where time is over, those that were
   * looked at, and the answer is partial. Default: what the rules of the collection say, else `best`.
   */
  readonly rescore?: 'best' | 'all';
  readonly deadline_ms?: number;
}

/** Text with the places to mark: `[start, end)` in UTF-16 units, ascending, not overlapping. */
export interface MarkedText {
  readonly text: string;
  readonly marks: readonly (readonly [number, number])[];
}

export interface SearchResult {
  readonly docId: DocId;
  readonly url: string;
  readonly title: MarkedText;
  readonly snippet: MarkedText;
  /** Fragment for a deep link to the section of the snippet; empty where there is none. */
  readonly anchor: string;
  readonly site: string;
  readonly language: string;
  readonly contentType: string;
  readonly score: number;
  readonly features?: Readonly<Record<string, number>>;
  readonly fetchedAt_ms: number;
  readonly published_ms: number;
  readonly size_bytes: number;
  /** Whose it was, where a signed bundle brought it. */
  readonly broughtFrom?: string;
  /** Folded away behind this result, as far as was looked: more of its site, and copies of its text. */
  readonly moreOfSite: number;
  readonly copies: number;
}

/** A field by which results can be ordered: `sort:name`. */
export interface SortField {
  readonly name: string;
  readonly type: FieldType;
  readonly documents: number;
}

/** Counts of a field over all matches. */
export interface FacetAnswer {
  readonly name: string;
  /** False where something of the collection could not be asked: each count is the least that it can be. */
  readonly isExact: boolean;
  /** Values, ranges in the order of the query, or the first day of each month. */
  readonly counts: readonly { readonly value: string; readonly documents: number }[];
  /** Distinct values, of which the first are given. */
  readonly values: number;
  /** Matches without the field. */
  readonly missing: number;
}

export interface SearchResponse {
  readonly query: string;
  readonly results: readonly SearchResult[];
  readonly matches: number;
  readonly countIsExact: boolean;
  readonly hasMore: boolean;
  /** What to give as `after` for the results behind these; absent where there are none. */
  readonly next?: string;
  /** Folded away: duplicates and more of the same site. */
  readonly folded: number;
  readonly took_ms: number;
  readonly documents: number;
  /** What the parser made of the query, and what it could not read as an operator. */
  readonly terms: readonly { readonly text: string; readonly stem: string; readonly documents: number }[];
  readonly warnings: readonly string[];
  /** The query with its misspelt words put right, where little was found; a suggestion, nothing was searched for it. */
  readonly didYouMean?: string;
  /** Phrases that the first results have in common, where they were asked for. */
  readonly related?: readonly string[];
  /** How long ago this very answer was found; absent where it was found just now. */
  readonly age_ms?: number;
  /** The results are those of this query instead, as hardly any document holds the words as they were typed. */
  readonly corrected?: string;
  /** Fields by which results can be ordered, those of most documents first, where they were asked for. */
  readonly fields?: readonly SortField[];
  /** Counts that the query asked for, in its order. */
  readonly facets?: readonly FacetAnswer[];
  /** The query as it was understood, in its normal form. */
  readonly understood?: string;
  /** Pages may be missing: time was over, a shard did not answer or is behind, or the index is damaged. */
  readonly partial: boolean;
  /** Part of the index could not be read; the answer is partial then. */
  readonly isDamaged: boolean;
  readonly shardsAsked: number;
  readonly shardsMissing: number;
  /** Shards that answered without the writes that were to be seen; the answer is partial then. */
  readonly shardsBehind: number;
}
