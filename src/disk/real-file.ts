/** A file of the operating system behind {@link DiskFile}: short reads and writes are looped here, once for all. */

import {
  closeSync,
  constants,
  ftruncateSync,
  fstatSync,
  openSync,
  readSync,
  write,
  writeSync,
} from 'node:fs';
import type { FileHandle } from 'node:fs/promises';

import { closedFile, diskError, fromSystemError } from './disk-error.ts';
import type { DiskFile, OpenMode } from './disk.ts';

const ZEROS = new Uint8Array(2 ** 20);

export class RealFile implements DiskFile {
  readonly path: string;
  readonly #handle: FileHandle;
  readonly #systemPath: string;
  /** The same file, opened so that a write returns when it is durable. */
  #durable: number | undefined;
  #isOpen = true;
  // Calls under way: the descriptor is given back only after the last, or its number could serve another file.
  #underWay = 0;
  #onIdle: (() => void) | undefined;

  private constructor(path: string, systemPath: string, handle: FileHandle) {
    this.path = path;
    this.#systemPath = systemPath;
    this.#handle = handle;
  }

  /** Takes over an open handle; refuses a directory, which the system opens for reading. */
  static async adopt(
    path: string,
    systemPath: string,
    handle: FileHandle,
    mode: OpenMode,
  ): Promise<RealFile> {
    if (mode === 'read' && fstatSync(handle.fd).isDirectory()) {
      await handle.close();
      throw diskError('EISDIR', 'open', { file: path });
    }
    return new RealFile(path, systemPath, handle);
  }

  read(into: Uint8Array, offset: number): Promise<number> {
    return this.#call('read', offset, async () => {
      let done = 0;
      while (done < into.length) {
        const { bytesRead } = await this.#handle.read(into, done, into.length - done, offset + done);
        if (bytesRead === 0) break;
        done += bytesRead;
      }
      return done;
    });
  }

  readSync(into: Uint8Array, offset: number): number {
    if (!this.#isOpen) throw closedFile('read', this.path);
    return readDescriptor(this.#handle.fd, this.path, into, offset);
  }

  get descriptor(): number {
    return this.#handle.fd;
  }

  write(bytes: Uint8Array, offset: number): Promise<void> {
    return this.#call('write', offset, () => this.#writeAll(this.#handle.fd, bytes, offset));
  }

  /** One call of the system instead of two, and one hop between threads: half of a small write's time. */
  writeDurably(bytes: Uint8Array, offset: number): Promise<void> {
    return this.#call('write', offset, async () => {
      await this.#writeAll(this.#durably(), bytes, offset);
    });
  }

  writeDurablySync(bytes: Uint8Array, offset: number): void {
    if (!this.#isOpen) throw closedFile('write', this.path);
    try {
      const descriptor = this.#durably();
      for (let done = 0; done < bytes.length;) {
        const count = writeSync(descriptor, bytes, done, bytes.length - done, offset + done);
        if (count === 0) throw diskError('EIO', 'write', { file: this.path, offset: offset + done });
        done += count;
      }
    } catch (error) {
      throw fromSystemError(error, 'write', { file: this.path, offset });
    }
  }

  sync(): Promise<void> {
    return this.#call('sync', undefined, () => this.#handle.datasync());
  }

  size(): Promise<number> {
    return this.#call('size', undefined, async () => (await this.#handle.stat()).size);
  }

  allocate(size_bytes: number): Promise<void> {
    return this.#call('allocate', size_bytes, async () => {
      const before_bytes = (await this.#handle.stat()).size;
      try {
        for (let at = before_bytes; at < size_bytes; at += ZEROS.length) {
          await this.#writeAll(
            this.#handle.fd,
            ZEROS.subarray(0, Math.min(ZEROS.length, size_bytes - at)),
            at,
          );
        }
      } catch (error) {
        // Half an allocation would only keep the disk full.
        ftruncateSync(this.#handle.fd, before_bytes);
        throw error;
      }
    });
  }

  truncate(size_bytes: number): Promise<void> {
    return this.#call('truncate', size_bytes, () => this.#handle.truncate(size_bytes));
  }

  async close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    if (this.#underWay > 0) await new Promise<void>((resolve) => (this.#onIdle = resolve));
    try {
      if (this.#durable !== undefined) closeSync(this.#durable);
      await this.#handle.close();
    } catch (error) {
      throw fromSystemError(error, 'close', { file: this.path });
    }
  }

  /** To open it where it is open already takes less than to ask another thread for it. */
  #durably(): number {
    this.#durable ??= openSync(this.#systemPath, constants.O_WRONLY | constants.O_DSYNC);
    return this.#durable;
  }

  async #writeAll(descriptor: number, bytes: Uint8Array, offset: number): Promise<void> {
    for (let done = 0; done < bytes.length;) {
      const count = await writeOnce(descriptor, bytes, done, offset + done);
      if (count === 0) throw diskError('EIO', 'write', { file: this.path, offset: offset + done });
      done += count;
    }
  }

  async #call<T>(operation: string, offset: number | undefined, run: () => Promise<T>): Promise<T> {
    if (!this.#isOpen) throw closedFile(operation, this.path);
    this.#underWay += 1;
    try {
      return await run();
    } catch (error) {
      throw fromSystemError(error, operation, { file: this.path, offset });
    } finally {
      this.#underWay -= 1;
      if (this.#underWay === 0) this.#onIdle?.();
    }
  }
}

/** Without the objects that a handle makes for each call. */
function writeOnce(fd: number, bytes: Uint8Array, from: number, offset: number): Promise<number> {
  return new Promise((resolve, reject) => {
    write(fd, bytes, from, bytes.length - from, offset, (error, count) => {
      if (error === null) resolve(count);
      else reject(error);
    });
  });
}

/** Fills `into` from a file that this or another thread holds open; returns the bytes read. `IO`. */
export function readDescriptor(descriptor: number, path: string, into: Uint8Array, offset: number): number {
  try {
    let done = 0;
    while (done < into.length) {
      const count = readSync(descriptor, into, done, into.length - done, offset + done);
      if (count === 0) break;
      done += count;
    }
    return done;
  } catch (error) {
    throw fromSystemError(error, 'read', { file: path, offset });
  }
}
