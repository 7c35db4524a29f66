/** How the one number, `--memory`, is shared out. */

import { availableParallelism } from 'node:os';
import { machineMemory_bytes, PeregrineError } from '../base/index.ts';

const MIB: number = 2 ** 20;

/** For a machine with two cores; each further parsing process, up to four, comes with {@link PARSER_BYTES} of its own. */
export const DEFAULT_MEMORY_BYTES: number = 512 * MIB;
export const MIN_MEMORY_BYTES: number = 128 * MIB;

/**
 * Where nobody says: 512 MiB, and 128 for each parsing process beyond the first that the cores have use for; four fifths
 * of what the control group allows where that is less.
 */
export function defaultMemory_bytes(
  allowed_bytes: number = machineMemory_bytes(),
  cores: number = availableParallelism(),
): number {
  const wished = DEFAULT_MEMORY_BYTES + (usefulParsers(cores) - 1) * PARSER_BYTES;
  return Math.max(MIN_MEMORY_BYTES, Math.min(wished, Math.floor(allowed_bytes * 0.8)));
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

/** What the program takes, however little it holds: itself, its heap, buffers that are dead and not yet collected. */
export const PROGRAM_BYTES: number = 192 * MIB;
/** What a parsing process takes beside what it shares with the program; its heap only where a page makes it grow. */
export const PARSER_BYTES: number = 128 * MIB;
/** A parser with less could not read the pages that there are. */
const PARSER_LEAST_MB = 96;
const PARSER_MOST_MB = 512;
/** Of what is beside the program, parsers have at most so much. */
const PARSERS_SHARE = 0.75;
const MOST_PARSERS = 4;

/** One core is left to the main thread; parsers share the others. */
function usefulParsers(cores: number): number {
  return Math.max(1, Math.min(MOST_PARSERS, cores - 1));
}

/**
 * Shares of what is left beside the program and its parsing processes: a sixth each to cached pages, changes in memory,
 * their terms, and index pages, and a third to what comes and goes (flushes, merges, answers, room that a memory has
 * grown by). Fewer processes where there is no memory for as many as there are cores.
 */
export function planMemory(
  memory_bytes: number,
  shardCount: number,
  cores: number = availableParallelism(),
): MemoryPlan {
  if (!(memory_bytes >= MIN_MEMORY_BYTES)) {
    throw new PeregrineError('BAD_ARGUMENT', `--memory must be at least ${MIN_MEMORY_BYTES / MIB}mb.`, {
      memory_bytes,
    });
  }
  const usable = Math.min(memory_bytes, machineMemory_bytes());
  const beside = Math.max(0, usable - PROGRAM_BYTES);
  const affordable = Math.floor((beside * PARSERS_SHARE) / PARSER_BYTES);
  const parsers = Math.max(1, Math.min(usefulParsers(cores), affordable));
  const left = Math.max(usable / 8, beside - parsers * PARSER_BYTES);
  const sixth = Math.floor(left / 6);
  const heap_mb = PARSER_LEAST_MB + Math.floor(left / 8 / parsers / MIB);
  return {
    pageCache_bytes: sixth,
    memtable_bytes: Math.floor(sixth / shardCount),
    indexFrames_bytes: Math.floor(sixth / shardCount),
    parser_mb: Math.min(PARSER_MOST_MB, heap_mb),
    parsers,
  };
}
