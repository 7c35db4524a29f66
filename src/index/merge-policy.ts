/** Which segments to merge: pure functions of sizes. */

export interface SegmentSize {
  readonly size_bytes: number;
  readonly documents: number;
  readonly deleted: number;
}

/** Segments of about one size that live side by side before they become one. */
export const SEGMENTS_A_TIER = 8;
/** The same while a bulk comes in and nobody searches: most of it is merged half as often, or when it is over. */
export const SEGMENTS_A_BULK_TIER = 16;
/** Smaller segments count as this large. */
const FLOOR_BYTES = 2 ** 20;
/** A merge does not make a segment above this. */
const SEGMENT_CAP_BYTES: number = 5 * 10 ** 9;
/** A segment that has lost this share of its documents is written anew. */
const DEAD_SHARE = 0.4;
/** Live segments of a collection, at most; those that a flush is writing count. */
export const MAX_LIVE_SEGMENTS = 12;
/** Room for what comes while a flush writes the others. */
const FLUSH_ROOM = 2;
/** Live segments above this are merged only where there are too many. */
const LIVE_CAP = 2 ** 18;
/** Puts neighbours of unlike sizes behind all others. */
const UNLIKE: number = 2 ** 48;

export interface MergePlanOptions {
  /** All into one. Default false. */
  readonly force?: boolean;
  /** Default {@link SEGMENT_CAP_BYTES}. */
  readonly cap_bytes?: number;
  /** Segments of about one size that become one. Default {@link SEGMENTS_A_TIER}. */
  readonly tier?: number;
}

/** Places of the segments to merge next (one alone is written anew), or undefined. */
export function planMerge(
  segments: readonly SegmentSize[],
  { force = false, cap_bytes = SEGMENT_CAP_BYTES, tier: most = SEGMENTS_A_TIER }: MergePlanOptions = {},
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
    if (tier.length < most) continue;
    const chosen = within(segments, tier, cap_bytes, most);
    if (chosen.length > 1) return chosen;
  }
  return undefined;
}

/** Neighbours to merge into one. */
export interface LiveMerge {
  readonly first: number;
  /** At least 2. */
  readonly count: number;
}

/**
 * Which live segments to merge now; sizes oldest first. The newest while they are small. Where there are too many all the same,
 * the smallest two neighbours of about one size: a small one that joined a large one each time would have it copied each time.
 * Beside these are the `flushing` ones, which no merge may touch.
 */
export function planLiveMerge(sizes: readonly number[], flushing = 0): LiveMerge | undefined {
  let total = sizes.at(-1) ?? 0;
  let count = Math.min(1, sizes.length);
  while (count < sizes.length) {
    const next = sizes[sizes.length - count - 1] ?? 0;
    if (next >= total * 2 || next > LIVE_CAP) break;
    total += next;
    count += 1;
  }
  if (count > 1) return { first: sizes.length - count, count };
  const most = Math.max(1, MAX_LIVE_SEGMENTS - Math.max(flushing, FLUSH_ROOM));
  return sizes.length > most ? { first: leastPair(sizes), count: 2 } : undefined;
}

function leastPair(sizes: readonly number[]): number {
  const cost = (place: number): number => {
    const [one = 0, other = 0] = sizes.slice(place, place + 2);
    const isLike = Math.max(one, other) <= 2 * Math.min(one, other);
    return one + other + (isLike ? 0 : UNLIKE);
  };
  return sizes
    .slice(1)
    .map((_, place) => place)
    .reduce((least, place) => (cost(place) < cost(least) ? place : least), 0);
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
