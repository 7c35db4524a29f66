/** A search by score: the first stage over all segments, then the second over its head. */

import type { QueryMemory } from './query-memory.ts';
import type { IndexHit, IndexHits, IndexQuery } from './index-query.ts';
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
  const { hits, first } = bothStages(memory, query, Math.max(limit, depthOf(query)), searched, 0);
  if (hits.length > limit) hits.length = limit;
  return { hits, first };
}

function bothStages(
  memory: QueryMemory,
  query: IndexQuery,
  wanted: number,
  searched: readonly SearchedSegment[],
  shared: number,
): { readonly hits: IndexHit[]; readonly first: FirstStageResult } {
  const first = runFirstStage(memory, query, wanted, searched, 0, shared);
  const segments = searched.map(({ segment }) => segment);
  const { hits, isPartial } = rerank(memory, query, first.hits, segments);
  return { hits, first: isPartial ? { ...first, isPartial } : first };
}

/**
 * A part of a search by score, over some of its segments: as many hits as the whole could want of them, each with the
 * parts of its score. At `shared` stands the threshold of all parts.
 */
export function searchPart(
  memory: QueryMemory,
  query: IndexQuery,
  searched: readonly SearchedSegment[],
  shared: number,
): IndexHits {
  const { hits, first } = bothStages(memory, query, wantedOf(query), searched, shared);
  return hitsOf(first, hits, searched.length);
}

/** What the whole search gives, from what its parts gave. */
export function mergeParts(query: IndexQuery, parts: readonly IndexHits[]): IndexHits {
  const depth = depthOf(query);
  const hits = parts
    .flatMap((part) => part.hits)
    .map((hit) => ({ hit, score: firstScore(hit) }))
    .sort((a, b) => b.score - a.score || a.hit.docId - b.hit.docId)
    .slice(0, wantedOf(query))
    // A part looks at the positions of its own best, some of which are not among those of all.
    .map(({ hit, score }, place) => (place < depth ? hit : textHit(hit, score)))
    .sort((a, b) => b.score - a.score || a.docId - b.docId)
    .slice(0, query.limit);
  const counters: Record<string, number> = {};
  for (const part of parts) {
    for (const [name, count] of Object.entries(part.counters)) counters[name] = (counters[name] ?? 0) + count;
  }
  return {
    hits,
    matches: parts.reduce((sum, { matches }) => sum + matches, 0),
    countIsExact: parts.every(({ countIsExact }) => countIsExact),
    partial: parts.some(({ partial }) => partial),
    counters,
  };
}

/** A result of the first stage as an answer with these hits. */
export function hitsOf(first: FirstStageResult, hits: readonly IndexHit[], segments: number): IndexHits {
  return {
    hits,
    matches: first.matches,
    countIsExact: !first.isPruned && !first.isPartial,
    partial: first.isPartial,
    counters: { segments, blocksRead: first.blocksRead, positionsRead: first.positionsRead },
  };
}

/** Parts of scores are sums of powers of two, so that this is what the first stage gave. */
function firstScore({ features }: IndexHit): number {
  return (features['text'] ?? 0) + (features['home'] ?? 0);
}

function textHit(hit: IndexHit, score: number): IndexHit {
  return { ...hit, score, features: { text: score } };
}

/** Documents whose positions are looked at. */
function depthOf({ scored, limit, weights }: IndexQuery): number {
  return scored.length === 0 || limit === 0 ? 0 : weights.rerankDepth;
}

function wantedOf(query: IndexQuery): number {
  return Math.max(query.limit, depthOf(query));
}
