/** One collection's segments inside a shard: what waits to be seen, live segments, segments of files, the current view. */

import type { CollectionId, DocId } from '../base/index.ts';
import type { DerivedPayloads } from '../storage/index.ts';
import { statusOf } from './collection-status.ts';
import type { CollectionIndexStatus, IndexView, WaitingDocuments } from './index-contract.ts';
import type { IndexMemory } from './index-memory.ts';
import { areNew } from './new-documents.ts';
import { LiveBits } from './live-bits.ts';
import { planLiveMerge } from './merge-policy.ts';
import {
  clearIn,
  type HeldSource,
  holdSource,
  isLiveIn,
  type LostSegment,
  type OwnedSegment,
  ownedOf,
  releaseSource,
} from './owned-segment.ts';
import { PendingDocuments } from './pending-documents.ts';
import { SegmentBuild } from './segment-build.ts';
import { mergeNow } from './segment-merger.ts';
import { PinnedView, SegmentSet } from './segment-set.ts';
import { Segment } from './segment.ts';
import { givePages } from './spare-memory.ts';

/** Documents that a flush writes to a file as they are: nobody has asked for them. */
export interface SealedDocuments {
  readonly build: SegmentBuild;
  /** The live segment that they became, because somebody asked before the file was there. */
  shown: HeldSource | undefined;
}

/** So much is made visible in a millisecond or two. */
const LITTLE_BYTES = 2 ** 16;

/** Of {@link CollectionSegments}. */
export const DEFAULT_WAITING_BYTES: number = 4 * 2 ** 20;
/** Where nobody searches so many times as much may wait: from one flush to the next as a rule, which then encodes it once. */
const UNWATCHED_SHARE = 12;

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
  /** The build that is left to a flush, and is done here only where somebody asks. */
  #sealed: SealedDocuments | undefined;
  /** Somebody has searched since the last flush, or since the one before it. */
  #wasAsked = false;
  #isWatched = false;
  /** Settles when the build that was begun last is over. */
  #built: Promise<void> = Promise.resolve();
  #version = 1;
  #current: SegmentSet | undefined;

  /** `waiting_bytes`: beyond that what waits is made visible without being asked for, in steps; where nobody searches, much later. */
  constructor(memory: IndexMemory, id: CollectionId, nextId: () => number, waiting_bytes: number) {
    this.#memory = memory;
    this.#waiting_bytes = waiting_bytes;
    this.#pending = new PendingDocuments(memory);
    this.id = id;
    this.#nextId = nextId;
  }

  /** Somebody searches: has asked since the last flush, or between that and the one before. */
  get isWatched(): boolean {
    return this.#isWatched;
  }

  get memory_bytes(): number {
    const waiting_bytes = this.#pending.size_bytes + (this.#build?.pending.size_bytes ?? 0);
    return this.owned.reduce((sum, { segment }) => sum + segment.memory_bytes, waiting_bytes);
  }

  put(docId: DocId, bytes: Uint8Array): void {
    this.#pending.put(docId, bytes);
    this.#buildWhereFull();
  }

  /** Puts into this collection that begin `payloads`, as many as are taken together. */
  putMany(payloads: DerivedPayloads): void {
    this.#pending.putMany(payloads, this.id);
    this.#buildWhereFull();
  }

  delete(docId: DocId): void {
    this.#pending.delete(docId);
    this.#buildWhereFull();
  }

  /** `isFresh` false: what waits is not made visible for it; `soon`: not where that would take a while. */
  view(isFresh: boolean | 'soon' = true): IndexView {
    if (isFresh !== false) {
      this.#wasAsked = true;
      this.#isWatched = true;
    }
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

  /**
   * Before a flush, in steps between which others have their turn: seals what waits for it where these are new documents,
   * which go from here into a file. All else is made visible.
   */
  async prepareFlush(): Promise<void> {
    this.#isWatched = this.#wasAsked;
    this.#wasAsked = false;
    await this.#built;
    this.#adoptBuild();
    if (this.#pending.isEmpty) return;
    // Where somebody searches, little would be shown soon, and encoded twice after all.
    const isAlone = !this.#isWatched && this.owned.every(({ segment }) => !segment.isLive);
    const isWorthAFile = isAlone || this.#pending.size_bytes >= this.#waiting_bytes;
    const build = new SegmentBuild(this.#memory, this.#takePending());
    this.#build = build;
    const isSealed = isWorthAFile && build.documents.count > 0 && (await this.#areNew(build));
    // Somebody may have asked for it meanwhile.
    if (this.#build !== build) return;
    if (isSealed) this.#sealed = { build, shown: undefined };
    else await this.#run(build);
  }

  /** What was sealed for the flush that begins now, if it still waits. What waits beside it is for the next one. */
  takeSealed(): SealedDocuments | undefined {
    const sealed = this.#sealed;
    if (sealed?.shown === undefined) return sealed;
    this.unseal(sealed, false);
    return undefined;
  }

  /** The flush is over; `isInFile`: the manifest names the file of what was sealed. */
  unseal(sealed: SealedDocuments, isInFile: boolean): void {
    const { build, shown } = sealed;
    if (this.#sealed === sealed) this.#sealed = undefined;
    if (shown !== undefined) {
      shown.owned.isFlushing = false;
      releaseSource(shown);
    } else if (!isInFile && this.#build === build) {
      void this.#run(build);
      return;
    }
    if (this.#build === build) this.#build = undefined;
    build.pending.clear();
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

  /** Lets a segment go with the documents that live in it. */
  discard(owned: OwnedSegment): void {
    this.disown(owned);
    this.#pending.lookUpAgain();
    this.#build?.pending.lookUpAgain();
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
    return statusOf(this, {
      count: this.#pending.count + (this.#build?.pending.count ?? 0),
      growth: this.#waitingGrowth(),
    });
  }

  /** By how much what waits will let the number of live documents grow; nothing is made visible for it. */
  #waitingGrowth(): number {
    const shown = (docId: DocId): number => this.owned.filter((owned) => isLiveIn(owned, docId)).length;
    const build = this.#build?.pending;
    if (build === undefined) return this.#pending.growth(shown);
    const built = (docId: DocId): number => {
      if (!build.has(docId)) return shown(docId);
      return build.isPut(docId) ? 1 : 0;
    };
    return build.growth(shown) + this.#pending.growth(built);
  }

  close(): void {
    this.#current?.release();
    this.#current = undefined;
    this.#build?.abandon();
    // What is sealed is the flush's to free: it may be reading it.
    if (this.#sealed === undefined) this.#build?.pending.clear();
    this.#build = undefined;
    this.#pending.clear();
    for (const owned of this.owned) this.disown(owned);
  }

  #buildWhereFull(): void {
    const most_bytes = this.#waiting_bytes * (this.#isWatched ? 1 : UNWATCHED_SHARE);
    // What is sealed will be out of the way soon.
    if (this.#pending.size_bytes < most_bytes || this.#sealed !== undefined) return;
    this.#adoptBuild();
    this.#beginBuild();
  }

  #beginBuild(): void {
    this.#build = new SegmentBuild(this.#memory, this.#takePending());
    void this.#run(this.#build);
  }

  /** Settles when the build is over. Whoever asks for it next does it again where it fails, and is told what went wrong. */
  #run(build: SegmentBuild): Promise<void> {
    this.#built = this.#adoptInTurn(build).catch(() => undefined);
    return this.#built;
  }

  /** True where nothing that is visible has to go when these are. */
  async #areNew({ pending }: SegmentBuild): Promise<boolean> {
    // Merges and flushes may go on between two steps.
    const sources = this.owned.map(holdSource);
    try {
      const steps = areNew(this.#memory, pending, sources);
      for (;;) {
        const { done, value } = steps.next();
        if (done === true) return value;
        await this.#memory.pause();
      }
    } finally {
      for (const source of sources) releaseSource(source);
    }
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
    for (const docId of build.pending.docIds) this.#clear(docId as DocId);
    const owned = finished && this.#adoptLive(finished);
    const sealed = this.#sealed?.build === build ? this.#sealed : undefined;
    if (sealed === undefined) {
      build.pending.clear();
    } else if (owned !== undefined) {
      owned.isFlushing = true;
      sealed.shown = holdSource(owned);
    }
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
    for (;;) {
      const all = this.owned.filter(({ segment }) => segment.isLive);
      const live = all.filter(({ isFlushing }) => !isFlushing);
      const sizes = live.map(({ segment: { head } }) => head.occurrences + head.documents * 16);
      const plan = planLiveMerge(sizes, all.length - live.length);
      if (plan === undefined) return;
      const sources = live.slice(plan.first, plan.first + plan.count);
      const merged = this.#adoptLive(mergeNow(this.#memory, sources));
      // Where the first of them stood: the policy looks at neighbours.
      this.owned = this.owned.flatMap((one) =>
        one === merged ? [] : one === sources[0] ? [one, merged] : [one],
      );
      for (const source of sources) this.disown(source);
    }
  }
}
