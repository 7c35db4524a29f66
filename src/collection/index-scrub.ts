/** Looks at every page of the indexes' files again and again, slowly, as the stores do at theirs. */

import { type Clock, type LogSink, messageOf } from '../base/index.ts';
import { SCRUB_PAUSE_MS, SCRUB_RETRY_MS, SCRUB_START_MS } from '../storage/index.ts';
import type { HeldShard } from './shards-layer.ts';

export interface IndexScrubParts {
  /** Those of this process at the moment. */
  readonly held: () => readonly HeldShard[];
  readonly clock: Clock;
  readonly log: LogSink;
  /** 0: no scrub at all. */
  readonly scrub_bytesPerSecond: number;
}

/** Ends with the signal. Damage is logged and marked: status, alarms and the list of segments tell of it. */
export async function scrubIndexes(parts: IndexScrubParts, signal: AbortSignal): Promise<void> {
  const { clock, log, scrub_bytesPerSecond } = parts;
  if (scrub_bytesPerSecond === 0) return;
  let pause_ms = SCRUB_START_MS;
  while (!signal.aborted) {
    try {
      await clock.sleep(pause_ms, signal);
      pause_ms = SCRUB_PAUSE_MS;
      await pass(parts, signal);
    } catch (error) {
      // What did not end is begun again sooner.
      pause_ms = SCRUB_RETRY_MS;
      if (!signal.aborted) log.write('warn', 'index.scrub-failed', { error: messageOf(error) });
    }
  }
}

async function pass(
  { held, clock, scrub_bytesPerSecond }: IndexScrubParts,
  signal: AbortSignal,
): Promise<void> {
  const paced = (size_bytes: number): Promise<void> =>
    clock.sleep((size_bytes * 1000) / scrub_bytesPerSecond, signal);
  for (const { index } of held()) {
    for (const collection of index.collections()) await index.scrub(collection, paced);
  }
}
