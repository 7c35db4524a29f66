/** A search by score: the first stage over all segments, then the second over its head. */

import type { QueryMemory } from './query-memory.ts';
import type { IndexHit, IndexQuery } from './index-query.ts';
import { type FirstStageResult, runFirstStage } from './query-program.ts';
import { rerank } from './second-stage.ts';
import type { SegmentReader } from './segment-reader.ts';

/** A segment, and which of its documents may match: bits at an address, 0 for all. */
export interface SearchedSegment {
  readonly segment: SegmentReader;
  readonly liveBits: number;
}

/** The best `limit` documents. */
export function searchByScore(
  memory: QueryMemory,
  query: IndexQuery,
  searched: readonly SearchedSegment[],
  limit: number,
): { readonly hits: IndexHit[]; readonly first: FirstStageResult } {
  const depth = query.scored.length === 0 || limit === 0 ? 0 : query.weights.rerankDepth;
  const first = runFirstStage(memory, query, Math.max(limit, depth), searched);
  const segments = searched.map(({ segment }) => segment);
  const hits = rerank(memory, query, first.hits, segments);
  if (hits.length > limit) hits.length = limit;
  return { hits, first };
}
