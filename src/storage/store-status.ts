/** What a store says of itself. */

import { DATABASE_NAMES, type DatabaseName } from './databases.ts';
import type { DerivedStates } from './derived-states.ts';
import type { FileLog } from './file-log.ts';
import { type ManifestState, runBytes } from './manifest-state.ts';
import type { PageCache } from './page-cache.ts';
import type { StoreStatus } from './store-contract.ts';
import { lostRanges } from './losses.ts';

export interface StatusSources {
  readonly manifest: ManifestState;
  readonly log: FileLog;
  readonly derived: DerivedStates;
  readonly memtable_bytes: number;
  /** Why nothing is written any more, where that is so. */
  readonly readOnly: string | undefined;
  readonly scrub: StoreStatus['scrub'];
  readonly counters: StoreStatus['counters'];
}

export function statusOf(sources: StatusSources): StoreStatus {
  const { manifest, log, derived, memtable_bytes, readOnly, scrub, counters } = sources;
  const databases = DATABASE_NAMES.map((name) => {
    const { runs, merge } = manifest.databases[name];
    const parts = runs.flatMap((run) => run.parts);
    const ordered = runs.toSorted((a, b) => b.order - a.order);
    const runSizes_bytes: readonly number[] = ordered.map(runBytes);
    const placeOf = (run: number): number => ordered.findIndex(({ number }) => number === run);
    const underWay = merge && { target: placeOf(merge.target), sources: merge.sources.map(placeOf) };
    const disk_bytes = runSizes_bytes.reduce((sum, size) => sum + size, 0);
    const records = parts.reduce((sum, part) => sum + part.records, 0);
    const database: StoreStatus['databases'][DatabaseName] = {
      runs: runs.length,
      runSizes_bytes,
      ...(underWay && { merge: underWay }),
      parts: parts.length,
      disk_bytes,
      records,
    };
    return [name, database] as const;
  });
  return {
    epoch: manifest.epoch,
    lastSeq: log.lastSeq,
    durableSeq: log.durableSeq,
    checkpointSeq: manifest.checkpointSeq,
    log_bytes: log.size_bytes,
    memtable_bytes,
    derived_bytes: derived.memory_bytes,
    disk_bytes: databases.reduce((sum, [, { disk_bytes }]) => sum + disk_bytes, derived.disk_bytes),
    readOnly,
    recovery: log.recovery,
    lost: lostRanges(manifest),
    scrub,
    databases: Object.fromEntries(databases) as StoreStatus['databases'],
    counters,
  };
}

/** Hits and misses of the process's page cache, together and for each database that was read. */
export function cacheCounters({ hits, misses, figures }: PageCache): Record<string, number> {
  const counters: Record<string, number> = { pageHits: hits, pageMisses: misses };
  for (const [name, of] of figures) {
    if (of.hits + of.misses === 0) continue;
    counters[`pageHits.${name}`] = of.hits;
    counters[`pageMisses.${name}`] = of.misses;
  }
  return counters;
}
