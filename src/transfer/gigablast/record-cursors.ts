/** Walks along the records of files and saved trees, and what merges many such walks by their keys. */

import { PeregrineError } from '../../base/index.ts';
import type { RecordRun } from './file-survey.ts';
import { compareRecordKeys, FRAME_BYTES, KEY_BYTES, readFrame, type RecordKey } from './record-frame.ts';
import type { TreeRecord } from './saved-tree.ts';
import type { SplitFile } from './split-file.ts';

/** Where one version of a record stands. */
export interface RecordVersion {
  /** Place of its file in the files of its source; a higher one of the same host is newer. */
  readonly file: number;
  readonly at: number;
  readonly length: number;
  readonly isTombstone: boolean;
}

export interface Cursor {
  readonly key: RecordKey;
  readonly version: RecordVersion;
  /** To the next record (after `after`); false at the end. */
  advance(after?: RecordKey): Promise<boolean>;
  close(): Promise<void>;
}

const NO_KEY: RecordKey = { high: -1, low: -1 };

export class RunCursor implements Cursor {
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

export class TreeCursor implements Cursor {
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
export class CursorHeap {
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
