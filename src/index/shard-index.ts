/** The index of a shard: a derived state of its log. Applies, shows, flushes and merges the segments of every collection. */

import { type CollectionId, type LogSink, must, PeregrineError, type Seq, silentLog } from '../base/index.ts';
import type { Disk } from '../disk/index.ts';
import type { DerivedContext, DerivedEdit, DerivedFile } from '../storage/index.ts';
import { CollectionSegments, type OwnedSegment } from './collection-segments.ts';
import type { CollectionIndexStatus, IndexView, SegmentReport, ShardIndex } from './index-contract.ts';
import { IndexMemory } from './index-memory.ts';
import { decodeIndexOperation, INDEX_STATE } from './index-operation-codec.ts';
import type { KernelKind } from './kernel-host.ts';
import { LiveBits } from './live-bits.ts';
import { planMerge } from './merge-policy.ts';
import {
  decodeNote,
  encodeLiveBits,
  encodeNote,
  fileName,
  type FileNote,
  readLiveBits,
  writeFile,
} from './segment-files.ts';
import { mergeIntoFile, type MergeSource } from './segment-merger.ts';
import { SegmentSet, PinnedView } from './segment-set.ts';
import { PAGE_BYTES } from './segment-format.ts';
import { Segment } from './segment.ts';
import { verifySegment } from './verify-segment.ts';

export interface ShardIndexOptions {
  readonly disk: Disk;
  /** For pages of segment files in memory. Default 64 MiB. */
  readonly memory_bytes?: number;
  /** What computes: WebAssembly (default), or the same kernels as TypeScript. */
  readonly kernels?: KernelKind;
  readonly log?: LogSink;
}

export const DEFAULT_INDEX_MEMORY_BYTES: number = 64 * 2 ** 20;

/** An index to hand to a store as one of its derived states. */
export function createShardIndex(options: ShardIndexOptions): ShardIndex {
  return new SegmentIndex(options);
}

/** A flush whose edit is not yet in the manifest. */
interface PendingFlush {
  readonly collection: CollectionSegments;
  readonly sources: readonly HeldSource[];
  /** The new segment; undefined before it is written and where nothing was live. */
  target: Segment | undefined;
}

/** A segment that is being merged, held, with the bits that it had when that began. */
interface HeldSource {
  readonly owned: OwnedSegment;
  readonly segment: Segment;
  readonly live: LiveBits;
}

/** A new version of a segment's live bits, to be written; `previous` is the path of the one before. */
interface ChangedBits {
  readonly note: FileNote;
  readonly previous: string | undefined;
  readonly bytes: Uint8Array;
}

class SegmentIndex implements ShardIndex {
  readonly number = INDEX_STATE;
  readonly #disk: Disk;
  readonly #log: LogSink;
  readonly #memory: IndexMemory;
  readonly #collections = new Map<CollectionId, CollectionSegments>();
  #context: DerivedContext | undefined;
  #nextSegment = 1;
  /** Paths that the next edit takes out of the manifest. */
  readonly #removals = new Set<string>();
  #flushing: PendingFlush[] | undefined;
  #flushes = 0;
  /** Woken when no flush is under way. */
  readonly #flushWaiters: (() => void)[] = [];
  #merging: Promise<unknown> = Promise.resolve();
  #isClosed = false;
  /** Set when an adoption failed: what is on disk is not what stands here. */
  #failure: unknown;

  constructor({
    disk,
    memory_bytes = DEFAULT_INDEX_MEMORY_BYTES,
    kernels = 'wasm',
    log = silentLog,
  }: ShardIndexOptions) {
    this.#disk = disk;
    this.#log = log;
    this.#memory = new IndexMemory(memory_bytes, kernels);
  }

  get memory_bytes(): number {
    let sum = 0;
    for (const collection of this.#collections.values()) sum += collection.memory_bytes;
    return sum;
  }

  async open(files: readonly DerivedFile[], context: DerivedContext): Promise<void> {
    this.#context = context;
    const noted = files.map((file) => ({ file, note: decodeNote(file) }));
    const newestBits = new Map<number, FileNote>();
    for (const { note } of noted) {
      this.#nextSegment = Math.max(this.#nextSegment, note.segment + 1);
      if (note.kind !== 'live') continue;
      const other = newestBits.get(note.segment);
      if (other === undefined || other.generation < note.generation) newestBits.set(note.segment, note);
    }
    for (const { file, note } of noted) {
      if (note.kind === 'segment') await this.#openSegment(note, newestBits.get(note.segment));
      const isKnown = note.kind === 'segment' || newestBits.get(note.segment) === note;
      const hasSegment = noted.some(
        (other) => other.note.kind === 'segment' && other.note.segment === note.segment,
      );
      if (!isKnown || !hasSegment) this.#removals.add(file.path);
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

  /** All that is applied is durable in the log, so that replaying more than was asked for does no harm: it takes all. */
  async flush(_upTo: Seq): Promise<DerivedEdit> {
    if (this.#failure !== undefined) throw this.#failure;
    this.#abandonFlush();
    const collections = [...this.#collections.values()];
    for (const collection of collections) collection.refresh();
    const bits = collections.flatMap((collection) => this.#takeDirty(collection));
    const pending = collections.map((collection) => freezeLive(collection));
    this.#flushing = pending;
    this.#flushes += 1;
    try {
      return await this.#writeFlush(pending, bits);
    } catch (error) {
      this.#abandonFlush();
      throw error;
    }
  }

  flushed(): void {
    this.#removals.clear();
    for (const { collection, sources, target } of this.#flushing ?? []) {
      if (collection.isDropped) {
        if (target !== undefined) this.#discard(target);
      } else if (sources.length > 0) {
        const bits = target && LiveBits.all(this.#memory.linear, target.head.documents);
        const written = target && bits && collection.own(target, bits);
        for (const { owned, live } of sources) {
          if (written !== undefined) collection.reapply(owned, live, written);
          collection.disown(owned);
        }
        collection.changed();
      }
      for (const source of sources) release(source);
    }
    this.#endFlush();
  }

  view(collection: CollectionId): IndexView {
    if (this.#isClosed) throw new PeregrineError('CLOSED', 'The index is closed.');
    const known = this.#collections.get(collection);
    if (known !== undefined) return known.view();
    const empty = new SegmentSet([], 0);
    const view = new PinnedView(this.#memory, collection, empty);
    empty.release();
    return view;
  }

  merge({ force = false }: { force?: boolean } = {}): Promise<number> {
    const run = this.#merging.then(() => this.#mergeAll(force));
    this.#merging = run.catch(() => undefined);
    return run;
  }

  status(collection: CollectionId): CollectionIndexStatus {
    const known = this.#collections.get(collection);
    if (known === undefined) {
      return { documents: 0, deleted: 0, segments: 0, liveSegments: 0, disk_bytes: 0, memory_bytes: 0 };
    }
    known.refresh();
    return known.status();
  }

  async verify(collection: CollectionId): Promise<readonly SegmentReport[]> {
    const known = this.#collections.get(collection);
    if (known === undefined) return [];
    known.refresh();
    const held = known.owned.map(({ segment }) => segment.hold());
    try {
      const reports: SegmentReport[] = [];
      for (const segment of held) {
        reports.push(verifySegment(this.#memory, segment));
        await new Promise((resolve) => setImmediate(resolve));
      }
      return reports;
    } finally {
      for (const segment of held) segment.release();
    }
  }

  collections(): readonly CollectionId[] {
    return [...this.#collections.keys()];
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const wake of this.#flushWaiters.splice(0)) wake();
    await this.#merging;
    this.#abandonFlush();
    for (const collection of this.#collections.values()) collection.close();
    this.#collections.clear();
  }

  get #place(): DerivedContext {
    return must(this.#context, 'the place of the files of an index that is open');
  }

  /** Path of a file as the manifest names it: below the shard's directory. */
  #manifestPath(note: FileNote): string {
    return `${this.#place.pathPrefix}${fileName(note)}`;
  }

  #diskPath(note: FileNote): string {
    return `${this.#place.directory}/${fileName(note)}`;
  }

  #of(id: CollectionId): CollectionSegments {
    let collection = this.#collections.get(id);
    if (collection === undefined) {
      collection = new CollectionSegments(this.#memory, id, () => this.#nextSegment++);
      this.#collections.set(id, collection);
    }
    return collection;
  }

  async #openSegment(note: FileNote, bits: FileNote | undefined): Promise<void> {
    const { collection, segment: id } = note;
    const segment = await Segment.open(this.#memory, this.#disk, this.#diskPath(note), { id, collection });
    const { documents } = segment.head;
    const live =
      bits === undefined
        ? LiveBits.all(this.#memory.linear, documents)
        : LiveBits.of(
            this.#memory.linear,
            documents,
            await readLiveBits(this.#disk, this.#diskPath(bits), documents),
          );
    this.#of(collection).own(segment, live, bits?.generation);
  }

  #drop(id: CollectionId): void {
    const collection = this.#collections.get(id);
    if (collection === undefined) return;
    this.#collections.delete(id);
    collection.isDropped = true;
    for (const owned of collection.owned) {
      for (const note of notesOf(owned)) this.#removals.add(this.#manifestPath(note));
    }
    collection.close();
  }

  async #writeFlush(pending: readonly PendingFlush[], bits: readonly ChangedBits[]): Promise<DerivedEdit> {
    const add: DerivedFile[] = [];
    const remove = new Set(this.#removals);
    for (const flush of pending) {
      if (flush.sources.length === 0) continue;
      const written = await this.#writeSegment(flush.collection.id, flush.sources);
      flush.target = written?.segment;
      if (written !== undefined) add.push(written.file);
    }
    for (const { note, previous, bytes } of bits) {
      add.push(await this.#writeBits(note, bytes));
      if (previous !== undefined) remove.add(previous);
    }
    await this.#disk.syncDirectory(this.#place.directory);
    return { add, remove: [...remove] };
  }

  /** Live bits that changed since they were written, as they are now. */
  #takeDirty(collection: CollectionSegments): ChangedBits[] {
    return collection.owned
      .filter(({ segment, isDirty }) => isDirty && !segment.isLive)
      .map((owned) => {
        const previous = bitsNote(owned);
        owned.generation += 1;
        owned.isDirty = false;
        return {
          note: {
            kind: 'live',
            collection: collection.id,
            segment: owned.segment.id,
            generation: owned.generation,
          },
          previous: previous && this.#manifestPath(previous),
          bytes: encodeLiveBits(owned.live.documents, owned.live.bytes),
        };
      });
  }

  async #writeBits(note: FileNote, bytes: Uint8Array): Promise<DerivedFile> {
    await writeFile(this.#disk, this.#diskPath(note), bytes);
    return { path: this.#manifestPath(note), size_bytes: bytes.length, note: encodeNote(note) };
  }

  /** Writes and opens one segment of what is live in `sources`; undefined where nothing is. */
  async #writeSegment(
    collection: CollectionId,
    sources: readonly MergeSource[],
    isCancelled: () => boolean = () => false,
  ): Promise<{ segment: Segment; file: DerivedFile } | undefined> {
    if (sources.every(({ live }) => live.live === 0)) return undefined;
    const id = this.#nextSegment++;
    const note: FileNote = { kind: 'segment', collection, segment: id, generation: 0 };
    const path = this.#diskPath(note);
    const head = await mergeIntoFile(this.#memory, sources, this.#disk, path, isCancelled);
    if (head === undefined) throw new PeregrineError('CANCELLED', 'The merge was stopped.');
    const segment = await Segment.open(this.#memory, this.#disk, path, { id, collection });
    return {
      segment,
      file: { path: this.#manifestPath(note), size_bytes: head.pages * PAGE_BYTES, note: encodeNote(note) },
    };
  }

  /** Lets go of a segment that nobody wants any more, and has its file removed with the next edit. */
  #discard(segment: Segment): void {
    const { collection, id } = segment;
    this.#removals.add(this.#manifestPath({ kind: 'segment', collection, segment: id, generation: 0 }));
    segment.release();
  }

  /** A flush that never reached the manifest: its files are orphans, its sources stay. */
  #abandonFlush(): void {
    if (this.#flushing === undefined) return;
    for (const { sources, target } of this.#flushing) {
      target?.release();
      for (const source of sources) {
        source.owned.isFlushing = false;
        release(source);
      }
    }
    for (const { owned } of this.#collections.values()) {
      for (const one of owned) if (one.generation > 0) one.isDirty = true;
    }
    this.#endFlush();
  }

  #endFlush(): void {
    this.#flushing = undefined;
    for (const wake of this.#flushWaiters.splice(0)) wake();
  }

  async #mergeAll(force: boolean): Promise<number> {
    let merges = 0;
    for (const collection of this.#collections.values()) {
      for (;;) {
        if (this.#isClosed || this.#failure !== undefined) return merges;
        const inFiles = collection.owned.filter(({ segment }) => !segment.isLive);
        const plan = planMerge(
          inFiles.map(({ segment, live }) => ({
            size_bytes: segment.disk_bytes,
            documents: live.documents,
            deleted: live.deleted,
          })),
          { force },
        );
        if (plan === undefined) break;
        const isDone = await this.#mergeOnce(
          collection,
          inFiles.filter((_, place) => plan.includes(place)),
        );
        if (!isDone) return merges;
        merges += 1;
        if (force) break;
      }
    }
    return merges;
  }

  /** Merges segments of files into one and has that adopted; false where the index closed or the collection went. */
  async #mergeOnce(collection: CollectionSegments, owned: readonly OwnedSegment[]): Promise<boolean> {
    const sources = owned.map(hold);
    const isCancelled = (): boolean => this.#isClosed || collection.isDropped;
    let written: { segment: Segment; file: DerivedFile } | undefined;
    try {
      written = await this.#writeSegment(collection.id, sources, isCancelled);
      await this.#adoptMerge(collection, sources, written, isCancelled);
      return true;
    } catch (error) {
      if (error instanceof PeregrineError && error.code === 'CANCELLED') {
        if (written !== undefined) {
          written.segment.release();
          await this.#disk.remove(
            `${this.#place.directory}/${written.file.path.slice(this.#place.pathPrefix.length)}`,
          );
        }
        return false;
      }
      throw error;
    } finally {
      for (const source of sources) release(source);
    }
  }

  /**
   * Swaps merged segments for the new one. Deletions made since the merge began may be durable in the live bits of a
   * source, so those of the new segment are written before the manifest forgets the source; no flush may come between.
   */
  async #adoptMerge(
    collection: CollectionSegments,
    sources: readonly HeldSource[],
    written: { segment: Segment; file: DerivedFile } | undefined,
    isCancelled: () => boolean,
  ): Promise<void> {
    const target = written && {
      segment: written.segment,
      live: LiveBits.all(this.#memory.linear, written.segment.head.documents),
      isDirty: false,
      generation: 0,
      isFlushing: false,
    };
    const add: DerivedFile[] = written === undefined ? [] : [written.file];
    try {
      for (;;) {
        await this.#noFlush();
        if (isCancelled()) throw new PeregrineError('CANCELLED', 'The merge was stopped.');
        const flushes = this.#flushes;
        if (target !== undefined) {
          for (const { owned, live } of sources) collection.reapply(owned, live, target);
          if (target.isDirty) {
            target.isDirty = false;
            target.generation += 1;
            const bytes = encodeLiveBits(target.live.documents, target.live.bytes);
            const note = must(bitsNote(target), 'a note');
            add.splice(1, 1, await this.#writeBits(note, bytes));
          }
        }
        await this.#disk.syncDirectory(this.#place.directory);
        if (this.#flushing === undefined && this.#flushes === flushes) break;
      }
      if (isCancelled()) throw new PeregrineError('CANCELLED', 'The merge was stopped.');
    } catch (error) {
      target?.live.release();
      throw error;
    }
    const remove = sources.flatMap(({ owned }) => notesOf(owned).map((note) => this.#manifestPath(note)));
    if (target !== undefined) {
      for (const { owned, live } of sources) collection.reapply(owned, live, target);
      const { isDirty, generation } = target;
      Object.assign(collection.own(target.segment, target.live, generation), { isDirty });
    }
    for (const { owned } of sources) collection.disown(owned);
    collection.changed();
    try {
      await this.#context?.adopt({ add, remove });
    } catch (error) {
      this.#failure = error;
      this.#log.write('error', 'index.merge-not-adopted', { collection: collection.id });
      throw error;
    }
  }

  async #noFlush(): Promise<void> {
    while (this.#flushing !== undefined && !this.#isClosed) {
      await new Promise<void>((resolve) => {
        this.#flushWaiters.push(resolve);
      });
    }
  }
}

/** Holds the live segments of a collection and their bits, to be written as one. */
function freezeLive(collection: CollectionSegments): PendingFlush {
  const sources = collection.owned
    .filter(({ segment }) => segment.isLive)
    .map((owned) => {
      owned.isFlushing = true;
      return hold(owned);
    });
  return { collection, sources, target: undefined };
}

function hold(owned: OwnedSegment): HeldSource {
  return { owned, segment: owned.segment.hold(), live: owned.live.hold() };
}

function release({ segment, live }: HeldSource): void {
  live.release();
  segment.release();
}

function bitsNote({ segment: { id, collection }, generation }: OwnedSegment): FileNote | undefined {
  return generation === 0 ? undefined : { kind: 'live', collection, segment: id, generation };
}

/** Files of a segment; none of a live one. */
function notesOf(owned: OwnedSegment): FileNote[] {
  const { id, collection, isLive } = owned.segment;
  if (isLive) return [];
  const bits = bitsNote(owned);
  const note: FileNote = { kind: 'segment', collection, segment: id, generation: 0 };
  return bits === undefined ? [note] : [note, bits];
}
