/** How a collection's index is now, and each of its segments: told without reading them, and without making anything visible. */

import type { CollectionIndexStatus, SegmentSummary } from './index-contract.ts';
import type { LostSegment, OwnedSegment } from './owned-segment.ts';

/** What a collection tells of itself. */
export interface ToldSegments {
  readonly owned: readonly OwnedSegment[];
  readonly lost: readonly LostSegment[];
  readonly memory_bytes: number;
}

/** What is applied and in no segment yet. */
export interface WaitingTotals {
  readonly count: number;
  /** By how much it lets the number of live documents grow. */
  readonly growth: number;
}

export function statusOf(
  { owned, lost, memory_bytes }: ToldSegments,
  waiting: WaitingTotals,
): CollectionIndexStatus {
  const sum = (of: (one: OwnedSegment) => number): number => owned.reduce((total, one) => total + of(one), 0);
  return {
    documents: sum(({ live }) => live.live) + waiting.growth,
    waiting: waiting.count,
    deleted: sum(({ live }) => live.deleted),
    segments: owned.length,
    liveSegments: owned.filter(({ segment }) => segment.isLive).length,
    damaged: lost.length + owned.filter(({ segment }) => segment.isDamaged).length,
    disk_bytes: sum(({ segment }) => segment.disk_bytes),
    memory_bytes,
    resident_bytes: sum(({ segment, live }) => segment.resident_bytes + live.memory_bytes),
  };
}

/** Segments of files, then live ones, oldest first, then those that are lost. */
export function summariesOf({ owned, lost }: ToldSegments): SegmentSummary[] {
  const held = owned.map(({ segment, live, isMerging }): SegmentSummary => ({
    segment: segment.id,
    name: segment.name,
    isInMemory: segment.isLive,
    documents: live.documents,
    deleted: live.deleted,
    size_bytes: segment.isLive ? segment.memory_bytes : segment.disk_bytes,
    state: segment.isDamaged ? 'damaged' : isMerging ? 'merging' : 'sound',
  }));
  const gone = lost.map(({ segment, name }): SegmentSummary => ({
    segment,
    name,
    isInMemory: false,
    documents: 0,
    deleted: 0,
    size_bytes: 0,
    state: 'lost',
  }));
  return [...held, ...gone];
}
