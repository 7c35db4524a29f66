/**
 * A shard as any host's engine sees it: reads come from the mirror on this host, batches go through the shared log, by
 * way of the leader's host where that is another.
 */

import {
  type Clock,
  isPeregrineError,
  PeregrineError,
  type Seq,
  type ShardId,
  toSeq,
} from '../base/index.ts';
import {
  type Batch,
  BatchWriter,
  type BlocksResult,
  type DatabaseName,
  decodeBatch,
  encodeBatch,
  type HeldMoment,
  type MaintainedStore,
  type RangeRequest,
  type RangeResult,
  type RepairOptions,
  type RepairReport,
  type ScrubStatus,
  type SequencedReads,
  type StoredRecord,
  type StoreStatus,
  type StoreVerification,
  type VerifyOptions,
} from '../storage/index.ts';
import { type HostCalls, hashOfValue, type ReadCheck } from './host-calls.ts';
import type { ReplicatedStore } from './replicated-store.ts';
import type { ShardDirectory } from './shard-directory.ts';
import type { ShardReplica } from './shard-replica.ts';

/** A leader may fall and another one be found meanwhile. */
const PATIENCE_MS = 12_000;
const RETRY_MS = 150;
/** How long a reader of his own writes waits for a mirror that is behind. */
const CATCH_UP_MS = 5_000;

export interface DoorParts {
  readonly local: MaintainedStore;
  readonly replica: ShardReplica;
  readonly replicated: ReplicatedStore;
  readonly calls: HostCalls;
  readonly directory: ShardDirectory;
  readonly clock: Clock;
}

export class ShardDoor implements MaintainedStore {
  readonly shard: ShardId;
  readonly #parts: DoorParts;
  #isClosed = false;

  constructor(parts: DoorParts) {
    this.#parts = parts;
    this.shard = parts.local.shard;
  }

  /** True while this host is where the shard's batches are put in order. */
  get isLed(): boolean {
    return this.#parts.replica.leadership !== undefined;
  }

  async append(batch: Batch | BatchWriter): Promise<Seq> {
    const whole = batch instanceof BatchWriter ? decodeBatch(batch.finish()) : batch;
    return (await this.sequence(async () => whole)) ?? toSeq(0);
  }

  /**
   * Goes to whoever leads, and again where the leader changed. A batch may then stand twice in the log where a reply was
   * lost; batches hold results, so that the second changes nothing.
   */
  async sequence(build: (reads: SequencedReads) => Promise<Batch | null>): Promise<Seq | null> {
    const { clock, replicated } = this.#parts;
    const began_ms = clock.monotonic();
    for (;;) {
      if (this.#isClosed) throw new PeregrineError('CLOSED', 'The shard is closed.');
      try {
        return this.isLed ? await replicated.sequence(build) : await this.#sequenceElsewhere(build);
      } catch (error) {
        const isOver = clock.monotonic() - began_ms > PATIENCE_MS;
        if (isOver || !(isPeregrineError(error, 'UNAVAILABLE') || isPeregrineError(error, 'DEADLINE')))
          throw error;
      }
      await clock.sleep(RETRY_MS);
    }
  }

  get(database: DatabaseName, key: Uint8Array): Promise<Uint8Array | undefined> {
    return this.#parts.local.get(database, key);
  }

  getNow(database: DatabaseName, key: Uint8Array): Uint8Array | undefined | 'unknown' {
    return this.#parts.local.getNow(database, key);
  }

  async range(request: RangeRequest): Promise<RangeResult> {
    // Its leader's host delivers what waits there.
    if (request.database === 'outbox' && !this.isLed) return { records: [], resume: undefined };
    return this.#parts.local.range(request);
  }

  blocks(request: RangeRequest): Promise<BlocksResult> {
    return this.#parts.local.blocks(request);
  }

  scan(request: RangeRequest): AsyncIterable<StoredRecord> {
    return this.#parts.local.scan(request);
  }

  flush(): Promise<void> {
    return this.#parts.local.flush();
  }

  merge(options?: { force?: boolean }): Promise<number> {
    return this.#parts.local.merge(options);
  }

  status(): StoreStatus {
    return this.#parts.local.status();
  }

  suspendMerges(): void {
    this.#parts.local.suspendMerges();
  }

  resumeMerges(): void {
    this.#parts.local.resumeMerges();
  }

  verify(options?: VerifyOptions): Promise<StoreVerification> {
    return this.#parts.local.verify(options);
  }

  repair(options?: RepairOptions & Pick<VerifyOptions, 'onProgress' | 'signal'>): Promise<RepairReport> {
    return this.#parts.local.repair(options);
  }

  paused<T>(work: () => Promise<T>): Promise<T> {
    return this.#parts.local.paused(work);
  }

  holdMoment(): Promise<HeldMoment> {
    return this.#parts.local.holdMoment();
  }

  get scrub(): ScrubStatus {
    return this.#parts.local.scrub;
  }

  erase(): Promise<void> {
    return this.#parts.local.erase();
  }

  /** The local store is closed by who opened it. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#parts.replicated.close();
  }

  /** Builds on what this mirror has, and has the leader look that it still holds. */
  async #sequenceElsewhere(build: (reads: SequencedReads) => Promise<Batch | null>): Promise<Seq | null> {
    const { calls, directory, local } = this.#parts;
    const { leader } = directory.get(this.shard) ?? {};
    if (leader === undefined)
      throw new PeregrineError('UNAVAILABLE', `Nobody leads shard ${this.shard} yet.`);
    const seq = toSeq(await calls.next(leader, this.shard));
    const checks: ReadCheck[] = [];
    const batch = await build({
      seq,
      get: async (database, key) => {
        const value = await local.get(database, key);
        checks.push({ database, key: key.slice(), hash: hashOfValue(value) });
        return value;
      },
    });
    if (batch === null) return null;
    const entry = await calls.commit(leader, { shard: this.shard, checks, payload: encodeBatch(batch) });
    if (entry === undefined)
      throw new PeregrineError('UNAVAILABLE', 'Somebody changed what this was built on.');
    await this.#caughtUp(entry);
    return toSeq(entry);
  }

  /** So that who wrote reads it: here too, where this mirror is in step. */
  async #caughtUp(entry: number): Promise<void> {
    const { clock, replica } = this.#parts;
    const began_ms = clock.monotonic();
    while ((replica.position?.entry ?? 0) < entry && clock.monotonic() - began_ms < CATCH_UP_MS) {
      await clock.sleep(2);
    }
  }
}
