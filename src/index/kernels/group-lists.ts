/** The documents of a list that have its term in one field group: few of many, where that is the group of titles. */

import { readFrequenciesOf } from './block.ts';
import { nextBlock } from './cursor.ts';
import { BLOCK_POSTINGS, C_DOCS, C_FREQUENCIES, C_MASK, C_SEGMENT, SEGMENT_LENGTHS } from './layout.ts';
import { load32, store32 } from './memory.ts';
import { loadByte } from './pages.ts';
import type { i32 } from './types.ts';

/** What is told of a document: its number; its frequency in the group, at most so much, × 256 + its length code there. */
export const MARKED_BYTES: i32 = 8;
const MOST_MARKED: i32 = (1 << 23) - 1;

/**
 * Of the blocks from the next one on, as many as fit, MARKED_BYTES for each such document go to `to`. Returns how
 * many. There is room for `room`; where that many less a block or fewer were found, the list has ended.
 */
export function readGroup(cursor: i32, group: i32, to: i32, room: i32): i32 {
  const frequencies: i32 = cursor + C_FREQUENCIES + (group << 9);
  let count: i32 = 0;
  while (count + BLOCK_POSTINGS <= room) {
    const size: i32 = nextBlock(cursor);
    if (size === 0) break;
    if (((load32(cursor + C_MASK) >>> group) & 1) === 0) continue;
    readFrequenciesOf(cursor, group);
    const segment: i32 = load32(cursor + C_SEGMENT);
    const column: i32 = load32(segment + SEGMENT_LENGTHS + (group << 2));
    for (let i: i32 = 0; i < size; i++) {
      let frequency: i32 = load32(frequencies + (i << 2));
      if (frequency === 0) continue;
      if (frequency > MOST_MARKED) frequency = MOST_MARKED;
      const document: i32 = load32(cursor + C_DOCS + (i << 2));
      const code: i32 = column < 0 ? 0 : loadByte(segment, column, document);
      const at: i32 = to + count * MARKED_BYTES;
      store32(at, document);
      store32(at + 4, (frequency << 8) | code);
      count++;
    }
  }
  return count;
}
