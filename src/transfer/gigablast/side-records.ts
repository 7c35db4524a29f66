/**
 * Records of the databases that lie beside the title files and have keys of 16 bytes: tags of sites, the crawl queue. Read
 * newest first, files of all hosts and what memory held; what was taken back is left out.
 */

import { isPeregrineError } from '../../base/index.ts';
import { dataFilesIn, list, statOf } from './data-files.ts';
import type { DataLoss } from './file-survey.ts';
import {
  findNextSideRecord,
  MAX_SIDE_RECORD_BYTES,
  readSideFrame,
  SIDE_KEY_BYTES,
  type SideDatabase,
} from './side-frames.ts';
import { readTreeNodes } from './saved-tree.ts';
import { SplitFile } from './split-file.ts';
import { savedTreeBeside, type TitleDirectory } from './title-files.ts';

/** Hears a key and what it holds. */
export type TakeRecord = (key: Uint8Array, data: Uint8Array) => void;

/** Hands every record on, the newest of a key first; returns what could not be read. `IO`. */
export async function readSideRecords(
  folders: readonly TitleDirectory[],
  database: SideDatabase,
  take: TakeRecord,
): Promise<readonly DataLoss[]> {
  const reader = new SideReader(database, take);
  for (const { path, label, collnum } of folders) {
    const names = new Set((await list(path)).map(({ name }) => name));
    const tree = await savedTreeBeside(path, names, reader.treeName);
    // The newest first: what it says of a key holds against older files.
    if (tree !== undefined) await reader.addTree(tree, collnum, label);
    const files = await dataFilesIn(path, names, database);
    for (const [n, file] of [...files.entries()].reverse()) {
      // What a merge that was not finished lacks stands in its sources, and what they lack in it.
      const isHeadElsewhere = files.slice(0, n).some(({ id }) => id % 2 === 0);
      const isTailElsewhere = file.id % 2 === 0 && n + 1 < files.length;
      const named = new SplitFile({ ...file, name: label + file.name });
      await reader.addFile(named, { isHeadElsewhere, isTailElsewhere });
    }
  }
  return reader.losses;
}

class SideReader {
  readonly treeName: string;
  readonly losses: DataLoss[] = [];
  readonly #database: SideDatabase;
  readonly #takeRecord: TakeRecord;
  readonly #deleted = new Set<string>();

  constructor(database: SideDatabase, takeRecord: TakeRecord) {
    this.#database = database;
    this.treeName = `${database}-saved.dat`;
    this.#takeRecord = takeRecord;
  }

  async addFile(
    file: SplitFile,
    elsewhere: { readonly isHeadElsewhere: boolean; readonly isTailElsewhere: boolean },
  ): Promise<void> {
    try {
      for (const { start, end } of file.stretches()) await this.#alongStretch(file, start, end, elsewhere);
    } finally {
      await file.close();
    }
  }

  async addTree(path: string, collnum: number | undefined, label: string): Promise<void> {
    const { size } = await statOf(path);
    const parts = size === 0 ? [] : [{ path, start: 0, size }];
    const file = new SplitFile({ name: label + this.treeName, parts, end: size });
    try {
      const { nodes, lost_bytes } = await readTreeNodes(file, collnum, SIDE_KEY_BYTES);
      for (const { keyBytes, isTombstone, at, size: length } of nodes) {
        const isShort = isTombstone || length > MAX_SIDE_RECORD_BYTES;
        this.#take(keyBytes, isTombstone, isShort ? keyBytes : await file.read(at, length));
      }
      this.#lose(file, size - lost_bytes, size);
    } catch (error) {
      if (!isPeregrineError(error, 'CORRUPT')) throw error;
      this.#lose(file, 0, size);
    } finally {
      await file.close();
    }
  }

  /** Where records break off they are looked for again: behind the last one, whose size may have been wrong. */
  async #alongStretch(
    file: SplitFile,
    start: number,
    end: number,
    { isHeadElsewhere, isTailElsewhere }: { isHeadElsewhere: boolean; isTailElsewhere: boolean },
  ): Promise<void> {
    let at = start === 0 ? 0 : await findNextSideRecord(file, this.#database, start, end);
    if (!isHeadElsewhere) this.#lose(file, start, at);
    let before = at;
    while (at < end) {
      const frame = await readSideFrame(file, this.#database, at, end);
      if (frame === undefined) {
        const next = await findNextSideRecord(file, this.#database, Math.max(before, start) + 1, end);
        if (!(next === end && isTailElsewhere)) this.#lose(file, Math.min(at, next), Math.max(at, next));
        at = next;
        before = at;
        continue;
      }
      const { key, isTombstone, length } = frame;
      const size = isTombstone ? 0 : length - SIDE_KEY_BYTES - 4;
      this.#take(key, isTombstone, isTombstone ? key : await file.read(at + length - size, size));
      before = at;
      at += length;
    }
  }

  #take(key: Uint8Array, isTombstone: boolean, data: Uint8Array): void {
    // The lowest bit alone tells a record from its deletion, and stands in the first byte.
    const name = Buffer.from(key).toString('latin1', 1);
    if (isTombstone) this.#deleted.add(name);
    else if (!this.#deleted.has(name)) this.#takeRecord(key, data);
  }

  #lose(file: SplitFile, from: number, to: number): void {
    if (to <= from) return;
    const why = `records of ${this.#database} break off`;
    this.losses.push({ file: file.name, offset: from, size_bytes: to - from, why });
  }
}
