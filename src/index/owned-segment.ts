/** A segment as its collection has it: which of its documents are live, what is being done with it, what became of it. */

import type { CollectionId, DocId } from '../base/index.ts';
import type { LiveBits } from './live-bits.ts';
import type { Segment } from './segment.ts';

/** A segment and which of its documents are live now. */
export interface OwnedSegment {
  readonly segment: Segment;
  live: LiveBits;
  /** Live bits changed since they were last written to a file. */
  isDirty: boolean;
  /** Of the live bits' file that the manifest names; 0 without one. */
  generation: number;
  /** The greatest ever taken for a file of live bits; names of files that failed are not used again. */
  takenGeneration: number;
  /** Being written to a file: not to be merged with other live segments. */
  isFlushing: boolean;
  /** A source of the merge that is under way. */
  isMerging: boolean;
  /** A document that it should have lost may be live in it, so that no search may read it. */
  isStale: boolean;
}

/** A segment that could not be opened. The manifest names its files until it is discarded or the collection goes. */
export interface LostSegment {
  readonly collection: CollectionId;
  readonly segment: number;
  /** Path of its file, as the disk knows it. */
  readonly name: string;
  /** What is wrong with it. */
  readonly why: string;
  /** Of the newest file of its live bits; 0 without one. */
  generation: number;
  takenGeneration: number;
  /** Its live bits say that it is stale, so that it stays out of searches even where it can be opened again. */
  isMarked: boolean;
}

/** A segment that is being merged, held, with the bits that it had when that began. */
export interface HeldSource {
  readonly owned: OwnedSegment;
  readonly segment: Segment;
  readonly live: LiveBits;
}

export function ownedOf(segment: Segment, live: LiveBits, generation = 0, isStale = false): OwnedSegment {
  if (isStale) segment.isDamaged = true;
  return {
    segment,
    live,
    isDirty: false,
    generation,
    takenGeneration: generation,
    isFlushing: false,
    isMerging: false,
    isStale,
  };
}

export function holdSource(owned: OwnedSegment): HeldSource {
  return { owned, segment: owned.segment.hold(), live: owned.live.hold() };
}

export function releaseSource({ segment, live }: HeldSource): void {
  live.release();
  segment.release();
}

/** No search and no merge reads it from now on; the next flush says so on disk. */
export function setAside(owned: OwnedSegment): void {
  owned.segment.isDamaged = true;
  if (owned.isStale) return;
  owned.isStale = true;
  owned.isDirty = true;
}

/** Whether a document is live in the segment, or a damaged page hides that. */
export function mayHave({ segment, live }: Pick<OwnedSegment, 'segment' | 'live'>, docId: DocId): boolean {
  const document = segment.soundly(() => segment.find(docId), undefined);
  return document === undefined || (document >= 0 && live.has(document));
}

/** Whether {@link clearIn} would find a document to clear. */
export function isLiveIn({ segment, live }: Pick<OwnedSegment, 'segment' | 'live'>, docId: DocId): boolean {
  const document = segment.soundly(() => segment.find(docId), -1);
  return document >= 0 && live.has(document);
}

/** Clears a document where the segment has it, live. Where a damaged page hides that, the segment is stale. */
export function clearIn(owned: OwnedSegment, docId: DocId): void {
  const { segment } = owned;
  const document = segment.soundly(() => segment.find(docId), undefined);
  if (document === undefined) {
    setAside(owned);
    return;
  }
  if (document < 0 || !owned.live.has(document)) return;
  owned.live = owned.live.without(document);
  owned.isDirty = true;
}
