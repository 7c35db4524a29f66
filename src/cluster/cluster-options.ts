/** The measures of a cluster, in one place. */

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
}

export const DEFAULT_TIMES: ClusterTimes = {
  heartbeat_ms: 250,
  evict_ms: 2_000,
  lease_ms: 2_000,
  replace_ms: 60_000,
  tick_ms: 100,
  retry_ms: 250,
};

/** Members that must have a write before it is acknowledged, where nothing is said: two of three, one of fewer. */
export const defaultMinDurable = (members: number): number => (members >= 3 ? 2 : 1);
