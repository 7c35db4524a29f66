/** A search as a caller asks it, and its answer. The JSON API spells these in the old system's words. */

import type { DocId } from '../base/index.ts';

export interface SearchRequest {
  readonly query: string;
  /** Results to skip; default 0, at most 10,000. */
  readonly first?: number;
  /** Results wanted; default 10, 0 … 100. */
  readonly count?: number;
  /** Language of the asker (ISO 639-1), for stemming where the query does not tell; default: every language of the collection. */
  readonly language?: string;
  /** Results kept per site before the rest is folded away; 0 = all. Default 0 on single-site collections, else 2. */
  readonly perSite?: number;
  /** Fold exact duplicates; default true. */
  readonly foldDuplicates?: boolean;
  /** Characters of snippet; default 240. */
  readonly snippetLength?: number;
  readonly explain?: boolean;
  /**
   * Queries that bound what `query` can find; all must hold, whatever `query` says, and they add nothing to scores.
   * One that can't be taken to the letter is a `BAD_ARGUMENT`. Example: `site:docs.example.org -type:pdf`.
   */
  readonly filter?: string | readonly string[];
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
}

/** Counts of a field over all matches; exact. */
export interface FacetAnswer {
  readonly name: string;
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
  /** Folded away: duplicates and more of the same site. */
  readonly folded: number;
  readonly took_ms: number;
  readonly documents: number;
  /** What the parser made of the query, and what it could not read as an operator. */
  readonly terms: readonly { readonly text: string; readonly stem: string; readonly documents: number }[];
  readonly warnings: readonly string[];
  /** The query with its misspelt words put right, where little was found; a suggestion, nothing was searched for it. */
  readonly didYouMean?: string;
  /** Counts that the query asked for, in its order. */
  readonly facets?: readonly FacetAnswer[];
  /** The query as it was understood, in its normal form. */
  readonly understood?: string;
  readonly partial: boolean;
  readonly shardsAsked: number;
  readonly shardsMissing: number;
}
