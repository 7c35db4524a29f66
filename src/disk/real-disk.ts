/** A {@link Disk} on a directory of the operating system's file system. */

import { closeSync, constants, fsync, open, openSync, promises as fs } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { makeDirectoryTree } from './directory-tree.ts';
import { fromSystemError } from './disk-error.ts';
import { namesOfPath } from './disk-path.ts';
import type { Disk, DiskFile, FileStat, OpenMode } from './disk.ts';
import { RealFile } from './real-file.ts';

const fsyncElsewhere = promisify(fsync);
const openElsewhere = promisify(open);

const FLAGS: Readonly<Record<OpenMode, number>> = {
  read: constants.O_RDONLY,
  write: constants.O_RDWR,
  create: constants.O_RDWR | constants.O_CREAT | constants.O_EXCL,
};

/** Opens the directory `root` of the operating system as a disk, making it where it does not exist. */
export async function openRealDisk(root: string): Promise<RealDisk> {
  await makeDirectoryTree(root);
  return new RealDisk(root);
}

export class RealDisk implements Disk {
  /** The directory that `''` names, as the operating system knows it. */
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  /** Where the operating system finds `path`: for what needs a true file, as a lock or a child process. */
  systemPath(path: string): string {
    return join(this.root, ...namesOfPath(path));
  }

  async open(path: string, mode: OpenMode): Promise<DiskFile> {
    const systemPath = this.systemPath(path);
    const descriptor = await this.#call('open', path, () => openElsewhere(systemPath, FLAGS[mode], 0o644));
    return RealFile.adopt(path, systemPath, descriptor, mode);
  }

  async stat(path: string): Promise<FileStat | undefined> {
    try {
      const found = await fs.stat(this.systemPath(path));
      return { size_bytes: found.isDirectory() ? 0 : found.size };
    } catch (error) {
      if (isAbsence(error)) return undefined;
      throw fromSystemError(error, 'stat', { file: path }, this.systemPath(path));
    }
  }

  async list(directory: string): Promise<string[]> {
    try {
      return (await fs.readdir(this.systemPath(directory))).sort();
    } catch (error) {
      if (isAbsence(error)) return [];
      throw fromSystemError(error, 'list', { file: directory }, this.systemPath(directory));
    }
  }

  async makeDirectory(path: string): Promise<void> {
    await this.#call('makeDirectory', path, () => makeDirectoryTree(this.systemPath(path)));
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#call('rename', from, () => fs.rename(this.systemPath(from), this.systemPath(to)), { to });
  }

  async remove(path: string): Promise<void> {
    try {
      await fs.unlink(this.systemPath(path));
    } catch (error) {
      if (isAbsence(error)) return;
      if (!isDirectoryRefusal(error))
        throw fromSystemError(error, 'remove', { file: path }, this.systemPath(path));
      await this.#call('remove', path, () => fs.rmdir(this.systemPath(path)));
    }
  }

  async link(existing: string, path: string): Promise<void> {
    await this.#call('link', path, () => fs.link(this.systemPath(existing), this.systemPath(path)), {
      existing,
    });
  }

  async syncDirectory(path: string): Promise<void> {
    // Windows knows no handle of a directory; its file system journals names by itself.
    if (process.platform === 'win32') return;
    await this.#call('syncDirectory', path, async () => {
      // To open and close a directory takes less than to ask another thread for it; only the sync waits for the disk.
      const descriptor = openSync(this.systemPath(path), constants.O_RDONLY | constants.O_DIRECTORY);
      try {
        await fsyncElsewhere(descriptor);
      } finally {
        closeSync(descriptor);
      }
    });
  }

  async free_bytes(): Promise<number> {
    const { bavail, bsize } = await this.#call('free_bytes', '', () => fs.statfs(this.root));
    return bavail * bsize;
  }

  async #call<T>(
    operation: string,
    path: string,
    run: () => Promise<T>,
    facts: Record<string, string> = {},
  ): Promise<T> {
    try {
      return await run();
    } catch (error) {
      throw fromSystemError(error, operation, { file: path, ...facts }, this.systemPath(path));
    }
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

function isAbsence(error: unknown): boolean {
  return codeOf(error) === 'ENOENT';
}

/** What unlink says of a directory: EISDIR on Linux, EPERM elsewhere. */
function isDirectoryRefusal(error: unknown): boolean {
  return codeOf(error) === 'EISDIR' || codeOf(error) === 'EPERM';
}
