/** Work that nobody waits for: merging index segments, and giving memory back when nothing happens any more. */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type Clock, type LogSink, messageOf } from '../base/index.ts';
import type { ShardIndex } from '../index/index.ts';
import type { Shards } from '../storage/index.ts';

/** How often to look whether there is anything to do. */
const LOOK_EVERY_MS = 2_000;

export interface Maintenance {
  stop(): Promise<void>;
}

export interface MaintenanceParts {
  readonly shards: Shards;
  readonly indexes: readonly ShardIndex[];
  readonly clock: Clock;
  readonly log: LogSink;
}

export function startMaintenance({ shards, indexes, clock, log }: MaintenanceParts): Maintenance {
  const stopping = new AbortController();
  const writtenSoFar = (): number => shards.all.reduce((sum, store) => sum + store.status().lastSeq, 0);

  const mergeSegments = async (): Promise<void> => {
    for (const index of indexes) {
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

  const work = async (): Promise<void> => {
    let written = writtenSoFar();
    let isQuiet = true;
    for (;;) {
      await clock.sleep(LOOK_EVERY_MS, stopping.signal);
      await mergeSegments();
      const now = writtenSoFar();
      // Once, after the last write: V8 collects when memory is asked for, and an idle program asks for none.
      if (now === written && !isQuiet) collectGarbage();
      isQuiet = now === written;
      written = now;
    }
  };
  const running = work().catch(() => undefined);
  return {
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  setFlagsFromString('--no-expose-gc');
  collect();
}
