/** The measures of a cluster, in one place. */

import type { Clock, LogSink } from '../base/index.ts';
import type { NatsOptions } from './nats-spine.ts';
import type { HostId } from './shard-record.ts';

export interface ClusterTimes {
  /** Between two heartbeats of a host. Default 250 ms. */
  readonly heartbeat_ms: number;
  /** A member that says nothing of a waiting write for so long is left out of it. Default 2 s. */
  readonly evict_ms: number;
  /** A leader that is not heard for so long loses its shards. Default 2 s. */
  readonly lease_ms: number;
  /** A host that is not heard for so long is replaced. Default 60 s. */
  readonly replace_ms: number;
  /** Between looks at what changed. Default 100 ms. */
  readonly tick_ms: number;
  /** Between attempts after a failure. Default 250 ms. */
  readonly retry_ms: number;
  /** Messages of a stream that nobody needs any more, before they are taken away. Default 256. */
  readonly trimmedMessages: number;
}

export interface ClusterOptions extends NatsOptions {
  readonly host: HostId;
  readonly dataDirectory: string;
  /** Shards of a new cluster; default 6. An existing one keeps its number. */
  readonly shards?: number | undefined;
  /** Mirrors of each shard of a new cluster, as far as there are hosts; default 2. */
  readonly copies?: number | undefined;
  /** Where other hosts reach this one's copies; default 127.0.0.1. */
  readonly address?: string | undefined;
  /** Members that must hold a write; default two where a shard has three mirrors or more, else one. */
  readonly minDurable?: number | undefined;
  readonly times?: Partial<ClusterTimes>;
  readonly version?: string;
  readonly clock?: Clock;
  readonly log?: LogSink;
}

export const DEFAULT_TIMES: ClusterTimes = {
  heartbeat_ms: 250,
  evict_ms: 2_000,
  lease_ms: 2_000,
  replace_ms: 60_000,
  tick_ms: 100,
  retry_ms: 250,
  trimmedMessages: 256,
};

/**
 * Members that must have a write before it is acknowledged, where nothing is said: two of three, one of fewer. Those that a
 * shard has beyond its copies, while it moves, ask for no more: they have nothing yet.
 */
export const defaultMinDurable = (members: number, copies: number): number =>
  Math.min(members, copies) >= 3 ? 2 : 1;
