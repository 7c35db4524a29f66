/**
 * Which runs to merge: sizes and room in, plan out. Tiered: neighbours in age of about one size become one of the next size;
 * fewer of them where the disk has no room for what stands beside them meanwhile.
 */

export interface RunSize {
  readonly number: number;
  readonly size_bytes: number;
  readonly records: number;
  readonly tombstones: number;
}

export interface MergePolicyOptions {
  /** Neighbours of one tier that make a merge; also how much bigger a tier is than the one before. Default 4. */
  readonly fanout?: number;
  /** Everything up to this size is of the lowest tier. Default 1 MiB. */
  readonly lowestTier_bytes?: number;
  /** Neighbours of one tier that begin a merge, where others than {@link fanout}: a bulk waits for more. */
  readonly leastSources?: number;
  /** A merge of less does not wait while a bulk comes in. Default 32 MiB. */
  readonly leastBulk_bytes?: number;
  /** Runs read by one merge at most. Default 16. */
  readonly maxSources?: number;
  /** Share of tombstones from which the oldest run is worth rewriting with its next newer ones. Default 0.5. */
  readonly tombstoneShare?: number;
}

export interface MergeRoom {
  /** What may be written while no source has gone. */
  readonly room_bytes: number;
  /** As much of a run goes at a time. */
  readonly part_bytes: number;
}

/** Runs read by one merge, where nothing else is said. */
export const MAX_SOURCES = 16;

const UNBOUNDED: MergeRoom = { room_bytes: Number.POSITIVE_INFINITY, part_bytes: Number.POSITIVE_INFINITY };

/**
 * The runs (given newest first) that should become one, newest first, or undefined where all is well, or there is no room.
 * They are neighbours in age always: a version must not pass an older one.
 */
export function planMerge(
  runs: readonly RunSize[],
  options: MergePolicyOptions = {},
  { room_bytes, part_bytes }: MergeRoom = UNBOUNDED,
): readonly RunSize[] | undefined {
  const { fanout = 4, lowestTier_bytes = 1024 * 1024, tombstoneShare = 0.5 } = options;
  const { leastSources = fanout, maxSources = MAX_SOURCES } = options;
  const tierOf = ({ size_bytes }: RunSize): number =>
    Math.max(0, Math.ceil(Math.log(Math.max(1, size_bytes / lowestTier_bytes)) / Math.log(fanout)));
  const highest = runs.reduce((tier, run) => Math.max(tier, tierOf(run)), 0);
  for (let tier = 0; tier <= highest; tier++) {
    const row = longestRow(runs, (run) => tierOf(run) <= tier);
    let least = leastSources;
    // The oldest of a long row: what stays is the newest, and small.
    for (let sources = row.slice(-maxSources); sources.length >= least; sources = sources.slice(0, -1)) {
      if (!isBalanced(sources)) continue;
      if (roomOfMerge(sources, part_bytes) <= room_bytes) return sources;
      // They are due: the smallest of them are better merged than none.
      least = 2;
    }
  }
  const purged = purge(runs, tombstoneShare);
  return purged !== undefined && roomOfMerge(purged, part_bytes) <= room_bytes ? purged : undefined;
}

/**
 * Bytes beside its sources that a merge takes at most: the part under way, and what was read of each source's part that is not
 * read to its end; never more than all of them.
 */
export function roomOfMerge(sources: readonly RunSize[], part_bytes: number): number {
  let whole_bytes = 0;
  let read_bytes = 0;
  for (const { size_bytes } of sources) {
    whole_bytes += size_bytes;
    read_bytes += Math.min(size_bytes, part_bytes);
  }
  return Math.min(whole_bytes, part_bytes + read_bytes);
}

/** Not many small runs into a big one: that would write the big one again and again. */
function isBalanced(runs: readonly RunSize[]): boolean {
  const largest_bytes = runs.reduce((most, { size_bytes }) => Math.max(most, size_bytes), 0);
  const sum_bytes = runs.reduce((sum, { size_bytes }) => sum + size_bytes, 0);
  return largest_bytes <= 2 * (sum_bytes - largest_bytes);
}

/** All runs, where the oldest ones are mostly deletions of what is there no more. */
function purge(runs: readonly RunSize[], share: number): readonly RunSize[] | undefined {
  const oldest = runs.slice(-2);
  const tombstones = oldest.reduce((sum, run) => sum + run.tombstones, 0);
  const entries = oldest.reduce((sum, run) => sum + run.tombstones + run.records, 0);
  return tombstones > 0 && tombstones >= entries * share ? oldest : undefined;
}

function longestRow(runs: readonly RunSize[], belongs: (run: RunSize) => boolean): readonly RunSize[] {
  let longest: readonly RunSize[] = [];
  let row: RunSize[] = [];
  for (const run of runs) {
    row = belongs(run) ? [...row, run] : [];
    if (row.length > longest.length) longest = row;
  }
  return longest;
}
