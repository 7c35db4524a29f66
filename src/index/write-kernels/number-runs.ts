/** Runs of numbers in LEB128, nearly all of one byte; plain form. With 128-bit instructions: assembly/number-runs.ts. */

import { load32, load8, store32 } from '../kernels/memory.ts';
import type { i32 } from '../kernels/types.ts';

/**
 * Place behind `count` numbers, some at least, of two bytes each at most; 0 where one is longer, and maybe where one is that begins in
 * the fifteen bytes behind the run, which are read, too.
 */
export function skipShort(from: i32, count: i32): i32 {
  let at: i32 = from;
  for (let left: i32 = count; left > 0; left--) {
    if (load8(at) > 127) {
      at++;
      if (load8(at) > 127) return 0;
    }
    at++;
  }
  return at;
}

/**
 * Writes `count` numbers below 2³¹, each with the bits `more`, as words to `to`; returns the place behind the last. May read seven
 * bytes behind them, and write three words.
 */
export function widenRun(from: i32, count: i32, more: i32, to: i32): i32 {
  let at: i32 = from;
  for (let target: i32 = to; target < to + (count << 2); target += 4) {
    let byte: i32 = load8(at++);
    let value: i32 = byte & 127;
    for (let shift: i32 = 7; byte > 127; shift += 7) {
      byte = load8(at++);
      value = value | ((byte & 127) << shift);
    }
    store32(target, value | more);
  }
  return at;
}

/** Copies `count` words, few as a rule. What stands in the three behind them is written again. */
export function copyFew(to: i32, from: i32, count: i32): void {
  for (let at: i32 = 0; at < count << 2; at += 4) store32(to + at, load32(from + at));
}
