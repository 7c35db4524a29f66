/** The shared records of all shards: read, watched, changed by compare-and-set. */

import type { ShardId } from '../base/index.ts';
import { decodeShardRecord, encodeShardRecord, shardKey, type ShardRecord } from './shard-record.ts';
import type { SharedRecords, Subscription } from './spine.ts';

/** Somebody else is always faster: something is wrong. */
const MAX_ATTEMPTS = 16;

export class ShardDirectory {
  readonly #records: SharedRecords;
  readonly #known = new Map<ShardId, { readonly record: ShardRecord; readonly revision: number }>();
  readonly #listeners = new Set<(record: ShardRecord) => void>();
  #watch: Subscription | undefined;

  constructor(records: SharedRecords) {
    this.#records = records;
  }

  /** Hears of every change from now on. */
  async open(): Promise<void> {
    this.#watch = await this.#records.watch(({ key, value, revision }) => {
      if (key.startsWith('shard.')) this.#learn(decodeShardRecord(value), revision);
    });
  }

  /** As last heard. */
  get(shard: ShardId): ShardRecord | undefined {
    return this.#known.get(shard)?.record;
  }

  all(): readonly ShardRecord[] {
    return [...this.#known.values()].map(({ record }) => record).sort((a, b) => a.shard - b.shard);
  }

  onChange(listener: (record: ShardRecord) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** As it is now. Undefined for a shard that nobody holds. */
  async read(shard: ShardId): Promise<ShardRecord | undefined> {
    const found = await this.#records.get(shardKey(shard));
    if (found === undefined) return undefined;
    const record = decodeShardRecord(found.value);
    this.#learn(record, found.revision);
    return record;
  }

  /** Makes the record of a shard that has none; false where somebody else did. */
  async create(record: ShardRecord): Promise<boolean> {
    const revision = await this.#records.put(shardKey(record.shard), encodeShardRecord(record), 0);
    if (revision === undefined) return false;
    this.#learn(record, revision);
    return true;
  }

  /**
   * Changes the record as it is at that moment, as often as somebody else is faster. Resolves with what it became,
   * undefined where `change` declined. A change to the same writes nothing.
   */
  async change(
    shard: ShardId,
    change: (record: ShardRecord) => ShardRecord | undefined,
  ): Promise<ShardRecord | undefined> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const found = await this.#records.get(shardKey(shard));
      if (found === undefined) return undefined;
      const before = decodeShardRecord(found.value);
      const after = change(before);
      if (after === undefined || after === before) return after;
      const revision = await this.#records.put(found.key, encodeShardRecord(after), found.revision);
      if (revision === undefined) continue;
      this.#learn(after, revision);
      return after;
    }
    return undefined;
  }

  async close(): Promise<void> {
    await this.#watch?.close();
    this.#listeners.clear();
  }

  #learn(record: ShardRecord, revision: number): void {
    const known = this.#known.get(record.shard);
    if (known !== undefined && known.revision >= revision) return;
    this.#known.set(record.shard, { record, revision });
    for (const listener of this.#listeners) listener(record);
  }
}
