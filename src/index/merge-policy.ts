/** Which segments to merge: pure functions of sizes. */

export interface SegmentSize {
  readonly size_bytes: number;
  readonly documents: number;
  readonly deleted: number;
}

/** Segments of about one size that live side by side before they become one. */
export const SEGMENTS_A_TIER = 8;
/** Smaller segments count as this large. */
const FLOOR_BYTES = 2 ** 20;
/** A merge does not make a segment above this. */
export const SEGMENT_CAP_BYTES: number = 5 * 10 ** 9;
/** A segment that has lost this share of its documents is written anew. */
const DEAD_SHARE = 0.4;
/** Live segments of a collection, at most. */
export const MAX_LIVE_SEGMENTS = 12;
/** Live segments above this are merged only where there are too many. */
const LIVE_CAP = 2 ** 18;

/** Places of the segments to merge next (one alone is written anew), or undefined. `force`: all into one. */
export function planMerge(
  segments: readonly SegmentSize[],
  { force = false, cap_bytes = SEGMENT_CAP_BYTES }: { force?: boolean; cap_bytes?: number } = {},
): readonly number[] | undefined {
  const places = segments.map((_, place) => place).sort((a, b) => sizeAt(segments, a) - sizeAt(segments, b));
  if (force) {
    const all = within(segments, places, cap_bytes, Infinity);
    const isNeeded = all.length > 1 || segments.some(({ deleted }) => deleted > 0);
    return isNeeded && all.length > 0 ? all : undefined;
  }
  const decayed = places.find((place) => {
    const { documents = 0, deleted = 0 } = segments[place] ?? {};
    return deleted > 0 && deleted >= documents * DEAD_SHARE;
  });
  if (decayed !== undefined) return [decayed];
  for (const tier of tiersOf(segments, places)) {
    if (tier.length < SEGMENTS_A_TIER) continue;
    const chosen = within(segments, tier, cap_bytes, SEGMENTS_A_TIER);
    if (chosen.length > 1) return chosen;
  }
  return undefined;
}

/** How many of the newest live segments to merge now; sizes oldest first. 0 or at least 2. */
export function planLiveMerge(sizes: readonly number[]): number {
  let total = sizes.at(-1) ?? 0;
  let count = Math.min(1, sizes.length);
  while (count < sizes.length) {
    const next = sizes[sizes.length - count - 1] ?? 0;
    if (next >= total * 2 || next > LIVE_CAP) break;
    total += next;
    count += 1;
  }
  if (sizes.length - count + 1 > MAX_LIVE_SEGMENTS) count = sizes.length - MAX_LIVE_SEGMENTS + 1;
  return count > 1 ? count : 0;
}

function tiersOf(segments: readonly SegmentSize[], places: readonly number[]): readonly number[][] {
  const tiers: number[][] = [];
  for (const place of places) {
    const size = Math.max(FLOOR_BYTES, sizeAt(segments, place));
    const tier = Math.floor(Math.log(size / FLOOR_BYTES) / Math.log(SEGMENTS_A_TIER));
    (tiers[tier] ??= []).push(place);
  }
  return tiers.filter((tier) => tier !== undefined);
}

/** The first places whose sizes together stay below the cap. */
function within(
  segments: readonly SegmentSize[],
  places: readonly number[],
  cap_bytes: number,
  most: number,
): number[] {
  const chosen: number[] = [];
  let total = 0;
  for (const place of places) {
    total += sizeAt(segments, place);
    if (chosen.length >= most || (total > cap_bytes && chosen.length > 0)) break;
    chosen.push(place);
  }
  return chosen;
}

function sizeAt(segments: readonly SegmentSize[], place: number): number {
  return segments[place]?.size_bytes ?? 0;
}
