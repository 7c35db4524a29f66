/**
 * A directory tree in memory, with the names and nodes of a POSIX file system: a file lives while a name or an open
 * handle holds it. Whoever wants to know what would survive a crash observes its changes.
 */

import { diskError } from './disk-error.ts';
import { namesOfPath } from './disk-path.ts';
import type { OpenMode } from './disk.ts';
import { SparseBytes } from './sparse-bytes.ts';

export class FileNode {
  readonly bytes: SparseBytes;
  /** How many names it has. */
  names = 0;

  constructor(bytes: SparseBytes = new SparseBytes()) {
    this.bytes = bytes;
  }
}

export class DirectoryNode {
  readonly entries: Map<string, TreeNode> = new Map();
}

export type TreeNode = FileNode | DirectoryNode;

/** A change of a file: bytes put at an offset (growing it where they reach beyond the end), or a new size. */
export type FileChange =
  | { readonly kind: 'write'; readonly offset: number; readonly bytes: Uint8Array }
  | { readonly kind: 'resize'; readonly size_bytes: number };

/** A change of names. A rename has both halves, and they belong together. */
export interface NameChange {
  readonly put?: { readonly directory: DirectoryNode; readonly name: string; readonly node: TreeNode };
  readonly take?: { readonly directory: DirectoryNode; readonly name: string };
}

export interface TreeObserver {
  fileChanged(file: FileNode, change: FileChange): void;
  namesChanged(change: NameChange): void;
}

export class MemoryTree {
  readonly root: DirectoryNode;
  readonly #capacity_bytes: number;
  #used_bytes = 0;
  observer: TreeObserver | undefined;

  constructor(capacity_bytes: number, root: DirectoryNode = new DirectoryNode()) {
    this.#capacity_bytes = capacity_bytes;
    this.root = root;
    this.#countNames(root);
  }

  get free_bytes(): number {
    return Math.max(0, this.#capacity_bytes - this.#used_bytes);
  }

  get capacity_bytes(): number {
    return this.#capacity_bytes;
  }

  open(path: string, mode: OpenMode): FileNode {
    const { directory, name } = this.#place('open', path);
    const found = name === '' ? directory : directory.entries.get(name);
    if (mode === 'create') {
      if (found !== undefined) throw diskError('EEXIST', 'open', { file: path });
      const file = new FileNode();
      this.#change({ put: { directory, name, node: file } });
      return file;
    }
    if (found === undefined) throw diskError('ENOENT', 'open', { file: path });
    if (found instanceof DirectoryNode) throw diskError('EISDIR', 'open', { file: path });
    return found;
  }

  find(path: string): TreeNode | undefined {
    let node: TreeNode | undefined = this.root;
    for (const name of namesOfPath(path)) {
      node = node instanceof DirectoryNode ? node.entries.get(name) : undefined;
    }
    return node;
  }

  list(path: string): string[] {
    const node = this.find(path);
    if (node instanceof FileNode) throw diskError('ENOTDIR', 'list', { file: path });
    return [...(node?.entries.keys() ?? [])].sort();
  }

  makeDirectory(path: string): void {
    let directory = this.root;
    for (const name of namesOfPath(path)) {
      let next = directory.entries.get(name);
      if (next instanceof FileNode) throw diskError('EEXIST', 'makeDirectory', { file: path });
      if (next === undefined) {
        next = new DirectoryNode();
        this.#change({ put: { directory, name, node: next } });
      }
      directory = next;
    }
  }

  rename(from: string, to: string): void {
    const facts = { file: from, to };
    const source = this.#place('rename', from);
    const target = this.#place('rename', to);
    const node = source.directory.entries.get(source.name);
    const replaced = target.directory.entries.get(target.name);
    if (node === undefined) throw diskError('ENOENT', 'rename', facts);
    if (target.name === '' || `${to}/`.startsWith(`${from}/`)) {
      if (from === to) return;
      throw diskError('EINVAL', 'rename', facts);
    }
    if (node === replaced) return;
    if (replaced instanceof DirectoryNode) {
      if (node instanceof FileNode) throw diskError('EISDIR', 'rename', facts);
      if (replaced.entries.size > 0) throw diskError('ENOTEMPTY', 'rename', facts);
    } else if (replaced instanceof FileNode && node instanceof DirectoryNode) {
      throw diskError('ENOTDIR', 'rename', facts);
    }
    this.#change({ put: { ...target, node }, take: source });
  }

  remove(path: string): void {
    const names = namesOfPath(path);
    const parent = this.find(names.slice(0, -1).join('/'));
    const name = names.at(-1) ?? '';
    const node = parent instanceof DirectoryNode ? parent.entries.get(name) : undefined;
    if (names.length === 0) throw diskError('EBUSY', 'remove', { file: path });
    if (!(parent instanceof DirectoryNode) || node === undefined) return;
    if (node instanceof DirectoryNode && node.entries.size > 0) {
      throw diskError('ENOTEMPTY', 'remove', { file: path });
    }
    this.#change({ take: { directory: parent, name } });
  }

  link(existing: string, path: string): void {
    const facts = { file: path, existing };
    const node = this.find(existing);
    if (node === undefined) throw diskError('ENOENT', 'link', facts);
    if (node instanceof DirectoryNode) throw diskError('EPERM', 'link', facts);
    const { directory, name } = this.#place('link', path);
    if (name === '' || directory.entries.has(name)) throw diskError('EEXIST', 'link', facts);
    this.#change({ put: { directory, name, node } });
  }

  directory(operation: string, path: string): DirectoryNode {
    const node = this.find(path);
    if (node === undefined) throw diskError('ENOENT', operation, { file: path });
    if (node instanceof FileNode) throw diskError('ENOTDIR', operation, { file: path });
    return node;
  }

  write(path: string, file: FileNode, bytes: Uint8Array, offset: number): void {
    if (bytes.length === 0) return;
    this.#reserve('write', path, file, Math.max(file.bytes.size_bytes, offset + bytes.length));
    const change = { kind: 'write', offset, bytes: bytes.slice() } as const;
    file.bytes.write(change.bytes, offset);
    this.observer?.fileChanged(file, change);
  }

  resize(operation: string, path: string, file: FileNode, size_bytes: number): void {
    if (size_bytes === file.bytes.size_bytes) return;
    this.#reserve(operation, path, file, size_bytes);
    file.bytes.resize(size_bytes);
    this.observer?.fileChanged(file, { kind: 'resize', size_bytes });
  }

  #reserve(operation: string, path: string, file: FileNode, size_bytes: number): void {
    if (file.names === 0) return;
    const more_bytes = size_bytes - file.bytes.size_bytes;
    if (more_bytes > this.free_bytes) throw diskError('ENOSPC', operation, { file: path, size_bytes });
    this.#used_bytes += more_bytes;
  }

  /** The directory that holds (or would hold) the last name of a path; the name is `''` for the root itself. */
  #place(operation: string, path: string): { directory: DirectoryNode; name: string } {
    const names = namesOfPath(path);
    const directory = this.find(names.slice(0, -1).join('/'));
    if (directory === undefined) throw diskError('ENOENT', operation, { file: path });
    if (directory instanceof FileNode) throw diskError('ENOTDIR', operation, { file: path });
    return { directory, name: names.at(-1) ?? '' };
  }

  #change(change: NameChange): void {
    applyNameChange(
      change,
      (directory) => directory.entries,
      (node, by) => this.#count(node, by),
    );
    this.observer?.namesChanged(change);
  }

  #count(node: TreeNode, by: 1 | -1): void {
    if (node instanceof DirectoryNode) return;
    if (by === 1 && node.names === 0) this.#used_bytes += node.bytes.size_bytes;
    node.names += by;
    if (node.names === 0) this.#used_bytes -= node.bytes.size_bytes;
  }

  #countNames(directory: DirectoryNode): void {
    for (const node of directory.entries.values()) {
      this.#count(node, 1);
      if (node instanceof DirectoryNode) this.#countNames(node);
    }
  }
}

/** Carries out a change of names on the entries that `entriesOf` gives; `count` hears of names won and lost. */
export function applyNameChange(
  { put, take }: NameChange,
  entriesOf: (directory: DirectoryNode) => Map<string, TreeNode>,
  count: (node: TreeNode, by: 1 | -1) => void = () => undefined,
): void {
  if (put !== undefined) {
    const entries = entriesOf(put.directory);
    const replaced = entries.get(put.name);
    count(put.node, 1);
    entries.set(put.name, put.node);
    if (replaced !== undefined) count(replaced, -1);
  }
  if (take !== undefined) {
    const entries = entriesOf(take.directory);
    const taken = entries.get(take.name);
    entries.delete(take.name);
    if (taken !== undefined) count(taken, -1);
  }
}
