/**
 * One connection per host and one per address, and a gap between requests, counted from the end of an answer to the
 * beginning of the next request, so that the server sees at least that much whatever the network does. Shared by all
 * collections.
 */

import { type Clock, PeregrineError } from '../base/index.ts';
import type { AddressPermit } from './address-permit.ts';
import type { CrawlCrew } from './crawl-crew.ts';
import type { PolitenessRecord } from './crawl-records.ts';
import type { HostRef } from './host.ts';
import { PaceLane } from './pace-lane.ts';
import type { ShardLease } from './shard-leases.ts';

/** Longest gap that a robots.txt is granted. */
export const MAX_CRAWL_DELAY_MS = 60_000;
/** Longest rest that a server is granted by `Retry-After`, or that failures earn it. */
export const MAX_REST_MS = 600_000;
/** Longest gap that a slow server earns by being slow. */
const MAX_LATENCY_GAP_MS = 30_000;
/** Weight of the newest answer in what is known of a server's speed. */
const LATENCY_SHARE = 0.25;
/** Rest after a first failure, by default; each further one doubles it, up to {@link MAX_FAILURE_REST_MS}. */
const FIRST_REST_MS = 1_000;
const MAX_FAILURE_REST_MS = 60_000;
/** A server whose answers are errors of its own rests as well, from the third in a row on, and not for long: it is there. */
const ERRORS_ALLOWED = 2;
const MAX_ERROR_REST_MS = 10_000;
/** Failures in a row after which a host counts as down: with the rests between them, some six minutes. */
const DOWN_AFTER_FAILURES = 12;
/** How long it is left alone then. */
const DOWN_FOR_MS = 300_000;
/** A request that ended so long after its permission was not cut in time. */
const LATE_MS = 100;
/** Hosts remembered, and addresses; those at rest are forgotten first, their record stands in the store. */
const MAX_HOSTS = 20_000;

/** How a request ended, as far as politeness is concerned. */
export interface HostAnswer {
  /** `busy`: 429 or 503; `ailing`: another 5xx; `failed`: no answer at all; `none`: nothing was asked. */
  readonly kind: 'fine' | 'busy' | 'ailing' | 'failed' | 'none';
  /** What `Retry-After` asks, where it is given. */
  readonly retryAfter_ms?: number | undefined;
  /** From the request to the end of the answer, where there was one. */
  readonly took_ms?: number;
}

/** Permission for one request; given back with {@link leave}. */
export interface Turn {
  /** False where it has passed before the request began: then none may begin. */
  readonly mayBegin: boolean;
  /** Aborts when the permission is over and the request must be; undefined where it lasts. */
  readonly over: AbortSignal | undefined;
  leave(answer: HostAnswer): void;
}

export interface TurnOptions {
  /** The collection's own least gap; 0 asks for none, however slow the server. */
  readonly delay_ms: number;
  /** The crawl goes on after a restart: the last request may have been just before it. */
  readonly isResumed: boolean;
  readonly signal: AbortSignal;
  /** Where the host is, as far as known: hosts at one address take turns. */
  readonly address?: string | undefined;
}

/** What earlier processes wrote of a host and of an address. */
export interface Recall {
  host(host: HostRef): Promise<PolitenessRecord | undefined>;
  address(host: HostRef, address: string): Promise<PolitenessRecord | undefined>;
}

interface HostState {
  readonly lane: PaceLane;
  isLoaded: boolean;
  /** Under which it was loaded: in another one somebody else may have asked the host meanwhile. */
  lease: ShardLease | undefined;
  crawlDelay_ms: number;
  /** How long the server takes for an answer, lately. */
  latency_ms: number;
  failuresInRow: number;
  /** Answers in a row that were errors of the server. */
  errorsInRow: number;
  /** Where it was asked last. */
  address: string | undefined;
}

interface AddressState {
  readonly lane: PaceLane;
  isLoaded: boolean;
}

/** The smallest gaps of this process, over all hosts and all addresses; 0 where nobody was asked twice. */
export interface SmallestGaps {
  readonly host_ms: number;
  readonly address_ms: number;
}

export class Politeness {
  readonly #clock: Clock;
  readonly #recall: Recall;
  readonly #hosts = new Map<string, HostState>();
  readonly #addresses = new Map<string, AddressState>();
  readonly #startedAt_ms: number;
  readonly #firstRest_ms: number;
  /** Where several processes crawl: what lets this one ask. */
  readonly #crew: Pick<CrawlCrew, 'leaseOf' | 'permit'> | undefined;
  #smallest: SmallestGaps = { host_ms: 0, address_ms: 0 };
  #late = 0;

  constructor(
    clock: Clock,
    recall: Recall,
    firstRest_ms: number = FIRST_REST_MS,
    crew?: Pick<CrawlCrew, 'leaseOf' | 'permit'>,
  ) {
    this.#crew = crew;
    this.#firstRest_ms = firstRest_ms;
    this.#clock = clock;
    this.#recall = recall;
    this.#startedAt_ms = clock.monotonic();
  }

  /** Takes what a host's robots.txt asks; undefined where it asks nothing. */
  setCrawlDelay(host: HostRef, crawlDelay_ms: number | undefined): void {
    this.#stateOf(host).crawlDelay_ms = Math.min(crawlDelay_ms ?? 0, MAX_CRAWL_DELAY_MS);
  }

  /** How the host has been treated until now. */
  recordOf(host: HostRef): PolitenessRecord {
    return this.#stateOf(host).lane.record;
  }

  /** Where the host was asked last, and how that address has been treated by all its hosts. */
  addressOf(host: HostRef): { readonly address: string; readonly record: PolitenessRecord } | undefined {
    const { address } = this.#stateOf(host);
    const state = address === undefined ? undefined : this.#addresses.get(address);
    return address === undefined || state === undefined ? undefined : { address, record: state.lane.record };
  }

  get smallestGaps(): SmallestGaps {
    return this.#smallest;
  }

  /** Requests that were under way when their permission was over: this process stood still meanwhile. */
  get lateRequests(): number {
    return this.#late;
  }

  /** True when a host has failed so often in a row, and so lately, that asking on is pointless for now. */
  isDown(host: HostRef): boolean {
    const { failuresInRow, lane } = this.#stateOf(host);
    const since_ms = this.#clock.monotonic() - (lane.lastAnswer_ms ?? 0);
    return failuresInRow >= DOWN_AFTER_FAILURES && since_ms < DOWN_FOR_MS;
  }

  /** Waits for its turn at the host and at its address, and for the gaps. Rejects with `CANCELLED`. */
  async enter(host: HostRef, options: TurnOptions): Promise<Turn> {
    const { delay_ms, signal, address } = options;
    const state = this.#stateOf(host);
    const lease = this.#leaseOf(host);
    const gap_ms = (): number => gapOf(state, delay_ms);
    const recall = (): Promise<void> => this.#recallHost(host, state, options, lease);
    const leaveHost = await state.lane.enter(gap_ms, recall, signal);
    // Who is in a host's lane waits for its address; nobody in an address's lane waits for a host.
    let place: AddressState | undefined;
    let leaveAddress: (() => void) | undefined;
    let permit: AddressPermit | undefined;
    if (address !== undefined) {
      place = this.#placeOf(address);
      const own = place;
      try {
        leaveAddress = await own.lane.enter(
          () => delay_ms,
          () => this.#recallAddress(host, address, own, options),
          signal,
        );
        permit = await this.#crew?.permit(address, delay_ms, signal);
      } catch (error) {
        leaveAddress?.();
        leaveHost();
        throw error;
      }
    }
    state.address = address;
    this.#begin(state.lane, place?.lane);
    // Until it is over, nobody else may visit the host.
    const leaveLease = lease?.takeTurn();
    return {
      get mayBegin() {
        return lease?.mayBegin !== false && permit?.mayBegin !== false;
      },
      over: overOf(lease, permit),
      leave: (answer) => {
        if (Math.min(lease?.left_ms ?? 0, permit?.left_ms ?? 0) < -LATE_MS) this.#late += 1;
        this.#settle(state, answer);
        place?.lane.end();
        permit?.end();
        leaveLease?.();
        leaveAddress?.();
        leaveHost();
      },
    };
  }

  #leaseOf(host: HostRef): ShardLease | undefined {
    const lease = this.#crew?.leaseOf(host);
    if (this.#crew === undefined || lease !== undefined) return lease;
    throw new PeregrineError('CANCELLED', `Another process visits ${host.key}.`);
  }

  /** A host that was asked before this process could ask it rests for one whole gap of it. */
  async #recallHost(
    host: HostRef,
    state: HostState,
    { delay_ms, isResumed }: TurnOptions,
    lease: ShardLease | undefined,
  ): Promise<void> {
    if (state.isLoaded && state.lease === lease) return;
    const record = await this.#recall.host(host);
    state.isLoaded = true;
    state.lease = lease;
    if (record !== undefined) {
      state.lane.record = record;
      const rest_ms = Math.min(record.restUntil_ms - this.#clock.now(), MAX_REST_MS);
      if (rest_ms > 0) state.lane.rest(rest_ms);
      this.#restFromLast(state.lane, gapOf(state, delay_ms));
    }
    if (record !== undefined || isResumed)
      this.#restFromStart(state.lane, gapOf(state, delay_ms), lease?.since_ms);
  }

  async #recallAddress(
    host: HostRef,
    address: string,
    { lane, isLoaded }: AddressState,
    { isResumed, delay_ms }: TurnOptions,
  ): Promise<void> {
    if (isLoaded) return;
    const record = await this.#recall.address(host, address);
    this.#placeOf(address).isLoaded = true;
    if (record !== undefined) {
      lane.record = record;
      this.#restFromLast(lane, delay_ms);
    }
    if (record !== undefined || isResumed) this.#restFromStart(lane, delay_ms);
  }

  #restFromStart(lane: PaceLane, gap_ms: number, start_ms: number = this.#startedAt_ms): void {
    lane.restUntil_ms = Math.max(lane.restUntil_ms, start_ms + gap_ms);
  }

  /** Who was asked in this process and forgotten since is owed the rest of a gap. */
  #restFromLast(lane: PaceLane, gap_ms: number): void {
    const left_ms = Math.min(gap_ms, lane.record.lastRequest_ms + gap_ms - this.#clock.now());
    lane.restUntil_ms = Math.max(lane.restUntil_ms, this.#clock.monotonic() + left_ms);
  }

  #begin(host: PaceLane, address: PaceLane | undefined): void {
    const now_ms = this.#clock.monotonic();
    host.begin();
    address?.begin();
    const least = (before_ms: number, last_ms: number | undefined): number => {
      if (last_ms === undefined) return before_ms;
      const gap_ms = Math.max(1, Math.floor(now_ms - last_ms));
      return before_ms === 0 ? gap_ms : Math.min(before_ms, gap_ms);
    };
    this.#smallest = {
      host_ms: least(this.#smallest.host_ms, host.lastAnswer_ms),
      address_ms: least(this.#smallest.address_ms, address?.lastAnswer_ms),
    };
  }

  #settle(state: HostState, { kind, retryAfter_ms, took_ms }: HostAnswer): void {
    const { lane } = state;
    lane.end();
    if (kind === 'none') return;
    if (took_ms !== undefined) {
      state.latency_ms =
        state.latency_ms === 0 ? took_ms : state.latency_ms + LATENCY_SHARE * (took_ms - state.latency_ms);
    }
    state.errorsInRow = kind === 'ailing' ? state.errorsInRow + 1 : 0;
    if (kind === 'fine' || kind === 'ailing') {
      state.failuresInRow = 0;
      const beyond = state.errorsInRow - ERRORS_ALLOWED;
      if (beyond > 0) lane.rest(Math.min(this.#firstRest_ms * 2 ** (beyond - 1), MAX_ERROR_REST_MS));
      return;
    }
    state.failuresInRow += 1;
    const own_ms = Math.min(this.#firstRest_ms * 2 ** (state.failuresInRow - 1), MAX_FAILURE_REST_MS);
    // "At once", said again and again, is no reason to ask on and on.
    const asked_ms =
      state.failuresInRow > 1 ? Math.max(retryAfter_ms ?? 0, own_ms) : (retryAfter_ms ?? own_ms);
    lane.rest(Math.min(asked_ms, MAX_REST_MS));
  }

  #stateOf(host: HostRef): HostState {
    let state = this.#hosts.get(host.key);
    if (state === undefined) {
      if (this.#hosts.size >= MAX_HOSTS) this.#forgetIdle(this.#hosts);
      state = {
        lane: new PaceLane(this.#clock, 0),
        isLoaded: false,
        lease: undefined,
        crawlDelay_ms: 0,
        latency_ms: 0,
        failuresInRow: 0,
        errorsInRow: 0,
        address: undefined,
      };
      this.#hosts.set(host.key, state);
    }
    return state;
  }

  #placeOf(address: string): AddressState {
    let state = this.#addresses.get(address);
    if (state === undefined) {
      if (this.#addresses.size >= MAX_HOSTS) this.#forgetIdle(this.#addresses);
      state = { lane: new PaceLane(this.#clock, 0), isLoaded: false };
      this.#addresses.set(address, state);
    }
    return state;
  }

  #forgetIdle(states: Map<string, { readonly lane: PaceLane }>): void {
    const now_ms = this.#clock.monotonic();
    for (const [key, { lane }] of states) {
      const isResting = lane.restUntil_ms > now_ms || (lane.lastAnswer_ms ?? 0) + MAX_CRAWL_DELAY_MS > now_ms;
      if (lane.isIdle && !isResting) states.delete(key);
      if (states.size < MAX_HOSTS / 2) return;
    }
  }
}

function overOf(lease: ShardLease | undefined, permit: AddressPermit | undefined): AbortSignal | undefined {
  if (lease === undefined || permit === undefined) return lease?.over;
  return AbortSignal.any([lease.over, permit.over]);
}

/** What the collection wants, what robots.txt asks, and as long as the server worked on an answer: the longest of them. */
function gapOf({ crawlDelay_ms, latency_ms }: HostState, delay_ms: number): number {
  const own_ms = delay_ms === 0 ? 0 : Math.min(latency_ms, MAX_LATENCY_GAP_MS);
  return Math.max(delay_ms, crawlDelay_ms, own_ms);
}

/** Dates of HTTP begin with the day's name, in all of their three forms. */
const HTTP_DATE = /^\s*[a-z]{3,9},?\s/i;

/** `Retry-After` in milliseconds from now: seconds or an HTTP date (RFC 9110 §10.2.3); undefined for anything else. */
export function retryAfter_ms(header: string | undefined, now_ms: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\s*\d+\s*$/.test(header)) return Number(header) * 1000;
  const date_ms = HTTP_DATE.test(header) ? Date.parse(header) : Number.NaN;
  return Number.isNaN(date_ms) ? undefined : Math.max(0, date_ms - now_ms);
}
