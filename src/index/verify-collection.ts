/** Deep check of all segments of a collection: each on its own, then that no document lives in two of them. */

import { type DocId, PeregrineError } from '../base/index.ts';
import type { CollectionSegments } from './collection-segments.ts';
import type { IndexVerifyOptions, SegmentReport } from './index-contract.ts';
import type { IndexMemory } from './index-memory.ts';
import { type HeldSource, holdSource, isLiveIn, releaseSource } from './owned-segment.ts';
import type { Segment } from './segment.ts';
import { verifySegment } from './verify-segment.ts';

const MAX_NAMED = 5;
/** Documents that are looked for in other segments between two pauses. */
const LOOKS_A_STEP = 2048;
/** Of the whole, before progress is told again. */
const TELLING_SHARE = 0.005;

/** The segments are held as they are now: merges and flushes may go on. `CANCELLED`. */
export async function verifyCollection(
  memory: IndexMemory,
  collection: CollectionSegments,
  { onProgress, signal, owns = () => true }: IndexVerifyOptions,
): Promise<readonly SegmentReport[]> {
  collection.refresh();
  const held = collection.owned.map(holdSource);
  const stale = new Set(held.filter(({ owned }) => owned.isStale));
  const sizes = held.map(({ segment }) => sizeOf(segment));
  const total_bytes = sizes.reduce((sum, size) => sum + size, 0);
  const pause = async (): Promise<void> => {
    await new Promise((resolve) => setImmediate(resolve));
    if (signal?.aborted === true) {
      throw new PeregrineError('CANCELLED', 'The verification of the index was stopped.');
    }
  };
  const reports: SegmentReport[] = collection.lost.map(reportOfLost);
  let done_bytes = 0;
  let told_bytes = 0;
  const tell = (segmentsDone: number, now_bytes: number): void => {
    told_bytes = now_bytes;
    onProgress?.({ segmentsDone, segments: held.length, done_bytes: now_bytes, total_bytes });
  };
  try {
    for (const [place, source] of held.entries()) {
      const { segment, live } = source;
      const size_bytes = sizes[place] ?? 0;
      const pauseInside = (share: number): Promise<void> => {
        const now_bytes = done_bytes + Math.floor(share * size_bytes);
        if (now_bytes - told_bytes >= total_bytes * TELLING_SHARE) tell(place, now_bytes);
        return pause();
      };
      const report = await verifySegment(memory, segment, { live, owns, pause: pauseInside });
      // Whoever looks at the index from now on is told, and no merge carries it on.
      if (report.problemCount > 0 && !segment.isLive) segment.isDamaged = true;
      reports.push(withProblems(report, segment.isDamaged, stale.has(source)));
      done_bytes += size_bytes;
      tell(place + 1, done_bytes);
      await pause();
    }
    const twice = await documentsLivingTwice(
      held.filter((source) => !stale.has(source)),
      pause,
    );
    return twice.length === 0 ? reports : reports.map((report) => withTwice(report, twice));
  } finally {
    for (const source of held) releaseSource(source);
  }
}

function withProblems(report: SegmentReport, isDamaged: boolean, isStale: boolean): SegmentReport {
  const more: string[] = [];
  const foreign = report.documents - report.own;
  if (foreign > 0 && report.problemCount === 0) {
    more.push(`of ${report.documents} documents only ${report.own} belong to this shard`);
  }
  if (isStale) more.push('it is kept out of searches, for it was damaged when a document had to be deleted');
  // Memory or a disk that fails now and then: who repairs takes such a segment out, so that it must be told.
  else if (isDamaged && report.problemCount === 0) {
    more.push('a page of it could not be read when it was searched or merged, and can be read now');
  }
  return withMore(report, more);
}

function withMore(report: SegmentReport, more: readonly string[]): SegmentReport {
  const { problems, problemCount } = report;
  return { ...report, problems: [...problems, ...more], problemCount: problemCount + more.length };
}

function reportOfLost({ segment, name, why }: CollectionSegments['lost'][number]): SegmentReport {
  const nothing = { documents: 0, live: 0, own: 0, size_bytes: 0, terms: 0, postings: 0, occurrences: 0 };
  return { segment, name, ...nothing, problems: [`it can't be opened: ${why}`], problemCount: 1 };
}

interface LivingTwice {
  readonly docId: DocId;
  readonly segment: number;
}

/**
 * Documents that live in several segments, with each of those. Those of the smaller are looked for in the larger, whose filters
 * know nearly all that they have not: no list of all documents is made, however many there are.
 */
async function documentsLivingTwice(
  held: readonly HeldSource[],
  pause: () => Promise<void>,
): Promise<LivingTwice[]> {
  const twice: LivingTwice[] = [];
  const bySize = held.toSorted((a, b) => a.segment.head.documents - b.segment.head.documents);
  for (const [place, { segment, live }] of bySize.entries()) {
    const larger = bySize.slice(place + 1);
    if (larger.length === 0) break;
    for (let document = 0; document < segment.head.documents; document++) {
      if (document % LOOKS_A_STEP === LOOKS_A_STEP - 1) await pause();
      if (!live.has(document)) continue;
      const docId = segment.soundly(() => segment.docId(document), undefined);
      // Its damage is told of the segment itself.
      if (docId === undefined) break;
      const others = larger.filter((other) => isLiveIn(other, docId));
      for (const other of others) twice.push({ docId, segment: other.segment.id });
      if (others.length > 0) twice.push({ docId, segment: segment.id });
    }
  }
  return twice;
}

function withTwice(report: SegmentReport, twice: readonly LivingTwice[]): SegmentReport {
  const own = twice.filter(({ segment }) => segment === report.segment);
  const named = own.slice(0, MAX_NAMED).map(({ docId }) => `document ${docId} lives in another segment too`);
  const { problemCount } = report;
  return { ...withMore(report, named), problemCount: problemCount + own.length };
}

function sizeOf({ disk_bytes, memory_bytes }: Segment): number {
  return disk_bytes + memory_bytes;
}
