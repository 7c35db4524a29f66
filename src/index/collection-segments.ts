/** One collection's segments inside a shard: what waits to be seen, live segments, segments of files, the current view. */

import type { CollectionId, DocId } from '../base/index.ts';
import type { CollectionIndexStatus, IndexView, SegmentSummary, WaitingDocuments } from './index-contract.ts';
import type { IndexMemory } from './index-memory.ts';
import { LiveBits } from './live-bits.ts';
import { planLiveMerge } from './merge-policy.ts';
import { PendingDocuments } from './pending-documents.ts';
import { SegmentBuild } from './segment-build.ts';
import { mergeNow } from './segment-merger.ts';
import { PinnedView, SegmentSet } from './segment-set.ts';
import { Segment } from './segment.ts';
import { givePages } from './spare-memory.ts';

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
  /** A page of its file can't be read: merges leave it alone. */
  isDamaged: boolean;
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
  return {
    segment,
    live,
    isDirty: false,
    generation,
    takenGeneration: generation,
    isFlushing: false,
    isDamaged: isStale,
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

/** So much is made visible in a millisecond or two. */
const LITTLE_BYTES = 2 ** 16;

/** Of {@link CollectionSegments}. */
export const DEFAULT_WAITING_BYTES: number = 4 * 2 ** 20;

export class CollectionSegments {
  readonly id: CollectionId;
  /** Segments of files, then live ones, oldest first. */
  owned: OwnedSegment[] = [];
  readonly lost: LostSegment[] = [];
  isDropped = false;
  readonly #memory: IndexMemory;
  readonly #nextId: () => number;
  readonly #waiting_bytes: number;
  /** What waits to be seen, and what came before it and is on its way. */
  #pending: PendingDocuments;
  #build: SegmentBuild | undefined;
  /** Settles when the build that was begun last is over. */
  #built: Promise<void> = Promise.resolve();
  #version = 1;
  #current: SegmentSet | undefined;

  /** `waiting_bytes`: beyond that what waits is made visible without being asked for, in steps. */
  constructor(memory: IndexMemory, id: CollectionId, nextId: () => number, waiting_bytes: number) {
    this.#memory = memory;
    this.#waiting_bytes = waiting_bytes;
    this.#pending = new PendingDocuments(memory);
    this.id = id;
    this.#nextId = nextId;
  }

  get memory_bytes(): number {
    const waiting_bytes = this.#pending.size_bytes + (this.#build?.pending.size_bytes ?? 0);
    return this.owned.reduce((sum, { segment }) => sum + segment.memory_bytes, waiting_bytes);
  }

  put(docId: DocId, bytes: Uint8Array): void {
    this.#pending.put(docId, bytes);
    this.#buildWhereFull();
  }

  delete(docId: DocId): void {
    this.#pending.delete(docId);
    this.#buildWhereFull();
  }

  /** `isFresh` false: what waits is not made visible for it; `soon`: not where that would take a while. */
  view(isFresh: boolean | 'soon' = true): IndexView {
    if (isFresh === 'soon') this.#refreshSoon();
    else if (isFresh) this.refresh();
    if (this.#current === undefined) {
      const read = this.owned.filter(({ isStale }) => !isStale);
      const isPartial = this.lost.length > 0 || read.length < this.owned.length;
      this.#current = new SegmentSet(read, this.#version, isPartial);
    }
    return new PinnedView(this.#memory, this.id, this.#current);
  }

  /** Documents that wait to be seen: those with a filter term, and all whose visible version is the last no more. */
  waiting(filterHash: bigint): WaitingDocuments {
    const [last, before] = [this.#pending, this.#build?.pending];
    const found = before?.withFilter(filterHash).filter((docId) => !last.has(docId)) ?? [];
    return {
      found: [...found, ...last.withFilter(filterHash)],
      isWaiting: (docId) => last.has(docId) || before?.has(docId) === true,
    };
  }

  /** Makes everything that waits visible, at once. */
  refresh(): void {
    this.#adoptBuild();
    if (this.#pending.isEmpty) return;
    this.#build = new SegmentBuild(this.#memory, this.#takePending());
    this.#adoptBuild();
  }

  /** Makes what waits visible: at once where it is little, else beginning now. What has begun comes by itself. */
  #refreshSoon(): void {
    if (this.#build !== undefined || this.#pending.isEmpty) return;
    if (this.#pending.size_bytes <= LITTLE_BYTES) this.refresh();
    else this.#beginBuild();
  }

  /** Makes visible what waits now, in steps between which others have their turn. */
  async settle(): Promise<void> {
    if (this.#build === undefined && !this.#pending.isEmpty) this.#beginBuild();
    await this.#built;
  }

  /** The list of segments or their bits changed: the next view is another. */
  changed(): void {
    this.#version += 1;
    this.#current?.release();
    this.#current = undefined;
  }

  /** Takes over a segment; the caller's hold on it goes with it. */
  own(segment: Segment, live: LiveBits, generation = 0, isStale = false): OwnedSegment {
    const owned = ownedOf(segment, live, generation, isStale);
    this.adopt(owned);
    return owned;
  }

  /** Puts a segment where it belongs: those of files before live ones. */
  adopt(owned: OwnedSegment): void {
    const isLive = owned.segment.isLive;
    const place = isLive ? this.owned.length : this.owned.findIndex((other) => other.segment.isLive);
    this.owned.splice(place < 0 ? this.owned.length : place, 0, owned);
  }

  disown(owned: OwnedSegment): void {
    this.owned = this.owned.filter((other) => other !== owned);
    owned.live.release();
    owned.segment.release();
  }

  /** Clears, in `target`, the documents that `source` has lost since it had the bits `before`. */
  reapply(source: OwnedSegment, before: LiveBits, target: OwnedSegment): void {
    if (source.live.deleted === before.deleted) return;
    for (let document = 0; document < before.documents; document++) {
      if (before.has(document) && !source.live.has(document)) clearIn(target, source.segment.docId(document));
    }
  }

  status(): CollectionIndexStatus {
    const { owned } = this;
    const sum = (of: (one: OwnedSegment) => number): number =>
      owned.reduce((total, one) => total + of(one), 0);
    return {
      documents: sum(({ live }) => live.live),
      deleted: sum(({ live }) => live.deleted),
      segments: owned.length,
      liveSegments: owned.filter(({ segment }) => segment.isLive).length,
      damaged: this.lost.length + owned.filter(({ isDamaged }) => isDamaged).length,
      disk_bytes: sum(({ segment }) => segment.disk_bytes),
      memory_bytes: this.memory_bytes,
      resident_bytes: sum(({ segment, live }) => segment.resident_bytes + live.memory_bytes),
    };
  }

  summaries(): SegmentSummary[] {
    const held = this.owned.map(({ segment, live, isDamaged, isMerging }): SegmentSummary => ({
      segment: segment.id,
      name: segment.name,
      isInMemory: segment.isLive,
      documents: live.documents,
      deleted: live.deleted,
      size_bytes: segment.isLive ? segment.memory_bytes : segment.disk_bytes,
      state: isDamaged ? 'damaged' : isMerging ? 'merging' : 'sound',
    }));
    const lost = this.lost.map(({ segment, name }): SegmentSummary => ({
      segment,
      name,
      isInMemory: false,
      documents: 0,
      deleted: 0,
      size_bytes: 0,
      state: 'lost',
    }));
    return [...held, ...lost];
  }

  close(): void {
    this.#current?.release();
    this.#current = undefined;
    this.#build?.abandon();
    this.#build?.pending.clear();
    this.#build = undefined;
    this.#pending.clear();
    for (const owned of this.owned) this.disown(owned);
  }

  #buildWhereFull(): void {
    if (this.#pending.size_bytes < this.#waiting_bytes) return;
    this.#adoptBuild();
    this.#beginBuild();
  }

  #beginBuild(): void {
    const build = new SegmentBuild(this.#memory, this.#takePending());
    this.#build = build;
    // Whoever asks for it next does it again, and is told what went wrong.
    this.#built = this.#adoptInTurn(build).catch(() => undefined);
  }

  async #adoptInTurn(build: SegmentBuild): Promise<void> {
    await build.run();
    if (this.#build === build) this.#adoptBuild();
  }

  #takePending(): PendingDocuments {
    const pending = this.#pending;
    this.#pending = new PendingDocuments(this.#memory);
    return pending;
  }

  /** Does what is left of a build: clears old versions, adds one live segment, merges small ones. */
  #adoptBuild(): void {
    const build = this.#build;
    if (build === undefined) return;
    const finished = build.finish();
    this.#build = undefined;
    for (const [docId] of build.pending.entries) this.#clear(docId);
    if (finished !== undefined) this.#adoptLive(finished);
    build.pending.clear();
    this.#dropDead();
    this.#mergeLive();
    this.changed();
  }

  #clear(docId: DocId): void {
    for (const owned of this.owned) clearIn(owned, docId);
  }

  #adoptLive(finished: Parameters<typeof Segment.inMemory>[2]): OwnedSegment {
    const segment = Segment.inMemory(this.#memory, { id: this.#nextId(), collection: this.id }, finished);
    givePages(finished.pages);
    return this.own(segment, LiveBits.all(this.#memory.linear, finished.head.documents));
  }

  /** Live segments without a live document go at once; those of files by a merge. */
  #dropDead(): void {
    for (const owned of this.owned) {
      if (owned.segment.isLive && owned.live.live === 0 && !owned.isFlushing) this.disown(owned);
    }
  }

  #mergeLive(): void {
    const live = this.owned.filter(({ segment, isFlushing }) => segment.isLive && !isFlushing);
    const count = planLiveMerge(live.map(({ segment: { head } }) => head.occurrences + head.documents * 16));
    if (count === 0) return;
    const sources = live.slice(-count);
    this.#adoptLive(mergeNow(this.#memory, sources));
    for (const source of sources) this.disown(source);
  }
}

/** No search and no merge reads it from now on; the next flush says so on disk. */
export function setAside(owned: OwnedSegment): void {
  owned.isDamaged = true;
  if (owned.isStale) return;
  owned.isStale = true;
  owned.isDirty = true;
}

/** Clears a document where the segment has it, live. Where a damaged page hides that, the segment is stale. */
function clearIn(owned: OwnedSegment, docId: DocId): void {
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
