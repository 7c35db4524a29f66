/** A search by score: the first stage over all segments, then the second over its head. */

import type { QueryMemory } from './query-memory.ts';
import type { IndexHit, IndexHits, IndexQuery } from './index-query.ts';
import { type FirstStageResult, runFirstStage } from './query-program.ts';
import { byScore, SecondStage, textHits } from './second-stage.ts';
import type { SegmentReader } from './segment-reader.ts';

/** A segment, and which of its documents may match: bits at an address, 0 for all. */
export interface SearchedSegment {
  readonly segment: SegmentReader;
  readonly liveBits: number;
}

interface ScoreSearch {
  /** Best first. */
  readonly hits: IndexHit[];
  readonly first: FirstStageResult;
  /** What is counted beside that. */
  readonly counters: Readonly<Record<string, number>>;
}

/** The best `limit` documents. */
export function searchByScore(
  memory: QueryMemory,
  query: IndexQuery,
  searched: readonly SearchedSegment[],
  limit: number,
): ScoreSearch {
  if (limit > 0 && rescoresAll(query)) return searchRescored(memory, query, searched, limit);
  const { hits, first, counters } = bothStages(memory, query, Math.max(limit, depthOf(query)), searched, 0);
  if (hits.length > limit) hits.length = limit;
  return { hits, first, counters };
}

function bothStages(
  memory: QueryMemory,
  query: IndexQuery,
  wanted: number,
  searched: readonly SearchedSegment[],
  shared: number,
): ScoreSearch {
  const first = runFirstStage(memory, query, wanted, searched, 0, shared);
  const depth = depthOf(query);
  if (depth === 0) return { hits: textHits(first.hits), first, counters: {} };
  const { hits, isPartial } = secondStage(memory, query, searched).rerank(first.hits, depth);
  return { hits, first: isPartial ? { ...first, isPartial } : first, counters: {} };
}

function secondStage(
  memory: QueryMemory,
  query: IndexQuery,
  searched: readonly SearchedSegment[],
): SecondStage {
  return new SecondStage(
    memory,
    query,
    searched.map(({ segment }) => segment),
  );
}

/**
 * The best `limit` with the second stage asked of every match. What the best of the first stage reach with it is a floor:
 * of all others only those are looked at that may reach it by their frequencies. Where time is over, these best remain.
 */
function searchRescored(
  memory: QueryMemory,
  query: IndexQuery,
  searched: readonly SearchedSegment[],
  limit: number,
): ScoreSearch {
  const wanted = Math.max(limit, depthOf(query));
  const first = runFirstStage(memory, query, wanted, searched);
  const second = secondStage(memory, query, searched);
  const head = second.rerank(first.hits, wanted);
  const best = head.hits.slice(0, limit);
  const isPartial = first.isPartial || head.isPartial;
  if (isPartial || first.hits.length < wanted) {
    return { hits: best, first: { ...first, isPartial }, counters: { rescored: head.hits.length } };
  }
  second.program.askAll(best.at(-1)?.score ?? 0);
  const all = runFirstStage(memory, query, limit, searched, 0, 0, second.program.address);
  const { bounded, rescored } = second.program.counted;
  const found = second.explain(all.hits);
  const known = new Set(found.map(({ docId }) => docId));
  const hits = all.isPartial
    ? [...found, ...best.filter(({ docId }) => !known.has(docId))].sort(byScore).slice(0, limit)
    : found;
  return {
    hits,
    first: {
      ...all,
      matches: Math.max(first.matches, all.matches),
      isPruned: first.isPruned && all.isPruned,
      blocksRead: first.blocksRead + all.blocksRead,
      positionsRead: first.positionsRead + all.positionsRead,
    },
    counters: { bounded, rescored },
  };
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
  const { hits, first, counters } = rescoresAll(query)
    ? searchRescored(memory, query, searched, query.limit)
    : bothStages(memory, query, wantedOf(query), searched, shared);
  const answer = hitsOf(first, hits, searched.length);
  return { ...answer, counters: { ...answer.counters, ...counters } };
}

/** What the whole search gives, from what its parts gave. */
export function mergeParts(query: IndexQuery, parts: readonly IndexHits[]): IndexHits {
  const depth = depthOf(query);
  const found = parts.flatMap((part) => part.hits);
  const hits = rescoresAll(query)
    ? found.sort(byScore).slice(0, query.limit)
    : bestOfAll(found, query, depth);
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

/** Of what parts found, each of which looked at the positions of its own best: some of these are not among those of all. */
function bestOfAll(found: readonly IndexHit[], query: IndexQuery, depth: number): IndexHit[] {
  return found
    .map((hit) => ({ hit, score: firstScore(hit) }))
    .sort((a, b) => b.score - a.score || a.hit.docId - b.hit.docId)
    .slice(0, wantedOf(query))
    .map(({ hit, score }, place) => (place < depth ? hit : textHit(hit, score)))
    .sort(byScore)
    .slice(0, query.limit);
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

/** Whether the second stage is asked of every match. */
function rescoresAll(query: IndexQuery): boolean {
  return query.rescore === 'all' && depthOf(query) > 0;
}

/** Documents of the first stage whose positions are looked at. */
function depthOf({ scored, limit, weights }: IndexQuery): number {
  return scored.length === 0 || limit === 0 ? 0 : weights.rerankDepth;
}

function wantedOf(query: IndexQuery): number {
  return Math.max(query.limit, depthOf(query));
}
