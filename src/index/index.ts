/** The door of `index`. */

export type * from './index-contract.ts';
export {
  decodeIndexOperation,
  encodeIndexOperation,
  borrowPutHead,
  INDEX_STATE,
} from './index-operation-codec.ts';
export * from './clause.ts';
export * from './index-query.ts';
export type * from './columns/column-query.ts';
export type { ColumnKey } from './columns/column.ts';
export { mergeFacets, topValues } from './columns/facets.ts';
export type { NearWord, WordFrequency } from './words/word-search.ts';
export { compareSorted } from './columns/sorted-hits.ts';
export type { KernelKind } from './kernel-host.ts';
export { rarity, stemRarity } from './ranking-model.ts';
export { createShardIndex, DEFAULT_INDEX_MEMORY_BYTES, type ShardIndexOptions } from './shard-index.ts';
export { releaseSpareSegmentMemory } from './spare-memory.ts';
export { QueryThreads, type QueryThreadsOptions } from './threads/query-threads.ts';
