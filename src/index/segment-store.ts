/** The files of a shard's index: writes and opens segments and live bits, knows what the manifest has to forget. */

import { type CollectionId, isPeregrineError, type LogSink, PeregrineError } from '../base/index.ts';
import type { Disk } from '../disk/index.ts';
import type { DerivedContext, DerivedEdit, DerivedFile } from '../storage/index.ts';
import type { IndexMemory } from './index-memory.ts';
import { LiveBits } from './live-bits.ts';
import type { LostSegment, OwnedSegment } from './owned-segment.ts';
import type { PlacedDocuments } from './placed-documents.ts';
import { DocumentInverter } from './segment-builder.ts';
import { type SegmentSource, writeSegmentFile } from './segment-file.ts';
import {
  decodeNote,
  encodeLiveBits,
  encodeNote,
  fileName,
  type FileNote,
  readLiveBits,
  writeFile,
} from './segment-files.ts';
import { PAGE_BYTES, SEGMENT_VERSION } from './segment-format.ts';
import { type MergeSource, SegmentMerger } from './segment-merger.ts';
import { Segment } from './segment.ts';

/** A segment that was written and opened, and how the manifest is to name it. */
export interface WrittenSegment {
  readonly segment: Segment;
  readonly file: DerivedFile;
}

/** A segment of the manifest, opened. */
export interface OpenedSegment {
  readonly segment: Segment;
  readonly live: LiveBits;
  /** Of the live bits' file; 0 without one. */
  readonly generation: number;
  readonly isStale: boolean;
}

/** What became of the segments that the manifest names. */
export interface OpenedSegments {
  readonly opened: readonly OpenedSegment[];
  readonly lost: readonly LostSegment[];
}

export class SegmentStore {
  readonly #memory: IndexMemory;
  readonly #disk: Disk;
  readonly #context: DerivedContext;
  readonly #log: LogSink;
  #nextSegment = 1;
  /** Paths that nothing needs and that may stand in the manifest: the next edit takes them out. */
  readonly #removals = new Set<string>();
  /** What the manifest was asked to adopt, refused, and has to adopt with the next edit. */
  #owed: DerivedEdit = NO_EDIT;

  constructor(memory: IndexMemory, disk: Disk, context: DerivedContext, log: LogSink) {
    this.#memory = memory;
    this.#disk = disk;
    this.#context = context;
    this.#log = log;
  }

  get context(): DerivedContext {
    return this.#context;
  }

  get removals(): readonly string[] {
    return [...this.#removals];
  }

  takeNumber(): number {
    return this.#nextSegment++;
  }

  /**
   * Opens what the manifest names, and removes what a killed flush or merge left behind. A segment whose head or live
   * bits are damaged or missing is lost: without its newest live bits it would show what was deleted.
   */
  async open(files: readonly DerivedFile[]): Promise<OpenedSegments> {
    await this.#removeOrphans(files);
    const notes = files.map((file) => ({ file, note: decodeNote(file) }));
    const newest = new Map<number, FileNote>();
    for (const { note } of notes) {
      this.#nextSegment = Math.max(this.#nextSegment, note.segment + 1);
      if (note.kind === 'live' && note.generation > (newest.get(note.segment)?.generation ?? 0)) {
        newest.set(note.segment, note);
      }
    }
    const segments = notes.filter(({ note }) => note.kind === 'segment');
    const numbers = new Set(segments.map(({ note }) => note.segment));
    for (const { file, note } of notes) {
      if (note.kind === 'segment') continue;
      if (newest.get(note.segment) !== note || !numbers.has(note.segment)) this.#removals.add(file.path);
    }
    const opened: OpenedSegment[] = [];
    const lost: LostSegment[] = [];
    for (const { note } of segments) {
      const bits = newest.get(note.segment);
      try {
        opened.push(await this.#openOne(note, bits));
      } catch (error) {
        if (!isMissing(error)) throw error;
        const { collection, segment } = note;
        const { code, message, facts } = error;
        const generation = bits?.generation ?? 0;
        const name = this.#diskPath(note);
        lost.push({
          collection,
          segment,
          name,
          why: message,
          generation,
          takenGeneration: generation,
          isMarked: false,
        });
        this.#log.write('error', 'index.segment-damaged', {
          file: this.#diskPath(note),
          ...facts,
          collection,
          code,
          reason: message,
        });
      }
    }
    return { opened, lost };
  }

  /** Writes and opens one segment of what is live in `sources`; undefined where nothing is. `CANCELLED`. */
  async writeSegment(
    collection: CollectionId,
    sources: readonly MergeSource[],
    isCancelled?: () => boolean,
  ): Promise<WrittenSegment | undefined> {
    if (sources.every(({ live }) => live.live === 0)) return undefined;
    return this.#write(collection, SegmentMerger.of(this.#memory, sources), isCancelled);
  }

  /** The same of documents, of which there are some. */
  writeDocuments(collection: CollectionId, documents: PlacedDocuments): Promise<WrittenSegment> {
    return this.#write(collection, DocumentInverter.of(this.#memory, documents));
  }

  async #write(
    collection: CollectionId,
    begin: Generator<void, SegmentSource>,
    isCancelled: () => boolean = () => false,
  ): Promise<WrittenSegment> {
    const id = this.takeNumber();
    const note: FileNote = { kind: 'segment', collection, segment: id, generation: 0 };
    const path = this.#diskPath(note);
    const head = await writeSegmentFile(this.#memory, begin, this.#disk, path, isCancelled);
    if (head === undefined) throw new PeregrineError('CANCELLED', 'The merge was stopped.');
    const segment = await this.#orRemove(path, () =>
      Segment.open(this.#memory, this.#disk, path, { id, collection }),
    );
    const file = {
      path: this.#manifestPath(note),
      size_bytes: head.pages * PAGE_BYTES,
      note: encodeNote(note),
    };
    return { segment, file };
  }

  /**
   * Removes files whose names were never offered to the manifest, so that they take no space: the next attempt has
   * other names. What can't be removed now is an orphan, which the next opening removes.
   */
  async removeFiles(files: readonly DerivedFile[]): Promise<void> {
    for (const file of files) {
      await this.#disk.remove(this.#diskPath(decodeNote(file))).catch(() => undefined);
    }
  }

  /** The next version of a segment's live bits, as they are now; to be written with {@link writeBits}. */
  nextBits(owned: OwnedSegment): ChangedBits {
    const previous = bitsNote(owned);
    owned.takenGeneration += 1;
    owned.isDirty = false;
    return {
      owned,
      note: { ...noteOf(owned.segment), kind: 'live', generation: owned.takenGeneration },
      previous: previous && this.#manifestPath(previous),
      bytes: encodeLiveBits(owned.live.documents, owned.live.bytes, owned.isStale),
    };
  }

  /** Live bits for a segment that could not be opened: they say that it is stale, and nothing else. */
  staleBits(lost: LostSegment): ChangedBits {
    const note: FileNote = {
      kind: 'live',
      collection: lost.collection,
      segment: lost.segment,
      generation: lost.generation,
    };
    const previous = lost.generation === 0 ? undefined : this.#manifestPath(note);
    lost.takenGeneration += 1;
    lost.isMarked = true;
    return {
      owned: lost,
      note: { ...note, generation: lost.takenGeneration },
      previous,
      bytes: encodeLiveBits(0, new Uint8Array(0), true),
    };
  }

  /** Paths of a segment that could not be opened and of its live bits, in the manifest. */
  pathsOfLost({ collection, segment, generation }: LostSegment): string[] {
    const note: FileNote = { kind: 'segment', collection, segment, generation: 0 };
    const bits: FileNote = { kind: 'live', collection, segment, generation };
    return (generation === 0 ? [note] : [note, bits]).map((own) => this.#manifestPath(own));
  }

  async writeBits({ note, bytes }: ChangedBits): Promise<DerivedFile> {
    const path = this.#diskPath(note);
    await this.#orRemove(path, () => writeFile(this.#disk, path, bytes));
    return { path: this.#manifestPath(note), size_bytes: bytes.length, note: encodeNote(note) };
  }

  /** Makes the names of written files durable. */
  async syncNames(): Promise<void> {
    await this.#disk.syncDirectory(this.#context.directory);
  }

  /** Paths of a segment and its live bits in the manifest; none of a live one. */
  pathsOf(owned: OwnedSegment): string[] {
    if (owned.segment.isLive) return [];
    const bits = bitsNote(owned);
    const notes = bits === undefined ? [noteOf(owned.segment)] : [noteOf(owned.segment), bits];
    return notes.map((note) => this.#manifestPath(note));
  }

  pathOf({ note }: ChangedBits): string {
    return this.#manifestPath(note);
  }

  /** What has to go into the next edit before all else; whoever takes it gives it back where that is refused. */
  takeOwed(): DerivedEdit {
    const owed = this.#owed;
    this.#owed = NO_EDIT;
    return owed;
  }

  owe(edit: DerivedEdit): void {
    this.#owed = joinEdits(this.#owed, edit);
  }

  /** Has paths taken out of the manifest with the next edit. */
  forget(paths: readonly string[]): void {
    for (const path of paths) this.#removals.add(path);
  }

  /** An edit with these removals stands in the manifest. */
  forgotten(paths: readonly string[]): void {
    for (const path of paths) this.#removals.delete(path);
  }

  async #orRemove<T>(path: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      await this.#disk.remove(path).catch(() => undefined);
      throw error;
    }
  }

  async #openOne(note: FileNote, bits: FileNote | undefined): Promise<OpenedSegment> {
    const at = { id: note.segment, collection: note.collection };
    const segment = await Segment.open(this.#memory, this.#disk, this.#diskPath(note), at);
    const { documents } = segment.head;
    const { linear } = this.#memory;
    if (bits === undefined) {
      return { segment, live: LiveBits.all(linear, documents), generation: 0, isStale: false };
    }
    try {
      const { bytes, isStale } = await readLiveBits(this.#disk, this.#diskPath(bits), documents);
      const live = isStale ? LiveBits.all(linear, documents) : LiveBits.of(linear, documents, bytes);
      return { segment, live, generation: bits.generation, isStale };
    } catch (error) {
      segment.release();
      throw error;
    }
  }

  /** Names are used again after a kill, so that nothing may stand there. */
  async #removeOrphans(files: readonly DerivedFile[]): Promise<void> {
    const named = new Set(files.map(({ path }) => path));
    for (const name of await this.#disk.list(this.#context.directory)) {
      if (named.has(`${this.#context.pathPrefix}${name}`)) continue;
      await this.#disk.remove(`${this.#context.directory}/${name}`);
    }
  }

  /** Path of a file as the manifest names it: below the shard's directory. */
  #manifestPath(note: FileNote): string {
    return `${this.#context.pathPrefix}${fileName(note)}`;
  }

  #diskPath(note: FileNote): string {
    return `${this.#context.directory}/${fileName(note)}`;
  }
}

/** A new version of a segment's live bits; `previous` is the manifest's path of the one before. */
export interface ChangedBits {
  /** Whose generation it will be. */
  readonly owned: { generation: number };
  readonly note: FileNote;
  readonly previous: string | undefined;
  readonly bytes: Uint8Array;
}

/**
 * The program can go on without what it could not open: it is damaged, gone, or of an earlier version, and is made anew of
 * the documents. A later version means that this program is too old for the directory.
 */
function isMissing(error: unknown): error is PeregrineError {
  if (isPeregrineError(error, 'CORRUPT') || isPeregrineError(error, 'NOT_FOUND')) return true;
  return isPeregrineError(error, 'UNSUPPORTED_VERSION') && Number(error.facts['version']) < SEGMENT_VERSION;
}

const NO_EDIT: DerivedEdit = { add: [], remove: [] };

/** One edit for two that follow one another: what the second removes, the first need not add. */
export function joinEdits(first: DerivedEdit, second: DerivedEdit): DerivedEdit {
  const removed = new Set(second.remove);
  return {
    add: [...first.add.filter(({ path }) => !removed.has(path)), ...second.add],
    remove: [...new Set([...first.remove, ...second.remove])],
  };
}

function noteOf({ collection, id }: Segment): FileNote {
  return { kind: 'segment', collection, segment: id, generation: 0 };
}

function bitsNote({ segment, generation }: OwnedSegment): FileNote | undefined {
  return generation === 0 ? undefined : { ...noteOf(segment), kind: 'live', generation };
}
