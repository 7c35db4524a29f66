/** How an engine is: its stores, collections, memory, disk and searches at one moment. */

import type { Clock, Histogram } from '../base/index.ts';
import type { Crawler } from '../crawl/index.ts';
import type { Disk } from '../disk/index.ts';
import type { CollectionRegistry } from './collection-registry.ts';
import type { CollectionName, CollectionSummary, EngineStatus } from './engine-contract.ts';
import type { IndexCare } from './index-care-contract.ts';
import type { EngineShards } from './shards-layer.ts';

export interface EngineStatusSources {
  readonly version: string;
  readonly dataDirectory: string;
  readonly isReadOnly: boolean;
  readonly memoryLimit_bytes: number;
  readonly clock: Clock;
  readonly disk: Disk;
  readonly shards: EngineShards;
  readonly registry: CollectionRegistry;
  readonly crawler: Crawler;
  readonly indexCare: IndexCare;
}

/** `startedAt_ms`: on the clock that never goes back. */
export async function engineStatus(
  sources: EngineStatusSources,
  { startedAt_ms, latency }: { readonly startedAt_ms: number; readonly latency: Histogram },
): Promise<EngineStatus> {
  const { clock, dataDirectory, disk, indexCare, isReadOnly, memoryLimit_bytes, registry, shards, version } =
    sources;
  const stores = shards.held().map(({ store }) => store.status());
  // Where records are damaged nobody knows, and the state of all else is still wanted.
  const unfinished = await indexCare.unfinished().catch(() => new Set<CollectionName>());
  const collections = registry.names().map((name) => summaryOf(sources, name, unfinished.has(name)));
  return {
    version,
    uptime_s: Math.round((clock.monotonic() - startedAt_ms) / 1000),
    dataDirectory,
    isReadOnly,
    documents: collections.reduce((sum, { documents }) => sum + documents, 0),
    disk_bytes: stores.reduce((sum, { disk_bytes }) => sum + disk_bytes, 0),
    diskFree_bytes: await disk.free_bytes(),
    rss_bytes: process.memoryUsage.rss(),
    memoryLimit_bytes,
    shards: stores,
    collections,
    search: { count: latency.count, p50_ms: latency.quantile(0.5), p99_ms: latency.quantile(0.99) },
  };
}

function summaryOf(
  { registry, shards, crawler }: EngineStatusSources,
  name: CollectionName,
  isRebuildUnfinished: boolean,
): CollectionSummary {
  const { id } = registry.resolve(name);
  const totals = shards.indexes.totals(id);
  return {
    name,
    documents: totals.documents,
    crawl: crawler.progress(id),
    index_bytes: totals.disk_bytes + totals.memory_bytes,
    segments: totals.segments,
    damagedSegments: totals.damaged,
    isRebuildUnfinished,
  };
}
