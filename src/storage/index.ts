/** The door of `storage`. */

export type * from './batch.ts';
export { decodeBatch, encodeBatch } from './batch-codec.ts';
export { BatchWriter, payloadOf } from './batch-writer.ts';
export * from './databases.ts';
export type * from './derived-state.ts';
export { FileHandles } from './file-handles.ts';
export { releaseSpareMerge } from './merge-memory.ts';
export { releaseSpareMemtables } from './memtable-memory.ts';
export { OutboxSender } from './outbox.ts';
export { APPLIED_META_KIND, outboxRecords } from './outbox-codec.ts';
export type { EffectBatch, EffectOperation } from './outbox-codec.ts';
export { SievePageCache } from './page-cache.ts';
export type { HeldPage } from './held-page.ts';
export { keyAfter } from './key-order.ts';
export type { CachedFile, CacheFigures, PageCache, PageCacheOptions } from './page-cache.ts';
export { PendingBatches } from './pending-batches.ts';
export { scanRange } from './range-read.ts';
export type { RecordBlock } from './record-block.ts';
export type * from './shard-log.ts';
export { rebuildManifest } from './manifest-rebuild.ts';
export type { RebuildReport } from './manifest-rebuild.ts';
export { MANIFEST_NAMES, readManifestState } from './manifest-roots.ts';
export { mirrorDirectory, PartDirectory } from './repair-source.ts';
export type { RepairSource } from './repair-source.ts';
export { RetryingReads } from './retrying-reads.ts';
export { SCRUB_PAUSE_MS, SCRUB_RETRY_MS, SCRUB_START_MS, type ScrubStatus } from './scrubber.ts';
export type { SlotRange } from './part-check.ts';
export { readMark, restoreSnapshot, SNAPSHOT_FILE, snapshotShards } from './snapshot-directory.ts';
export type { DirectoryPlace, DirectorySnapshot, SnapshotMark } from './snapshot-directory.ts';
export { filesOf } from './snapshot.ts';
export type * from './snapshot.ts';
export {
  MAX_SHARDS,
  openShards,
  prepareShards,
  renewShardCount,
  settleShardCount,
  SHARD_COUNT_FILE,
  type ShardOpener,
} from './shards.ts';
export type { OpenShards, ShardsOptions } from './shards.ts';
export { acceptLostShards, refuseLostShards, renewShardsMade, SHARDS_MADE_FILE } from './shards-made.ts';
export { shardDirectory } from './store-names.ts';
export { openStore } from './store.ts';
export type * from './store-contract.ts';
export type { StoreOptions } from './store-options.ts';
export type { RepairOptions, RepairReport } from './store-repair.ts';
export type { VerifyOptions } from './store-verify.ts';
export type * from './verify-report.ts';
