/** An open file of a faulty disk. */

import type { Random } from '../base/index.ts';
import { closedFile, diskError } from './disk-error.ts';
import type { DiskFile, OpenMode } from './disk.ts';
import type { DiskOperation, FaultEffect } from './fault-plan.ts';
import type { FileNode, MemoryTree } from './memory-tree.ts';

/** What a call does, given the effects that strike it. */
export type Run<T> = (effects: ReadonlySet<FaultEffect>, random: Random) => T;

/** What an open file asks of its disk. */
export interface FaultyFileHost {
  readonly tree: MemoryTree;
  call<T>(operation: DiskOperation, run: Run<T>, offset?: number, length?: number): Promise<T>;
  callSync<T>(operation: DiskOperation, run: Run<T>, offset?: number, length?: number): T;
  sync(): Promise<void>;
  syncNow(): void;
}

export class FaultyFile implements DiskFile {
  readonly path: string;
  readonly #node: FileNode;
  readonly #mode: OpenMode;
  readonly #host: FaultyFileHost;
  #isOpen = true;

  constructor(path: string, node: FileNode, mode: OpenMode, host: FaultyFileHost) {
    this.path = path;
    this.#node = node;
    this.#mode = mode;
    this.#host = host;
  }

  async read(into: Uint8Array, offset: number): Promise<number> {
    this.#mustBeOpen('read');
    return this.#host.call('read', this.#reader(into, offset), offset, into.length);
  }

  readSync(into: Uint8Array, offset: number): number {
    this.#mustBeOpen('read');
    return this.#host.callSync('read', this.#reader(into, offset), offset, into.length);
  }

  async write(bytes: Uint8Array, offset: number): Promise<void> {
    this.#mustBeWritable('write', offset);
    await this.#host.call('write', this.#writer(bytes, offset), offset, bytes.length);
  }

  writeSync(bytes: Uint8Array, offset: number): void {
    this.#mustBeWritable('write', offset);
    this.#host.callSync('write', this.#writer(bytes, offset), offset, bytes.length);
  }

  async writeDurably(bytes: Uint8Array, offset: number): Promise<void> {
    await this.write(bytes, offset);
    await this.sync();
  }

  writeDurablySync(bytes: Uint8Array, offset: number): void {
    this.writeSync(bytes, offset);
    this.#host.syncNow();
  }

  async sync(): Promise<void> {
    this.#mustBeOpen('sync');
    await this.#host.sync();
  }

  async size(): Promise<number> {
    this.#mustBeOpen('size');
    return this.#host.call('size', () => this.#node.bytes.size_bytes);
  }

  async allocate(size_bytes: number): Promise<void> {
    this.#mustBeWritable('allocate', size_bytes);
    await this.#host.call('allocate', () => {
      if (size_bytes > this.#node.bytes.size_bytes) {
        this.#host.tree.resize('allocate', this.path, this.#node, size_bytes);
      }
    });
  }

  async truncate(size_bytes: number): Promise<void> {
    this.#mustBeWritable('truncate', size_bytes);
    await this.#host.call('truncate', () =>
      this.#host.tree.resize('truncate', this.path, this.#node, size_bytes),
    );
  }

  async close(): Promise<void> {
    this.#isOpen = false;
  }

  #reader(into: Uint8Array, offset: number): Run<number> {
    return (effects, random) => {
      let count = this.#node.bytes.read(into, offset);
      if (count > 0 && effects.has('bit-flip')) {
        const at = random.below(count);
        into[at] = (into[at] ?? 0) ^ (1 << random.below(8));
      }
      if (effects.has('short-read')) count = random.below(count);
      return count;
    };
  }

  #writer(bytes: Uint8Array, offset: number): Run<void> {
    const { tree } = this.#host;
    return (effects, random) => {
      if (effects.has('disk-full')) {
        tree.write(this.path, this.#node, bytes.subarray(0, random.below(bytes.length + 1)), offset);
        throw diskError('ENOSPC', 'write', { file: this.path, offset });
      }
      tree.write(this.path, this.#node, bytes, offset);
    };
  }

  #mustBeOpen(operation: DiskOperation): void {
    if (!this.#isOpen) throw closedFile(operation, this.path);
  }

  #mustBeWritable(operation: DiskOperation, offset: number): void {
    this.#mustBeOpen(operation);
    if (this.#mode === 'read') throw diskError('EBADF', operation, { file: this.path, offset });
  }
}
