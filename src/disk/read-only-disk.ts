/** A {@link Disk} of which nothing is changed: what another disk holds, for those who only read it. */

import { PeregrineError } from '../base/index.ts';
import type { Disk, DiskFile, FileStat, OpenMode } from './disk.ts';

/**
 * Reads go to the disk behind it; whatever would write is refused with `READ_ONLY`. What an opening does as a matter of course is
 * taken without a word: a directory that is to be there may be missing (it lists as empty), and what is to be cleared away stays.
 */
export class ReadOnlyDisk implements Disk {
  readonly #disk: Disk;

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  async open(path: string, mode: OpenMode): Promise<DiskFile> {
    if (mode !== 'read') throw refused(mode, path);
    return this.#disk.open(path, mode);
  }

  async stat(path: string): Promise<FileStat | undefined> {
    return this.#disk.stat(path);
  }

  async list(directory: string): Promise<string[]> {
    return this.#disk.list(directory);
  }

  async makeDirectory(): Promise<void> {
    return Promise.resolve();
  }

  async rename(from: string): Promise<void> {
    throw refused('rename', from);
  }

  async remove(): Promise<void> {
    return Promise.resolve();
  }

  async link(_: string, path: string): Promise<void> {
    throw refused('link', path);
  }

  async syncDirectory(): Promise<void> {
    return Promise.resolve();
  }

  async free_bytes(): Promise<number> {
    return this.#disk.free_bytes();
  }
}

function refused(operation: string, file: string): PeregrineError {
  return new PeregrineError(
    'READ_ONLY',
    `${operation} of ${JSON.stringify(file)} was refused: it is open for reading only.`,
    { file, operation },
  );
}
