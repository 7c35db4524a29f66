/**
 * Open files, no more than a process can spare: the least recently read is closed, and opened again when it is read
 * once more. One for the process; only reads under way may exceed the bound.
 */

import { PeregrineError } from '../base/index.ts';
import type { DiskFile } from '../disk/index.ts';

const DEFAULT_FILE_HANDLES = 256;

/** A file to read from, whether it is open just now or not. */
export interface HeldFile {
  readonly path: string;
  /** As {@link DiskFile.read}. */
  read(into: Uint8Array, offset: number): Promise<number>;
  /** As {@link DiskFile.readSync}; undefined where the file is not open just now. */
  readNow(into: Uint8Array, offset: number): number | undefined;
  /** Waits for reads under way; later ones throw `CLOSED`. */
  close(): Promise<void>;
}

interface Handle {
  readonly opening: Promise<DiskFile>;
  /** Once it is open. */
  file: DiskFile | undefined;
  reads: number;
}

export class FileHandles {
  readonly #capacity: number;
  /** In order of use, the least recent first. */
  readonly #handles = new Map<HeldFile, Handle>();

  /** `capacity` from 1; default 256. */
  constructor(capacity: number = DEFAULT_FILE_HANDLES) {
    this.#capacity = capacity;
  }

  /** Files that are open, or about to be. */
  get count(): number {
    return this.#handles.size;
  }

  /** Opens nothing before the first read; `open` may be called any number of times. */
  forFile(path: string, open: () => Promise<DiskFile>): HeldFile {
    let isClosed = false;
    const held: HeldFile = {
      path,
      read: async (into, offset) => {
        if (isClosed)
          throw new PeregrineError('CLOSED', `${path} was closed before this read.`, { file: path });
        const handle = this.#use(held, open);
        handle.reads += 1;
        try {
          return await (await handle.opening).read(into, offset);
        } finally {
          handle.reads -= 1;
          await this.#evict();
        }
      },
      readNow: (into, offset) => {
        const handle = this.#handles.get(held);
        if (handle?.file === undefined) return undefined;
        // The order of use counts only where something may have to be closed soon.
        if (this.#handles.size > this.#capacity / 2) this.#use(held, open);
        return handle.file.readSync(into, offset);
      },
      close: async () => {
        isClosed = true;
        const handle = this.#handles.get(held);
        this.#handles.delete(held);
        await handle?.opening.then(
          (file) => file.close(),
          () => undefined,
        );
      },
    };
    return held;
  }

  #use(held: HeldFile, open: () => Promise<DiskFile>): Handle {
    const known = this.#handles.get(held);
    const handle: Handle = known ?? { opening: open(), file: undefined, reads: 0 };
    this.#handles.delete(held);
    this.#handles.set(held, handle);
    if (known !== undefined) return handle;
    handle.opening.then(
      (file) => (handle.file = file),
      () => {
        // A file that could not be opened is tried anew by the next read.
        if (this.#handles.get(held) === handle) this.#handles.delete(held);
      },
    );
    return handle;
  }

  async #evict(): Promise<void> {
    for (const [held, { opening, reads }] of this.#handles) {
      if (this.#handles.size <= this.#capacity) return;
      if (reads > 0) continue;
      this.#handles.delete(held);
      // It was only read from: a close that fails loses nothing.
      await opening.then((file) => file.close()).catch(() => undefined);
    }
  }
}
