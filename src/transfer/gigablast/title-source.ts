/**
 * All title records of a Gigablast directory as one sorted sequence of keys, each with all its versions, newest first.
 * Memory follows the number of files, not of records.
 */

import { stat } from 'node:fs/promises';

import { isPeregrineError, PeregrineError } from '../../base/index.ts';
import { type DataLoss, type FileSurvey, type RecordRun, surveyFile } from './file-survey.ts';
import { compareRecordKeys, FRAME_BYTES, KEY_BYTES, readFrame, type RecordKey } from './record-frame.ts';
import { readSavedTree, type TreeRecord } from './saved-tree.ts';
import { SplitFile } from './split-file.ts';
import { findTitleFiles, type TitleFile } from './title-files.ts';
import { TitleMap } from './title-map.ts';

/** Where one version of a record stands. */
export interface RecordVersion {
  /** Place of its file in {@link TitleSource.files}; a higher one is newer. */
  readonly file: number;
  readonly at: number;
  readonly length: number;
  readonly isTombstone: boolean;
}

/** Every version of one key, newest first. */
export interface RecordGroup {
  readonly key: RecordKey;
  readonly versions: readonly RecordVersion[];
}

/** What the files were when they were surveyed: the same again means that a bookmark still holds. */
export interface SurveyedFile {
  readonly name: string;
  readonly size_bytes: number;
  readonly changed_ms: number;
}

export interface SurveyTotals {
  readonly records: number;
  readonly tombstones: number;
  readonly lost_bytes: number;
  readonly losses: readonly DataLoss[];
}

/** Runs with a window of their own for reading; with more of them, all share a small one per file. */
const MAX_WINDOWS = 64;
/** A file that falls into more runs is in no order at all. */
const MAX_RUNS = 1_000_000;

export class TitleSource {
  readonly path: string;
  /** Oldest first; the saved tree last. */
  readonly files: readonly SurveyedFile[];
  readonly totals: SurveyTotals;
  readonly #titleFiles: readonly TitleFile[];
  readonly #runs: readonly (readonly RecordRun[])[];
  readonly #tree: readonly TreeRecord[];
  /** Readers of whole records, by file. */
  readonly #readers: readonly SplitFile[];

  private constructor(parts: {
    path: string;
    files: readonly SurveyedFile[];
    totals: SurveyTotals;
    titleFiles: readonly TitleFile[];
    runs: readonly (readonly RecordRun[])[];
    tree: readonly TreeRecord[];
  }) {
    this.path = parts.path;
    this.files = parts.files;
    this.totals = parts.totals;
    this.#titleFiles = parts.titleFiles;
    this.#runs = parts.runs;
    this.#tree = parts.tree;
    this.#readers = parts.titleFiles.map((file) => new SplitFile(file));
  }

  /** Finds the files and walks along their records once. `NOT_FOUND`, `BAD_ARGUMENT`, `IO`, `CANCELLED`. */
  static async open(directory: string, signal?: AbortSignal): Promise<TitleSource> {
    const { path, collnum, files, savedTree } = await findTitleFiles(directory);
    const titleFiles = [...files];
    const surveys: FileSurvey[] = [];
    for (const [n, file] of files.entries()) {
      const isHeadElsewhere = files.slice(0, n).some(({ isMergeTarget }) => isMergeTarget);
      surveys.push(await survey(file, isHeadElsewhere, signal));
    }
    let tree: readonly TreeRecord[] = [];
    if (savedTree !== undefined) {
      const { size } = await stat(savedTree);
      const parts = size === 0 ? [] : [{ path: savedTree, start: 0, size }];
      const name = 'titledb-saved.dat';
      titleFiles.push({ name, id: Infinity, isMergeTarget: false, parts, end: size, map: undefined });
      const read = await surveyTree({ name, parts, end: size }, collnum);
      tree = read.tree;
      surveys.push(read.survey);
    }
    const sum = (pick: (survey: FileSurvey) => number): number =>
      surveys.reduce((total, survey) => total + pick(survey), 0);
    return new TitleSource({
      path,
      files: await Promise.all(titleFiles.map(fingerprintOf)),
      totals: {
        records: sum(({ records }) => records),
        tombstones: sum(({ tombstones }) => tombstones),
        lost_bytes: sum(({ lost_bytes }) => lost_bytes),
        losses: surveys.flatMap(({ losses }) => losses),
      },
      titleFiles,
      runs: surveys.map(({ runs }) => runs),
      tree,
    });
  }

  /** Groups in the order of keys; those after `after` alone where one is given. */
  async *groups(after?: RecordKey): AsyncGenerator<RecordGroup> {
    const cursors = this.#cursors();
    try {
      const heap = new CursorHeap();
      for (const cursor of cursors) if (await cursor.advance(after)) heap.push(cursor);
      while (heap.top !== undefined) {
        const { key } = heap.top;
        const versions: RecordVersion[] = [];
        while (heap.top !== undefined && compareRecordKeys(heap.top.key, key) === 0) {
          const cursor = heap.top;
          versions.push(cursor.version);
          if (await cursor.advance()) heap.sink();
          else heap.pop();
        }
        versions.sort((a, b) => b.file - a.file || b.at - a.at);
        yield { key, versions };
      }
    } finally {
      await Promise.all(cursors.map((cursor) => cursor.close()));
    }
  }

  /** The whole record, key and sizes included. `IO`. */
  async read({ file, at, length }: RecordVersion): Promise<Uint8Array> {
    const reader = this.#readers[file];
    if (reader === undefined)
      throw new PeregrineError('INTERNAL', 'A version stands in a file that is not there.');
    const saved = file === this.#titleFiles.length - 1 ? this.#tree[at] : undefined;
    if (saved !== undefined && this.#runs[file]?.length === 0) return readSaved(reader, saved);
    const bytes = await reader.read(at, length);
    if (bytes.length === length) return bytes;
    throw new PeregrineError('IO', `${reader.name} is shorter than it was.`, {
      file: reader.name,
      offset: at,
    });
  }

  /** Name and offset of a version, for people. */
  placeOf({ file, at }: RecordVersion): { file: string; offset: number } {
    const isSaved = this.#runs[file]?.length === 0;
    return { file: this.files[file]?.name ?? '', offset: isSaved ? (this.#tree[at]?.at ?? 0) : at };
  }

  async close(): Promise<void> {
    await Promise.all(this.#readers.map((reader) => reader.close()));
  }

  #cursors(): Cursor[] {
    const count = this.#runs.reduce((total, runs) => total + runs.length, 0);
    const cursors: Cursor[] = [];
    for (const [file, runs] of this.#runs.entries()) {
      const titleFile = this.#titleFiles[file];
      if (titleFile === undefined) continue;
      if (runs.length > MAX_RUNS) {
        throw new PeregrineError('CORRUPT', `${titleFile.name} is not in the order of its keys.`, {
          file: titleFile.name,
        });
      }
      const shared = new SplitFile(titleFile);
      for (const run of runs) {
        cursors.push(new RunCursor(file, count > MAX_WINDOWS ? shared : new SplitFile(titleFile), run));
      }
    }
    if (this.#tree.length > 0) cursors.push(new TreeCursor(this.#titleFiles.length - 1, this.#tree));
    return cursors;
  }
}

async function survey(
  file: TitleFile,
  isHeadElsewhere: boolean,
  signal: AbortSignal | undefined,
): Promise<FileSurvey> {
  const reader = new SplitFile(file);
  try {
    const map = file.map === undefined ? undefined : await TitleMap.open(file.map);
    return await surveyFile({ file: reader, map, isHeadElsewhere, signal });
  } catch (error) {
    if (signal?.aborted === true) throw new PeregrineError('CANCELLED', 'The import was stopped.', {}, error);
    throw error;
  } finally {
    await reader.close();
  }
}

/** What can't be read of it is a loss like any other, no reason to leave the files. */
async function surveyTree(
  file: Pick<TitleFile, 'name' | 'parts' | 'end'>,
  collnum: number | undefined,
): Promise<{ tree: readonly TreeRecord[]; survey: FileSurvey }> {
  const reader = new SplitFile(file);
  const result = (
    tree: readonly TreeRecord[],
    lost_bytes: number,
  ): { tree: typeof tree; survey: FileSurvey } => ({
    tree,
    survey: {
      runs: [],
      records: tree.length,
      tombstones: tree.filter(({ isTombstone }) => isTombstone).length,
      losses:
        lost_bytes === 0
          ? []
          : [
              {
                file: file.name,
                offset: file.end - lost_bytes,
                size_bytes: lost_bytes,
                why: 'the saved tree breaks off',
              },
            ],
      lost_bytes,
    },
  });
  try {
    const { records, lost_bytes } = await readSavedTree(reader, collnum);
    return result(records, lost_bytes);
  } catch (error) {
    if (!isPeregrineError(error, 'CORRUPT')) throw error;
    return result([], file.end);
  } finally {
    await reader.close();
  }
}

/** A record of the saved tree in the form that records of files have. */
async function readSaved(reader: SplitFile, { keyBytes, at, size }: TreeRecord): Promise<Uint8Array> {
  const record = new Uint8Array(KEY_BYTES + 4 + size);
  record.set(keyBytes);
  new DataView(record.buffer).setInt32(KEY_BYTES, size, true);
  record.set(await reader.read(at, size), KEY_BYTES + 4);
  return record;
}

async function fingerprintOf({ name, parts, end }: TitleFile): Promise<SurveyedFile> {
  const times = await Promise.all(parts.map(async ({ path }) => (await stat(path)).mtimeMs));
  return { name, size_bytes: end, changed_ms: Math.floor(Math.max(0, ...times)) };
}

interface Cursor {
  readonly key: RecordKey;
  readonly version: RecordVersion;
  /** To the next record (after `after`); false at the end. */
  advance(after?: RecordKey): Promise<boolean>;
  close(): Promise<void>;
}

const NO_KEY: RecordKey = { high: -1, low: -1 };

class RunCursor implements Cursor {
  key: RecordKey = NO_KEY;
  version: RecordVersion;
  readonly #file: SplitFile;
  readonly #end: number;
  #next: number;

  constructor(file: number, reader: SplitFile, { start, end }: RecordRun) {
    this.#file = reader;
    this.#next = start;
    this.#end = end;
    this.version = { file, at: start, length: 0, isTombstone: false };
  }

  async advance(after?: RecordKey): Promise<boolean> {
    while (this.#next < this.#end) {
      const at = this.#next;
      const frame = readFrame(
        await this.#file.read(at, Math.min(FRAME_BYTES, this.#end - at)),
        0,
        this.#end - at,
      );
      // The survey has been here: a file that reads otherwise now has changed under us.
      if (typeof frame === 'string') {
        throw new PeregrineError('IO', `${this.#file.name} changed while it was read.`, {
          file: this.#file.name,
          offset: at,
        });
      }
      this.#next = at + frame.length;
      if (after !== undefined && compareRecordKeys(frame.key, after) <= 0) continue;
      this.key = frame.key;
      this.version = { file: this.version.file, at, length: frame.length, isTombstone: frame.isTombstone };
      return true;
    }
    return false;
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

class TreeCursor implements Cursor {
  key: RecordKey = NO_KEY;
  version: RecordVersion;
  readonly #records: readonly TreeRecord[];
  #next = 0;

  constructor(file: number, records: readonly TreeRecord[]) {
    this.#records = records;
    this.version = { file, at: 0, length: 0, isTombstone: false };
  }

  async advance(after?: RecordKey): Promise<boolean> {
    for (let at = this.#next; at < this.#records.length; at++) {
      const record = this.#records[at];
      if (record === undefined || (after !== undefined && compareRecordKeys(record.key, after) <= 0))
        continue;
      this.#next = at + 1;
      this.key = record.key;
      const length = KEY_BYTES + (record.isTombstone ? 0 : 4 + record.size);
      this.version = { file: this.version.file, at, length, isTombstone: record.isTombstone };
      return true;
    }
    this.#next = this.#records.length;
    return false;
  }

  async close(): Promise<void> {}
}

/** Cursors by their keys, least first. */
class CursorHeap {
  readonly #cursors: Cursor[] = [];

  get top(): Cursor | undefined {
    return this.#cursors[0];
  }

  push(cursor: Cursor): void {
    this.#cursors.push(cursor);
    let at = this.#cursors.length - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isLess(at, parent)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  pop(): void {
    const last = this.#cursors.pop();
    if (last === undefined || this.#cursors.length === 0) return;
    this.#cursors[0] = last;
    this.sink();
  }

  /** Finds the top's place anew, after it has moved on. */
  sink(): void {
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      let least = at;
      if (left < this.#cursors.length && this.#isLess(left, least)) least = left;
      if (left + 1 < this.#cursors.length && this.#isLess(left + 1, least)) least = left + 1;
      if (least === at) return;
      this.#swap(at, least);
      at = least;
    }
  }

  #isLess(a: number, b: number): boolean {
    return compareRecordKeys(this.#cursors[a]?.key ?? NO_KEY, this.#cursors[b]?.key ?? NO_KEY) < 0;
  }

  #swap(a: number, b: number): void {
    const cursor = this.#cursors[a];
    const other = this.#cursors[b];
    if (cursor === undefined || other === undefined) return;
    this.#cursors[a] = other;
    this.#cursors[b] = cursor;
  }
}
