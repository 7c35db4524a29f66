/** What differs between the lives of stores: how much they hold, and who writes into them how. */

import type { Random } from '../src/base/index.ts';
import { DATABASE_NAMES, type DatabaseName } from '../src/storage/index.ts';

/** What differs from life to life. */
export interface Temper {
  readonly databases: readonly DatabaseName[];
  readonly keys: number;
  /** Records of a batch at most. */
  readonly batch: number;
  readonly memory_bytes: number;
  readonly logCap_bytes: number;
  readonly segment_bytes: number;
  readonly part_bytes: number;
  /** Longest of the usual values. */
  readonly value_bytes: number;
  /** Batches under way together at most. */
  readonly writers: number;
  /** Some batches are so large that they go into the log alone, from where they were built. */
  readonly isBulky: boolean;
  /** Whether writes of the log are waited for at once, as on a disk that is quick. */
  readonly isQuick: boolean;
  /** What an acknowledged batch outlives: a power cut, or the end of the process only. */
  readonly durability: 'disk' | 'system';
}

/** Batches under way together in a usual life, and where many write at once. */
export const WRITERS = 6;
const THRONG_WRITERS = 40;
export function drawTemper(random: Random): Temper {
  const databases = DATABASE_NAMES.filter((name) => name !== 'meta' && random.below(3) > 0);
  const used = databases.length === 0 ? (['links'] as const) : databases.slice(0, 4);
  const kind = random.below(6);
  const writers = kind === 1 ? THRONG_WRITERS : WRITERS;
  const isBulky = kind === 2 || kind === 3;
  const durability = kind === 3 ? 'system' : 'disk';
  // One life of six fills memtables far enough that their buckets split, which small ones never do.
  if (kind === 0) {
    const sizes = { memory_bytes: 512 * 1024, logCap_bytes: 512 * 1024, segment_bytes: 64 * 1024 };
    return {
      writers,
      isBulky,
      durability,
      isQuick: true,
      databases: used.slice(0, 2),
      keys: 1_500,
      batch: 160,
      part_bytes: 16 * 1024,
      value_bytes: 24,
      ...sizes,
    };
  }
  const scale = isBulky ? 8 : 1;
  const bound_bytes = scale * 48 * 1024;
  const sizes = { memory_bytes: bound_bytes, logCap_bytes: bound_bytes, segment_bytes: scale * 8 * 1024 };
  const keys = 40 + random.below(160);
  return {
    writers,
    isBulky,
    durability,
    // No draw of its own: lives of seeds that are known stay as they were.
    isQuick: keys % 2 === 0,
    databases: used,
    keys,
    batch: 8,
    part_bytes: scale * 1_500,
    value_bytes: 120,
    ...sizes,
  };
}
