/**
 * A mirror whose bytes are damaged or differ from the leader's: it leaves the lead and the set as soon as another one that has
 * everything is there, so that a copy can take its place. Where none comes, it goes on with what it has.
 */

import { type Clock, type LogSink, messageOf, type ShardId } from '../base/index.ts';
import type { ClusterTimes } from './cluster-options.ts';
import type { Peers } from './peers.ts';
import type { ShardDirectory } from './shard-directory.ts';
import {
  evicted,
  type HostId,
  type MirrorPosition,
  presentLife,
  type ShardRecord,
  takenOver,
} from './shard-record.ts';

/** Leases for which another one that is whole is waited for. */
const PATIENCE = 8;
/** What could not be mended is not tried again for so long: who looks for damage finds the same twice a second. */
const AGAIN_MS: number = 10 * 60_000;

export interface DoubtParts {
  readonly shard: ShardId;
  readonly host: HostId;
  readonly directory: ShardDirectory;
  readonly peers: Peers;
  readonly clock: Clock;
  readonly log: LogSink;
  readonly times: ClusterTimes;
  readonly signal: AbortSignal;
  /** How far the doubted mirror is. */
  readonly position: () => MirrorPosition | undefined;
}

export class MirrorDoubt {
  readonly #parts: DoubtParts;
  #reason: string | undefined;
  #unmended: string | undefined;
  #raisedAt_ms = 0;
  #gaveUpAt_ms: number | undefined;
  #leaving: Promise<void> = Promise.resolve();

  constructor(parts: DoubtParts) {
    this.#parts = parts;
  }

  /** True until a copy has taken the place of what is doubted, or nobody could be copied from. */
  get stands(): boolean {
    return this.#reason !== undefined;
  }

  /** For people: what is wrong here and could not be mended. */
  get unmended(): string | undefined {
    return this.#unmended;
  }

  raise(reason: string): void {
    if (this.stands || this.#hasJustGivenUp()) return;
    const { clock, directory, host, log, shard } = this.#parts;
    log.write('error', 'cluster.mirror-doubted', { shard, reason });
    this.#reason = reason;
    this.#raisedAt_ms = clock.monotonic();
    // Who leads ends when the record says so.
    if (directory.get(shard)?.leader === host) this.#leaving = this.#handOver();
  }

  /** A whole copy is there. */
  clear(): void {
    this.#reason = undefined;
    this.#unmended = undefined;
    this.#gaveUpAt_ms = undefined;
  }

  async settled(): Promise<void> {
    await this.#leaving;
  }

  /** One attempt to leave the set; gives up where nobody else has everything. */
  async leave(record: ShardRecord): Promise<void> {
    if (record.inSync.length === 1 || this.#hasWaitedLong()) this.#giveUp();
    else await this.#withdraw();
  }

  async #handOver(): Promise<void> {
    const { clock, directory, host, shard, signal, times } = this.#parts;
    while (!signal.aborted && this.stands && directory.get(shard)?.leader === host) {
      await this.#withdraw().catch((error: unknown) => {
        this.#parts.log.write('warn', 'cluster.not-withdrawn', { shard, message: messageOf(error) });
      });
      if (this.#hasWaitedLong()) return this.#giveUp();
      await clock.sleep(times.retry_ms, signal).catch(() => undefined);
    }
  }

  #hasWaitedLong(): boolean {
    const { clock, times } = this.#parts;
    return clock.monotonic() - this.#raisedAt_ms > PATIENCE * times.lease_ms;
  }

  #hasJustGivenUp(): boolean {
    return this.#gaveUpAt_ms !== undefined && this.#parts.clock.monotonic() - this.#gaveUpAt_ms < AGAIN_MS;
  }

  /** What is here is better than nothing. */
  #giveUp(): void {
    if (this.#reason === undefined) return;
    this.#parts.log.write('error', 'cluster.not-mended', { shard: this.#parts.shard, reason: this.#reason });
    this.#unmended = `${this.#reason} No other host has everything that could be copied from.`;
    this.#gaveUpAt_ms = this.#parts.clock.monotonic();
    this.#reason = undefined;
  }

  /** Members that have everything and are there. */
  #wholeOthers({ inSync }: ShardRecord): HostId[] {
    const { host, peers, times } = this.#parts;
    return inSync.filter((member) => member !== host && peers.silence_ms(member) < times.lease_ms);
  }

  /**
   * The lead first, the set only when the new leader has shown that it has everything: a host that has just lost its disk
   * stands in the set for a moment too, and then this mirror is the last one.
   */
  async #withdraw(): Promise<void> {
    const { directory, host, shard } = this.#parts;
    await directory.change(shard, (now) => {
      if (!now.inSync.includes(host)) return undefined;
      if (now.leader !== host) return this.#isShownWhole(now) ? evicted(now, host) : undefined;
      const [next] = this.#wholeOthers(now);
      return next === undefined ? undefined : takenOver(now, next);
    });
  }

  /** Whether the leader has said, well after the doubt came up, that it is as far as this mirror. */
  #isShownWhole(record: ShardRecord): boolean {
    const { clock, peers, position, shard, times } = this.#parts;
    const heard_ms = clock.monotonic() - peers.silence_ms(record.leader);
    const [own, theirs] = [position(), peers.positionOf(record.leader, shard)];
    if (own === undefined || theirs === undefined) return false;
    if (heard_ms < this.#raisedAt_ms + 2 * times.heartbeat_ms) return false;
    if (theirs.epoch !== presentLife(record).epoch) return false;
    return theirs.entry >= own.entry || theirs.term > own.term;
  }
}
