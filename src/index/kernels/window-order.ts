/** The scored lists in the order of what they can give: in the whole segment, or in a window of its documents. */

import { C_BOUND, C_DF, C_WINDOW_BOUND, CURSOR_BYTES, END, P_CURSORS, P_ORDER, P_SCORED } from './layout.ts';
import { boundWithin } from './chunks.ts';
import { threshold } from './heap.ts';
import { load32, loadF64, store32, storeF64 } from './memory.ts';
import { isPruning, program } from './query-state.ts';
import type { f64, i32 } from './types.ts';

/** Lists in order, by rising bound; the first `spare` can't reach the best alone. */
export let ordered: i32 = 0;
export let spare: i32 = 0;
/** What the spare ones can give together. */
export let spareBound: f64 = 0;
/** What all lists together can give a document of the window. */
export let windowTotal: f64 = 0;

/** The cursor at place `i` of the order. */
export function listAt(i: i32): i32 {
  return load32(load32(program + P_ORDER) + (i << 2));
}

/** Puts all lists that have postings in order, by what they can give anywhere in the segment. */
export function orderAll(): void {
  const scored: i32 = load32(program + P_SCORED);
  const cursors: i32 = load32(program + P_CURSORS);
  ordered = 0;
  spare = 0;
  spareBound = 0;
  for (let i: i32 = 0; i < scored; i++) {
    const cursor: i32 = cursors + i * CURSOR_BYTES;
    if (load32(cursor + C_DF) === 0) continue;
    const bound: f64 = loadF64(cursor + C_BOUND);
    storeF64(cursor + C_WINDOW_BOUND, bound);
    putInOrder(cursor, bound);
  }
}

/** The same for the documents from `first` to `past` − 1; tells how many of the first can't reach the best together. */
export function orderWindow(first: i32, past: i32): void {
  const scored: i32 = load32(program + P_SCORED);
  const cursors: i32 = load32(program + P_CURSORS);
  ordered = 0;
  windowTotal = 0;
  for (let i: i32 = 0; i < scored; i++) {
    const cursor: i32 = cursors + i * CURSOR_BYTES;
    if (load32(cursor + C_DF) === 0) continue;
    const bound: f64 = boundWithin(cursor, first, past);
    if (bound <= 0) continue;
    putInOrder(cursor, bound);
    windowTotal += bound;
  }
  spare = 0;
  spareBound = 0;
  if (isPruning === 0) return;
  const least: f64 = threshold();
  while (spare < ordered) {
    const bound: f64 = spareBound + loadF64(listAt(spare) + C_WINDOW_BOUND);
    if (bound >= least) break;
    spareBound = bound;
    spare++;
  }
}

/** Essential scores below this are not enough to be among the best of the window. */
export function leastEssential(): f64 {
  return threshold() - spareBound;
}

/** Postings of the lists that {@link orderAll} put in order, without those that can't reach `least` together. */
export function leadingPostings(least: f64): i32 {
  let bound: f64 = 0;
  let count: i32 = 0;
  for (let i: i32 = 0; i < ordered && count >= 0; i++) {
    bound += loadF64(listAt(i) + C_BOUND);
    if (bound >= least) count += load32(listAt(i) + C_DF);
  }
  return count < 0 ? END : count;
}

function putInOrder(cursor: i32, bound: f64): void {
  const order: i32 = load32(program + P_ORDER);
  let place: i32 = ordered;
  while (place > 0 && loadF64(load32(order + ((place - 1) << 2)) + C_WINDOW_BOUND) > bound) {
    store32(order + (place << 2), load32(order + ((place - 1) << 2)));
    place--;
  }
  store32(order + (place << 2), cursor);
  ordered++;
}
