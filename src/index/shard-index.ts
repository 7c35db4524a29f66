/** The index of a shard: a derived state of its log. Applies, shows, flushes and merges the segments of every collection. */

import {
  assert,
  type CollectionId,
  type LogSink,
  must,
  PeregrineError,
  type Seq,
  silentLog,
} from '../base/index.ts';
import type { Disk } from '../disk/index.ts';
import type { DerivedContext, DerivedEdit, DerivedFile, DerivedPayloads } from '../storage/index.ts';
import { CollectionSegments, DEFAULT_WAITING_BYTES } from './collection-segments.ts';
import { summariesOf } from './collection-status.ts';
import { discardDamaged } from './discard-damaged.ts';
import { FlushRun } from './flush-run.ts';
import type {
  CollectionIndexStatus,
  IndexVerifyOptions,
  IndexView,
  SegmentReport,
  SegmentSummary,
  ShardIndex,
  WaitingDocuments,
} from './index-contract.ts';
import { IndexMemory } from './index-memory.ts';
import { decodeIndexOperation, INDEX_STATE, nextCollection } from './index-operation-codec.ts';
import type { KernelKind } from './kernel-host.ts';
import { planMerge, SEGMENTS_A_BULK_TIER, SEGMENTS_A_TIER } from './merge-policy.ts';
import { type MergeSurroundings, runMerge } from './merge-run.ts';
import { setAside } from './owned-segment.ts';
import { scrubSegments } from './scrub-segments.ts';
import { PinnedView, SegmentSet } from './segment-set.ts';
import { SegmentStore } from './segment-store.ts';
import type { QueryThreads } from './threads/query-threads.ts';
import { verifyCollection } from './verify-collection.ts';

export interface ShardIndexOptions {
  readonly disk: Disk;
  /** For pages of segment files in memory. Default 64 MiB. */
  readonly memory_bytes?: number;
  /** What computes: WebAssembly (default), or the same kernels as TypeScript. */
  readonly kernels?: KernelKind;
  readonly log?: LogSink;
  /** Documents that nobody looked for yet are made searchable in steps beyond this. Default 4 MiB. */
  readonly waiting_bytes?: number;
  /** Between two steps of work that nobody waits for. Default: the next turn of the event loop. */
  readonly pause?: () => Promise<void>;
  /** For long searches. Default: none, all are made on the calling thread. */
  readonly threads?: QueryThreads;
}

/** Looks for what is to be merged, without a flush between them, after which no bulk is coming in: half a minute in a server. */
const CALM_LOOKS = 15;

export const DEFAULT_INDEX_MEMORY_BYTES: number = 64 * 2 ** 20;

/** An index to hand to a store as one of its derived states. */
export function createShardIndex(options: ShardIndexOptions): ShardIndex {
  return new SegmentIndex(options);
}

class SegmentIndex implements ShardIndex {
  readonly number = INDEX_STATE;
  readonly #disk: Disk;
  readonly #log: LogSink;
  readonly #memory: IndexMemory;
  readonly #waiting_bytes: number;
  readonly #collections = new Map<CollectionId, CollectionSegments>();
  #opened: SegmentStore | undefined;
  #flush: FlushRun | undefined;
  #flushesBegun = 0;
  /** As {@link CALM_LOOKS}; none counts before the first flush. */
  #looks = CALM_LOOKS;
  /** Woken when no flush is under way. */
  readonly #flushWaiters: (() => void)[] = [];
  #merging: Promise<unknown> = Promise.resolve();
  #isClosed = false;
  /** Settles when the manifest has adopted or refused what the last merge asked. */
  #adoption: Promise<void> = Promise.resolve();

  constructor({
    disk,
    memory_bytes = DEFAULT_INDEX_MEMORY_BYTES,
    kernels = 'wasm',
    log = silentLog,
    waiting_bytes = DEFAULT_WAITING_BYTES,
    pause,
    threads,
  }: ShardIndexOptions) {
    this.#disk = disk;
    this.#waiting_bytes = waiting_bytes;
    this.#log = log;
    this.#memory = new IndexMemory(memory_bytes, kernels, { log, threads, pause });
  }

  get memory_bytes(): number {
    let sum = 0;
    for (const collection of this.#collections.values()) sum += collection.memory_bytes;
    return sum;
  }

  async open(files: readonly DerivedFile[], context: DerivedContext): Promise<void> {
    assert(this.#opened === undefined, 'an index is opened once');
    this.#opened = new SegmentStore(this.#memory, this.#disk, context, this.#log);
    const { opened, lost } = await this.#opened.open(files);
    for (const one of lost) this.#of(one.collection).lost.push(one);
    for (const { segment, live, generation, isStale } of opened) {
      this.#of(segment.collection).own(segment, live, generation, isStale);
    }
  }

  apply(_seq: Seq, payload: Uint8Array): void {
    const operation = decodeIndexOperation(payload);
    switch (operation.kind) {
      case 'put':
        this.#of(operation.collection).put(operation.docId, operation.document);
        break;
      case 'delete':
        this.#collections.get(operation.collection)?.delete(operation.docId);
        break;
      case 'drop':
        this.#drop(operation.collection);
        break;
    }
  }

  /** Puts of one collection side by side, as bulks of documents come. */
  applyMany(_seq: Seq, payloads: DerivedPayloads): void {
    const collection = nextCollection(payloads);
    if (collection !== undefined) this.#of(collection).putMany(payloads);
  }

  /** All that is applied is durable in the log, so that replaying more than was asked for does no harm: it takes all. */
  async flush(_upTo: Seq): Promise<DerivedEdit> {
    await this.#abandonFlush();
    // So that little is left to do at once.
    for (const collection of this.#collections.values()) await collection.prepareFlush();
    await this.#adopted();
    const flush = new FlushRun(this.#memory, this.#store, [...this.#collections.values()]);
    this.#flush = flush;
    this.#flushesBegun += 1;
    this.#looks = 0;
    try {
      return await flush.write();
    } catch (error) {
      await this.#abandonFlush();
      throw error;
    }
  }

  flushed(): void {
    this.#flush?.adopted();
    this.#endFlush();
  }

  view(collection: CollectionId, { isFresh = true }: { isFresh?: boolean | 'soon' } = {}): IndexView {
    if (this.#isClosed) throw new PeregrineError('CLOSED', 'The index is closed.');
    const known = this.#collections.get(collection);
    if (known !== undefined) return known.view(isFresh);
    const empty = new SegmentSet([], 0);
    const view = new PinnedView(this.#memory, collection, empty);
    empty.release();
    return view;
  }

  waiting(collection: CollectionId, filterHash: bigint): WaitingDocuments {
    return this.#collections.get(collection)?.waiting(filterHash) ?? NOTHING_WAITS;
  }

  merge({ force = false }: { force?: boolean } = {}): Promise<number> {
    this.#looks += 1;
    const run = this.#merging.then(() => this.#mergeAll(force));
    this.#merging = run.catch(() => undefined);
    return run;
  }

  status(collection: CollectionId): CollectionIndexStatus {
    return this.#collections.get(collection)?.status() ?? NO_SEGMENTS;
  }

  segments(collection: CollectionId): readonly SegmentSummary[] {
    const known = this.#collections.get(collection);
    return known === undefined ? [] : summariesOf(known);
  }

  async verify(
    collection: CollectionId,
    options: IndexVerifyOptions = {},
  ): Promise<readonly SegmentReport[]> {
    const known = this.#collections.get(collection);
    return known === undefined ? [] : verifyCollection(this.#memory, known, options);
  }

  async scrub(collection: CollectionId, afterRead: (size_bytes: number) => Promise<void>): Promise<void> {
    const known = this.#collections.get(collection);
    if (known !== undefined) await scrubSegments(this.#memory, known, afterRead);
  }

  setAside(collection: CollectionId, segments: readonly number[]): void {
    const known = this.#collections.get(collection);
    if (known === undefined) return;
    const chosen = known.owned.filter(({ segment }) => segments.includes(segment.id));
    for (const owned of chosen) setAside(owned);
    if (chosen.length > 0) known.changed();
  }

  discardDamaged(collection: CollectionId): Promise<number> {
    const run = this.#merging.then(async () => {
      await this.#noFlush();
      const known = this.#collections.get(collection);
      if (known === undefined || this.#isClosed) return 0;
      return discardDamaged(this.#surroundings, known);
    });
    this.#merging = run.catch(() => undefined);
    return run;
  }

  collections(): readonly CollectionId[] {
    return [...this.#collections.keys()];
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const wake of this.#flushWaiters.splice(0)) wake();
    await this.#merging;
    await this.#abandonFlush();
    for (const collection of this.#collections.values()) collection.close();
    this.#memory.lent?.leave();
    this.#collections.clear();
  }

  get #store(): SegmentStore {
    return must(this.#opened, 'the opening of the index');
  }

  #of(id: CollectionId): CollectionSegments {
    let collection = this.#collections.get(id);
    if (collection === undefined) {
      const takeNumber = (): number => this.#store.takeNumber();
      collection = new CollectionSegments(this.#memory, id, takeNumber, this.#waiting_bytes);
      this.#collections.set(id, collection);
    }
    return collection;
  }

  #drop(id: CollectionId): void {
    const collection = this.#collections.get(id);
    if (collection === undefined) return;
    this.#collections.delete(id);
    collection.isDropped = true;
    this.#store.forget(collection.owned.flatMap((owned) => this.#store.pathsOf(owned)));
    this.#store.forget(collection.lost.flatMap((lost) => this.#store.pathsOfLost(lost)));
    collection.close();
  }

  /** A flush that never reached the manifest: what it wrote goes, at once or with the next edit. */
  async #abandonFlush(): Promise<void> {
    const files = this.#flush?.abandon() ?? [];
    this.#endFlush();
    await this.#store.removeFiles(files);
  }

  /** Waits until no merge is being adopted. */
  async #adopted(): Promise<void> {
    let settled: Promise<void> | undefined;
    while (settled !== this.#adoption) {
      settled = this.#adoption;
      await settled;
    }
  }

  #endFlush(): void {
    this.#flush = undefined;
    for (const wake of this.#flushWaiters.splice(0)) wake();
  }

  async #mergeAll(force: boolean): Promise<number> {
    let merges = 0;
    for (const collection of this.#collections.values()) {
      for (;;) {
        if (this.#isClosed) return merges;
        const inFiles = collection.owned.filter(({ segment }) => !segment.isLive && !segment.isDamaged);
        const sizes = inFiles.map(({ segment, live }) => ({
          size_bytes: segment.disk_bytes,
          documents: live.documents,
          deleted: live.deleted,
        }));
        const isBulk = this.#looks < CALM_LOOKS && !collection.isWatched;
        const plan = planMerge(sizes, { force, tier: isBulk ? SEGMENTS_A_BULK_TIER : SEGMENTS_A_TIER });
        if (plan === undefined) break;
        const chosen = inFiles.filter((_, place) => plan.includes(place));
        const outcome = await runMerge(this.#surroundings, collection, chosen);
        if (outcome === 'stopped') break;
        // Those that can be read are planned anew.
        if (outcome === 'damaged') continue;
        merges += 1;
        if (force) break;
      }
    }
    return merges;
  }

  get #surroundings(): MergeSurroundings {
    return {
      memory: this.#memory,
      store: this.#store,
      log: this.#log,
      isClosed: () => this.#isClosed,
      noFlush: () => this.#noFlush(),
      flushState: () => ({ begun: this.#flushesBegun, isUnderWay: this.#flush !== undefined }),
      adopting: (adoption) => {
        this.#adoption = adoption.catch(() => undefined);
      },
    };
  }

  async #noFlush(): Promise<void> {
    while (this.#flush !== undefined && !this.#isClosed) {
      await new Promise<void>((resolve) => {
        this.#flushWaiters.push(resolve);
      });
    }
  }
}

const NOTHING_WAITS: WaitingDocuments = { found: [], isWaiting: () => false };

const NO_SEGMENTS: CollectionIndexStatus = {
  documents: 0,
  waiting: 0,
  deleted: 0,
  segments: 0,
  liveSegments: 0,
  damaged: 0,
  disk_bytes: 0,
  memory_bytes: 0,
  resident_bytes: 0,
};
