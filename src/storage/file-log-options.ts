/** What a log of files is opened with. */

import type { Clock, Epoch, Seq } from '../base/index.ts';
import type { Disk } from '../disk/index.ts';
import type { BlockingBounds } from './blocking-writes.ts';
import type { RetryingReads } from './retrying-reads.ts';

export const DEFAULT_SEGMENT_BYTES: number = 16 * 1024 * 1024;

export interface FileLogOptions {
  readonly disk: Disk;
  readonly directory: string;
  readonly storeId: bigint;
  readonly epoch: Epoch;
  /** Everything up to here stands in files that the manifest names. */
  readonly checkpointSeq: Seq;
  /** The checkpoint is the durable end of the log: nothing is read at opening. */
  readonly isClean: boolean;
  /** How what the log holds is read at opening. */
  readonly reads: RetryingReads;
  /** By which the disk's answers are timed. Default: the system's. */
  readonly clock?: Clock;
  /** When the thread waits for a write. */
  readonly blocking?: BlockingBounds;
  /** `system`: what is appended is safe from the end of the process, not from a power cut. Default `disk`. */
  readonly durability?: Durability;
  /** Size of a segment; a frame that needs more gets one to its measure. Default 16 MiB. */
  readonly segment_bytes?: number;
}

/** What an acknowledgement says: the disk has it, or the operating system. */
export type Durability = 'disk' | 'system';
