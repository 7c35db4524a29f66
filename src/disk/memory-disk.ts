/** A {@link Disk} in memory: what tests and throw-away engines run on. Nothing of it outlives the process. */

import { closedFile, diskError } from './disk-error.ts';
import type { Disk, DiskFile, FileStat, OpenMode } from './disk.ts';
import { FileNode, MemoryTree } from './memory-tree.ts';

export interface MemoryDiskOptions {
  /** Bytes that its files may hold together; a write beyond throws `DISK_FULL`. Default 1 TiB. */
  readonly capacity_bytes?: number;
}

export const DEFAULT_CAPACITY_BYTES: number = 2 ** 40;

export class MemoryDisk implements Disk {
  readonly #tree: MemoryTree;

  constructor({ capacity_bytes = DEFAULT_CAPACITY_BYTES }: MemoryDiskOptions = {}) {
    this.#tree = new MemoryTree(capacity_bytes);
  }

  async open(path: string, mode: OpenMode): Promise<DiskFile> {
    return new MemoryFile(this.#tree, path, this.#tree.open(path, mode), mode);
  }

  async stat(path: string): Promise<FileStat | undefined> {
    const node = this.#tree.find(path);
    return node && { size_bytes: node instanceof FileNode ? node.bytes.size_bytes : 0 };
  }

  async list(directory: string): Promise<string[]> {
    return this.#tree.list(directory);
  }

  async makeDirectory(path: string): Promise<void> {
    this.#tree.makeDirectory(path);
  }

  async rename(from: string, to: string): Promise<void> {
    this.#tree.rename(from, to);
  }

  async remove(path: string): Promise<void> {
    this.#tree.remove(path);
  }

  async link(existing: string, path: string): Promise<void> {
    this.#tree.link(existing, path);
  }

  async syncDirectory(path: string): Promise<void> {
    this.#tree.directory('syncDirectory', path);
  }

  async free_bytes(): Promise<number> {
    return this.#tree.free_bytes;
  }
}

/** An open file of a {@link MemoryTree}. */
class MemoryFile implements DiskFile {
  readonly path: string;
  readonly #tree: MemoryTree;
  readonly #node: FileNode;
  readonly #mode: OpenMode;
  #isOpen = true;

  constructor(tree: MemoryTree, path: string, node: FileNode, mode: OpenMode) {
    this.#tree = tree;
    this.path = path;
    this.#node = node;
    this.#mode = mode;
  }

  async read(into: Uint8Array, offset: number): Promise<number> {
    return this.readSync(into, offset);
  }

  readSync(into: Uint8Array, offset: number): number {
    this.#mustBeOpen('read');
    return this.#node.bytes.read(into, offset);
  }

  async write(bytes: Uint8Array, offset: number): Promise<void> {
    this.writeSync(bytes, offset);
  }

  writeSync(bytes: Uint8Array, offset: number): void {
    this.#mustBeWritable('write', offset);
    this.#tree.write(this.path, this.#node, bytes, offset);
  }

  async writeDurably(bytes: Uint8Array, offset: number): Promise<void> {
    this.writeSync(bytes, offset);
  }

  writeDurablySync(bytes: Uint8Array, offset: number): void {
    this.writeSync(bytes, offset);
  }

  async sync(): Promise<void> {
    this.#mustBeOpen('sync');
  }

  async size(): Promise<number> {
    this.#mustBeOpen('size');
    return this.#node.bytes.size_bytes;
  }

  async allocate(size_bytes: number): Promise<void> {
    this.#mustBeWritable('allocate', size_bytes);
    if (size_bytes > this.#node.bytes.size_bytes) {
      this.#tree.resize('allocate', this.path, this.#node, size_bytes);
    }
  }

  async truncate(size_bytes: number): Promise<void> {
    this.#mustBeWritable('truncate', size_bytes);
    this.#tree.resize('truncate', this.path, this.#node, size_bytes);
  }

  async close(): Promise<void> {
    this.#isOpen = false;
  }

  #mustBeOpen(operation: string): void {
    if (!this.#isOpen) throw closedFile(operation, this.path);
  }

  #mustBeWritable(operation: string, offset: number): void {
    this.#mustBeOpen(operation);
    if (this.#mode === 'read') throw diskError('EBADF', operation, { file: this.path, offset });
  }
}
