/** Passes over the lists of a document's terms; plain form. With 128-bit instructions: assembly/term-runs.ts. */

import { load8 } from '../kernels/memory.ts';
import type { i32 } from '../kernels/types.ts';

/** So many places of two bytes each are below the limit of positions. */
const MOST_PLACES: i32 = 60;

/** Where the lists end that {@link passShort} passed. */
export let passedTo: i32 = 0;

/**
 * Passes as many of `terms` lists as have few places, of one or two bytes each, and returns their number; maybe fewer. Reads no
 * byte from `readable` on, but beyond the lists' end where that is before.
 */
export function passShort(from: i32, readable: i32, terms: i32): i32 {
  passedTo = from;
  for (let passed: i32 = 0; passed < terms; passed++) {
    let at: i32 = passedTo;
    if (at >= readable) return passed;
    const count: i32 = load8(at);
    if (count === 0 || count > MOST_PLACES) return passed;
    at++;
    for (let left: i32 = count; left > 0; left--) {
      if (at + 1 >= readable) return passed;
      if (load8(at) > 127) {
        at++;
        if (load8(at) > 127) return passed;
      }
      at++;
    }
    passedTo = at;
  }
  return terms;
}
