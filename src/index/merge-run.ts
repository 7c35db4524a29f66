/** One merge of segments in files: written aside, then swapped in while no flush is under way. */

import { type LogSink, PeregrineError } from '../base/index.ts';
import type { DerivedFile } from '../storage/index.ts';
import {
  type CollectionSegments,
  type HeldSource,
  holdSource,
  type OwnedSegment,
  releaseSource,
} from './collection-segments.ts';
import type { IndexMemory } from './index-memory.ts';
import { LiveBits } from './live-bits.ts';
import type { SegmentStore, WrittenSegment } from './segment-store.ts';

/** What a merge asks of the index around it. */
export interface MergeSurroundings {
  readonly memory: IndexMemory;
  readonly store: SegmentStore;
  readonly log: LogSink;
  readonly isClosed: () => boolean;
  /** Resolves when no flush is under way, or the index closes. */
  readonly noFlush: () => Promise<void>;
  /** Flushes begun so far, and whether one is under way. */
  readonly flushState: () => { readonly begun: number; readonly isUnderWay: boolean };
  /** An adoption failed: what is on disk is not what stands in memory. */
  readonly failed: (error: unknown) => void;
}

/** Merges; false where the index was closed or the collection dropped before it was done. */
export async function runMerge(
  around: MergeSurroundings,
  collection: CollectionSegments,
  owned: readonly OwnedSegment[],
): Promise<boolean> {
  const sources = owned.map(holdSource);
  const isCancelled = (): boolean => around.isClosed() || collection.isDropped;
  try {
    const written = await around.store.writeSegment(collection.id, sources, isCancelled);
    const target = written && ownedOf(around.memory, written);
    let add: readonly DerivedFile[];
    try {
      add = await writeBitsBetweenFlushes(around, collection, sources, written, target, isCancelled);
    } catch (error) {
      target?.live.release();
      if (written !== undefined) await around.store.remove(written);
      throw error;
    }
    await swap(around, collection, sources, target, add);
    return true;
  } catch (error) {
    if (error instanceof PeregrineError && error.code === 'CANCELLED') return false;
    throw error;
  } finally {
    for (const source of sources) releaseSource(source);
  }
}

function ownedOf({ linear }: IndexMemory, { segment }: WrittenSegment): OwnedSegment {
  const live = LiveBits.all(linear, segment.head.documents);
  return { segment, live, isDirty: false, generation: 0, isFlushing: false };
}

/**
 * Deletions made since the merge began may be durable in the live bits of a source. So those of the new segment are
 * written before the manifest forgets the source, and written again when a flush came between.
 */
async function writeBitsBetweenFlushes(
  { store, noFlush, flushState }: MergeSurroundings,
  collection: CollectionSegments,
  sources: readonly HeldSource[],
  written: WrittenSegment | undefined,
  target: OwnedSegment | undefined,
  isCancelled: () => boolean,
): Promise<readonly DerivedFile[]> {
  let bits: DerivedFile | undefined;
  for (;;) {
    await noFlush();
    const before = flushState().begun;
    if (target !== undefined) {
      for (const { owned, live } of sources) collection.reapply(owned, live, target);
      if (target.isDirty) bits = await store.writeBits(store.nextBits(target));
    }
    await store.syncNames();
    if (isCancelled()) throw new PeregrineError('CANCELLED', 'The merge was stopped.');
    const { begun, isUnderWay } = flushState();
    if (!isUnderWay && begun === before) break;
  }
  if (written === undefined) return [];
  return bits === undefined ? [written.file] : [written.file, bits];
}

/** Changes over in memory at once and has the manifest follow; flushes from now on go by the new segment. */
async function swap(
  { store, log, failed }: MergeSurroundings,
  collection: CollectionSegments,
  sources: readonly HeldSource[],
  target: OwnedSegment | undefined,
  add: readonly DerivedFile[],
): Promise<void> {
  const remove = sources.flatMap(({ owned }) => store.pathsOf(owned));
  if (target !== undefined) {
    for (const { owned, live } of sources) collection.reapply(owned, live, target);
    collection.adopt(target);
  }
  for (const { owned } of sources) collection.disown(owned);
  collection.changed();
  try {
    await store.context.adopt({ add, remove });
  } catch (error) {
    failed(error);
    log.write('error', 'index.merge-not-adopted', { collection: collection.id });
    throw error;
  }
}
