/** A file of the operating system behind {@link DiskFile}: short reads and writes are looped here, once for all. */

import {
  close,
  closeSync,
  constants,
  fdatasync,
  fdatasyncSync,
  fstat,
  fstatSync,
  ftruncate,
  ftruncateSync,
  openSync,
  read,
  readSync,
  write,
  writeSync,
} from 'node:fs';
import { promisify } from 'node:util';

import { closedFile, diskError, fromSystemError } from './disk-error.ts';
import type { DiskFile, OpenMode } from './disk.ts';

const ZEROS = new Uint8Array(2 ** 20);
/** Windows knows no such opening, and macOS leaves what is written so in the disk's own cache. */
const WRITES_THROUGH: boolean = process.platform === 'linux';
const statElsewhere = promisify(fstat);
const truncateElsewhere = promisify(ftruncate);
const closeElsewhere = promisify(close);

/** Takes what a call of the system has come to. */
type Answer<T> = (error: unknown, result: T) => void;

export class RealFile implements DiskFile {
  readonly path: string;
  /** Calls by number make one object each; those of a handle make a row of them. */
  readonly descriptor: number;
  readonly #systemPath: string;
  readonly #writesThrough: boolean;
  /** The same file, opened so that a write returns when it is durable, where the system can do that. */
  #durable: number | undefined;
  #isOpen = true;
  // Calls under way: the descriptor is given back only after the last, or its number could serve another file.
  #underWay = 0;
  #onIdle: (() => void) | undefined;

  private constructor(path: string, systemPath: string, descriptor: number, writesThrough: boolean) {
    this.path = path;
    this.#systemPath = systemPath;
    this.descriptor = descriptor;
    this.#writesThrough = writesThrough;
  }

  /**
   * Takes over an open descriptor; refuses a directory, which the system opens for reading. `writesThrough`: a durable write is
   * one call. Default: on Linux.
   */
  static adopt(
    path: string,
    systemPath: string,
    descriptor: number,
    mode: OpenMode,
    writesThrough: boolean = WRITES_THROUGH,
  ): RealFile {
    if (mode === 'read' && fstatSync(descriptor).isDirectory()) {
      closeSync(descriptor);
      throw diskError('EISDIR', 'open', { file: path });
    }
    return new RealFile(path, systemPath, descriptor, writesThrough);
  }

  read(into: Uint8Array, offset: number): Promise<number> {
    return this.#call<number>('read', offset, (answer) => readAll(this.descriptor, into, 0, offset, answer));
  }

  readSync(into: Uint8Array, offset: number): number {
    if (!this.#isOpen) throw closedFile('read', this.path);
    return readDescriptor(this.descriptor, this.path, into, offset);
  }

  write(bytes: Uint8Array, offset: number): Promise<void> {
    return this.#call<void>('write', offset, (answer) => {
      writeAll(this.descriptor, bytes, 0, offset, answer);
    });
  }

  /** One call of the system instead of two, and one hop between threads: half of a small write's time. */
  writeDurably(bytes: Uint8Array, offset: number): Promise<void> {
    return this.#call<void>('write', offset, (answer) => {
      if (this.#writesThrough) writeAll(this.#durably(), bytes, 0, offset, answer);
      else
        writeAll(this.descriptor, bytes, 0, offset, (error) => {
          if (isFailure(error)) answer(error);
          else fdatasync(this.descriptor, (failure) => answer(failure));
        });
    });
  }

  writeSync(bytes: Uint8Array, offset: number): void {
    this.#writeNow(bytes, offset, () => this.descriptor);
  }

  writeDurablySync(bytes: Uint8Array, offset: number): void {
    this.#writeNow(bytes, offset, () => (this.#writesThrough ? this.#durably() : this.descriptor));
    if (!this.#writesThrough) this.#syncNow();
  }

  sync(): Promise<void> {
    return this.#call<void>('sync', undefined, (answer) =>
      fdatasync(this.descriptor, (error) => answer(error)),
    );
  }

  size(): Promise<number> {
    return this.#callLong('size', undefined, async () => (await statElsewhere(this.descriptor)).size);
  }

  allocate(size_bytes: number): Promise<void> {
    return this.#callLong('allocate', size_bytes, async () => {
      const before_bytes = (await statElsewhere(this.descriptor)).size;
      try {
        for (let at = before_bytes; at < size_bytes; at += ZEROS.length) {
          await writeZeros(this.descriptor, at, Math.min(ZEROS.length, size_bytes - at));
        }
      } catch (error) {
        // Half an allocation would only keep the disk full.
        ftruncateSync(this.descriptor, before_bytes);
        throw error;
      }
    });
  }

  truncate(size_bytes: number): Promise<void> {
    return this.#callLong('truncate', size_bytes, () => truncateElsewhere(this.descriptor, size_bytes));
  }

  async close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    if (this.#underWay > 0) await new Promise<void>((resolve) => (this.#onIdle = resolve));
    try {
      if (this.#durable !== undefined) closeSync(this.#durable);
      // The last name of a large file may have gone: then the system gives back its room now.
      await closeElsewhere(this.descriptor);
    } catch (error) {
      throw fromSystemError(error, 'close', { file: this.path }, this.#systemPath);
    }
  }

  /** To open it where it is open already takes less than to ask another thread for it. */
  #durably(): number {
    this.#durable ??= openSync(this.#systemPath, constants.O_WRONLY | constants.O_DSYNC);
    return this.#durable;
  }

  #writeNow(bytes: Uint8Array, offset: number, descriptorOf: () => number): void {
    if (!this.#isOpen) throw closedFile('write', this.path);
    try {
      const descriptor = descriptorOf();
      for (let done = 0; done < bytes.length;) {
        const count = writeSync(descriptor, bytes, done, bytes.length - done, offset + done);
        if (count === 0) throw nothingWritten();
        done += count;
      }
    } catch (error) {
      throw fromSystemError(error, 'write', { file: this.path, offset }, this.#systemPath);
    }
  }

  #syncNow(): void {
    try {
      fdatasyncSync(this.descriptor);
    } catch (error) {
      throw fromSystemError(error, 'sync', { file: this.path }, this.#systemPath);
    }
  }

  /** One promise for all of a call: there are a dozen of them in a flush, however little it writes. */
  #call<T>(operation: string, offset: number | undefined, begin: (answer: Answer<T>) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      if (!this.#isOpen) throw closedFile(operation, this.path);
      this.#underWay += 1;
      const answer: Answer<T> = (error, result) => {
        this.#underWay -= 1;
        if (this.#underWay === 0) this.#onIdle?.();
        if (isFailure(error))
          reject(fromSystemError(error, operation, { file: this.path, offset }, this.#systemPath));
        else resolve(result);
      };
      try {
        begin(answer);
      } catch (error) {
        answer(error, undefined as T);
      }
    });
  }

  #callLong<T>(operation: string, offset: number | undefined, run: () => Promise<T>): Promise<T> {
    return this.#call<T>(operation, offset, (answer) => {
      run().then(
        (result) => answer(null, result),
        (error: unknown) => answer(error, undefined as T),
      );
    });
  }
}

function isFailure(error: unknown): boolean {
  return error !== null && error !== undefined;
}

/** A system that takes no byte and says nothing about it. */
function nothingWritten(): Error {
  return Object.assign(new Error('Nothing was written.'), { code: 'EIO' });
}

function writeAll(fd: number, bytes: Uint8Array, from: number, offset: number, answer: Answer<void>): void {
  if (from >= bytes.length) {
    answer(null);
    return;
  }
  write(fd, bytes, from, bytes.length - from, offset + from, (error, count) => {
    if (error !== null || from + count === bytes.length) answer(error);
    else if (count === 0) answer(nothingWritten());
    else writeAll(fd, bytes, from + count, offset, answer);
  });
}

function readAll(fd: number, into: Uint8Array, from: number, offset: number, answer: Answer<number>): void {
  if (from >= into.length) {
    answer(null, from);
    return;
  }
  read(fd, into, from, into.length - from, offset + from, (error, count) => {
    if (error !== null || count === 0 || from + count === into.length) answer(error, from + count);
    else readAll(fd, into, from + count, offset, answer);
  });
}

function writeZeros(fd: number, offset: number, size_bytes: number): Promise<void> {
  return new Promise((resolve, reject) => {
    writeAll(fd, ZEROS.subarray(0, size_bytes), 0, offset, (error) => {
      if (isFailure(error)) reject(error);
      else resolve();
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
