/** The log of a shard: what orders every change. Here a file; on a cluster a replicated stream. */

import type { LogAppend } from './append-queue.ts';
import { type Epoch, PeregrineError, type Seq } from '../base/index.ts';

export interface LogEntry {
  readonly epoch: Epoch;
  readonly seq: Seq;
  readonly payload: Uint8Array;
}

/** A hole in a log: sequences that were durable once and can't be read now. */
export interface LogDamage {
  readonly firstSeq: Seq;
  /** The last lost sequence, inclusive. */
  readonly lastSeq: Seq;
  readonly file: string;
  readonly offset: number;
  readonly reason: string;
}

/** What opening a log found. */
export interface LogRecovery {
  readonly firstSeq: Seq;
  readonly lastSeq: Seq;
  /** Bytes behind the last good frame that no durable mark vouches for: writes in flight at a crash. */
  readonly tornTail_bytes: number;
  readonly damage: readonly LogDamage[];
}

export interface ShardLog {
  readonly epoch: Epoch;
  /** Highest sequence given out. */
  readonly lastSeq: Seq;
  /** Highest sequence known to be durable. */
  readonly durableSeq: Seq;
  readonly recovery: LogRecovery;
  /** Bytes held since the last trim. */
  readonly size_bytes: number;
  /** Why nothing can be appended: a write or sync failed, or there is no room. Cleared by {@link renew}. */
  readonly failure: PeregrineError | undefined;
  /**
   * Gives the payload the next sequence number, at once and in call order. The append is answered later than this call, in
   * the order of the numbers; not by a promise for each, as many are answered together. Nothing writes to its `frame`
   * before that.
   */
  append(append: LogAppend): void;
  /** Every entry from `from` on, in order, leaving out damage. Only before the first append. */
  replay(from: Seq): AsyncIterable<LogEntry>;
  /** Entries at or below `upTo` are not needed any more. */
  trim(upTo: Seq): Promise<void>;
  /**
   * As {@link trim}, and lets the bytes go from disk: goes on in a new file, removes those that held entries at or below
   * `upTo`, and keeps none for another use. Logs that keep nothing need not have it.
   */
  discard?(upTo: Seq): Promise<void>;
  /**
   * After a failure: goes on in a fresh file, once the caller holds every entry up to {@link lastSeq} elsewhere, durably.
   * What failed is left and never tried again. Rejects, and stays failed, when that does not work either.
   */
  renew(): Promise<void>;
  close(): Promise<void>;
}

/** What an append to a log that has failed is told. */
export function readOnly(failure: PeregrineError): PeregrineError {
  const code = failure.code === 'DISK_FULL' ? 'DISK_FULL' : 'READ_ONLY';
  return new PeregrineError(
    code,
    `Nothing can be written: the log has failed. ${failure.message}`,
    { ...failure.facts },
    failure,
  );
}
