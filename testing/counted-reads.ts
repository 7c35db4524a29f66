/** Reads that go by another thread, counted for whoever they are made for: for what was asked, not for what goes on beside it. */

import { AsyncLocalStorage } from 'node:async_hooks';
import type { Disk, DiskFile } from '../src/disk/index.ts';

interface Asker {
  reads: number;
}

export class CountedReads {
  readonly #asker = new AsyncLocalStorage<Asker>();

  /** What `work` gives, and the reads that it waited for. */
  async during<T>(work: () => Promise<T>): Promise<{ readonly result: T; readonly reads: number }> {
    const asker: Asker = { reads: 0 };
    const result = await this.#asker.run(asker, work);
    return { result, reads: asker.reads };
  }

  /** The same disk, whose reads are counted. */
  over(disk: Disk): Disk {
    return {
      open: async (path, mode) => this.#counted(await disk.open(path, mode)),
      stat: (path) => disk.stat(path),
      list: (directory) => disk.list(directory),
      makeDirectory: (path) => disk.makeDirectory(path),
      rename: (from, to) => disk.rename(from, to),
      remove: (path) => disk.remove(path),
      link: (existing, path) => disk.link(existing, path),
      syncDirectory: (path) => disk.syncDirectory(path),
      free_bytes: () => disk.free_bytes(),
    };
  }

  #counted(file: DiskFile): DiskFile {
    const { path, descriptor } = file;
    return {
      path,
      ...(descriptor !== undefined && { descriptor }),
      read: (into, offset) => {
        const asker = this.#asker.getStore();
        if (asker !== undefined) asker.reads += 1;
        return file.read(into, offset);
      },
      readSync: (into, offset) => file.readSync(into, offset),
      write: (bytes, offset) => file.write(bytes, offset),
      writeSync: (bytes, offset) => file.writeSync(bytes, offset),
      writeDurably: (bytes, offset) => file.writeDurably(bytes, offset),
      writeDurablySync: (bytes, offset) => file.writeDurablySync(bytes, offset),
      sync: () => file.sync(),
      size: () => file.size(),
      allocate: (size_bytes) => file.allocate(size_bytes),
      truncate: (size_bytes) => file.truncate(size_bytes),
      close: () => file.close(),
    };
  }
}
