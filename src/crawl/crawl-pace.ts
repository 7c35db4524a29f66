/** How much a whole crawl may ask for: pages and bytes a second, and hours in which it rests. */

import { type Clock, PeregrineError } from '../base/index.ts';

/** A time of day in which nothing is fetched, by UTC; it may pass midnight. */
export interface QuietHours {
  /** `22:00`. */
  readonly from: string;
  /** `06:30`. */
  readonly to: string;
}

export interface PaceLimits {
  /** 0: no limit. */
  readonly maxPages_per_s: number;
  /** 0: no limit. */
  readonly maxBytes_per_s: number;
  readonly quietHours: readonly QuietHours[];
}

const DAY_MIN = 1_440;
const MINUTE_MS = 60_000;

export class CrawlPace {
  readonly #clock: Clock;
  readonly #limits: () => PaceLimits;
  /** On the monotonic clock: when the next page may begin, and when the bytes of the last ones are paid for. */
  #nextPage_ms = Number.NEGATIVE_INFINITY;
  #paid_ms = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, limits: () => PaceLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** Waits until one more request is in order. Rejects with `CANCELLED`. */
  async pass(signal: AbortSignal): Promise<void> {
    for (;;) {
      const wait_ms = Math.max(this.#quietFor_ms(), this.#owed_ms());
      if (wait_ms <= 0) break;
      await this.#clock.sleep(Math.ceil(wait_ms), signal);
    }
    const { maxPages_per_s: rate } = this.#limits();
    if (rate > 0) this.#nextPage_ms = Math.max(this.#nextPage_ms, this.#clock.monotonic()) + 1_000 / rate;
  }

  /** It is one of the hours at which nothing is fetched. */
  get isQuiet(): boolean {
    return this.#quietFor_ms() > 0;
  }

  /** Tells of bytes that came over the wire. */
  spend(bytes: number): void {
    const { maxBytes_per_s: rate } = this.#limits();
    if (rate > 0) this.#paid_ms = Math.max(this.#paid_ms, this.#clock.monotonic()) + (bytes * 1_000) / rate;
  }

  #owed_ms(): number {
    const { maxPages_per_s: pages, maxBytes_per_s: bytes } = this.#limits();
    const now_ms = this.#clock.monotonic();
    return Math.max(pages > 0 ? this.#nextPage_ms - now_ms : 0, bytes > 0 ? this.#paid_ms - now_ms : 0);
  }

  #quietFor_ms(): number {
    const now_ms = this.#clock.now();
    const minute = (now_ms / MINUTE_MS) % DAY_MIN;
    let longest_min = 0;
    for (const { from, to } of this.#limits().quietHours) {
      const [begin, end] = [minuteOf(from), minuteOf(to)];
      const isQuiet = begin <= end ? minute >= begin && minute < end : minute >= begin || minute < end;
      if (isQuiet) longest_min = Math.max(longest_min, (end - minute + DAY_MIN) % DAY_MIN);
    }
    return longest_min * MINUTE_MS;
  }
}

/** The hours that a text names: `22:00-06:30`. `BAD_ARGUMENT` for anything else. */
export function parseQuietHours(text: string): QuietHours {
  const [, from = '', to = ''] = /^\s*(\d\d?:\d\d)\s*[-–]\s*(\d\d?:\d\d)\s*$/.exec(text) ?? [];
  if (from === '' || !isTime(from) || !isTime(to) || minuteOf(from) === minuteOf(to)) {
    throw new PeregrineError(
      'BAD_ARGUMENT',
      `"${text.slice(0, 40)}" are no hours: write 22:00-06:30, by UTC.`,
    );
  }
  return { from, to };
}

function isTime(text: string): boolean {
  const [hours = 0, minutes = 0] = text.split(':').map(Number);
  return hours < 24 && minutes < 60;
}

function minuteOf(text: string): number {
  const [hours = 0, minutes = 0] = text.split(':').map(Number);
  return hours * 60 + minutes;
}
