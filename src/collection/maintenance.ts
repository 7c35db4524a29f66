/** Work that nobody waits for: merging index segments, and giving memory back when nothing happens any more. */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type Clock, type LogSink, messageOf } from '../base/index.ts';
import type { HeldShard } from './shards-layer.ts';

/** How often to look whether there is anything to do. */
const LOOK_EVERY_MS = 2_000;

export interface Maintenance {
  stop(): Promise<void>;
}

export interface MaintenanceParts {
  /** Those of this process at the moment. */
  readonly held: () => readonly HeldShard[];
  readonly clock: Clock;
  readonly log: LogSink;
}

export function startMaintenance({ held, clock, log }: MaintenanceParts): Maintenance {
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
