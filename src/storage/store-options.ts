/** What a store is opened with, and the measures that it takes where nothing is said. */

import {
  type Clock,
  type LogSink,
  type Random,
  type ShardId,
  silentLog,
  SLOT_COUNT,
  systemClock,
  systemRandom,
  toSlot,
} from '../base/index.ts';
import type { Disk } from '../disk/index.ts';
import type { BlockingBounds } from './blocking-writes.ts';
import type { DerivedState } from './derived-state.ts';
import { FileHandles } from './file-handles.ts';
import { DEFAULT_SEGMENT_BYTES, type Durability } from './file-log-options.ts';
import type { MergePolicyOptions } from './merge-policy.ts';
import { SievePageCache, type PageCache } from './page-cache.ts';
import type { SlotRange } from './part-check.ts';
import type { RepairSource } from './repair-source.ts';
import { DEFAULT_PART_BYTES } from './run-writer.ts';

const DEFAULT_MEMTABLE_BYTES: number = 64 * 1024 * 1024;
/**
 * Bytes of log between checkpoint and head: what an opening after a kill replays at most. As much as comes into memory in the
 * meantime, so that flushes begin by what memory holds: no less than this, and no more than the other, which is a second to replay.
 */
const LEAST_LOG_CAP_BYTES: number = 64 * 1024 * 1024;
const MOST_LOG_CAP_BYTES: number = 128 * 1024 * 1024;

/** Half of what a usual solid disk does, so that reads find it free. */
const DEFAULT_MERGE_RATE: number = 256 * 1024 * 1024;

/** Starting a thread costs a tenth of a second. */
const DEFAULT_MERGE_THREAD_BYTES: number = 32 * 1024 * 1024;

const DEFAULT_RESERVE_BYTES: number = 64 * 1024 * 1024;

export interface StoreOptions {
  readonly disk: Disk;
  /** The shard's own directory; made where it does not exist. */
  readonly directory: string;
  readonly shard: ShardId;
  /** What memtables may hold, and derived states once more; at half of it they are flushed. Default 64 MiB. */
  readonly memory_bytes?: number;
  /** Shared by the stores of a process. Default: one of 64 MiB for this store alone. */
  readonly pageCache?: PageCache;
  /** Open parts. Shared by the stores of a process. Default: 256 for this store alone. */
  readonly handles?: FileHandles;
  readonly derived?: readonly DerivedState[];
  readonly clock?: Clock;
  readonly log?: LogSink;
  readonly random?: Random;
  /**
   * What an acknowledged batch is safe from: `disk`, a power cut (default); `system`, the end of the process only, for
   * loads that can be begun anew.
   */
  readonly durability?: Durability;
  /** When the calling thread itself waits for the log: many small batches, on a disk that answers at once. */
  readonly blocking?: BlockingBounds;
  /**
   * Bytes of log behind the last flush; at half of it the next one begins. Default: as much as memtables and derived states
   * may hold, but 64 MiB at least and 128 at most.
   */
  readonly logCap_bytes?: number;
  /** Default 16 MiB. */
  readonly segment_bytes?: number;
  /** Size at which a part is finished and the next one begun. Default 64 MiB. */
  readonly part_bytes?: number;
  /** Merge after flushes where the policy says so. Default true. */
  readonly mergesItself?: boolean;
  readonly mergePolicy?: MergePolicyOptions;
  /** Bytes a second, read and written, of merges that nobody waits for. Default 256 MiB. */
  readonly mergeRate_bytes_per_s?: number;
  /** Merges of more bytes have a thread of their own, where the disk is the system's. Default 32 MiB. */
  readonly mergeThread_bytes?: number;
  /** Room that is always left on the disk beside what a flush needs; short of it writes are refused. Default 64 MiB. */
  readonly reserve_bytes?: number;
  /** Slots that the shard owns, for {@link MaintainedStore.verify}. Default: all. */
  readonly slots?: SlotRange;
  /** How fast a background scrub reads; 0, the default, for none. */
  readonly scrub_bytesPerSecond?: number;
  /** Where the scrub looks for whole copies of damaged parts. */
  readonly repairSources?: readonly RepairSource[];
  /** Changes are refused with `READ_ONLY`, and closing leaves in the log what stands there. For a disk that takes no writes. Default false. */
  readonly readsOnly?: boolean;
}

export type StoreSettings = Required<StoreOptions>;

export function settingsOf(options: StoreOptions): StoreSettings {
  return {
    memory_bytes: DEFAULT_MEMTABLE_BYTES,
    pageCache: options.pageCache ?? new SievePageCache(),
    handles: options.handles ?? new FileHandles(),
    derived: [],
    clock: systemClock,
    log: silentLog,
    random: systemRandom,
    durability: 'disk',
    blocking: {},
    logCap_bytes: defaultLogCap_bytes(options),
    segment_bytes: DEFAULT_SEGMENT_BYTES,
    part_bytes: DEFAULT_PART_BYTES,
    mergesItself: true,
    mergePolicy: {},
    mergeRate_bytes_per_s: DEFAULT_MERGE_RATE,
    mergeThread_bytes: DEFAULT_MERGE_THREAD_BYTES,
    reserve_bytes: DEFAULT_RESERVE_BYTES,
    slots: { first: toSlot(0), last: toSlot(SLOT_COUNT - 1) },
    scrub_bytesPerSecond: 0,
    repairSources: [],
    readsOnly: false,
    ...options,
  };
}

function defaultLogCap_bytes({ memory_bytes = DEFAULT_MEMTABLE_BYTES, derived = [] }: StoreOptions): number {
  const held_bytes = derived.length === 0 ? memory_bytes : 2 * memory_bytes;
  return Math.min(MOST_LOG_CAP_BYTES, Math.max(LEAST_LOG_CAP_BYTES, held_bytes));
}
