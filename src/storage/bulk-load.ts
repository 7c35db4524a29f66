/**
 * Merges wait while a bulk comes in: flush follows flush, and each brings new keys. To join runs of different keys frees no
 * byte; it only spares reads a filter a run. Four at a time, most of a bulk is taken apart, compressed and written twice or
 * more while it lasts; sixteen at a time, or once it is over, half as often.
 */

import { type Clock, isPeregrineError } from '../base/index.ts';
import { DATABASES, type DatabaseName } from './databases.ts';
import { hashKey } from './key-filter.ts';
import type { RunReader } from './run.ts';

/** Flushes that are further apart are no bulk. */
export const BULK_PAUSE_MS = 30_000;
/** Smaller merges are done at once: they cost nothing. */
const LEAST_BULK_BYTES: number = 32 * 1024 * 1024;
/** Keys of the newest run that are looked for in others, and the share of them that may be there: filters say yes to some. */
const SAMPLED_KEYS = 32;
const KNOWN_SHARE = 0.25;

export class BulkLoad {
  readonly #clock: Clock;
  #isFast = false;
  #flushed_ms: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  flushed(): void {
    this.#isFast = this.#sinceFlush_ms() < BULK_PAUSE_MS;
    this.#flushed_ms = this.#clock.monotonic();
  }

  /** One is coming in. */
  get isUnderWay(): boolean {
    return this.#isFast && this.#sinceFlush_ms() < BULK_PAUSE_MS;
  }

  #sinceFlush_ms(): number {
    return this.#flushed_ms === undefined ? Infinity : this.#clock.monotonic() - this.#flushed_ms;
  }
}

/** Whether a merge of `runs` (newest first) may wait: large, of records that are asked for one by one, each of another key. */
export async function mayWait(
  database: DatabaseName,
  runs: readonly RunReader[],
  leastBulk_bytes: number = LEAST_BULK_BYTES,
): Promise<boolean> {
  const size_bytes = runs.flatMap(({ parts }) => parts).reduce((sum, { entry }) => sum + entry.size_bytes, 0);
  // What is walked over in order is merged early: each run more slows each record of a walk.
  if (size_bytes < leastBulk_bytes || DATABASES[database].compression !== 'zstd') return false;
  const parts = runs.flatMap((run) => run.parts);
  for (const part of parts) part.pin();
  try {
    return await areNew(runs);
  } catch (error) {
    // The merge itself says what can't be read.
    if (isPeregrineError(error, 'CORRUPT') || isPeregrineError(error, 'IO')) return false;
    throw error;
  } finally {
    for (const part of parts) part.unpin();
  }
}

/** Whether older runs hold few of the newest one's keys, as far as filters know. */
async function areNew([newest, ...older]: readonly RunReader[]): Promise<boolean> {
  const manner = { priority: 'background' } as const;
  const keys = (await newest?.parts[0]?.sampleKeys(SAMPLED_KEYS, manner)) ?? [];
  let known = 0;
  for (const key of keys) {
    const hash = hashKey(key);
    for (const run of older) {
      if (!((await run.partOf(key)?.mayHold(hash, manner)) ?? false)) continue;
      known += 1;
      break;
    }
  }
  return known <= keys.length * KNOWN_SHARE;
}
