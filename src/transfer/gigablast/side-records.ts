/**
 * Records of the databases that lie beside the title files and have keys of 16 bytes: tags of sites, the crawl queue. Read
 * newest first, files of all hosts and what memory held; what was taken back is left out.
 */

import { isPeregrineError } from '../../base/index.ts';
import { dataFilesIn, list, statOf } from './data-files.ts';
import type { DataLoss } from './file-survey.ts';
import { readInt32 } from './record-frame.ts';
import { readTreeNodes } from './saved-tree.ts';
import { SplitFile } from './split-file.ts';
import { savedTreeBeside, type TitleDirectory } from './title-files.ts';

const KEY_BYTES = 16;
/** Records are a struct and a short text; what says that it is longer is damage. */
const MAX_RECORD_BYTES = 65_536;

/** `tagdb` or `spiderdb`: the name in front of the files' numbers. */
export type SideDatabase = 'tagdb' | 'spiderdb';

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
    for (const file of (await dataFilesIn(path, names, database)).reverse()) {
      await reader.addFile(new SplitFile({ ...file, name: label + file.name }));
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

  async addFile(file: SplitFile): Promise<void> {
    try {
      for (const { start, end } of file.stretches()) {
        // Records are found from the first on; a chopped head leaves no way in.
        const stop = start > 0 ? start : await this.#alongRecords(file, end);
        this.#lose(file, stop, end);
      }
    } finally {
      await file.close();
    }
  }

  async addTree(path: string, collnum: number | undefined, label: string): Promise<void> {
    const { size } = await statOf(path);
    const parts = size === 0 ? [] : [{ path, start: 0, size }];
    const file = new SplitFile({ name: label + this.treeName, parts, end: size });
    try {
      const { nodes, lost_bytes } = await readTreeNodes(file, collnum, KEY_BYTES);
      for (const { keyBytes, isTombstone, at, size: length } of nodes) {
        const isShort = isTombstone || length > MAX_RECORD_BYTES;
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

  /** Returns where records break off, or the end. */
  async #alongRecords(file: SplitFile, end: number): Promise<number> {
    let at = 0;
    while (at < end) {
      const head = await file.read(at, Math.min(KEY_BYTES + 4, end - at));
      if (head.length < KEY_BYTES) return at;
      const key = head.slice(0, KEY_BYTES);
      const isTombstone = ((key[0] ?? 0) & 1) === 0;
      const size = isTombstone ? -4 : readInt32(head, KEY_BYTES);
      const next = at + KEY_BYTES + 4 + size;
      if (
        (!isTombstone && (head.length < KEY_BYTES + 4 || size < 0 || size > MAX_RECORD_BYTES)) ||
        next > end
      )
        return at;
      this.#take(key, isTombstone, isTombstone ? key : await file.read(next - size, size));
      at = next;
    }
    return end;
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
