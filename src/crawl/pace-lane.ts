/** One request at a time and a gap after each answer: the lane of a host, or of an address. */

import type { Clock } from '../base/index.ts';
import type { PolitenessRecord } from './crawl-records.ts';

const UNUSED: PolitenessRecord = { requests: 0, lastRequest_ms: 0, smallestGap_ms: 0, restUntil_ms: 0 };

export class PaceLane {
  readonly #clock: Clock;
  /** Settles when everybody who came before has left. */
  #tail: Promise<void> = Promise.resolve();
  #waiting = 0;
  /** On the monotonic clock; undefined before the first answer in this process. */
  lastAnswer_ms: number | undefined;
  restUntil_ms: number;
  record: PolitenessRecord = UNUSED;

  constructor(clock: Clock, restUntil_ms: number) {
    this.#clock = clock;
    this.restUntil_ms = restUntil_ms;
  }

  /** Nobody is in it or before it. */
  get isIdle(): boolean {
    return this.#waiting === 0;
  }

  /** Waits for its turn and for the gap; `prepare` is called when the turn has come. Resolves with what ends the turn. */
  async enter(gap_ms: () => number, prepare: () => Promise<void>, signal: AbortSignal): Promise<() => void> {
    const before = this.#tail;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#tail = promise;
    this.#waiting += 1;
    const leave = (): void => {
      this.#waiting -= 1;
      resolve();
    };
    try {
      await before;
      await prepare();
      await this.#waitForGap(gap_ms, signal);
    } catch (error) {
      leave();
      throw error;
    }
    return leave;
  }

  async #waitForGap(gap_ms: () => number, signal: AbortSignal): Promise<void> {
    for (;;) {
      const last_ms = this.lastAnswer_ms ?? Number.NEGATIVE_INFINITY;
      const wait_ms = Math.max(this.restUntil_ms, last_ms + gap_ms()) - this.#clock.monotonic();
      // Timers may ring a little early: look again.
      if (wait_ms > 0) await this.#clock.sleep(Math.ceil(wait_ms), signal);
      else return signal.throwIfAborted();
    }
  }

  /** Writes down that a request begins now, and how long after the answer before. */
  begin(): void {
    const { requests, smallestGap_ms: before_ms } = this.record;
    const gap_ms =
      this.lastAnswer_ms === undefined
        ? 0
        : // A gap of nothing would read as "none yet".
          Math.max(1, Math.floor(this.#clock.monotonic() - this.lastAnswer_ms));
    this.record = {
      ...this.record,
      requests: requests + 1,
      lastRequest_ms: this.#clock.now(),
      smallestGap_ms:
        before_ms === 0 || gap_ms === 0 ? Math.max(before_ms, gap_ms) : Math.min(before_ms, gap_ms),
    };
  }

  /** Leaves the server alone for a time, and the next process too. */
  rest(rest_ms: number): void {
    this.restUntil_ms = this.#clock.monotonic() + rest_ms;
    // Wall clocks tell whole milliseconds: one more, so that none is lost.
    this.record = { ...this.record, restUntil_ms: Math.ceil(this.#clock.now() + rest_ms) + 1 };
  }

  /** Writes down that the answer is over. */
  end(): void {
    this.lastAnswer_ms = this.#clock.monotonic();
    this.record = { ...this.record, lastRequest_ms: this.#clock.now() };
  }
}
