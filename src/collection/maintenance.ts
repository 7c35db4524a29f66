/** Work that nobody waits for: merging index segments, one shard after another, when something changed. */

import { type Clock, type LogSink, messageOf } from '../base/index.ts';
import type { ShardIndex } from '../index/index.ts';

/** How often to look whether a merge is due. */
const LOOK_EVERY_MS = 2_000;

export interface Maintenance {
  stop(): Promise<void>;
}

export function startMaintenance(indexes: readonly ShardIndex[], clock: Clock, log: LogSink): Maintenance {
  const stopping = new AbortController();
  const running = (async (): Promise<void> => {
    for (;;) {
      await clock.sleep(LOOK_EVERY_MS, stopping.signal);
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
    }
  })().catch(() => undefined);
  return {
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}
