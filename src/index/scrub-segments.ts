/** Looks at the checksum of every page of a collection's files: pages that nobody asks for rot, too. */

import { isPeregrineError } from '../base/index.ts';
import type { CollectionSegments } from './collection-segments.ts';
import type { IndexMemory } from './index-memory.ts';
import { holdSource, releaseSource } from './owned-segment.ts';
import { PAGE_BYTES } from './segment-format.ts';
import type { Segment } from './segment.ts';

/** Pages between two pauses. */
const PAGES_A_STEP = 16;

/** Whether to go on, and when. Rejects to stop. */
export type AfterRead = (size_bytes: number) => Promise<void>;

/** Marks and logs the segments in which it meets damage; the rest of such a one is not looked at. `IO`. */
export async function scrubSegments(
  memory: IndexMemory,
  collection: CollectionSegments,
  afterRead: AfterRead,
): Promise<void> {
  const held = collection.owned
    .filter(({ segment }) => !segment.isLive && !segment.isDamaged)
    .map(holdSource);
  try {
    for (const { segment } of held) await scrub(memory, segment, afterRead);
  } finally {
    for (const source of held) releaseSource(source);
  }
}

async function scrub(memory: IndexMemory, segment: Segment, afterRead: AfterRead): Promise<void> {
  const { pages } = segment.head;
  for (let first = 0; first < pages; first += PAGES_A_STEP) {
    const past = Math.min(pages, first + PAGES_A_STEP);
    try {
      for (let page = first; page < past; page++) segment.checkPage(page);
    } catch (error) {
      if (!isPeregrineError(error, 'CORRUPT')) throw error;
      segment.isDamaged = true;
      memory.reportDamage(error);
      return;
    }
    await afterRead((past - first) * PAGE_BYTES);
  }
}
