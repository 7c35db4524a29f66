/** One merge of segments in files: written aside, then swapped in while no flush is under way. */

import { type LogSink, PeregrineError, webAssembly } from '../base/index.ts';
import type { DerivedFile } from '../storage/index.ts';
import type { CollectionSegments } from './collection-segments.ts';
import type { IndexMemory } from './index-memory.ts';
import { LiveBits } from './live-bits.ts';
import { type HeldSource, holdSource, ownedOf, type OwnedSegment, releaseSource } from './owned-segment.ts';
import { joinEdits, type SegmentStore } from './segment-store.ts';
import { verifySegment } from './verify-segment.ts';

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
  /** Told of every adoption, which flushes wait for: what they write follows from its outcome. */
  readonly adopting: (adoption: Promise<void>) => void;
}

/** `stopped`: the index was closed or the collection dropped before it was done; `damaged`: a source can't be read. */
export type MergeOutcome = 'merged' | 'stopped' | 'damaged';

/** Merges, or marks the segment whose damaged page was met. */
export async function runMerge(
  around: MergeSurroundings,
  collection: CollectionSegments,
  owned: readonly OwnedSegment[],
): Promise<MergeOutcome> {
  const sources = owned.map(holdSource);
  for (const source of owned) source.isMerging = true;
  const isCancelled = (): boolean => around.isClosed() || collection.isDropped;
  try {
    const written = await around.store.writeSegment(collection.id, sources, isCancelled);
    const target =
      written && ownedOf(written.segment, LiveBits.all(around.memory.linear, written.segment.head.documents));
    const files: DerivedFile[] = written === undefined ? [] : [written.file];
    let bits: DerivedFile | undefined;
    try {
      bits = await writeBitsBetweenFlushes(around, collection, sources, target, files, isCancelled);
    } catch (error) {
      target?.live.release();
      target?.segment.release();
      await around.store.removeFiles(files);
      throw error;
    }
    const isAdded = (file: DerivedFile): boolean => file === written?.file || file === bits;
    await swap(around, collection, sources, target, files.filter(isAdded));
    // Versions of the bits that another replaced before anything named them.
    await around.store.removeFiles(files.filter((file) => !isAdded(file)));
    return 'merged';
  } catch (error) {
    if (error instanceof PeregrineError && error.code === 'CANCELLED') return 'stopped';
    if (await findDamage(around, owned, error)) return 'damaged';
    throw error;
  } finally {
    for (const source of owned) source.isMerging = false;
    for (const source of sources) releaseSource(source);
  }
}

/**
 * Marks the source that a failure comes of; false where it comes of none. Kernels that merge don't say which page they trap
 * on, but a deep check of the sources comes upon it.
 */
async function findDamage(
  { memory, log, isClosed }: MergeSurroundings,
  owned: readonly OwnedSegment[],
  error: unknown,
): Promise<boolean> {
  const met = owned.find(({ segment }) => segment.isDamage(error));
  if (met !== undefined) {
    met.segment.isDamaged = true;
    memory.reportDamage(error);
    return true;
  }
  if (!(error instanceof webAssembly.RuntimeError)) return false;
  for (const { segment } of owned) {
    if (isClosed()) return false;
    const { problems } = await verifySegment(memory, segment, { pause: memory.pause });
    if (problems.length === 0) continue;
    segment.isDamaged = true;
    log.write('error', 'index.segment-damaged', { file: segment.name, reason: problems.join(' ') });
    return true;
  }
  return false;
}

/**
 * Deletions made since the merge began may be durable in the live bits of a source. So those of the new segment are
 * written before the manifest forgets the source, and written again when a flush came between. Files go to `files`.
 */
async function writeBitsBetweenFlushes(
  { store, noFlush, flushState }: MergeSurroundings,
  collection: CollectionSegments,
  sources: readonly HeldSource[],
  target: OwnedSegment | undefined,
  files: DerivedFile[],
  isCancelled: () => boolean,
): Promise<DerivedFile | undefined> {
  let bits: DerivedFile | undefined;
  for (;;) {
    await noFlush();
    const before = flushState().begun;
    if (target !== undefined) {
      for (const { owned, live } of sources) collection.reapply(owned, live, target);
      if (target.isDirty) {
        const next = store.nextBits(target);
        bits = await store.writeBits(next);
        files.push(bits);
        target.generation = next.note.generation;
      }
    }
    await store.syncNames();
    if (isCancelled()) throw new PeregrineError('CANCELLED', 'The merge was stopped.');
    const { begun, isUnderWay } = flushState();
    if (!isUnderWay && begun === before) return bits;
  }
}

/**
 * Changes over in memory at once and has the manifest follow; flushes from now on go by the new segment. Where the
 * manifest refuses, the next edit says it again: until that is adopted the files of both sides stay.
 */
async function swap(
  { store, log, adopting }: MergeSurroundings,
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
  const edit = joinEdits(store.takeOwed(), { add, remove });
  const adoption = store.context.adopt(edit).catch((error: unknown) => {
    store.owe(edit);
    throw error;
  });
  adopting(adoption);
  try {
    await adoption;
  } catch (error) {
    log.write('error', 'index.merge-not-adopted', { collection: collection.id });
    throw error;
  }
}
