/**
 * A shard as any host's engine sees it: reads come from the mirror on this host where that is whole, else from another's;
 * batches go through the shared log, by way of the leader's host where that is another.
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
  type BatchBuild,
  type BatchWriter,
  type BlocksResult,
  type DatabaseName,
  type HeldMoment,
  type MaintainedStore,
  type MergeOptions,
  payloadOf,
  type RangeRequest,
  type RangeResult,
  type RepairOptions,
  type RepairReport,
  scanRange,
  type ScrubStatus,
  type StoredRecord,
  type StoreStatus,
  type StoreVerification,
  type VerifyOptions,
} from '../storage/index.ts';
import { askCommit, askNext, hashOfValue, type ReadCheck } from './host-calls.ts';
import type { HeldMirror } from './held-mirror.ts';
import type { HostLink } from './host-link.ts';
import type { RemoteReads } from './remote-reads.ts';
import type { ShardDirectory } from './shard-directory.ts';
import { isHostFailure } from './shard-router.ts';

/** A leader may fall and another one be found meanwhile. */
const PATIENCE_MS = 12_000;
const RETRY_MS = 150;
/** How long a reader of his own writes waits for a mirror that is behind. */
const CATCH_UP_MS = 5_000;

export interface DoorParts {
  readonly shard: ShardId;
  /** This host's mirror, where it holds one. */
  readonly mirror: () => HeldMirror | undefined;
  readonly remote: RemoteReads;
  readonly link: HostLink;
  readonly directory: ShardDirectory;
  readonly clock: Clock;
}

/** What a shard is read by, here or elsewhere. */
type Reads = Pick<MaintainedStore, 'get' | 'range' | 'blocks'>;

export class ShardDoor implements MaintainedStore {
  readonly shard: ShardId;
  readonly #parts: DoorParts;
  #isClosed = false;

  constructor(parts: DoorParts) {
    this.#parts = parts;
    this.shard = parts.shard;
  }

  /** True while this host is where the shard's batches are put in order. */
  get isLed(): boolean {
    return this.#parts.mirror()?.replica.leadership !== undefined;
  }

  async append(batch: Batch | BatchWriter): Promise<Seq> {
    return (await this.sequence(async () => batch)) ?? toSeq(0);
  }

  /**
   * Goes to whoever leads, and again where the leader changed. A batch may then stand twice in the log where a reply was
   * lost; batches hold results, so that the second changes nothing.
   */
  async sequence(build: BatchBuild): Promise<Seq | null> {
    const { clock, mirror } = this.#parts;
    const began_ms = clock.monotonic();
    for (;;) {
      if (this.#isClosed) throw new PeregrineError('CLOSED', 'The shard is closed.');
      try {
        const own = mirror();
        return own !== undefined && this.isLed
          ? await own.replicated.sequence(build)
          : await this.#sequenceElsewhere(build);
      } catch (error) {
        const isOver = clock.monotonic() - began_ms > PATIENCE_MS;
        if (isOver || !(isPeregrineError(error, 'UNAVAILABLE') || isPeregrineError(error, 'DEADLINE')))
          throw error;
      }
      await clock.sleep(RETRY_MS);
    }
  }

  get(database: DatabaseName, key: Uint8Array): Promise<Uint8Array | undefined> {
    return this.#read((reads) => reads.get(database, key));
  }

  getNow(database: DatabaseName, key: Uint8Array): Uint8Array | undefined | 'unknown' {
    return this.#parts.mirror()?.readable?.store.getNow(database, key) ?? 'unknown';
  }

  async range(request: RangeRequest): Promise<RangeResult> {
    // Its leader's host delivers what waits there.
    if (request.database === 'outbox' && !this.isLed) return { records: [], resume: undefined };
    return this.#read((reads) => reads.range(request));
  }

  blocks(request: RangeRequest): Promise<BlocksResult> {
    return this.#read((reads) => reads.blocks(request));
  }

  scan(request: RangeRequest): AsyncGenerator<StoredRecord> {
    return scanRange((limited) => this.range(limited), request);
  }

  flush(): Promise<void> {
    return this.#own.flush();
  }

  merge(options?: MergeOptions): Promise<number> {
    return this.#own.merge(options);
  }

  status(): StoreStatus {
    return this.#own.status();
  }

  suspendMerges(): void {
    this.#own.suspendMerges();
  }

  resumeMerges(): void {
    this.#own.resumeMerges();
  }

  verify(options?: VerifyOptions): Promise<StoreVerification> {
    return this.#own.verify(options);
  }

  repair(options?: RepairOptions & Pick<VerifyOptions, 'onProgress' | 'signal'>): Promise<RepairReport> {
    return this.#own.repair(options);
  }

  paused<T>(work: () => Promise<T>): Promise<T> {
    return this.#own.paused(work);
  }

  holdMoment(): Promise<HeldMoment> {
    return this.#own.holdMoment();
  }

  get scrub(): ScrubStatus {
    return this.#own.scrub;
  }

  erase(): Promise<void> {
    return this.#own.erase();
  }

  /** The mirror is closed by who holds it. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#parts.mirror()?.replicated.close();
  }

  /** This host's store, for what is done to files. */
  get #own(): MaintainedStore {
    const opened = this.#parts.mirror()?.opened;
    if (opened !== undefined) return opened.store;
    throw new PeregrineError('UNAVAILABLE', `This host does not hold shard ${this.shard}.`, {
      shard: this.shard,
    });
  }

  /** From the mirror here where it is whole, else from another's; where nobody answers, from what is here nevertheless. */
  async #read<T>(read: (reads: Reads) => Promise<T>): Promise<T> {
    const { mirror, remote } = this.#parts;
    const whole = mirror()?.readable;
    if (whole !== undefined) {
      try {
        return await read(whole.store);
      } catch (error) {
        // Damage here is no damage elsewhere; closed: a copy has taken its place meanwhile.
        if (isPeregrineError(error, 'CORRUPT')) mirror()?.replica.doubt(error.message);
        else if (this.#isClosed || !isPeregrineError(error, 'CLOSED')) throw error;
      }
    }
    try {
      return await read(remote);
    } catch (error) {
      const stale = mirror()?.opened;
      if (stale === undefined || !isHostFailure(error)) throw error;
      return read(stale.store);
    }
  }

  /** Builds on what can be read, and has the leader look that it still holds. */
  async #sequenceElsewhere(build: BatchBuild): Promise<Seq | null> {
    const { directory, link } = this.#parts;
    const { leader } = directory.get(this.shard) ?? {};
    if (leader === undefined)
      throw new PeregrineError('UNAVAILABLE', `Nobody leads shard ${this.shard} yet.`);
    const seq = toSeq(await askNext(link, leader, this.shard));
    const checks: ReadCheck[] = [];
    const batch = await build({
      seq,
      get: async (database, key) => {
        const value = await this.get(database, key);
        checks.push({ database, key: key.slice(), hash: hashOfValue(value) });
        return value;
      },
    });
    if (batch === null) return null;
    const payload = payloadOf(batch);
    const entry = await askCommit(link, leader, { shard: this.shard, checks, payload });
    if (entry === undefined)
      throw new PeregrineError('UNAVAILABLE', 'Somebody changed what this was built on.');
    await this.#caughtUp(entry);
    return toSeq(entry);
  }

  /** So that who wrote reads it: here too, where this mirror is in step. */
  async #caughtUp(entry: number): Promise<void> {
    const { clock, mirror } = this.#parts;
    const began_ms = clock.monotonic();
    for (;;) {
      const own = mirror();
      if (own?.readable === undefined || (own.replica.position?.entry ?? 0) >= entry) return;
      if (clock.monotonic() - began_ms > CATCH_UP_MS) return;
      await clock.sleep(2);
    }
  }
}
