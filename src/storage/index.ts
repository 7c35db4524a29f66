/** The door of `storage`. */

export type * from './batch.ts';
export * from './databases.ts';
export type * from './derived-state.ts';
export { FileHandles } from './file-handles.ts';
export { OutboxSender } from './outbox.ts';
export { APPLIED_META_KIND, outboxRecords } from './outbox-codec.ts';
export type { EffectBatch, EffectOperation } from './outbox-codec.ts';
export { LruPageCache } from './page-cache.ts';
export type { CachedFile, PageCache } from './page-cache.ts';
export type * from './shard-log.ts';
export { openShards, settleShardCount, SHARD_COUNT_FILE, shardDirectory } from './shards.ts';
export type { OpenShards, ShardsOptions } from './shards.ts';
export { openStore } from './store.ts';
export type * from './store-contract.ts';
export type { StoreOptions } from './store-options.ts';
