/**
 * A data file that lies in parts, read as one. Small reads are served from a window, so that walking along records
 * costs one system call for many; what is asked for at once is bounded by the caller.
 */

import { type FileHandle, open } from 'node:fs/promises';

import { messageOf, PeregrineError } from '../../base/index.ts';
import type { DataFile, FilePart } from './data-files.ts';

const WINDOW_BYTES = 262_144;
const EMPTY = new Uint8Array(0);

export class SplitFile {
  readonly name: string;
  readonly end: number;
  readonly #parts: readonly FilePart[];
  readonly #handles = new Map<string, Promise<FileHandle>>();
  /** One after another, so that neighbours share a window. */
  #turn: Promise<unknown> = Promise.resolve();
  #window: Uint8Array = EMPTY;
  #windowAt = 0;

  constructor({ name, parts, end }: Pick<DataFile, 'name' | 'parts' | 'end'>) {
    this.name = name;
    this.#parts = parts;
    this.end = end;
  }

  /** Stretches without a hole: chopped heads, missing parts and cut ones leave holes. */
  stretches(): { readonly start: number; readonly end: number }[] {
    const stretches: { start: number; end: number }[] = [];
    for (const { start, size } of this.#parts) {
      const before = stretches.at(-1);
      if (before?.end === start) before.end = start + size;
      else stretches.push({ start, end: start + size });
    }
    return stretches;
  }

  /**
   * Up to `count` bytes from `at`; fewer where the file or a stretch ends. A view that is good until the next read.
   */
  async read(at: number, count: number): Promise<Uint8Array> {
    const inWindow = this.#view(at, count);
    if (inWindow !== undefined) return inWindow;
    const turn = this.#turn.then(async () => {
      const before = this.#view(at, count);
      if (before !== undefined) return before;
      this.#window = await this.#fetch(at, Math.max(count, WINDOW_BYTES));
      this.#windowAt = at;
      return this.#window.subarray(0, count);
    });
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async close(): Promise<void> {
    const handles = [...this.#handles.values()];
    this.#handles.clear();
    // One that could not be opened has told its reader.
    await Promise.allSettled(handles.map(async (handle) => (await handle).close()));
  }

  #view(at: number, count: number): Uint8Array | undefined {
    const from = at - this.#windowAt;
    return from >= 0 && from + count <= this.#window.length
      ? this.#window.subarray(from, from + count)
      : undefined;
  }

  async #fetch(at: number, count: number): Promise<Uint8Array> {
    const into = Buffer.allocUnsafe(Math.max(0, Math.min(count, this.end - at)));
    let filled = 0;
    while (filled < into.length) {
      const place = at + filled;
      const part = this.#parts.find(({ start, size }) => place >= start && place < start + size);
      if (part === undefined) break;
      const wanted = Math.min(into.length - filled, part.start + part.size - place);
      const got = await this.#readPart(part, into, filled, wanted, place - part.start);
      filled += got;
      // The file is shorter than it was: what is not there is not read.
      if (got < wanted) break;
    }
    return into.subarray(0, filled);
  }

  async #readPart(
    part: FilePart,
    into: Buffer,
    offset: number,
    wanted: number,
    from: number,
  ): Promise<number> {
    try {
      let handle = this.#handles.get(part.path);
      if (handle === undefined) {
        handle = open(part.path, 'r');
        this.#handles.set(part.path, handle);
      }
      const opened = await handle;
      let done = 0;
      while (done < wanted) {
        const { bytesRead } = await opened.read(into, offset + done, wanted - done, from + done);
        if (bytesRead === 0) break;
        done += bytesRead;
      }
      return done;
    } catch (error) {
      throw new PeregrineError(
        'IO',
        `${part.path} can't be read: ${messageOf(error)}.`,
        { file: part.path, offset: from },
        error,
      );
    }
  }
}
