/** Documents of one list, counted: those that live, and those of them that have its term in menus alone. */

import { frequencyIn } from './block.ts';
import { countInBits, hasBits } from './bit-lists.ts';
import { nextBlock } from './cursor.ts';
import { C_DOCS, MENU_GROUP } from './layout.ts';
import { load32 } from './memory.ts';
import { countLiveIn } from './query-state.ts';
import type { i32 } from './types.ts';

/** Documents of a list that are live. */
export function countLive(cursor: i32, live: i32): i32 {
  if (hasBits(cursor) === 1) return countInBits(cursor, live);
  let count: i32 = 0;
  for (let size: i32 = nextBlock(cursor); size > 0; size = nextBlock(cursor)) {
    count += countLiveIn(cursor, size, live);
  }
  return count;
}

/** Those of them that have its term in menus and nowhere else. */
export function countMenuOnly(cursor: i32, live: i32): i32 {
  const menus: i32 = 1 << MENU_GROUP;
  let count: i32 = 0;
  for (let size: i32 = nextBlock(cursor); size > 0; size = nextBlock(cursor)) {
    for (let i: i32 = 0; i < size; i++) {
      const document: i32 = load32(cursor + C_DOCS + (i << 2));
      if (((load32(live + ((document >> 5) << 2)) >>> (document & 31)) & 1) === 0) continue;
      if (frequencyIn(cursor, i, menus) > 0 && frequencyIn(cursor, i, ~menus) === 0) count++;
    }
  }
  return count;
}
