/**
 * How fast a merge may go: bytes a second, nothing while it is suspended, and its end when it is stopped. Its state
 * stands in shared memory, so that a merge on another thread obeys at once.
 */

import { type Clock, systemClock } from '../base/index.ts';

const RUNNING = 0;
const SUSPENDED = 1;
const STOPPED = 2;

const AT_STATE = 0;
/** In kilobytes a second; 0 is as fast as it can. */
const AT_RATE = 1;
const WORDS = 2;

/** How often a suspended merge looks whether it may go on. */
const LOOK_MS = 20;
/** A merge that fell behind its rate doesn't catch up by more than this. */
const MAX_CREDIT_S = 0.25;

export class MergeBrake {
  readonly shared: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #clock: Clock;
  #spent_ms: number;

  constructor(shared: SharedArrayBuffer = new SharedArrayBuffer(WORDS * 4), clock: Clock = systemClock) {
    this.shared = shared;
    this.#words = new Int32Array(shared);
    this.#clock = clock;
    this.#spent_ms = clock.monotonic();
  }

  get isStopped(): boolean {
    return Atomics.load(this.#words, AT_STATE) === STOPPED;
  }

  get isSuspended(): boolean {
    return Atomics.load(this.#words, AT_STATE) === SUSPENDED;
  }

  stop(): void {
    Atomics.store(this.#words, AT_STATE, STOPPED);
  }

  /** Stands still at the next step, until {@link resume}. A stopped one stays stopped. */
  suspend(): void {
    Atomics.compareExchange(this.#words, AT_STATE, RUNNING, SUSPENDED);
  }

  resume(): void {
    Atomics.compareExchange(this.#words, AT_STATE, SUSPENDED, RUNNING);
  }

  /** Bytes read and written a second; undefined: as fast as it can. */
  setRate(rate_bytes_per_s: number | undefined): void {
    const rate = rate_bytes_per_s === undefined ? 0 : Math.max(1, Math.ceil(rate_bytes_per_s / 1000));
    Atomics.store(this.#words, AT_RATE, Math.min(rate, 2 ** 31 - 1));
  }

  /** After so many bytes of work: waits as long as the rate or a suspension wants; false when it is to stop. */
  async spend(size_bytes: number): Promise<boolean> {
    while (this.isSuspended) await this.#clock.sleep(LOOK_MS);
    const rate = Atomics.load(this.#words, AT_RATE) * 1000;
    if (rate > 0 && !this.isStopped) {
      const now_ms = this.#clock.monotonic();
      this.#spent_ms = Math.max(this.#spent_ms, now_ms - MAX_CREDIT_S * 1000) + (size_bytes / rate) * 1000;
      if (this.#spent_ms > now_ms + 1) await this.#clock.sleep(this.#spent_ms - now_ms);
    }
    return !this.isStopped;
  }
}
