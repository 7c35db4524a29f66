/** The door of `cluster`. */

export { balance, type RecordChange } from './balance.ts';
export { ClusterHost, joinCluster } from './cluster-host.ts';
export type {
  ClusterStanding,
  ComparedStanding,
  HostStanding,
  MirrorStanding,
  MirrorState,
  ShardStanding,
} from './cluster-standing.ts';
export { type ClusterOptions, type ClusterTimes, DEFAULT_TIMES } from './cluster-options.ts';
export { HostVoice } from './host-voice.ts';
export { type NatsAccess, natsAccess, type NatsAccessFiles } from './nats-access.ts';
export { connectNats, type NatsOptions } from './nats-spine.ts';
export { type Heartbeat, Peers } from './peers.ts';
export {
  compareMirrors,
  type MirrorComparison,
  type MirrorDifference,
  sumRange,
} from './mirror-comparison.ts';
export { ReplicatedStore } from './replicated-store.ts';
export { ShardDirectory } from './shard-directory.ts';
export { createLog } from './shard-log-stream.ts';
export * from './shard-record.ts';
export { type HeldShard, type ReplicaRole, ShardReplica } from './shard-replica.ts';
export * from './spine.ts';
