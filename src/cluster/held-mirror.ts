/** A shard that this host holds: its store and index, the part that the host has in it, and the copy that may replace both. */

import { PeregrineError, type ShardId } from '../base/index.ts';
import type { HeldShard as OpenedShard, LayerPlace } from '../collection/index.ts';
import { type Disk, removeTree } from '../disk/index.ts';
import { type MaintainedStore, shardDirectory } from '../storage/index.ts';
import { adoptCopy, fetchCopy } from './copy-client.ts';
import { ReplicatedStore } from './replicated-store.ts';
import type { HostId } from './shard-record.ts';
import { type HeldShard, type ReplicaParts, ShardReplica } from './shard-replica.ts';

export interface HeldMirrorParts {
  readonly shard: ShardId;
  readonly place: LayerPlace;
  readonly replica: Omit<ReplicaParts, 'held'>;
  /** Where another host serves its copies; undefined where that is not known. */
  readonly addressOf: (host: HostId) => string | undefined;
  /** What hosts of the cluster show each other. */
  readonly secret: string;
}

export class HeldMirror implements HeldShard {
  readonly shard: ShardId;
  readonly replica: ShardReplica;
  /** What batches go through while this host leads the shard. */
  readonly replicated: ReplicatedStore;
  readonly #parts: HeldMirrorParts;
  #opened: OpenedShard | undefined;

  private constructor(parts: HeldMirrorParts, opened: OpenedShard) {
    this.#parts = parts;
    this.#opened = opened;
    this.shard = parts.shard;
    this.replica = new ShardReplica({ ...parts.replica, held: this });
    this.replicated = new ReplicatedStore({
      shard: parts.shard,
      local: () => this.store,
      leadership: () => this.replica.leadership,
    });
  }

  /** Opens what is on the disk. Its part in the shard begins with `replica.start()`. */
  static async open(parts: HeldMirrorParts): Promise<HeldMirror> {
    const mirror = new HeldMirror(parts, await parts.place.open(parts.shard));
    mirror.lookForDamage();
    return mirror;
  }

  /** What the store knows of its own damage: batches and keys that were lost, and what scrubbing found. */
  lookForDamage(): void {
    if (this.#opened === undefined) return;
    const { recovery, lost = [] } = this.#opened.store.status();
    const { damagedParts, lastSentence } = this.#opened.store.scrub;
    const [hole] = recovery.damage;
    if (hole !== undefined) this.replica.doubt(`Its log was damaged: ${hole.reason}`);
    else if (lost.length > 0)
      this.replica.doubt(`Keys of ${lost[0]?.database} were lost with a damaged part.`);
    else if (damagedParts > 0) this.replica.doubt(lastSentence ?? 'Scrubbing found damage.');
  }

  /** Undefined while a copy takes its place. */
  get opened(): OpenedShard | undefined {
    return this.#opened;
  }

  /** What can answer for the shard: has everything that was acknowledged. */
  get readable(): OpenedShard | undefined {
    return this.replica.isInSync || this.replica.leadership !== undefined ? this.#opened : undefined;
  }

  get store(): MaintainedStore {
    if (this.#opened !== undefined) return this.#opened.store;
    throw new PeregrineError('UNAVAILABLE', `Shard ${this.shard} is being copied to this host.`);
  }

  async copyFrom(from: HostId, signal: AbortSignal): Promise<void> {
    const { addressOf, place, secret, shard } = this.#parts;
    const address = addressOf(from);
    if (address === undefined || address === '')
      throw new PeregrineError('UNAVAILABLE', `${from} serves no copies.`);
    await fetchCopy(place.disk, { address, secret, shard }, signal);
    const before = this.#opened;
    this.#opened = undefined;
    await before?.store.close().catch(() => undefined);
    await adoptCopy(place.disk, shardDirectory(shard));
    this.#opened = await place.open(shard);
  }

  async close(): Promise<void> {
    await this.replica.stop();
    await this.#opened?.store.close();
  }

  /** Closes, and lets the files go: the shard is elsewhere. */
  async remove(): Promise<void> {
    await this.close().catch(() => undefined);
    this.#opened = undefined;
    await removeTree(this.#parts.place.disk, shardDirectory(this.shard));
  }
}

/** Renames a shard's directory to `….damaged`, in the place of an earlier one: for people to look at, and to remove. */
export async function setAside(disk: Disk, shard: ShardId): Promise<void> {
  const aside = `${shardDirectory(shard)}.damaged`;
  await removeTree(disk, aside);
  await disk.rename(shardDirectory(shard), aside);
  await disk.syncDirectory('');
}
