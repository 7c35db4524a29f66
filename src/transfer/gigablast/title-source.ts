/**
 * All title records of a Gigablast directory as one sorted sequence of keys, each with all its versions, newest first.
 * Memory follows the number of files, not of records.
 */

import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';

import { isPeregrineError, PeregrineError } from '../../base/index.ts';
import {
  type DataLoss,
  type FileSurvey,
  type RecordRun,
  surveyFile,
  type SurveyPlan,
} from './file-survey.ts';
import { type Cursor, CursorHeap, type RecordVersion, RunCursor, TreeCursor } from './record-cursors.ts';
import { compareRecordKeys, KEY_BYTES, type RecordKey } from './record-frame.ts';
import { readSavedTree, type TreeRecord } from './saved-tree.ts';
import { SplitFile } from './split-file.ts';
import { findTitleFiles, type TitleDirectory, type TitleFile } from './title-files.ts';
import { TitleMap } from './title-map.ts';

/** Every version of one key: those of a host together, newest first. */
export interface RecordGroup {
  readonly key: RecordKey;
  readonly versions: readonly RecordVersion[];
  /** More than one host has it: which version is the newest, their files alone can't tell. */
  readonly hasCopies: boolean;
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
  /** Where they lie: one folder for each host. */
  readonly folders: readonly TitleDirectory[];
  readonly #titleFiles: readonly TitleFile[];
  /** Of each file, the host whose it is. */
  readonly #hosts: readonly number[];
  readonly #runs: readonly (readonly RecordRun[])[];
  /** Records of saved trees, by file. */
  readonly #trees: ReadonlyMap<number, readonly TreeRecord[]>;
  /** Readers of whole records, by file. */
  readonly #readers: readonly SplitFile[];

  private constructor(parts: {
    path: string;
    files: readonly SurveyedFile[];
    totals: SurveyTotals;
    folders: readonly TitleDirectory[];
    titleFiles: readonly TitleFile[];
    hosts: readonly number[];
    runs: readonly (readonly RecordRun[])[];
    trees: ReadonlyMap<number, readonly TreeRecord[]>;
  }) {
    this.path = parts.path;
    this.files = parts.files;
    this.totals = parts.totals;
    this.folders = parts.folders;
    this.#titleFiles = parts.titleFiles;
    this.#hosts = parts.hosts;
    this.#runs = parts.runs;
    this.#trees = parts.trees;
    this.#readers = parts.titleFiles.map((file) => new SplitFile(file));
  }

  /**
   * Finds the files and walks along their records once; `only` names the collection where several lie there.
   * `NOT_FOUND`, `BAD_ARGUMENT`, `IO`, `CANCELLED`.
   */
  static async open(directory: string, signal?: AbortSignal, only?: string): Promise<TitleSource> {
    const folders = await findTitleFiles(directory, only);
    const titleFiles: TitleFile[] = [];
    const hosts: number[] = [];
    const surveys: FileSurvey[] = [];
    const trees = new Map<number, readonly TreeRecord[]>();
    for (const [host, { label, collnum, files, savedTree, strayCollnums }] of folders.entries()) {
      for (const [n, found] of files.entries()) {
        const file = { ...found, name: label + found.name };
        const isHeadElsewhere = files.slice(0, n).some(({ isMergeTarget }) => isMergeTarget);
        const isTailElsewhere = file.isMergeTarget && n + 1 < files.length;
        surveys.push(await survey(file, { isHeadElsewhere, isTailElsewhere }, signal));
        titleFiles.push(file);
      }
      if (savedTree !== undefined) {
        const { size } = await stat(savedTree);
        const parts = size === 0 ? [] : [{ path: savedTree, start: 0, size }];
        const name = `${label}titledb-saved.dat`;
        const read = await surveyTree({ name, parts, end: size }, collnum, strayCollnums);
        surveys.push(read.survey);
        trees.set(titleFiles.length, read.tree);
        titleFiles.push({ name, id: Infinity, isMergeTarget: false, parts, end: size, map: undefined });
      }
      while (hosts.length < titleFiles.length) hosts.push(host);
    }
    const sum = (pick: (survey: FileSurvey) => number): number =>
      surveys.reduce((total, survey) => total + pick(survey), 0);
    return new TitleSource({
      path: folders.length === 1 ? (folders[0]?.path ?? directory) : resolve(directory),
      files: await Promise.all(titleFiles.map(fingerprintOf)),
      totals: {
        records: sum(({ records }) => records),
        tombstones: sum(({ tombstones }) => tombstones),
        lost_bytes: sum(({ lost_bytes }) => lost_bytes),
        losses: surveys.flatMap(({ losses }) => losses),
      },
      folders,
      titleFiles,
      hosts,
      runs: surveys.map(({ runs }) => runs),
      trees,
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
        const host = this.hostOf(versions[0]);
        yield { key, versions, hasCopies: versions.some((version) => this.hostOf(version) !== host) };
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
    const saved = this.#trees.get(file)?.[at];
    if (saved !== undefined) return readSaved(reader, saved);
    const bytes = await reader.read(at, length);
    if (bytes.length === length) return bytes;
    throw new PeregrineError('IO', `${reader.name} is shorter than it was.`, {
      file: reader.name,
      offset: at,
    });
  }

  /** Name and offset of a version, for people. */
  placeOf({ file, at }: RecordVersion): { file: string; offset: number } {
    return { file: this.files[file]?.name ?? '', offset: this.#trees.get(file)?.[at]?.at ?? at };
  }

  /** Number of the host whose file holds a version. */
  hostOf(version: RecordVersion | undefined): number {
    return this.#hosts[version?.file ?? 0] ?? 0;
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
    for (const [file, tree] of this.#trees) cursors.push(new TreeCursor(file, tree));
    return cursors;
  }
}

async function survey(
  file: TitleFile,
  elsewhere: Pick<SurveyPlan, 'isHeadElsewhere' | 'isTailElsewhere'>,
  signal: AbortSignal | undefined,
): Promise<FileSurvey> {
  const reader = new SplitFile(file);
  try {
    const map = file.map === undefined ? undefined : await TitleMap.open(file.map);
    return await surveyFile({ file: reader, map, ...elsewhere, signal });
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
  strayCollnums: readonly number[],
): Promise<{ tree: readonly TreeRecord[]; survey: FileSurvey }> {
  const reader = new SplitFile(file);
  const loss = (offset: number, size_bytes: number, why: string): DataLoss[] =>
    size_bytes === 0 ? [] : [{ file: file.name, offset, size_bytes, why }];
  try {
    const { records, lost_bytes } = await readSavedTree(reader, collnum);
    const losses = loss(file.end - lost_bytes, lost_bytes, 'the saved tree breaks off');
    for (const stray of strayCollnums) {
      const { records: lost } = await readSavedTree(reader, stray);
      const size_bytes = lost.reduce((sum, { size }) => sum + KEY_BYTES + size, 0);
      losses.push(...loss(lost[0]?.at ?? 0, size_bytes, `its collection ${stray} has no folder`));
    }
    return treeSurvey(records, losses);
  } catch (error) {
    if (!isPeregrineError(error, 'CORRUPT')) throw error;
    return treeSurvey([], loss(0, file.end, 'it is no saved tree'));
  } finally {
    await reader.close();
  }
}

function treeSurvey(
  tree: readonly TreeRecord[],
  losses: readonly DataLoss[],
): { tree: readonly TreeRecord[]; survey: FileSurvey } {
  return {
    tree,
    survey: {
      runs: [],
      records: tree.length,
      tombstones: tree.filter(({ isTombstone }) => isTombstone).length,
      losses,
      lost_bytes: losses.reduce((sum, { size_bytes }) => sum + size_bytes, 0),
    },
  };
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
