/** Which host to ask about a shard: one that has everything that was acknowledged, is heard, and answers fast. */

import { type Clock, isPeregrineError, PeregrineError, type ShardId } from '../base/index.ts';
import type { Peers } from './peers.ts';
import type { ShardDirectory } from './shard-directory.ts';
import type { HostId } from './shard-record.ts';

/** A host that did not answer is asked last for so long. */
const AVOID_MS = 2_000;
/** Share of the newest answer in a host's usual time. */
const SMOOTHING = 0.2;
/** How long whoever asks waits for the first host, before the next is asked: the last one gets all the time there is. */
export const FIRST_PATIENCE_MS = 400;

export interface RouterParts {
  readonly host: HostId;
  readonly directory: ShardDirectory;
  readonly peers: Peers;
  readonly clock: Clock;
  readonly lease_ms: number;
}

export class ShardRouter {
  readonly #parts: RouterParts;
  readonly #usual_ms = new Map<HostId, number>();
  readonly #avoidedUntil_ms = new Map<HostId, number>();

  constructor(parts: RouterParts) {
    this.#parts = parts;
  }

  /** Other hosts that can answer for a shard, best first. */
  mirrors(shard: ShardId): readonly HostId[] {
    const { host, directory, peers, clock, lease_ms } = this.#parts;
    const record = directory.get(shard);
    const now_ms = clock.monotonic();
    const isAvoided = (other: HostId): boolean => (this.#avoidedUntil_ms.get(other) ?? 0) > now_ms;
    return (record?.inSync ?? [])
      .filter((other) => other !== host && peers.silence_ms(other) <= lease_ms)
      .map((other) => ({ other, cost: (this.#usual_ms.get(other) ?? 0) + (isAvoided(other) ? 1e6 : 0) }))
      .sort((a, b) => a.cost - b.cost)
      .map(({ other }) => other);
  }

  /** Of them, those that have said that they have an entry. */
  aheadOf(shard: ShardId, entry: number): readonly HostId[] {
    if (entry === 0) return [];
    const { peers } = this.#parts;
    return this.mirrors(shard).filter((other) => (peers.positionOf(other, shard)?.entry ?? 0) >= entry);
  }

  /** It took so long to answer. */
  answered(host: HostId, took_ms: number): void {
    const usual = this.#usual_ms.get(host) ?? took_ms;
    this.#usual_ms.set(host, usual + (took_ms - usual) * SMOOTHING);
    this.#avoidedUntil_ms.delete(host);
  }

  failed(host: HostId): void {
    this.#avoidedUntil_ms.set(host, this.#parts.clock.monotonic() + AVOID_MS);
  }

  /** Asks one mirror after the other, until one answers. `UNAVAILABLE` where none does. */
  async askAny<T>(
    shard: ShardId,
    ask: (host: HostId, timeout_ms: number) => Promise<T>,
    timeout_ms: number,
  ): Promise<T> {
    const { clock } = this.#parts;
    let failure: unknown;
    const mirrors = this.mirrors(shard);
    for (const [i, host] of mirrors.entries()) {
      const began_ms = clock.monotonic();
      const isLast = i === mirrors.length - 1;
      try {
        const answer = await ask(host, isLast ? timeout_ms : Math.min(timeout_ms, FIRST_PATIENCE_MS));
        this.answered(host, clock.monotonic() - began_ms);
        return answer;
      } catch (error) {
        if (!isHostFailure(error)) throw error;
        this.failed(host);
        failure = error;
      }
    }
    throw new PeregrineError('UNAVAILABLE', `Nobody answers for shard ${shard}.`, { shard }, failure);
  }
}

/** True for what another host may not fail with: it is away, or its disk or its bytes are bad. */
export function isHostFailure(error: unknown): boolean {
  return (
    isPeregrineError(error) &&
    ['UNAVAILABLE', 'DEADLINE', 'CLOSED', 'QUEUE_FULL', 'NOT_FOUND', 'IO', 'CORRUPT'].includes(error.code)
  );
}
