/** What the scored lists can give a document at most, by the blocks that it would stand in. */

import { C_BOUND, C_LAST_DOCS, CURSOR_BYTES, END, P_CURSORS, P_SCORED } from './layout.ts';
import { blockBound, firstOfBlock, seekBlock } from './chunks.ts';
import { load32, loadF64 } from './memory.ts';
import { program } from './query-state.ts';
import type { f64, i32 } from './types.ts';

/** See {@link boundAt}. */
export let boundUntil: i32 = 0;

/** Upper bound of the score of `target` and of all documents up to `boundUntil`, which it sets. */
export function boundAt(target: i32): f64 {
  let bound: f64 = 0;
  const scored: i32 = load32(program + P_SCORED);
  const cursors: i32 = load32(program + P_CURSORS);
  boundUntil = END;
  for (let i: i32 = 0; i < scored; i++) {
    const cursor: i32 = cursors + i * CURSOR_BYTES;
    const block: i32 = seekBlock(cursor, target);
    if (block >= 0) {
      const first: i32 = firstOfBlock(cursor, block);
      let last: i32 = load32(cursor + C_LAST_DOCS + (block << 2));
      if (first > target) last = first - 1;
      else bound += blockBound(cursor, block);
      if (last < boundUntil) boundUntil = last;
    }
  }
  return bound;
}

/** What all scored lists together can give a document of the segment. */
export function boundOfAll(): f64 {
  const scored: i32 = load32(program + P_SCORED);
  const cursors: i32 = load32(program + P_CURSORS);
  let bound: f64 = 0;
  for (let i: i32 = 0; i < scored; i++) bound += loadF64(cursors + i * CURSOR_BYTES + C_BOUND);
  return bound;
}
