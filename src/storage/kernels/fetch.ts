/** Memory that will be asked for soon. */

import { AT_FETCHED } from './layout.ts';
import { load32, load8, store32 } from './memory.ts';
import type { i32 } from './types.ts';

/** Operations that are fetched together. A power of two. */
export const FETCHED = 16;

/**
 * Looks at the operations whose addresses stand at `from` and every `step` bytes behind it, before `end`, {@link FETCHED}
 * at most. They stand wherever their batches do, and memory answers several questions in the time of one.
 */
export function fetchOperations(from: i32, end: i32, step: i32): void {
  const last: i32 = from + FETCHED * step < end ? from + FETCHED * step : end;
  let seen: i32 = 0;
  for (let at: i32 = from; at < last; at += step) seen += load8(load32(at));
  // So that none of it is left out.
  store32(AT_FETCHED, seen);
}
