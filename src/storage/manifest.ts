/**
 * The manifest: edits appended to one of two roots and synced are adopted. A root that has grown, failed or served an
 * earlier process is left, and the other one begun with a snapshot; until that is durable the first one holds.
 */

import { PeregrineError, type Random, Serial, type ShardId, systemRandom } from '../base/index.ts';
import type { Disk, DiskFile } from '../disk/index.ts';
import { encodeRecord } from './manifest-codec.ts';
import { MANIFEST_NAMES, type ManifestRoot, readManifest, refuseLostManifest } from './manifest-roots.ts';
import {
  applyEdits,
  editsOfState,
  emptyState,
  type ManifestEdit,
  type ManifestState,
} from './manifest-state.ts';

/** A root is begun anew when it is longer than this and than four times its snapshot. */
const MAX_ROOT_BYTES: number = 256 * 1024;

/** A root that is being written. */
interface OpenRoot {
  readonly file: DiskFile;
  readonly generation: number;
  offset: number;
  records: number;
  readonly snapshot_bytes: number;
}

export interface ManifestOptions {
  readonly disk: Disk;
  /** The shard's own directory; it exists. */
  readonly directory: string;
  readonly shard: ShardId;
  /** Draws the number of a new store. */
  readonly random?: Random;
}

export class Manifest {
  readonly #disk: Disk;
  readonly #directory: string;
  #state: ManifestState;
  #generation: number;
  /** Which of the names the next root gets. */
  #nextPath: string;
  /** Paths of roots whose names outlive a power cut. */
  readonly #durableNames: Set<string>;
  #root: OpenRoot | undefined;
  /** The root of an earlier process, until the first one of this has taken its place. */
  #found: ManifestRoot | undefined;
  #nextFile: number;
  #nextRun: number;
  readonly #queue = new Serial();

  private constructor(
    options: ManifestOptions,
    state: ManifestState,
    generation: number,
    nextPath: string,
    durableNames: readonly string[],
  ) {
    this.#disk = options.disk;
    this.#directory = options.directory;
    this.#state = state;
    this.#generation = generation;
    this.#nextPath = nextPath;
    this.#durableNames = new Set(durableNames);
    this.#nextFile = state.nextFile;
    this.#nextRun = state.nextRun;
  }

  /**
   * Reads the manifest, or makes the first one where the directory holds nothing yet. `CORRUPT` where neither root can
   * be trusted, or the shard is another one.
   */
  static async open(options: ManifestOptions): Promise<Manifest> {
    const { disk, directory, shard, random = systemRandom } = options;
    const found = await readManifest(disk, directory);
    if (found === undefined) {
      await refuseLostManifest(disk, directory);
      const storeId = (BigInt(random.below(2 ** 32)) << 32n) | BigInt(random.below(2 ** 32));
      const first = `${directory}/${MANIFEST_NAMES[0]}`;
      const manifest = new Manifest(options, emptyState(storeId, shard), 0, first, []);
      await manifest.adopt([]);
      return manifest;
    }
    const { root, otherPath } = found;
    if (root.state.shard !== shard) {
      throw new PeregrineError(
        'BAD_ARGUMENT',
        `${directory} holds shard ${root.state.shard}, not shard ${shard}: were directories renamed?`,
        { file: root.path },
      );
    }
    // Found here means durable, once the names are synced: a process before this one may have been killed at it.
    await disk.syncDirectory(directory);
    const names = await disk.list(directory);
    const paths = MANIFEST_NAMES.filter((name) => names.includes(name)).map((name) => `${directory}/${name}`);
    const manifest = new Manifest(options, root.state, root.generation, otherPath, paths);
    manifest.#found = root;
    return manifest;
  }

  /** What stands in the manifest, durably. */
  get state(): ManifestState {
    return this.#state;
  }

  /** A number for a new file; never given twice unless the process ends before anything with it is adopted. */
  takeFile(): number {
    return this.#nextFile++;
  }

  takeRun(): number {
    return this.#nextRun++;
  }

  /** File numbers up to `number` are taken by files that stand around. */
  skipFiles(number: number): void {
    this.#nextFile = Math.max(this.#nextFile, number + 1);
  }

  /**
   * Makes the edits durable, all or none, in order of the calls; `onAdopted` runs in the same turn in which
   * {@link state} changes. After a rejection it is unknown which of both the disk holds: files that the edits name
   * must stay until a later edit is adopted.
   */
  adopt(
    edits: readonly ManifestEdit[] | (() => readonly ManifestEdit[]),
    onAdopted?: () => void,
  ): Promise<void> {
    return this.#queue.run(async () => {
      await this.#adopt(typeof edits === 'function' ? edits() : edits);
      onAdopted?.();
    });
  }

  async close(): Promise<void> {
    await this.#queue.close();
    await this.#root?.file.close();
    this.#root = undefined;
  }

  async #adopt(edits: readonly ManifestEdit[]): Promise<void> {
    const numbers: ManifestEdit = { edit: 'numbers', nextFile: this.#nextFile, nextRun: this.#nextRun };
    const all = [...edits, numbers];
    const state = applyEdits(this.#state, all);
    const isGrown =
      this.#root !== undefined && this.#root.offset > Math.max(MAX_ROOT_BYTES, 4 * this.#root.snapshot_bytes);
    if (this.#root === undefined || isGrown || !(await this.#append(this.#root, all))) {
      await this.#beginRoot(state);
    }
    this.#state = state;
  }

  /** False when it failed: the root is left, since nobody knows what it holds now. */
  async #append(root: OpenRoot, edits: readonly ManifestEdit[]): Promise<boolean> {
    const { generation, records: number } = root;
    const bytes = encodeRecord({ kind: 'edits', generation, number, edits });
    try {
      await root.file.writeDurably(bytes, root.offset);
    } catch {
      // The reason comes up again if the other root can't be written either.
      this.#root = undefined;
      await root.file.close().catch(() => undefined);
      return false;
    }
    root.offset += bytes.length;
    root.records += 1;
    return true;
  }

  async #beginRoot(state: ManifestState): Promise<void> {
    // Counted on even when it fails: a half-written snapshot must never pass for a later one.
    this.#generation += 1;
    const generation = this.#generation;
    // From here on the old root takes no edits: should the new one stand, they would be lost behind it.
    const before = this.#root;
    this.#root = undefined;
    try {
      this.#root = await this.#writeSnapshot(generation, state);
    } catch (error) {
      await before?.file.close().catch(() => undefined);
      throw error;
    }
    const found = this.#found;
    this.#found = undefined;
    try {
      if (before !== undefined) await supersede(before, before.offset);
      else if (found !== undefined)
        await supersede({ ...found, file: await this.#disk.open(found.path, 'write') }, found.end);
    } catch {
      // Only a help: the new root holds without it.
    }
  }

  async #writeSnapshot(generation: number, state: ManifestState): Promise<OpenRoot> {
    const path = this.#nextPath;
    const bytes = encodeRecord({ kind: 'snapshot', generation, number: 0, edits: editsOfState(state) });
    const isNew = !this.#durableNames.has(path);
    // A name whose sync failed is not made durable by another sync: it is made anew.
    if (isNew) await this.#disk.remove(path);
    const file = await this.#disk.open(path, isNew ? 'create' : 'write');
    try {
      await file.truncate(0);
      await file.write(bytes, 0);
      await file.sync();
      if (isNew) await this.#disk.syncDirectory(this.#directory);
    } catch (error) {
      await file.close().catch(() => undefined);
      throw error;
    }
    this.#durableNames.add(path);
    const [nameA, nameB] = MANIFEST_NAMES;
    this.#nextPath = `${this.#directory}/${path.endsWith(nameA) ? nameB : nameA}`;
    return { file, generation, offset: bytes.length, records: 1, snapshot_bytes: bytes.length };
  }
}

/** Tells a reader of an old root that there is a newer one, should that ever be gone or not be readable. Closes its file. */
async function supersede(
  { file, generation, records }: Pick<OpenRoot, 'file' | 'generation' | 'records'>,
  end: number,
): Promise<void> {
  const bytes = encodeRecord({ kind: 'superseded', generation, number: records, edits: [] });
  try {
    await file.write(bytes, end);
    await file.sync();
  } finally {
    await file.close();
  }
}
