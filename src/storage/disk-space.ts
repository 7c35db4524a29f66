/**
 * Stops writes before the disk is full: what is in memory must still find room in files, and the log its next segments.
 * Reads go on; as soon as there is room again, so do writes.
 */

import { type Clock, type LogSink, PeregrineError, type ShardId } from '../base/index.ts';
import type { Disk } from '../disk/index.ts';

/** How long a look at the disk holds, unless much was written since. */
const LOOK_EVERY_MS = 1_000;
/** Room that is wanted beyond the reserve before a shortage is over, so that it does not come and go with each batch. */
const EASE = 1.25;
/** Pages, maps and filters of what is in memory, and what else lives on the disk, take their share too. */
const OVERHEAD = 1.5;

export interface SpaceGuardOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly log: LogSink;
  readonly shard: ShardId;
  /** Never less than this is left free. */
  readonly reserve_bytes: number;
}

export class SpaceGuard {
  readonly #options: SpaceGuardOptions;
  #looked_ms = Number.NEGATIVE_INFINITY;
  #held_bytes = 0;
  #shortage: PeregrineError | undefined;

  constructor(options: SpaceGuardOptions) {
    this.#options = options;
  }

  /** Why nothing is written just now, where that is so. */
  get shortage(): PeregrineError | undefined {
    return this.#shortage;
  }

  /** The last look holds no more, or has found a shortage: {@link pass} must be asked. */
  isStale(held_bytes: number): boolean {
    const { clock, reserve_bytes } = this.#options;
    if (this.#shortage !== undefined) return true;
    // Less than before means that a flush has written meanwhile: that too changes what is free.
    const change_bytes = Math.abs(held_bytes - this.#held_bytes);
    return clock.monotonic() - this.#looked_ms >= LOOK_EVERY_MS || change_bytes >= reserve_bytes / 8;
  }

  /** `held_bytes`: what a flush would have to write now. `DISK_FULL` where that and the reserve don't fit the disk. */
  async pass(held_bytes: number): Promise<void> {
    const { clock, reserve_bytes } = this.#options;
    if (this.isStale(held_bytes)) {
      this.#looked_ms = clock.monotonic();
      this.#held_bytes = held_bytes;
      await this.#look(reserve_bytes + held_bytes * OVERHEAD);
    }
    if (this.#shortage !== undefined) throw this.#shortage;
  }

  async #look(needed_bytes: number): Promise<void> {
    const { disk, log, shard } = this.#options;
    // A disk that does not say is not full: a write that fails says so itself.
    const free_bytes = await disk.free_bytes().catch(() => Number.POSITIVE_INFINITY);
    const isShort = free_bytes < (this.#shortage === undefined ? needed_bytes : needed_bytes * EASE);
    if (isShort) {
      if (this.#shortage === undefined)
        log.write('error', 'storage.space-short', { shard, free_bytes, needed_bytes });
      this.#shortage = new PeregrineError(
        'DISK_FULL',
        `The disk is nearly full: ${Math.round(free_bytes / 1e6)} MB are free and ${Math.round(needed_bytes / 1e6)} MB are kept for what is written already. Nothing new is taken until there is room; searching goes on.`,
        { free_bytes, needed_bytes: Math.round(needed_bytes) },
      );
    } else if (this.#shortage !== undefined) {
      log.write('info', 'storage.space-back', { shard, free_bytes });
      this.#shortage = undefined;
    }
  }
}
