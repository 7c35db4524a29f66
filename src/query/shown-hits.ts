/** The hits of one page of an answer, with their documents. */

import type { PageCursor } from './page-cursor.ts';
import type { KeptHit } from './result-folding.ts';
import type { MergedHits } from './shard-search.ts';
import type { StoredResult } from './stored-results.ts';

export interface ShownHit extends KeptHit {
  readonly stored: StoredResult;
}

export interface HitPage {
  readonly hits: MergedHits;
  readonly shown: readonly ShownHit[];
  /** Hits of the page whose documents could not be read. */
  readonly lost: number;
  readonly folded: number;
  readonly hasMore: boolean;
  /** Where the next page begins; undefined where there is none. */
  readonly next: PageCursor | undefined;
}
