/** The one door to the file system. Paths are relative to the disk's root, with `/` between names. */

export interface FileStat {
  readonly size_bytes: number;
}

/** How a file is opened: to read, to read and write what exists, or to make what must not exist yet. */
export type OpenMode = 'read' | 'write' | 'create';

/**
 * A directory tree with the promises of a POSIX file system and no more: bytes are durable after `sync` of their
 * file; names (create, rename, remove, link) after `syncDirectory` of their directory. Errors are PeregrineErrors:
 * `NOT_FOUND`, `ALREADY_EXISTS`, `DISK_FULL`, `IO` (with `file`, `offset`).
 */
export interface Disk {
  open(path: string, mode: OpenMode): Promise<DiskFile>;
  /** Undefined where nothing stands; a directory's size is 0. */
  stat(path: string): Promise<FileStat | undefined>;
  /** Names inside a directory, sorted; empty where it does not exist. */
  list(directory: string): Promise<string[]>;
  /** Makes a directory and those above it; one that exists is no error. Sync the directories above for its name. */
  makeDirectory(path: string): Promise<void>;
  /** Atomically gives `from` the name `to`, replacing what stood there. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a file or an empty directory; what does not exist is no error. */
  remove(path: string): Promise<void>;
  /** A second name for the same immutable file. */
  link(existing: string, path: string): Promise<void>;
  syncDirectory(path: string): Promise<void>;
  /** Bytes that may still be written here. */
  free_bytes(): Promise<number>;
}

export interface DiskFile {
  readonly path: string;
  /** The system's number of the open file, by which every thread of the process may read it; absent where it has none. */
  readonly descriptor?: number;
  /** Fills `into` from `offset` on; returns the bytes read, fewer only where the file ends. */
  read(into: Uint8Array, offset: number): Promise<number>;
  /** The same, blocking: for worker threads and small hot reads. */
  readSync(into: Uint8Array, offset: number): number;
  /** Writes all of `bytes` at `offset` or throws; durable only after {@link sync}. */
  write(bytes: Uint8Array, offset: number): Promise<void>;
  /** The same, blocking: for who knows that the system takes it at once. */
  writeSync(bytes: Uint8Array, offset: number): void;
  /**
   * Writes all of `bytes` and makes them durable, in one step where the system knows one, with the file's size where it
   * grows by them; dear where it does, for more than a few bytes. As after a failed {@link sync}, nothing may be assumed of the bytes after a failure.
   */
  writeDurably(bytes: Uint8Array, offset: number): Promise<void>;
  /** The same, blocking: for few bytes, and who knows that the disk answers at once. */
  writeDurablySync(bytes: Uint8Array, offset: number): void;
  /** Makes the file's bytes and size durable (`fdatasync`). After a failure nothing may be assumed of its bytes. */
  sync(): Promise<void>;
  size(): Promise<number>;
  /**
   * Grows the file to `size_bytes` with zeros that occupy space, so that later writes need no allocation; a file that
   * is as large already stays as it is. Not to run beside a write beyond the file's end, which zeros could hit.
   */
  allocate(size_bytes: number): Promise<void>;
  truncate(size_bytes: number): Promise<void>;
  /** Waits for calls under way; later ones throw `CLOSED`. A second close does nothing. */
  close(): Promise<void>;
}
