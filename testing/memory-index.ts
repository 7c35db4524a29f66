/** A shard's real index on a disk in memory, without the store and log that it stands on in service. */

import { type CollectionId, type DocId, toSeq } from '../src/base/index.ts';
import { MemoryDisk } from '../src/disk/index.ts';
import {
  createShardIndex,
  encodeIndexOperation,
  type IndexView,
  type ShardIndex,
} from '../src/index/index.ts';

export class MemoryIndex {
  readonly #index: ShardIndex;
  #seq = 0;

  private constructor(index: ShardIndex) {
    this.#index = index;
  }

  static async open(): Promise<MemoryIndex> {
    const disk = new MemoryDisk();
    await disk.makeDirectory('index');
    const index = createShardIndex({ disk });
    await index.open([], { directory: 'index', pathPrefix: 'index/', adopt: () => Promise.resolve() });
    return new MemoryIndex(index);
  }

  /** Adds an analysed document in its encoded form, in place of what had this id. */
  put(collection: CollectionId, docId: DocId, document: Uint8Array): void {
    this.#seq += 1;
    this.#index.apply(toSeq(this.#seq), encodeIndexOperation({ kind: 'put', collection, docId, document }));
  }

  /** Writes what was put as one segment file. */
  async flush(): Promise<void> {
    await this.#index.flush(toSeq(this.#seq));
    this.#index.flushed();
  }

  view(collection: CollectionId): IndexView {
    return this.#index.view(collection);
  }

  close(): Promise<void> {
    return this.#index.close();
  }
}
