/**
 * Writes of a log that are under way, oldest first. A disk that is asked to make several durable makes them so together,
 * and those who are told of one come along with the next while others are still on their way. What is told is told in
 * order: a write counts when it is durable and all before it are. For a disk that answers at once, or a system whose word is
 * enough, the thread waits itself, with all who write in one group.
 */

import { type Clock, must } from '../base/index.ts';
import { type AppendQueue, type DurableGroup, GroupEncoder, type LogAppend } from './append-queue.ts';
import {
  type BlockingBounds,
  BlockingWrites,
  WAITING_FOR_DISK,
  WAITING_FOR_SYSTEM,
} from './blocking-writes.ts';
import type { OpenSegment } from './log-segment.ts';

/** One thread of the system's for each: most of them are for others. */
const MAX_FLIGHTS = 2;
/** Appends that are told in one turn, at least: fewer are not worth a write of their own. */
const MIN_TOLD_A_TURN = 12;

/** A write that has landed. */
export interface LandedWrite {
  readonly lastSeq: number;
  readonly size_bytes: number;
}

interface Flight extends DurableGroup, LandedWrite {
  readonly encoder: GroupEncoder;
  readonly landing: Promise<void>;
  /** It was waited for: nobody else is under way whom those who are told could come along with. */
  readonly isWhole: boolean;
  /** How many of the group were told. */
  told: number;
}

const LANDED = Promise.resolve();

export class LogFlights {
  readonly #salt: number;
  readonly #clock: Clock;
  readonly #isDurable: boolean;
  readonly #blocking: BlockingWrites;
  readonly #flights: Flight[] = [];
  readonly #encoders: GroupEncoder[] = [];
  /** Writes that have not landed. */
  #inTheAir = 0;
  /** Appends that were not told yet. */
  #untold = 0;

  /** `isDurable`: writes count when the disk has them, not the system. */
  constructor(salt: number, clock: Clock, isDurable: boolean, blocking: BlockingBounds | undefined) {
    this.#blocking = new BlockingWrites(blocking, isDurable ? WAITING_FOR_DISK : WAITING_FOR_SYSTEM);
    this.#isDurable = isDurable;
    this.#salt = salt;
    this.#clock = clock;
  }

  get isEmpty(): boolean {
    return this.#flights.length === 0;
  }

  /** A write that has landed leaves its room to what those write next who are told first. */
  hasRoomFor({ count, size_bytes }: AppendQueue): boolean {
    if (this.#inTheAir === 0) return true;
    // What is to be waited for is not begun beside another.
    return this.#inTheAir < MAX_FLIGHTS && !this.#blocking.suits(this.#untold + count, size_bytes);
  }

  /** Begins to write a group behind what `segment` holds. `durableSeq` is what its frames say was durable. */
  begin(segment: OpenSegment, appends: readonly LogAppend[], durableSeq: number): void {
    const encoder = this.#encoders.pop() ?? new GroupEncoder(this.#salt);
    const { bytes, frames } = encoder.encode(appends, segment.header.generation, durableSeq);
    const { seq: lastSeq } = must(appends.at(-1), 'an append');
    const isWhole = this.#inTheAir === 0 && this.#blocking.suits(appends.length, bytes.length);
    const landing = isWhole ? this.#writeNow(segment, bytes) : this.#write(segment, bytes);
    const size_bytes = bytes.length;
    this.#flights.push({ appends, frames, lastSeq, size_bytes, encoder, landing, isWhole, told: 0 });
    this.#untold += appends.length;
  }

  #writeNow(segment: OpenSegment, bytes: Uint8Array): Promise<void> {
    const begun_ms = this.#clock.monotonic();
    try {
      segment.writeNow(bytes, this.#isDurable);
    } catch (error) {
      const failed = Promise.reject(error);
      // Whoever waits for it hears of it.
      failed.catch(() => undefined);
      return failed;
    }
    this.#blocking.waited(this.#clock.monotonic() - begun_ms, bytes.length);
    return LANDED;
  }

  #write(segment: OpenSegment, bytes: Uint8Array): Promise<void> {
    const begun_ms = this.#clock.monotonic();
    const landing = segment.write(bytes, this.#isDurable);
    this.#inTheAir += 1;
    const landed = (): void => {
      this.#inTheAir -= 1;
      this.#blocking.wentElsewhere(this.#clock.monotonic() - begun_ms, bytes.length);
    };
    // Whoever waits for it hears of a failure, after which nothing is written here.
    landing.then(landed, landed);
    return landing;
  }

  /** Half of those who wait: so there come to be as many writes of equal size as may be under way. */
  #turnOf({ isWhole, appends }: Flight): number {
    return isWhole ? appends.length : Math.max(MIN_TOLD_A_TURN, Math.ceil(this.#untold / MAX_FLIGHTS));
  }

  /** The oldest write, once it is durable. Fails as that failed. */
  async landed(): Promise<LandedWrite> {
    const flight = must(this.#flights[0], 'a write under way');
    await flight.landing;
    return flight;
  }

  /** Tells some of the oldest write, which has landed; true where that was the last of it. */
  tell(most?: number): boolean {
    const flight = must(this.#flights[0], 'a write under way');
    const { appends, encoder } = flight;
    const limit = most ?? this.#turnOf(flight);
    const end = Math.min(appends.length, flight.told + limit);
    this.#untold -= end - flight.told;
    while (flight.told < end) {
      const append = appends[flight.told] as LogAppend;
      flight.told += 1;
      append.acknowledge(flight);
    }
    if (end < appends.length) return false;
    this.#flights.shift();
    encoder.release();
    this.#encoders.push(encoder);
    return true;
  }

  /**
   * Waits until nothing is under way. Tells what is durable with all before it, each write after `onLanded`; the rest, in
   * order, is given back.
   */
  async takeBack(onLanded: (write: LandedWrite) => void): Promise<readonly LogAppend[]> {
    for (const { status } of await Promise.allSettled(this.#flights.map(({ landing }) => landing))) {
      if (status === 'rejected') break;
      onLanded(must(this.#flights[0], 'a write under way'));
      this.tell(Number.POSITIVE_INFINITY);
    }
    this.#untold = 0;
    return this.#flights.splice(0).flatMap(({ appends }) => appends.slice());
  }
}
