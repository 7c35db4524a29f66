/** The derived states of a store: opened with what the manifest names, applied to, flushed, and their files kept in order. */

import { assert, type Seq } from '../base/index.ts';
import type { Disk } from '../disk/index.ts';
import type { DerivedEdit, DerivedState } from './derived-state.ts';
import { makeDurableDirectory } from './durable-directory.ts';
import type { Manifest } from './manifest.ts';
import type { ManifestEdit } from './manifest-state.ts';
import { PayloadRun } from './payload-run.ts';
import type { StoreFiles } from './store-files.ts';
import { derivedDirectoryName } from './store-names.ts';

/** What a flush of all states asks of the manifest, and which files go once that is adopted. */
export interface DerivedFlush {
  readonly edits: readonly ManifestEdit[];
  readonly removed: readonly string[];
}

export class DerivedStates {
  readonly #states: readonly DerivedState[];
  readonly #disk: Disk;
  readonly #manifest: Manifest;
  readonly #files: StoreFiles;

  constructor(states: readonly DerivedState[], disk: Disk, manifest: Manifest, files: StoreFiles) {
    this.#states = states;
    this.#disk = disk;
    this.#manifest = manifest;
    this.#files = files;
  }

  get memory_bytes(): number {
    return this.#states.reduce((sum, state) => sum + state.memory_bytes, 0);
  }

  /** Bytes of the files that the manifest names. */
  get disk_bytes(): number {
    let sum = 0;
    for (const files of this.#manifest.state.derived.values()) {
      for (const { size_bytes } of files.values()) sum += size_bytes;
    }
    return sum;
  }

  async open(): Promise<void> {
    for (const state of this.#states) {
      const directory = `${this.#files.directory}/${derivedDirectoryName(state.number)}`;
      await makeDurableDirectory(this.#disk, directory);
      const files = [...(this.#manifest.state.derived.get(state.number)?.values() ?? [])];
      await state.open(files, {
        directory,
        pathPrefix: `${derivedDirectoryName(state.number)}/`,
        adopt: async (edit) => {
          const { edits, removed } = editsOf(state.number, edit);
          await this.#manifest.adopt(edits);
          await this.remove(removed);
        },
      });
    }
  }

  /** Applies the payloads that begin at `offset` of an encoded batch. `CORRUPT`. */
  apply(seq: Seq, batch: Uint8Array, offset: number): void {
    // Most batches have none.
    if (batch[offset] === 0 && offset === batch.length - 1) return;
    const run = new PayloadRun(batch, offset);
    while (run.left > 0) {
      const { left, state: number } = run;
      const state = this.#states.find((candidate) => candidate.number === number);
      assert(state !== undefined, `derived state ${number} is open`);
      state.applyMany?.(seq, run);
      if (run.left === left) state.apply(seq, run.take().payload);
    }
  }

  async flush(upTo: Seq): Promise<DerivedFlush> {
    const edits: ManifestEdit[] = [];
    const removed: string[] = [];
    for (const state of this.#states) {
      const change = editsOf(state.number, await state.flush(upTo));
      edits.push(...change.edits);
      removed.push(...change.removed);
    }
    return { edits, removed };
  }

  flushed(): void {
    for (const state of this.#states) state.flushed();
  }

  /** Takes away files that the manifest names no more. */
  async remove(paths: readonly string[]): Promise<void> {
    for (const path of paths) await this.#files.removeFile(`${this.#files.directory}/${path}`);
  }

  async close(): Promise<void> {
    for (const state of this.#states) await state.close();
  }
}

function editsOf(state: number, { add, remove }: DerivedEdit): DerivedFlush {
  const added = new Set(add.map(({ path }) => path));
  return {
    edits: [
      ...remove.map((path): ManifestEdit => ({ edit: 'removeDerived', state, path })),
      ...add.map((file): ManifestEdit => ({ edit: 'addDerived', state, file })),
    ],
    removed: remove.filter((path) => !added.has(path)),
  };
}
