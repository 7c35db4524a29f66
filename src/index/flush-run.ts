/** A flush of the index: from memory to files that the manifest does not name yet, then into its segments' place. */

import type { DerivedEdit, DerivedFile } from '../storage/index.ts';
import {
  type CollectionSegments,
  type HeldSource,
  holdSource,
  type LostSegment,
  type OwnedSegment,
  releaseSource,
} from './collection-segments.ts';
import type { IndexMemory } from './index-memory.ts';
import { LiveBits } from './live-bits.ts';
import { type ChangedBits, joinEdits, type SegmentStore, type WrittenSegment } from './segment-store.ts';

interface CollectionFlush {
  readonly collection: CollectionSegments;
  /** Its live segments, held as they were when the flush began. */
  readonly sources: readonly HeldSource[];
  /** What they became; undefined before it is written and where nothing was live. */
  written: WrittenSegment | undefined;
}

export class FlushRun {
  readonly #memory: IndexMemory;
  readonly #store: SegmentStore;
  readonly #flushes: readonly CollectionFlush[];
  readonly #bits: readonly ChangedBits[];
  readonly #dirty: readonly OwnedSegment[];
  readonly #unmarked: readonly LostSegment[];
  readonly #forgotten: readonly string[];
  /** Of a merge that the manifest refused. */
  readonly #owed: DerivedEdit;
  /** Files written so far. */
  readonly #added: DerivedFile[] = [];
  /** The edit was handed out: nobody knows whether the manifest holds it before a later one is adopted. */
  #isOffered = false;

  /** Takes the state as it is now, at once: what is applied later stays in memory. */
  constructor(memory: IndexMemory, store: SegmentStore, collections: readonly CollectionSegments[]) {
    this.#memory = memory;
    this.#store = store;
    for (const collection of collections) collection.refresh();
    this.#forgotten = store.removals;
    this.#owed = store.takeOwed();
    const dirty = collections
      .flatMap(({ owned }) => owned)
      .filter(({ segment, isDirty }) => isDirty && !segment.isLive);
    const unmarked = collections.flatMap(({ lost }) => lost).filter(({ isMarked }) => !isMarked);
    this.#dirty = dirty;
    this.#unmarked = unmarked;
    this.#bits = [
      ...dirty.map((owned) => store.nextBits(owned)),
      ...unmarked.map((lost) => store.staleBits(lost)),
    ];
    this.#flushes = collections.map((collection) => ({
      collection,
      sources: collection.owned.filter(({ segment }) => segment.isLive).map(holdSource),
      written: undefined,
    }));
    for (const { owned } of this.#flushes.flatMap(({ sources }) => sources)) owned.isFlushing = true;
  }

  async write(): Promise<DerivedEdit> {
    const add = this.#added;
    for (const flush of this.#flushes) {
      if (flush.sources.length === 0) continue;
      flush.written = await this.#store.writeSegment(flush.collection.id, flush.sources);
      if (flush.written !== undefined) add.push(flush.written.file);
    }
    for (const bits of this.#bits) add.push(await this.#store.writeBits(bits));
    await this.#store.syncNames();
    const previous = this.#bits.flatMap((bits) => (bits.previous === undefined ? [] : [bits.previous]));
    this.#isOffered = true;
    return joinEdits(this.#owed, { add, remove: [...new Set([...this.#forgotten, ...previous])] });
  }

  /** The edit stands in the manifest: files take the place of live segments, less what was deleted meanwhile. */
  adopted(): void {
    this.#store.forgotten(this.#forgotten);
    for (const { owned, note } of this.#bits) owned.generation = note.generation;
    for (const { collection, sources, written } of this.#flushes) {
      if (collection.isDropped) this.#dropWritten(written);
      else if (sources.length > 0) this.#swap(collection, sources, written);
      for (const source of sources) releaseSource(source);
    }
    // Bits that were written for a collection that went meanwhile.
    for (const { collection } of this.#flushes) {
      if (!collection.isDropped) continue;
      const own = this.#bits.filter(({ note }) => note.collection === collection.id);
      this.#store.forget(own.map((bits) => this.#store.pathOf(bits)));
    }
  }

  /**
   * The edit never came into the manifest: live segments stay, bits are to be written again. Returns the files that
   * are to be removed at once; those that were offered stay until another edit is adopted.
   */
  abandon(): readonly DerivedFile[] {
    this.#store.owe(this.#owed);
    if (this.#isOffered) this.#store.forget(this.#added.map(({ path }) => path));
    for (const { sources, written } of this.#flushes) {
      written?.segment.release();
      for (const source of sources) {
        source.owned.isFlushing = false;
        releaseSource(source);
      }
    }
    for (const owned of this.#dirty) owned.isDirty = true;
    for (const lost of this.#unmarked) lost.isMarked = false;
    return this.#isOffered ? [] : this.#added;
  }

  #swap(
    collection: CollectionSegments,
    sources: readonly HeldSource[],
    written: WrittenSegment | undefined,
  ): void {
    if (written !== undefined) {
      const { segment } = written;
      const target = collection.own(segment, LiveBits.all(this.#memory.linear, segment.head.documents));
      for (const { owned, live } of sources) collection.reapply(owned, live, target);
    }
    for (const { owned } of sources) collection.disown(owned);
    collection.changed();
  }

  #dropWritten(written: WrittenSegment | undefined): void {
    if (written === undefined) return;
    this.#store.forget([written.file.path]);
    written.segment.release();
  }
}
