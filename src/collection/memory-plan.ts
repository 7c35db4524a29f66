/** How the one number, `--memory`, is shared out. */

import { availableParallelism } from 'node:os';
import { machineMemory_bytes, PeregrineError } from '../base/index.ts';

export const DEFAULT_MEMORY_BYTES: number = 512 * 1024 * 1024;
export const MIN_MEMORY_BYTES: number = 128 * 1024 * 1024;

/** Where nobody says: 512 MiB, or four fifths of what the control group allows where that is less. */
export function defaultMemory_bytes(allowed_bytes: number = machineMemory_bytes()): number {
  return Math.max(MIN_MEMORY_BYTES, Math.min(DEFAULT_MEMORY_BYTES, Math.floor(allowed_bytes * 0.8)));
}

export interface MemoryPlan {
  /** Pages of record databases, over all shards. */
  readonly pageCache_bytes: number;
  /** Records and documents since the last flush, for each shard. */
  readonly memtable_bytes: number;
  /** Pages of index segments, for each shard. */
  readonly indexFrames_bytes: number;
  /** Heap of one parsing process. */
  readonly parser_mb: number;
  readonly parsers: number;
}

/** What the program and the tables of its parsers take, however little they hold. */
const PROGRAM_BYTES = 224 * 1024 * 1024;
/** A parser with less could not read the pages that there are. */
const PARSER_LEAST_MB = 64;

/**
 * Shares of what is left beside the program: an eighth each to cached pages, changes in memory and index pages, three
 * eighths to the heaps of parsers, and a quarter to what comes and goes (live segments, flushes, merges, answers).
 */
export function planMemory(memory_bytes: number, shardCount: number): MemoryPlan {
  if (!(memory_bytes >= MIN_MEMORY_BYTES)) {
    throw new PeregrineError('BAD_ARGUMENT', `--memory must be at least ${MIN_MEMORY_BYTES / 2 ** 20}mb.`, {
      memory_bytes,
    });
  }
  const usable = Math.min(memory_bytes, machineMemory_bytes());
  const eighth = Math.floor(Math.max(usable / 4, usable - PROGRAM_BYTES) / 8);
  // One core is left to the main thread; parsers share the others.
  const parsers = Math.max(1, Math.min(4, availableParallelism() - 1));
  return {
    pageCache_bytes: eighth,
    memtable_bytes: Math.floor(eighth / shardCount),
    indexFrames_bytes: Math.floor(eighth / shardCount),
    parser_mb: Math.max(PARSER_LEAST_MB, Math.floor((3 * eighth) / parsers / 2 ** 20)),
    parsers,
  };
}
