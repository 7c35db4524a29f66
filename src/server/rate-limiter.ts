/** How often somebody may ask: a bucket for each, filled evenly through the minute. */

import type { Clock } from '../base/index.ts';

/** Askers remembered; the longest unseen is forgotten first. */
const ASKERS_KEPT = 100_000;
const MINUTE_MS = 60_000;

interface Bucket {
  tokens: number;
  at_ms: number;
}

export class RateLimiter {
  readonly #clock: Clock;
  readonly #buckets = new Map<string, Bucket>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes one of `rate_per_min`; returns how long to wait instead, ms, where none is left. A sixth of a minute's share may come at once. */
  take(asker: string, rate_per_min: number): number {
    const now_ms = this.#clock.monotonic();
    const capacity = Math.max(1, rate_per_min / 6);
    const known = this.#buckets.get(asker);
    const filled =
      known === undefined
        ? capacity
        : Math.min(capacity, known.tokens + ((now_ms - known.at_ms) * rate_per_min) / MINUTE_MS);
    const isAllowed = filled >= 1;
    this.#buckets.delete(asker);
    this.#buckets.set(asker, { tokens: isAllowed ? filled - 1 : filled, at_ms: now_ms });
    if (this.#buckets.size > ASKERS_KEPT) {
      for (const oldest of this.#buckets.keys()) {
        this.#buckets.delete(oldest);
        break;
      }
    }
    return isAllowed ? 0 : ((1 - filled) * MINUTE_MS) / rate_per_min;
  }
}
