/** A flush of the index: from memory to files that the manifest does not name yet, then into its segments' place. */

import type { DerivedEdit, DerivedFile } from '../storage/index.ts';
import type { CollectionSegments, SealedDocuments } from './collection-segments.ts';
import type { IndexMemory } from './index-memory.ts';
import { LiveBits } from './live-bits.ts';
import {
  type HeldSource,
  holdSource,
  type LostSegment,
  type OwnedSegment,
  releaseSource,
} from './owned-segment.ts';
import { type ChangedBits, joinEdits, type SegmentStore, type WrittenSegment } from './segment-store.ts';

/** A file of a collection. */
interface CollectionFlush {
  readonly collection: CollectionSegments;
  /** Of its live segments, held as they were when the flush began, */
  readonly sources: readonly HeldSource[];
  /** or of documents that nobody has asked for. */
  readonly sealed: SealedDocuments | undefined;
  /** What they became; undefined before it is written and where nothing was live. */
  written: WrittenSegment | undefined;
}

export class FlushRun {
  readonly #memory: IndexMemory;
  readonly #store: SegmentStore;
  readonly #collections: readonly CollectionSegments[];
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
    this.#collections = collections;
    const sealed = new Map(collections.map((collection) => [collection, collection.takeSealed()]));
    for (const collection of collections) if (sealed.get(collection) === undefined) collection.refresh();
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
    this.#flushes = collections.flatMap((collection) => {
      const sources = collection.owned.filter(({ segment }) => segment.isLive).map(holdSource);
      const documents = sealed.get(collection);
      const both: CollectionFlush[] = [];
      if (sources.length > 0) both.push({ collection, sources, sealed: undefined, written: undefined });
      if (documents !== undefined)
        both.push({ collection, sources: [], sealed: documents, written: undefined });
      return both;
    });
    for (const { owned } of this.#flushes.flatMap(({ sources }) => sources)) owned.isFlushing = true;
  }

  async write(): Promise<DerivedEdit> {
    const add = this.#added;
    for (const flush of this.#flushes) {
      const { collection, sources, sealed } = flush;
      flush.written = await (sealed === undefined
        ? this.#store.writeSegment(collection.id, sources)
        : this.#store.writeDocuments(collection.id, sealed.build.documents));
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
    for (const { collection, sources, sealed, written } of this.#flushes) {
      const shown = sealed?.shown === undefined ? sources : [sealed.shown];
      if (collection.isDropped) this.#dropWritten(written);
      else this.#swap(collection, shown, written);
      for (const source of sources) releaseSource(source);
      if (sealed !== undefined) collection.unseal(sealed, true);
    }
    // Bits that were written for a collection that went meanwhile.
    for (const collection of this.#collections) {
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
    for (const { collection, sources, sealed, written } of this.#flushes) {
      written?.segment.release();
      if (sealed !== undefined) collection.unseal(sealed, false);
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
