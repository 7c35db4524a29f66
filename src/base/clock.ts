/** Time as a seam: code asks a clock, tests hand in one that they move. */

import { whenAborted } from './abort-callbacks.ts';
import { PeregrineError } from './errors.ts';

export interface Clock {
  /** Milliseconds since 1970-01-01 UTC; may jump. */
  now(): number;
  /** Milliseconds on a clock that never goes back; only differences mean anything. */
  monotonic(): number;
  /** Resolves after `delay_ms`; rejects with `CANCELLED` when `signal` aborts first. */
  sleep(delay_ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (delay_ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(cancelled());
      const timer = setTimeout(() => {
        forget?.();
        resolve();
      }, delay_ms);
      const forget =
        signal &&
        whenAborted(signal, () => {
          clearTimeout(timer);
          reject(cancelled());
        });
    }),
};

/** A clock that stands still until a test moves it. Sleepers wake in the order of their times. */
export class ManualClock implements Clock {
  #now_ms: number;
  #sleepers: { at_ms: number; wake: () => void }[] = [];

  constructor(start_ms = 1_700_000_000_000) {
    this.#now_ms = start_ms;
  }

  now(): number {
    return this.#now_ms;
  }

  monotonic(): number {
    return this.#now_ms;
  }

  sleep(delay_ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(cancelled());
      const sleeper = { at_ms: this.#now_ms + delay_ms, wake: resolve };
      this.#sleepers.push(sleeper);
      signal?.addEventListener(
        'abort',
        () => {
          this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
          reject(cancelled());
        },
        { once: true },
      );
    });
  }

  /** When the next sleeper is due, or undefined when nobody sleeps. */
  get nextWake_ms(): number | undefined {
    return this.#sleepers.reduce<number | undefined>(
      (least, { at_ms }) => (least === undefined || at_ms < least ? at_ms : least),
      undefined,
    );
  }

  /** Moves time on and wakes whoever is due, letting each woken task run before the next. */
  async advance(by_ms: number): Promise<void> {
    const end_ms = this.#now_ms + by_ms;
    for (;;) {
      const due = this.#sleepers.filter(({ at_ms }) => at_ms <= end_ms).sort((a, b) => a.at_ms - b.at_ms)[0];
      if (due === undefined) break;
      this.#sleepers = this.#sleepers.filter((other) => other !== due);
      this.#now_ms = Math.max(this.#now_ms, due.at_ms);
      due.wake();
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#now_ms = end_ms;
  }
}

function cancelled(): PeregrineError {
  return new PeregrineError('CANCELLED', 'The wait was cancelled.');
}
