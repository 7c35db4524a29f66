/**
 * Reads that block their thread. Where the operating system has the bytes in memory, a call is over in a few
 * microseconds and the way to another thread and back takes ten times as long; where it waits for a disk, everything
 * else would wait with it. So each call is timed: one that was slow sends the next ones the long way round, and more of
 * them each time.
 */

import type { Clock } from '../base/index.ts';
import type { HeldFile } from './file-handles.ts';

/** A call that takes longer has met the disk. */
const SLOW_MS = 0.5;
/**
 * Reads that go to another thread after a slow one: at first, and at most. At first few: where other programs want the
 * processor, too, it was them and not the disk.
 */
const MIN_PASSED = 4;
const MAX_PASSED = 4096;
/** Where so many were quick after a slow one, the disk is not to blame. */
const CALM_READS = 16;
/** Longer reads are not for this thread. A piece of a filter and most title records fit. */
export const MAX_BLOCKING_BYTES: number = 64 * 1024;

export class BlockingReads {
  readonly #clock: Clock;
  #pass = 0;
  #next = MIN_PASSED;
  /** Since the last slow one. */
  #quick = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** True where `into` got so many bytes at least; false where they must be read otherwise, whatever the reason. */
  tryRead(file: HeldFile, into: Uint8Array, offset: number, least_bytes: number): boolean {
    if (this.#pass > 0) {
      this.#pass -= 1;
      return false;
    }
    const start_ms = this.#clock.monotonic();
    let count: number | undefined;
    try {
      count = file.readNow(into, offset);
    } catch {
      // Read the other way it fails again, and is tried and told as the retry policy says.
      return false;
    }
    if (this.#clock.monotonic() - start_ms <= SLOW_MS) {
      this.#quick += 1;
      if (this.#quick > CALM_READS) this.#next = MIN_PASSED;
    } else {
      // One alone may have lost its processor to somebody else for a moment.
      if (this.#quick <= CALM_READS) {
        this.#pass = this.#next;
        this.#next = Math.min(MAX_PASSED, this.#next * 4);
      }
      this.#quick = 0;
    }
    return count !== undefined && count >= least_bytes;
  }
}
