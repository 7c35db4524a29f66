/**
 * What survives a crash. Beside a {@link MemoryTree} it keeps the durable state of every file and directory and the
 * changes since, and draws from them one of the states that a machine could come back with:
 *
 * - of a file's unsynced writes each is kept, lost or torn at sectors, whatever their order was;
 * - of the unsynced changes of names each is kept or lost, except that what builds on a lost name is lost with it;
 * - a rename is never seen half done, only not yet or done, as journals of file systems see to it.
 */

import type { Random } from '../base/index.ts';
import { applyNameChange, DirectoryNode, FileNode, MemoryTree } from './memory-tree.ts';
import type { FileChange, NameChange, TreeNode, TreeObserver } from './memory-tree.ts';
import { SparseBytes } from './sparse-bytes.ts';

/** A disk writes this many bytes whole or not at all. */
const SECTOR_BYTES = 512;

export class CrashModel implements TreeObserver {
  readonly #root: DirectoryNode;
  readonly #capacity_bytes: number;
  readonly #durableBytes = new Map<FileNode, SparseBytes>();
  readonly #durableEntries = new Map<DirectoryNode, Map<string, TreeNode>>();
  readonly #fileChanges = new Map<FileNode, FileChange[]>();
  #nameChanges: NameChange[] = [];

  /** Takes all that `tree` holds now as durable, and observes it from here on. */
  constructor(tree: MemoryTree) {
    this.#root = tree.root;
    this.#capacity_bytes = tree.capacity_bytes;
    this.#adopt(tree.root);
    tree.observer = this;
  }

  fileChanged(file: FileNode, change: FileChange): void {
    const changes = this.#fileChanges.get(file);
    if (changes === undefined) this.#fileChanges.set(file, [change]);
    else changes.push(change);
  }

  namesChanged(change: NameChange): void {
    this.#nameChanges.push(change);
  }

  syncFile(file: FileNode): void {
    const durable = this.#durableBytesOf(file);
    for (const change of this.#fileChanges.get(file) ?? []) apply(durable, change);
    this.#fileChanges.delete(file);
  }

  /** A failed sync as Linux knows it: the dirty pages are marked clean, so that no later sync writes them. */
  forgetFile(file: FileNode): void {
    this.#fileChanges.delete(file);
  }

  syncDirectory(directory: DirectoryNode): void {
    const synced = this.#syncedWith(directory);
    const waiting: NameChange[] = [];
    for (const change of this.#nameChanges) {
      const { put, take } = change;
      const putIsSynced = put !== undefined && synced.has(put.directory);
      if (take === undefined ? putIsSynced : synced.has(take.directory)) {
        this.#applyDurably(change);
      } else if (putIsSynced) {
        // The new name is durable; the old one, in another directory, may still come back.
        this.#applyDurably({ put });
        waiting.push(take === undefined ? {} : { take });
      } else {
        waiting.push(change);
      }
    }
    this.#nameChanges = waiting;
  }

  forgetDirectory(directory: DirectoryNode): void {
    this.#nameChanges = this.#nameChanges.filter(
      ({ put, take }) => put?.directory !== directory && take?.directory !== directory,
    );
  }

  /** Damage at rest: the durable bytes change with the ones in use, whatever was synced. */
  damage(file: FileNode, offset: number, bytes: Uint8Array): void {
    file.bytes.write(bytes, offset);
    const durable = this.#durableBytesOf(file);
    if (offset + bytes.length <= durable.size_bytes) durable.write(bytes, offset);
  }

  /** One of the trees that a crash now could leave. */
  drawSurvivor(random: Random): MemoryTree {
    const entries = new Map<DirectoryNode, Map<string, TreeNode>>();
    const entriesOf = (directory: DirectoryNode): Map<string, TreeNode> => {
      let copy = entries.get(directory);
      if (copy === undefined) entries.set(directory, (copy = new Map(this.#durableEntries.get(directory))));
      return copy;
    };
    for (const change of survivingNames(this.#nameChanges, random)) applyNameChange(change, entriesOf);

    const files = new Map<FileNode, FileNode>();
    const build = (directory: DirectoryNode): DirectoryNode => {
      const built = new DirectoryNode();
      for (const [name, node] of entriesOf(directory)) {
        if (node instanceof DirectoryNode) {
          built.entries.set(name, build(node));
          continue;
        }
        let file = files.get(node);
        if (file === undefined) {
          const changes = this.#fileChanges.get(node) ?? [];
          file = new FileNode(survivingBytes(this.#durableBytesOf(node), changes, random));
          files.set(node, file);
        }
        built.entries.set(name, file);
      }
      return built;
    };
    return new MemoryTree(this.#capacity_bytes, build(this.#root));
  }

  /**
   * The directories that become durable with `directory`: those to which a name moved out of it went, for a file
   * system that forgets the old name for good has the new one.
   */
  #syncedWith(directory: DirectoryNode): Set<DirectoryNode> {
    const synced = new Set([directory]);
    // A set walked while it grows visits what is added.
    for (const source of synced) {
      for (const { put, take } of this.#nameChanges) {
        if (take?.directory === source && put !== undefined) synced.add(put.directory);
      }
    }
    return synced;
  }

  #adopt(directory: DirectoryNode): void {
    this.#durableEntries.set(directory, new Map(directory.entries));
    for (const node of directory.entries.values()) {
      if (node instanceof DirectoryNode) this.#adopt(node);
      else this.#durableBytes.set(node, node.bytes.clone());
    }
  }

  #durableBytesOf(file: FileNode): SparseBytes {
    let bytes = this.#durableBytes.get(file);
    if (bytes === undefined) this.#durableBytes.set(file, (bytes = new SparseBytes()));
    return bytes;
  }

  #applyDurably(change: NameChange): void {
    applyNameChange(change, (directory) => {
      let entries = this.#durableEntries.get(directory);
      if (entries === undefined) this.#durableEntries.set(directory, (entries = new Map()));
      return entries;
    });
  }
}

function apply(bytes: SparseBytes, change: FileChange): void {
  if (change.kind === 'write') bytes.write(change.bytes, change.offset);
  else bytes.resize(change.size_bytes);
}

/** Which changes of names survive, in order. One that touches a name whose earlier change was lost is lost too. */
function survivingNames(changes: readonly NameChange[], random: Random): NameChange[] {
  const lost = new Map<DirectoryNode, Set<string>>();
  return changes.filter(({ put, take }) => {
    const touched = [put, take].filter((half) => half !== undefined);
    const isLost =
      touched.some(({ directory, name }) => lost.get(directory)?.has(name)) || random.below(2) === 0;
    if (!isLost) return true;
    for (const { directory, name } of touched) {
      const names = lost.get(directory);
      if (names === undefined) lost.set(directory, new Set([name]));
      else names.add(name);
    }
    return false;
  });
}

/**
 * The bytes of a file after a crash. A sector that comes back holds what the file held at one moment after one of the
 * writes that touched it: sectors go to disk whole, but each at a time of its own.
 */
function survivingBytes(durable: SparseBytes, changes: readonly FileChange[], random: Random): SparseBytes {
  const survivor = durable.clone();
  if (changes.length === 0) return survivor;
  const running = durable.clone();
  let size_bytes = durable.size_bytes;
  for (const change of changes) {
    const before_bytes = running.size_bytes;
    apply(running, change);
    const fate = (['kept', 'lost', 'torn'] as const)[random.below(3)];
    if (fate === 'lost') continue;
    const [start, end] = touchedRange(change, before_bytes);
    const firstSector = Math.floor(start / SECTOR_BYTES);
    for (let sector = firstSector; sector * SECTOR_BYTES < end; sector++) {
      if (fate === 'torn' && random.below(2) === 0) continue;
      copySector(running, survivor, sector);
    }
    // The size is a fact of its own: a torn change may leave it without the bytes, or the bytes without it.
    if (fate === 'kept' || random.below(2) === 0) size_bytes = running.size_bytes;
  }
  survivor.resize(size_bytes);
  return survivor;
}

function touchedRange(change: FileChange, before_bytes: number): [start: number, end: number] {
  if (change.kind === 'write') return [change.offset, change.offset + change.bytes.length];
  // Growth by zeros changes no byte that was there; a cut turns those beyond it into zeros.
  return change.size_bytes >= before_bytes ? [0, 0] : [change.size_bytes, before_bytes];
}

function copySector(from: SparseBytes, to: SparseBytes, sector: number): void {
  const bytes = new Uint8Array(SECTOR_BYTES);
  from.read(bytes, sector * SECTOR_BYTES);
  to.write(bytes, sector * SECTOR_BYTES);
}
