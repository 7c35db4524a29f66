/**
 * Gives permits to ask an address, one at a time and with a gap between them: hosts at one address may be visited by
 * several processes. Stands where the lease of the shard is held that owns the address, and promises nothing beyond it.
 */

import type { Clock } from '../base/index.ts';
import { LAST_START_MS, type ShardLease } from './shard-leases.ts';

/** Addresses remembered: those whose gap is over are forgotten first. */
const MAX_ADDRESSES = 20_000;
/** Who asks no more has gone away. */
const GONE_MS = 2_000;
const ASK_AGAIN_MS = 250;
/** Longest gap that anybody asks for. */
const LONGEST_GAP_MS = 3_600_000;
const MAX_WAITING = 64;

export type PermitAnswer =
  /** Counted from when it was asked for. */
  | { readonly kind: 'granted'; readonly valid_ms: number }
  | { readonly kind: 'wait'; readonly wait_ms: number };

export interface PermitQuestion {
  readonly address: string;
  /** Of the permit, chosen by who asks: the same again renews it. */
  readonly id: string;
  readonly gap_ms: number;
  /** It is held already, as far as its holder knows: nothing is given where it is not. */
  readonly isHeld?: boolean;
}

interface Place {
  /** Under which it was given: a later one begins with nobody. */
  readonly lease: ShardLease;
  holder: { readonly id: string; until_ms: number } | undefined;
  /** When the last permit ended, or must have. */
  freeSince_ms: number;
  gap_ms: number;
  /** Ids in the order of their coming, with when they asked last. */
  readonly waiting: Map<string, number>;
}

export class AddressDesk {
  readonly #clock: Clock;
  readonly #places = new Map<string, Place>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Permits that were given under a lease and are not over for certain. */
  heldUnder(lease: ShardLease): number {
    const now_ms = this.#clock.monotonic();
    let held = 0;
    for (const place of this.#places.values())
      if (place.lease === lease && (place.holder?.until_ms ?? 0) > now_ms) held += 1;
    return held;
  }

  ask(
    { address, id, gap_ms: wanted_ms, isHeld }: PermitQuestion,
    lease: ShardLease | undefined,
  ): PermitAnswer {
    if (lease === undefined || lease.left_ms <= LAST_START_MS) return later(ASK_AGAIN_MS);
    const now_ms = this.#clock.monotonic();
    const place = this.#placeOf(address, lease);
    if (place === undefined) return later(ASK_AGAIN_MS);
    const gap_ms = wanted_ms >= 0 ? Math.min(wanted_ms, LONGEST_GAP_MS) : LONGEST_GAP_MS;
    const { holder, waiting } = place;
    if (holder !== undefined && holder.until_ms <= now_ms) this.#free(place, holder.until_ms);
    if (isHeld === true && place.holder?.id !== id) return later(ASK_AGAIN_MS);
    if (place.holder !== undefined && place.holder.id !== id) return this.#wait(place, id, ASK_AGAIN_MS);
    if (place.holder === undefined) {
      for (const [other, at_ms] of waiting) if (now_ms - at_ms > GONE_MS) waiting.delete(other);
      const [first = id] = waiting.keys();
      if (first !== id) return this.#wait(place, id, ASK_AGAIN_MS / 4);
      const rest_ms = place.freeSince_ms + gap_ms - now_ms;
      if (rest_ms > 0) return this.#wait(place, id, Math.ceil(rest_ms));
    }
    waiting.delete(id);
    place.holder = { id, until_ms: lease.until_ms };
    place.gap_ms = gap_ms;
    return { kind: 'granted', valid_ms: lease.left_ms };
  }

  /** The request is over. */
  leave(address: string, id: string): void {
    const place = this.#places.get(address);
    place?.waiting.delete(id);
    if (place?.holder?.id === id) this.#free(place, this.#clock.monotonic());
  }

  #free(place: Place, at_ms: number): void {
    place.holder = undefined;
    place.freeSince_ms = at_ms;
  }

  #wait({ waiting }: Place, id: string, wait_ms: number): PermitAnswer {
    if (waiting.has(id) || waiting.size < MAX_WAITING) waiting.set(id, this.#clock.monotonic());
    return later(Math.min(wait_ms, GONE_MS / 2));
  }

  /** Undefined where no more addresses can be watched over for now. */
  #placeOf(address: string, lease: ShardLease): Place | undefined {
    const known = this.#places.get(address);
    if (known?.lease === lease) return known;
    if (this.#places.size >= MAX_ADDRESSES) this.#forgetFree();
    if (this.#places.size >= MAX_ADDRESSES) return undefined;
    // Whoever kept the desk before gave permits until this lease began at the latest.
    const place = {
      lease,
      holder: undefined,
      freeSince_ms: lease.since_ms,
      gap_ms: 0,
      waiting: new Map(),
    };
    this.#places.set(address, place);
    return place;
  }

  #forgetFree(): void {
    const now_ms = this.#clock.monotonic();
    for (const [address, { holder, freeSince_ms, gap_ms, waiting }] of this.#places) {
      const isResting = freeSince_ms + Math.max(gap_ms, 60_000) > now_ms;
      if (holder === undefined && waiting.size === 0 && !isResting) this.#places.delete(address);
    }
  }
}

const later = (wait_ms: number): PermitAnswer => ({ kind: 'wait', wait_ms });
