/**
 * Leases of shards: while a process holds that of a shard it alone visits the hosts whose records the shard keeps, and it
 * alone gives permits for the addresses that the shard owns. A lease is renewed by batches that only a leader can have
 * taken; who leads after somebody else waits until the last of his leases must be over. Nobody's clock is compared with
 * anybody else's: a holder counts from before its batch, a successor from after its own beginning.
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
const LEASE_VERSION = 1;

export class ShardLease {
  readonly shard: ShardId;
  readonly store: Store;
  /** When it began: on the monotonic clock, and as records tell time. */
  readonly since_ms: number;
  readonly startedAt_ms: number;
  until_ms: number;
  readonly #clock: Clock;
  readonly #ending = new AbortController();
  readonly #over = new AbortController();

  constructor(store: Store, clock: Clock, until_ms: number) {
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
    for (const lease of this.#leases.values()) lease.end();
    await Promise.all(this.#renewing.values());
  }

  #look(shard: ShardId, isWanted: boolean, signal: AbortSignal): void {
    const { clock, log, peers } = this.#parts;
    const led = peers.led(shard);
    if (led === undefined) {
      this.#leases.get(shard)?.end();
      this.#leases.delete(shard);
      this.#waiting.delete(shard);
      return;
    }
    const isHeld = this.get(shard) !== undefined;
    const isFresh = isHeld && clock.monotonic() - (this.#renewed_ms.get(shard) ?? -Infinity) < RENEW_MS;
    if (!isWanted || isFresh || this.#renewing.has(shard)) return;
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
    const value = new ByteWriter(48).u8(LEASE_VERSION).text(session).finish();
    const taken = await led.store.sequence(async (reads) => {
      const before = await reads.get('meta', key);
      const isMine = before === undefined || holderOf(before) === session;
      return isMine || this.#hasWaited(shard, led.term, holderOf(before))
        ? { records: [{ database: 'meta', key, value }] }
        : null;
    });
    if (taken === null || signal.aborted || peers.led(shard)?.term !== led.term) return;
    this.#waiting.delete(shard);
    this.#renewed_ms.set(shard, began_ms);
    const until_ms = began_ms + LEASE_MS;
    const lease = this.get(shard);
    if (lease !== undefined) {
      lease.until_ms = until_ms;
      return;
    }
    if (until_ms <= clock.monotonic()) return;
    const store = shards.of(slotsOfShard(shard, shards.count).first);
    const fresh = new ShardLease(store, clock, until_ms);
    this.#leases.set(shard, fresh);
    void fresh.expire(signal);
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

/** What can't be read was written by another process for certain. */
function holderOf(value: Uint8Array): string {
  const reader = new ByteReader(value);
  return reader.u8() === LEASE_VERSION ? reader.text() : '';
}
