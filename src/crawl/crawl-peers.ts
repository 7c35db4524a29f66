/** Several processes that crawl over shared shards, as the crawler sees them: who leads what, and questions to each other. */

import type { ShardId } from '../base/index.ts';
import type { Store } from '../storage/index.ts';

/** Names a process among those that crawl together. */
export type PeerName = string;

/** A shard while this process puts its batches in order. */
export interface LedShard {
  /** Grows with every change of leader. */
  readonly term: number;
  /**
   * Takes batches as the leader alone: `UNAVAILABLE` once somebody else leads. A batch that it took proves that nobody
   * else had begun to lead when the batch was handed in.
   */
  readonly store: Store;
}

export interface CrawlPeers {
  readonly self: PeerName;
  /** Undefined where another process leads the shard. */
  led(shard: ShardId): LedShard | undefined;
  /** Who leads a shard, as far as is known. */
  leaderOf(shard: ShardId): PeerName | undefined;
  /** Rejects with `UNAVAILABLE`, `DEADLINE`, or what the other's answer failed with. */
  ask(peer: PeerName, question: Uint8Array, timeout_ms: number): Promise<Uint8Array>;
  /** Has the questions of others answered from now on. */
  serve(answer: (question: Uint8Array) => Promise<Uint8Array>): void;
}
