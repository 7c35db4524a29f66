/** Work that nobody waits for: merging and scrubbing index segments, and giving memory back when nothing happens any more. */

import { messageOf } from '../base/index.ts';
import { releaseSpareSegmentMemory } from '../index/index.ts';
import { releaseSpareMemtables, releaseSpareMerge, type StoreStatus } from '../storage/index.ts';
import { IdleIndexes } from './idle-indexes.ts';
import { type IndexScrubParts, scrubIndexes } from './index-scrub.ts';
import type { HeldShard } from './shards-layer.ts';

/** How often to look whether there is anything to do. */
const LOOK_EVERY_MS = 2_000;
/** After so many looks without a write, what is in memory goes into files, where it is worth a file. */
const FLUSH_AFTER_LOOKS = 10;
const FLUSHED_BYTES: number = 2 * 2 ** 20;
/**
 * A bulk goes into files as soon as it is over: documents that nobody has searched yet are encoded there for the first and last
 * time, and whoever searches first does not wait for tens of megabytes of them.
 */
const BULK_OVER_LOOKS = 2;
const BULK_BYTES: number = 8 * 2 ** 20;

export interface Maintenance {
  stop(): Promise<void>;
}

export interface MaintenanceParts extends IndexScrubParts {
  readonly collectGarbage: () => void;
}

export function startMaintenance(parts: MaintenanceParts): Maintenance {
  const { held, collectGarbage, clock, log } = parts;
  const stopping = new AbortController();
  const writtenSoFar = (): number => held().reduce((sum, { store }) => sum + store.status().lastSeq, 0);

  const mergeSegments = async (): Promise<void> => {
    for (const { index } of held()) {
      if (stopping.signal.aborted) return;
      try {
        const merges = await index.merge();
        if (merges > 0) log.write('info', 'index.merged', { merges });
      } catch (error) {
        // A merge changes nothing until it is adopted: what failed is tried again at the next look.
        log.write('error', 'index.merge-failed', { message: messageOf(error) });
      }
    }
  };

  const flushWhere = async (isWorthIt: (status: StoreStatus, shard: HeldShard) => boolean): Promise<void> => {
    for (const shard of held()) {
      const { store } = shard;
      if (stopping.signal.aborted) return;
      if (!isWorthIt(store.status(), shard)) continue;
      await store.flush().catch((error: unknown) => {
        log.write('warn', 'storage.flush-failed', { shard: store.shard, message: messageOf(error) });
      });
    }
  };

  /** Memory that waits for writes goes back to the system. */
  const giveBack = async (): Promise<void> => {
    await flushWhere(({ memtable_bytes, derived_bytes }) => memtable_bytes + derived_bytes >= FLUSHED_BYTES);
    releaseSpareMemtables();
    releaseSpareMerge();
    releaseSpareSegmentMemory();
    collectGarbage();
  };

  const idle = new IdleIndexes();

  const work = async (): Promise<void> => {
    let written = writtenSoFar();
    // What opening took is garbage by now.
    let quietLooks = 0;
    for (;;) {
      await clock.sleep(LOOK_EVERY_MS, stopping.signal);
      await mergeSegments();
      // However small they are: else they would stay in memory for good.
      await flushWhere((_, shard) => idle.hasCome(shard));
      const now = writtenSoFar();
      quietLooks = now === written ? quietLooks + 1 : 0;
      written = now;
      // Once, after the last write: V8 collects when memory is asked for, and an idle program asks for none.
      if (quietLooks === 1) collectGarbage();
      if (quietLooks === BULK_OVER_LOOKS)
        await flushWhere(({ derived_bytes }) => derived_bytes >= BULK_BYTES);
      if (quietLooks === FLUSH_AFTER_LOOKS) await giveBack();
    }
  };
  const running = Promise.allSettled([work(), scrubIndexes(parts, stopping.signal)]);
  return {
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}
