/** What a query asks of fields: conditions, order, counts, groups. In terms of columns; `query/` knows what people call them. */

import type { DocId } from '../../base/index.ts';
import type { FieldValue } from '../../text/index.ts';
import type { Clause } from '../clause.ts';
import type { ColumnKey } from './column.ts';

/** A condition on a document. Where a field has several values, one that fits is enough. */
export type ColumnFilter =
  | {
      /** Between `from` and `to`, both included unless `excludes` says otherwise; open where absent. */
      readonly kind: 'range';
      readonly column: ColumnKey;
      readonly from?: FieldValue;
      readonly to?: FieldValue;
      readonly excludesFrom?: boolean;
      readonly excludesTo?: boolean;
    }
  | {
      /** The same of texts that are version numbers, in their order; `to` includes the versions that it stands for. */
      readonly kind: 'versions';
      readonly column: ColumnKey;
      readonly from?: string;
      readonly to?: string;
      readonly excludesFrom?: boolean;
      readonly excludesTo?: boolean;
    }
  /** Its words meet this: for conditions that hang together with those on fields. */
  | { readonly kind: 'words'; readonly clause: Clause }
  /** It is one of these documents. */
  | { readonly kind: 'documents'; readonly docIds: readonly DocId[] }
  | { readonly kind: 'values'; readonly column: ColumnKey; readonly values: readonly FieldValue[] }
  | { readonly kind: 'prefix'; readonly column: ColumnKey; readonly prefix: string }
  /** It has the field at all. */
  | { readonly kind: 'exists'; readonly column: ColumnKey }
  | { readonly kind: 'not'; readonly filter: ColumnFilter }
  | { readonly kind: 'all' | 'any'; readonly filters: readonly ColumnFilter[] };

/** Ascending goes by a document's least value, descending by its greatest; documents without the field come last. */
export interface SortKey {
  readonly column: ColumnKey;
  readonly order: 'ascending' | 'descending';
}

/** Where a page ended: values of the last hit by sort key, and its id. The next page begins after it. */
export interface SortPlace {
  readonly values: readonly (FieldValue | undefined)[];
  readonly docId: DocId;
}

/** Steps of a date histogram, in UTC: weeks begin on Monday. */
export type CalendarStep = 'hour' | 'day' | 'week' | 'month' | 'year';

export type FacetRequest =
  /** How many matching documents have each value. */
  | { readonly kind: 'values'; readonly column: ColumnKey }
  /** How many have a value in each range: from included, to excluded, open where absent. */
  | {
      readonly kind: 'ranges';
      readonly column: ColumnKey;
      readonly ranges: readonly { readonly from?: FieldValue; readonly to?: FieldValue }[];
    }
  /** How many have a value in each step of the calendar, or of so many units from 0. */
  | { readonly kind: 'histogram'; readonly column: ColumnKey; readonly step: CalendarStep | number }
  /** Least, greatest, sum and number of values. */
  | { readonly kind: 'statistics'; readonly column: ColumnKey };

/** Exact over all matches; {@link mergeFacets} adds those of several shards. */
export type FacetResult =
  | {
      readonly kind: 'values' | 'histogram';
      /** Documents by value, or by the first value of a step. */
      readonly counts: ReadonlyMap<FieldValue, number>;
      /** Matching documents without the field. */
      readonly missing: number;
    }
  | { readonly kind: 'ranges'; readonly counts: readonly number[]; readonly missing: number }
  | ({ readonly kind: 'statistics'; readonly missing: number } & ColumnStatistics);

/** Every distinct value of a document counts once. Average = sum / values. */
export interface ColumnStatistics {
  readonly values: number;
  /** Exact for integers; 0 for keywords. */
  readonly sum: number | bigint;
  readonly min: FieldValue | undefined;
  readonly max: FieldValue | undefined;
}

/** At most so many hits of a group, the best of it; by site or by the least value of a column (documents without it are a group). */
export interface GroupRequest {
  readonly by: 'site' | ColumnKey;
  readonly perGroup: number;
}
