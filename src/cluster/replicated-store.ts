/** A shard's store as its leader's host offers it: reads are local, batches go through the shared log. */

import { PeregrineError, type Seq, Serial, type ShardId, toSeq } from '../base/index.ts';
import {
  type Batch,
  type BatchBuild,
  type BatchWriter,
  type BlocksResult,
  type DatabaseName,
  type MergeOptions,
  payloadOf,
  PendingBatches,
  type RangeRequest,
  type RangeResult,
  type Store,
  type StoredRecord,
  type StoreStatus,
} from '../storage/index.ts';
import type { Leadership } from './leadership.ts';

export interface ReplicatedParts {
  readonly shard: ShardId;
  /** The copy on this host, which may be replaced by another. */
  readonly local: () => Store;
  /** Undefined while another host leads. */
  readonly leadership: () => Leadership | undefined;
}

interface Sequenced {
  readonly entry: number | null;
  readonly done: Promise<void>;
}

/** Batches are numbered by their entries in the shared log, the same on every mirror. */
export class ReplicatedStore implements Store {
  readonly shard: ShardId;
  readonly #parts: ReplicatedParts;
  readonly #builds = new Serial();
  /** Of one leadership: another one begins with what its mirror holds. */
  #pending = new PendingBatches();
  #owner: Leadership | undefined;
  #last: Promise<void> = Promise.resolve();

  constructor(parts: ReplicatedParts) {
    this.#parts = parts;
    this.shard = parts.shard;
  }

  async append(batch: Batch | BatchWriter): Promise<Seq> {
    const seq = await this.sequence(async () => batch);
    return seq ?? toSeq(0);
  }

  async sequence(build: BatchBuild): Promise<Seq | null> {
    const { entry, done } = await this.#builds.run(() => this.#sequence(build));
    await done;
    return entry === null ? null : toSeq(entry);
  }

  get(database: DatabaseName, key: Uint8Array): Promise<Uint8Array | undefined> {
    return this.#parts.local().get(database, key);
  }

  getNow(database: DatabaseName, key: Uint8Array): Uint8Array | undefined | 'unknown' {
    return this.#parts.local().getNow(database, key);
  }

  range(request: RangeRequest): Promise<RangeResult> {
    return this.#parts.local().range(request);
  }

  blocks(request: RangeRequest): Promise<BlocksResult> {
    return this.#parts.local().blocks(request);
  }

  scan(request: RangeRequest): AsyncIterable<StoredRecord> {
    return this.#parts.local().scan(request);
  }

  flush(): Promise<void> {
    return this.#parts.local().flush();
  }

  merge(options?: MergeOptions): Promise<number> {
    return this.#parts.local().merge(options);
  }

  status(): StoreStatus {
    return this.#parts.local().status();
  }

  /** Waits for what is being written; the local store is closed by who opened it. */
  async close(): Promise<void> {
    await this.#builds.close();
    await this.#last.catch(() => undefined);
  }

  async #sequence(build: BatchBuild): Promise<Sequenced> {
    const leadership = this.#leading();
    await leadership.room();
    const batch = await build({
      seq: toSeq(leadership.nextEntry),
      get: (database, key) => this.#read(database, key),
    });
    // What it has read may have been taken back meanwhile.
    if (this.#leading() !== leadership) throw between(this.shard);
    if (batch === null) return { entry: null, done: this.#last };
    const payload = payloadOf(batch);
    const { entry, done } = leadership.append(payload);
    const pending = this.#pending;
    pending.add({ seq: entry, payload, names: undefined });
    const settled = done.finally(() => pending.remove(entry));
    settled.catch(() => undefined);
    this.#last = settled;
    return { entry, done: settled };
  }

  #leading(): Leadership {
    const leadership = this.#parts.leadership();
    if (leadership === undefined) throw between(this.shard);
    if (leadership !== this.#owner) {
      this.#owner = leadership;
      this.#pending = new PendingBatches();
      this.#last = Promise.resolve();
    }
    return leadership;
  }

  async #read(database: DatabaseName, key: Uint8Array): Promise<Uint8Array | undefined> {
    const pending = this.#pending.get(database, key);
    if (pending === null) return undefined;
    return pending?.slice() ?? this.#parts.local().get(database, key);
  }
}

function between(shard: ShardId): PeregrineError {
  return new PeregrineError('UNAVAILABLE', `Another host leads shard ${shard}, or is about to.`, { shard });
}
