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
/** Of the reserve: a change of what is held that calls for another look, and the least that a flush is begun for. */
const MUCH = 1 / 8;

export interface SpaceGuardOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly log: LogSink;
  readonly shard: ShardId;
  /** Never less than this is left free. */
  readonly reserve_bytes: number;
}

/** What a flush would have to write now, and the flush. */
export interface HeldMemory {
  readonly held_bytes: () => number;
  readonly flush: () => Promise<void>;
}

export class SpaceGuard {
  readonly #options: SpaceGuardOptions;
  #looked_ms = Number.NEGATIVE_INFINITY;
  #held_bytes = 0;
  #shortage: PeregrineError | undefined;
  #isLooking = false;

  constructor(options: SpaceGuardOptions) {
    this.#options = options;
  }

  /** Why nothing is written just now, where that is so. Asked again a while later it tells of room, with no write needed. */
  get shortage(): PeregrineError | undefined {
    if (this.#shortage !== undefined && this.#isOld && !this.#isLooking) void this.#lookAgain();
    return this.#shortage;
  }

  /** The last look holds no more, or has found a shortage: {@link pass} must be asked. */
  isStale(held_bytes: number): boolean {
    if (this.#shortage !== undefined) return true;
    // Less than before means that a flush has written meanwhile: that too changes what is free.
    const change_bytes = Math.abs(held_bytes - this.#held_bytes);
    return this.#isOld || change_bytes >= this.#options.reserve_bytes * MUCH;
  }

  /**
   * `DISK_FULL` where what is in memory and the reserve don't fit the disk. Where the reserve does, memory is flushed first:
   * in files it takes less, and what the log held of it goes.
   */
  async pass({ held_bytes, flush }: HeldMemory): Promise<void> {
    const before_bytes = held_bytes();
    if (this.isStale(before_bytes)) {
      let free_bytes = await this.#look();
      if (this.#isFlushWorthwhile(free_bytes, before_bytes)) {
        await flush();
        free_bytes = await this.#look();
      }
      this.#note(free_bytes, held_bytes());
    }
    if (this.#shortage !== undefined) throw this.#shortage;
  }

  get #isOld(): boolean {
    return this.#options.clock.monotonic() - this.#looked_ms >= LOOK_EVERY_MS;
  }

  async #lookAgain(): Promise<void> {
    this.#isLooking = true;
    const free_bytes = await this.#look();
    this.#isLooking = false;
    this.#note(free_bytes, this.#held_bytes);
  }

  /** A disk that does not say is not full: a write that fails says so itself. */
  #look(): Promise<number> {
    const { disk, clock } = this.#options;
    this.#looked_ms = clock.monotonic();
    return disk.free_bytes().catch(() => Number.POSITIVE_INFINITY);
  }

  #needed_bytes(held_bytes: number): number {
    const least_bytes = this.#options.reserve_bytes + held_bytes * OVERHEAD;
    return this.#shortage === undefined ? least_bytes : least_bytes * EASE;
  }

  #isFlushWorthwhile(free_bytes: number, held_bytes: number): boolean {
    return (
      held_bytes >= this.#options.reserve_bytes * MUCH &&
      free_bytes < this.#needed_bytes(held_bytes) &&
      free_bytes >= Math.max(this.#needed_bytes(0), held_bytes * OVERHEAD)
    );
  }

  #note(free_bytes: number, held_bytes: number): void {
    const { log, shard } = this.#options;
    const needed_bytes = Math.round(this.#needed_bytes(held_bytes));
    this.#held_bytes = held_bytes;
    if (free_bytes >= needed_bytes) {
      if (this.#shortage !== undefined) log.write('info', 'storage.space-back', { shard, free_bytes });
      this.#shortage = undefined;
      return;
    }
    if (this.#shortage === undefined)
      log.write('error', 'storage.space-short', { shard, free_bytes, needed_bytes });
    const [free, needed] = [Math.floor(free_bytes / 1e6), Math.ceil(needed_bytes / 1e6)];
    this.#shortage = new PeregrineError(
      'DISK_FULL',
      `The disk is nearly full: ${free} MB are free, and nothing new is taken below ${needed} MB. Make room on it: writing goes on by itself then, and searching all the while.`,
      { free_bytes, needed_bytes },
    );
  }
}
