/**
 * Leases of shards: while a process holds that of a shard it alone visits the hosts whose records the shard keeps, and it
 * alone gives permits for the addresses that the shard owns. A lease is renewed by batches that only a leader can have
 * taken; who leads after somebody else waits until the last of his leases must be over, or until he has given it back: when
 * nothing is under way any more that it allowed. Nobody's clock is compared with anybody else's: a holder counts from before
 * its batch, a successor from after its own beginning.
 */

import { setMaxListeners } from 'node:events';
import { ByteReader, ByteWriter, type Clock, type LogSink, messageOf, type ShardId } from '../base/index.ts';
import { slotsOfShard } from '../base/index.ts';
import type { Shards, Store } from '../storage/index.ts';
import { leaseKey } from './crawl-keys.ts';
import type { CrawlPeers, LedShard } from './crawl-peers.ts';
import { isCancelled } from './permits.ts';

/** From before a renewal to the end of what it gives: then sockets are cut. */
export const LEASE_MS = 10_000;
/** No request begins so shortly before the end. */
export const LAST_START_MS = 2_000;
const RENEW_MS = 2_500;
const TICK_MS = 200;
/** How long a process that ends waits for its leases to be given back. */
const PARTING_MS = 1_000;
const LEASE_VERSION = 2;

export class ShardLease {
  readonly shard: ShardId;
  readonly store: Store;
  /** When it began: on the monotonic clock, and as records tell time. */
  readonly since_ms: number;
  readonly startedAt_ms: number;
  until_ms: number;
  /** Which one of this process: no two have the same. */
  readonly number: number;
  readonly #clock: Clock;
  #turns = 0;
  readonly #ending = new AbortController();
  readonly #over = new AbortController();

  constructor(store: Store, clock: Clock, until_ms: number, number = 0) {
    this.number = number;
    this.shard = store.shard;
    this.store = store;
    this.until_ms = until_ms;
    this.#clock = clock;
    this.since_ms = clock.monotonic();
    this.startedAt_ms = clock.now();
    // One listener for each visitor that waits.
    setMaxListeners(0, this.#ending.signal, this.#over.signal);
  }

  /** Aborts when another process leads the shard, or may soon: nothing new begins. */
  get ending(): AbortSignal {
    return this.#ending.signal;
  }

  /** Aborts when the lease is over: nothing may be under way. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  get left_ms(): number {
    return this.until_ms - this.#clock.monotonic();
  }

  get mayBegin(): boolean {
    return !this.ending.aborted && this.left_ms > LAST_START_MS;
  }

  /** Turns at hosts that may have a request under way, and pages that are not written yet. */
  get turns(): number {
    return this.#turns;
  }

  /** Keeps it from being given back, until what this returns is called, once. */
  takeTurn(): () => void {
    this.#turns += 1;
    return () => {
      this.#turns -= 1;
    };
  }

  /** Begins nothing new. */
  end(): void {
    this.#ending.abort();
  }

  /** Ends everything when its time has come, unless it is renewed before. */
  async expire(closing: AbortSignal): Promise<void> {
    try {
      while (this.left_ms > 0) await this.#clock.sleep(Math.max(1, this.left_ms), closing);
    } catch (error) {
      if (!isCancelled(error)) throw error;
    }
    this.#ending.abort();
    this.#over.abort();
  }
}

export interface ShardLeasesParts {
  readonly peers: CrawlPeers;
  readonly shards: Shards;
  readonly clock: Clock;
  readonly log: LogSink;
  /** Names this life of this process. */
  readonly session: string;
  /** Permits for addresses that were given under a lease, and may be in use. */
  readonly permits: (lease: ShardLease) => number;
}

/** What stands in the shard: who may visit its hosts, or did so last. */
export interface LeaseRecord {
  readonly holder: string;
  /** Of the holder's leases. */
  readonly number: number;
  /** Nothing is under way any more that it allowed. */
  readonly isGivenBack: boolean;
}

interface Waiting {
  readonly term: number;
  readonly holder: string;
  readonly since_ms: number;
}

export class ShardLeases {
  readonly #parts: ShardLeasesParts;
  readonly #leases = new Map<ShardId, ShardLease>();
  readonly #waiting = new Map<ShardId, Waiting>();
  readonly #renewed_ms = new Map<ShardId, number>();
  readonly #renewing = new Map<ShardId, Promise<void>>();
  /** Leases that have ended and are not given back yet. */
  readonly #partings = new Map<ShardId, Promise<void>>();
  #count = 0;

  constructor(parts: ShardLeasesParts) {
    this.#parts = parts;
  }

  get(shard: ShardId): ShardLease | undefined {
    const lease = this.#leases.get(shard);
    return lease === undefined || lease.ending.aborted ? undefined : lease;
  }

  all(): readonly ShardLease[] {
    return [...this.#leases.values()].filter(({ ending }) => !ending.aborted);
  }

  /** Holds what this process may hold, while `isWanted`, until the signal. */
  async tend(isWanted: () => boolean, signal: AbortSignal): Promise<void> {
    const { clock, shards } = this.#parts;
    while (!signal.aborted) {
      for (const { shard } of shards.all) this.#look(shard, isWanted(), signal);
      await clock.sleep(TICK_MS, signal).catch((error: unknown) => {
        if (!isCancelled(error)) throw error;
      });
    }
    await Promise.all(this.#renewing.values());
    for (const lease of this.#leases.values()) this.#part(lease);
    const late = new AbortController();
    const tooLate = clock.sleep(PARTING_MS, late.signal).catch(() => undefined);
    await Promise.race([Promise.all(this.#partings.values()), tooLate]);
    late.abort();
  }

  #look(shard: ShardId, isWanted: boolean, signal: AbortSignal): void {
    const { clock, log, peers } = this.#parts;
    const led = peers.led(shard);
    if (led === undefined) {
      const lease = this.#leases.get(shard);
      if (lease !== undefined) this.#part(lease);
      this.#waiting.delete(shard);
      return;
    }
    const known = this.#leases.get(shard);
    if (known?.over.aborted === true) this.#part(known);
    const isHeld = this.get(shard) !== undefined;
    const isFresh = isHeld && clock.monotonic() - (this.#renewed_ms.get(shard) ?? -Infinity) < RENEW_MS;
    // What an earlier lease of this process allowed must be over before it takes another one.
    if (!isWanted || isFresh || this.#renewing.has(shard) || this.#partings.has(shard)) return;
    const renewing = this.#renew(shard, led, signal)
      .catch((error: unknown) =>
        log.write('debug', 'crawl.lease-not-renewed', { shard, why: messageOf(error) }),
      )
      .finally(() => this.#renewing.delete(shard));
    this.#renewing.set(shard, renewing);
  }

  async #renew(shard: ShardId, led: LedShard, signal: AbortSignal): Promise<void> {
    const { clock, peers, session, shards } = this.#parts;
    const began_ms = clock.monotonic();
    const key = leaseKey(slotsOfShard(shard, shards.count).first);
    const renewed = this.get(shard);
    const number = renewed?.number ?? ++this.#count;
    const value = encodeLease({ holder: session, number, isGivenBack: false });
    const taken = await led.store.sequence(async (reads) => {
      const found = await reads.get('meta', key);
      const before = found === undefined ? undefined : decodeLease(found);
      const isFree = before === undefined || before.holder === session || before.isGivenBack;
      return isFree || this.#hasWaited(shard, led.term, before.holder)
        ? { records: [{ database: 'meta', key, value }] }
        : null;
    });
    if (taken === null || signal.aborted || peers.led(shard)?.term !== led.term) return;
    this.#waiting.delete(shard);
    this.#renewed_ms.set(shard, began_ms);
    const until_ms = began_ms + LEASE_MS;
    if (renewed !== undefined) {
      // One that has ended meanwhile may have been given back: only another one goes on.
      if (this.get(shard) === renewed) renewed.until_ms = until_ms;
      return;
    }
    if (until_ms <= clock.monotonic()) return;
    const store = shards.of(slotsOfShard(shard, shards.count).first);
    const fresh = new ShardLease(store, clock, until_ms, number);
    this.#leases.set(shard, fresh);
    void fresh.expire(signal);
  }

  /** Ends a lease, and gives it back when nothing is under way any more that it allowed. */
  #part(lease: ShardLease): void {
    const { log } = this.#parts;
    const { shard } = lease;
    lease.end();
    if (this.#leases.get(shard) === lease) this.#leases.delete(shard);
    const before = this.#partings.get(shard) ?? Promise.resolve();
    const parting: Promise<void> = before
      .then(() => this.#giveBack(lease))
      .catch((error: unknown) =>
        log.write('debug', 'crawl.lease-not-given-back', { shard, why: messageOf(error) }),
      )
      .finally(() => {
        if (this.#partings.get(shard) === parting) this.#partings.delete(shard);
      });
    this.#partings.set(shard, parting);
  }

  /** Through whoever leads now. Not where another lease has been taken since, by this process or by another. */
  async #giveBack(lease: ShardLease): Promise<void> {
    const { clock, peers, permits, session, shards } = this.#parts;
    while (lease.turns + permits(lease) > 0) await clock.sleep(TICK_MS / 4);
    const { number, shard } = lease;
    const key = leaseKey(slotsOfShard(shard, shards.count).first);
    const value = encodeLease({ holder: session, number, isGivenBack: true });
    await (peers.led(shard)?.store ?? lease.store).sequence(async (reads) => {
      const found = await reads.get('meta', key);
      const before = found === undefined ? undefined : decodeLease(found);
      const isIt = before?.holder === session && before.number === number && !before.isGivenBack;
      return isIt ? { records: [{ database: 'meta', key, value }] } : null;
    });
  }

  /** The wait begins when this process leads: whoever led before can renew nothing from then on. */
  #hasWaited(shard: ShardId, term: number, holder: string): boolean {
    const { clock } = this.#parts;
    const waiting = this.#waiting.get(shard);
    if (waiting?.term !== term || waiting.holder !== holder) {
      this.#waiting.set(shard, { term, holder, since_ms: clock.monotonic() });
      return false;
    }
    return clock.monotonic() - waiting.since_ms > LEASE_MS;
  }
}

function encodeLease({ holder, number, isGivenBack }: LeaseRecord): Uint8Array {
  const writer = new ByteWriter(holder.length + 16).u8(LEASE_VERSION).text(holder).varint(number);
  return writer.u8(isGivenBack ? 1 : 0).finish();
}

/** What can't be read was written by another process for certain, and is held. */
export function decodeLease(value: Uint8Array): LeaseRecord {
  const reader = new ByteReader(value);
  if (reader.u8() !== LEASE_VERSION) return { holder: '', number: 0, isGivenBack: false };
  return { holder: reader.text(), number: reader.varint(), isGivenBack: reader.u8() === 1 };
}
