/**
 * One connection per host and a gap between requests, counted from the end of an answer to the beginning of the next
 * request, so that the server sees at least that much whatever the network does. Shared by all collections.
 */

import { type Clock, isPeregrineError } from '../base/index.ts';
import type { PolitenessRecord } from './crawl-records.ts';
import type { HostRef } from './host.ts';

/** Longest gap that a robots.txt is granted. */
export const MAX_CRAWL_DELAY_MS = 60_000;
/** Longest rest that a server is granted by `Retry-After`, or that failures earn it. */
export const MAX_REST_MS = 600_000;
/** Rest after a first failure, by default; each further one doubles it, up to {@link MAX_FAILURE_REST_MS}. */
const FIRST_REST_MS = 1_000;
const MAX_FAILURE_REST_MS = 60_000;
/** Failures in a row after which a host counts as down: with the rests between them, some six minutes. */
export const DOWN_AFTER_FAILURES = 12;
/** How long it is left alone then. */
const DOWN_FOR_MS = 300_000;
/** Hosts remembered; those at rest are forgotten first, their record stands in the store. */
const MAX_HOSTS = 20_000;

/** How a request ended, as far as politeness is concerned. */
export interface HostAnswer {
  /** `busy`: 429 or 503; `failed`: no answer at all. */
  readonly kind: 'fine' | 'busy' | 'failed';
  /** What `Retry-After` asks, where it is given. */
  readonly retryAfter_ms?: number | undefined;
}

/** Permission for one request; given back with {@link leave}. */
export interface Turn {
  leave(answer: HostAnswer): void;
}

export interface TurnOptions {
  /** The collection's own least gap. */
  readonly delay_ms: number;
  /** The crawl goes on after a restart: the last request may have been just before it. */
  readonly isResumed: boolean;
  readonly signal: AbortSignal;
}

interface HostState {
  /** Settles when everybody who came before has left. */
  tail: Promise<void>;
  waiting: number;
  isLoaded: boolean;
  crawlDelay_ms: number;
  /** On the monotonic clock; undefined before the first answer in this process. */
  lastAnswer_ms: number | undefined;
  restUntil_ms: number;
  failuresInRow: number;
  record: PolitenessRecord;
}

export class Politeness {
  readonly #clock: Clock;
  readonly #load: (host: HostRef) => Promise<PolitenessRecord | undefined>;
  readonly #hosts = new Map<string, HostState>();
  readonly #startedAt_ms: number;
  readonly #firstRest_ms: number;

  constructor(
    clock: Clock,
    load: (host: HostRef) => Promise<PolitenessRecord | undefined>,
    firstRest_ms: number = FIRST_REST_MS,
  ) {
    this.#firstRest_ms = firstRest_ms;
    this.#clock = clock;
    this.#load = load;
    this.#startedAt_ms = clock.monotonic();
  }

  /** Takes what a host's robots.txt asks; undefined where it asks nothing. */
  setCrawlDelay(host: HostRef, crawlDelay_ms: number | undefined): void {
    this.#stateOf(host).crawlDelay_ms = Math.min(crawlDelay_ms ?? 0, MAX_CRAWL_DELAY_MS);
  }

  /** How the host has been treated until now. */
  recordOf(host: HostRef): PolitenessRecord {
    return this.#stateOf(host).record;
  }

  /** True when a host has failed so often in a row, and so lately, that asking on is pointless for now. */
  isDown(host: HostRef): boolean {
    const { failuresInRow, lastAnswer_ms = 0 } = this.#stateOf(host);
    return failuresInRow >= DOWN_AFTER_FAILURES && this.#clock.monotonic() - lastAnswer_ms < DOWN_FOR_MS;
  }

  /** Waits for its turn at the host, and for the gap. Rejects with `CANCELLED`. */
  async enter(host: HostRef, options: TurnOptions): Promise<Turn> {
    const state = this.#stateOf(host);
    const before = state.tail;
    const { promise, resolve: release } = Promise.withResolvers<void>();
    state.tail = promise;
    state.waiting += 1;
    try {
      await before;
      if (!state.isLoaded) await this.#recall(host, state, options);
      await this.#waitForGap(state, options);
    } catch (error) {
      state.waiting -= 1;
      release();
      throw error;
    }
    this.#note(state);
    return {
      leave: (answer) => {
        this.#settle(state, answer);
        state.waiting -= 1;
        release();
      },
    };
  }

  /** A host that was asked shortly before this process began rests for one whole gap. */
  async #recall(host: HostRef, state: HostState, { delay_ms, isResumed }: TurnOptions): Promise<void> {
    const record = await this.#load(host);
    state.isLoaded = true;
    const now_ms = this.#clock.monotonic();
    const gap_ms = Math.max(delay_ms, state.crawlDelay_ms);
    if (record !== undefined) {
      state.record = record;
      const since_ms = Math.max(0, this.#clock.now() - record.lastRequest_ms);
      if (since_ms < gap_ms) state.restUntil_ms = Math.max(state.restUntil_ms, now_ms + gap_ms - since_ms);
    }
    if (isResumed) state.restUntil_ms = Math.max(state.restUntil_ms, this.#startedAt_ms + gap_ms);
  }

  async #waitForGap(state: HostState, { delay_ms, signal }: TurnOptions): Promise<void> {
    for (;;) {
      const gap_ms = Math.max(delay_ms, state.crawlDelay_ms);
      const next_ms = Math.max(
        state.restUntil_ms,
        (state.lastAnswer_ms ?? Number.NEGATIVE_INFINITY) + gap_ms,
      );
      const wait_ms = next_ms - this.#clock.monotonic();
      // Timers may ring a little early: look again.
      if (wait_ms > 0) await this.#clock.sleep(Math.ceil(wait_ms), signal);
      else return signal.throwIfAborted();
    }
  }

  #note(state: HostState): void {
    const { record, lastAnswer_ms } = state;
    const gap_ms =
      lastAnswer_ms === undefined ? undefined : Math.floor(this.#clock.monotonic() - lastAnswer_ms);
    // A gap of nothing would read as "none yet".
    const least_ms = gap_ms === undefined ? 0 : Math.max(1, gap_ms);
    state.record = {
      requests: record.requests + 1,
      lastRequest_ms: this.#clock.now(),
      smallestGap_ms:
        record.smallestGap_ms === 0 || least_ms === 0
          ? Math.max(record.smallestGap_ms, least_ms)
          : Math.min(record.smallestGap_ms, least_ms),
    };
  }

  #settle(state: HostState, { kind, retryAfter_ms }: HostAnswer): void {
    const now_ms = this.#clock.monotonic();
    state.lastAnswer_ms = now_ms;
    state.record = { ...state.record, lastRequest_ms: this.#clock.now() };
    if (kind === 'fine') {
      state.failuresInRow = 0;
      return;
    }
    state.failuresInRow += 1;
    const own_ms = Math.min(this.#firstRest_ms * 2 ** (state.failuresInRow - 1), MAX_FAILURE_REST_MS);
    state.restUntil_ms = now_ms + Math.min(retryAfter_ms ?? own_ms, MAX_REST_MS);
  }

  #stateOf(host: HostRef): HostState {
    let state = this.#hosts.get(host.key);
    if (state === undefined) {
      if (this.#hosts.size >= MAX_HOSTS) this.#forgetIdle();
      state = {
        tail: Promise.resolve(),
        waiting: 0,
        isLoaded: false,
        crawlDelay_ms: 0,
        lastAnswer_ms: undefined,
        restUntil_ms: 0,
        failuresInRow: 0,
        record: { requests: 0, lastRequest_ms: 0, smallestGap_ms: 0 },
      };
      this.#hosts.set(host.key, state);
    }
    return state;
  }

  #forgetIdle(): void {
    const now_ms = this.#clock.monotonic();
    for (const [key, { waiting, lastAnswer_ms, restUntil_ms }] of this.#hosts) {
      const isResting = restUntil_ms > now_ms || (lastAnswer_ms ?? 0) + MAX_CRAWL_DELAY_MS > now_ms;
      if (waiting === 0 && !isResting) this.#hosts.delete(key);
      if (this.#hosts.size < MAX_HOSTS / 2) return;
    }
  }
}

/** `Retry-After` in milliseconds from now: seconds or an HTTP date (RFC 9110 §10.2.3); undefined for anything else. */
export function retryAfter_ms(header: string | undefined, now_ms: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\s*\d+\s*$/.test(header)) return Number(header) * 1000;
  const date_ms = Date.parse(header);
  return Number.isNaN(date_ms) ? undefined : Math.max(0, date_ms - now_ms);
}

/** True for an error that means "stopped on purpose". */
export function isCancelled(error: unknown): boolean {
  return isPeregrineError(error, 'CANCELLED') || (error instanceof Error && error.name === 'AbortError');
}
