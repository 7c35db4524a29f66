/** What a store offers: one shard's record databases behind one log and one manifest. */

import type { Epoch, Seq, ShardId, Slot } from '../base/index.ts';
import type { Batch } from './batch.ts';
import type { BatchWriter } from './batch-writer.ts';
import type { DatabaseName } from './databases.ts';
import type { ReadPriority } from './retry-policy.ts';
import type { RecordBlock } from './record-block.ts';
import type { ScrubStatus } from './scrubber.ts';
import type { LogRecovery } from './shard-log.ts';
import type { HeldMoment } from './snapshot.ts';
import type { RepairOptions, RepairReport } from './store-repair.ts';
import type { VerifyOptions } from './store-verify.ts';
import type { LostRange, StoreVerification } from './verify-report.ts';

export interface StoredRecord {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

export interface BlocksResult extends Omit<RangeResult, 'records'> {
  /** In key order, newest version of each key, no tombstones. */
  readonly blocks: readonly RecordBlock[];
}

export interface RangeRequest {
  readonly database: DatabaseName;
  /** First key wanted, inclusive. */
  readonly start: Uint8Array;
  /** Last key wanted, inclusive. */
  readonly end: Uint8Array;
  /** Stop after the record with which keys and values reach this size; default 1 MiB. At least one record is returned. */
  readonly byteTarget?: number;
  /** Stop after this many records; default unlimited. */
  readonly limit?: number;
  readonly signal?: AbortSignal;
  /** Background reads have patience with a disk that fails; others hear of it at once. Default `interactive`. */
  readonly priority?: ReadPriority;
  /**
   * Go on behind keys that were lost with a damaged part, and say so in {@link RangeResult.lost}; of what was lost only
   * what was written anew since is given. Else a range that meets them is `CORRUPT`.
   */
  readonly skipLost?: boolean;
}

export interface RangeResult {
  /** In key order, newest version of each key, no tombstones. */
  readonly records: readonly StoredRecord[];
  /** Where to start next; undefined when the range is exhausted. */
  readonly resume: Uint8Array | undefined;
  /** Lost keys that this result passed over. */
  readonly lost?: readonly LostRange[];
}

export interface MergeProgress {
  readonly database: DatabaseName;
  /** Of the files that one merge joins: what was read of them for good. */
  readonly done_bytes: number;
  readonly total_bytes: number;
}

export interface MergeOptions {
  /** Each database down to one run. Default: where the policy says so. */
  readonly force?: boolean;
  readonly onProgress?: (progress: MergeProgress) => void;
  /** Ends it with `CANCELLED` behind the part under way; what was begun goes on another time. */
  readonly signal?: AbortSignal;
}

/** Point reads that see every batch sequenced before, durable or not. */
export interface SequencedReads {
  /** The sequence number that the batch being built will have. */
  readonly seq: Seq;
  get(database: DatabaseName, key: Uint8Array): Promise<Uint8Array | undefined>;
}

export interface StoreStatus {
  readonly epoch: Epoch;
  readonly lastSeq: Seq;
  readonly durableSeq: Seq;
  readonly checkpointSeq: Seq;
  readonly log_bytes: number;
  readonly memtable_bytes: number;
  readonly derived_bytes: number;
  readonly disk_bytes: number;
  /** Set once a log failure has made the store read-only, with the reason. */
  readonly readOnly: string | undefined;
  readonly recovery: LogRecovery;
  /** Keys that were lost with damaged parts; see `peregrine store repair`. */
  readonly lost?: readonly LostRange[];
  /** The reading back of every page in its time. */
  readonly scrub: ScrubStatus;
  readonly databases: Readonly<
    Record<
      DatabaseName,
      {
        readonly runs: number;
        /** Of each, in the order in which reads look at them: the newest first. */
        readonly runSizes_bytes: readonly number[];
        /** Under way, or to go on: places of its runs in `runSizes_bytes`. What it has read is gone from the sources. */
        readonly merge?: { readonly target: number; readonly sources: readonly number[] };
        readonly parts: number;
        readonly disk_bytes: number;
        readonly records: number;
      }
    >
  >;
  /** Counted work since opening: batches, flushes, merges, log syncs, pages read. */
  readonly counters: Readonly<Record<string, number>>;
}

/** Makes a batch of what it reads; `null`: none. May be called again where what it made could not be written. */
export type BatchBuild = (reads: SequencedReads) => Promise<Batch | BatchWriter | null>;

export interface Store {
  readonly shard: ShardId;
  /** Appends and applies; resolves when durable *and* readable. */
  append(batch: Batch | BatchWriter): Promise<Seq>;
  /**
   * Runs `build` after every batch sequenced before and before any sequenced later, so that what it reads is what its
   * batch meets. Does not wait for durability in between, so many share one sync. `null` appends nothing.
   */
  sequence(build: BatchBuild): Promise<Seq | null>;
  get(database: DatabaseName, key: Uint8Array): Promise<Uint8Array | undefined>;
  /**
   * The same at once where that needs nothing from the disk; `unknown` where it does. For who looks and goes on: the value
   * may be a view of a page in memory, not to be changed, and a page stays in memory for as long as a view of it is kept.
   */
  getNow(database: DatabaseName, key: Uint8Array): Uint8Array | undefined | 'unknown';
  range(request: RangeRequest): Promise<RangeResult>;
  /** As {@link range}, records side by side: many times faster. */
  blocks(request: RangeRequest): Promise<BlocksResult>;
  /** Every record of a range, page after page. */
  scan(request: RangeRequest): AsyncIterable<StoredRecord>;
  /** Writes memtables and derived state to immutable files and trims the log. */
  flush(): Promise<void>;
  /** Merges runs; returns the merges done. `DISK_FULL`, `CANCELLED`, `CORRUPT` with the file that can't be read. */
  merge(options?: MergeOptions): Promise<number>;
  status(): StoreStatus;
  /** Flushes and closes; a clean close makes the next opening read no log. On a full disk the log keeps what no flush can write. */
  close(): Promise<void>;
}

/** A store with what its operators need. All of it goes on beside reads and writes. */
export interface MaintainedStore extends Store {
  /** The merge under way stands still at its next step and none begins, until {@link resumeMerges}. */
  suspendMerges(): void;
  resumeMerges(): void;
  /** `CANCELLED`; damage is what it reports, never an error. */
  verify(options?: VerifyOptions): Promise<StoreVerification>;
  /** Verifies in depth and repairs what that finds: from a source, or by setting aside. `IO`, `DISK_FULL`. */
  repair(options?: RepairOptions & Pick<VerifyOptions, 'onProgress' | 'signal'>): Promise<RepairReport>;
  /** Runs `work` while nothing is being written and everything written is durable and applied. */
  paused<T>(work: () => Promise<T>): Promise<T>;
  /** Flushes, and holds the moment for a snapshot; to be called inside {@link paused}. */
  holdMoment(): Promise<HeldMoment>;
  readonly scrub: ScrubStatus;
  /**
   * Writes everything anew that holds deleted records, and lets the log go, so that no file of the store has a byte of
   * them left. Costs as much as writing the whole store. Derived state is rewritten by who owns it, before.
   */
  erase(): Promise<void>;
}

/** The shards of this process. */
export interface Shards {
  readonly count: number;
  /** The store that owns a slot. */
  of(slot: Slot): Store;
  readonly all: readonly Store[];
}
