/** The care for an index that is an array: always right, rebuilt at once. For tests of what stands upon engines. */

import { toShardId } from '../src/base/index.ts';
import type {
  CareProgress,
  FinishedIndexWork,
  IndexCare,
  IndexRebuild,
  IndexRepair,
  IndexVerification,
  ShardSegment,
} from '../src/collection/index.ts';

export class TinyIndexCare implements IndexCare {
  readonly #documents: (collection: string) => number;

  /** `documents`: how many a collection has; throws where there is none. */
  constructor(documents: (collection: string) => number) {
    this.#documents = documents;
  }

  async verify(collection: string): Promise<IndexVerification> {
    const documents = this.#documents(collection);
    const none = { missingCount: 0, missing: [], orphanCount: 0, orphans: [], segments: [], unreadable: [] };
    const titles = { titles: documents, titlesWithoutText: 0, unreadableTitles: 0 };
    return {
      collection,
      shards: [{ shard: toShardId(0), documents, ...titles, ...none }],
      isSound: true,
      sentence: `Index of ${collection}: 1 segment, ${documents} documents: all is well.`,
    };
  }

  async repair(collection: string): Promise<IndexRepair> {
    this.#documents(collection);
    const sentence = `Index of ${collection}: nothing to repair.`;
    return { collection, discarded: 0, reindexed: 0, removed: 0, unreadable: 0, sentence };
  }

  async rebuild(collection: string): Promise<IndexRebuild> {
    const reindexed = this.#documents(collection);
    const sentence = `Index of ${collection}: ${reindexed} documents indexed anew from what is stored.`;
    return { collection, discarded: 0, reindexed, removed: 0, unreadable: 0, wasResumed: false, sentence };
  }

  last(): readonly FinishedIndexWork[] {
    return [];
  }

  progress(): readonly CareProgress[] {
    return [];
  }

  stop(): boolean {
    return false;
  }

  async unfinished(): Promise<ReadonlySet<string>> {
    return new Set();
  }

  segments(collection: string): readonly ShardSegment[] {
    const documents = this.#documents(collection);
    const whole = { segment: 1, name: 'an array', isInMemory: true, documents, deleted: 0, size_bytes: 0 };
    return documents === 0 ? [] : [{ ...whole, shard: toShardId(0), state: 'sound' }];
  }
}
