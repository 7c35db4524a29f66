/** Collecting garbage when we want it: V8 does when memory is asked for, and counts buffers outside its heap late. */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

type Collect = (how?: {
  readonly type: 'major';
  readonly execution: 'sync';
  readonly flavor?: 'last-resort';
}) => void;

let collect: Collect | undefined;

/**
 * Collects all garbage of the process; takes some ten milliseconds. `isThorough`: and what V8 keeps to save time, which is a
 * third of the heap of a program that has just been loaded; takes some thirty.
 */
export function collectGarbage(isThorough = false): void {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as Collect;
    setFlagsFromString('--no-expose-gc');
  }
  collect({ type: 'major', execution: 'sync', ...(isThorough && { flavor: 'last-resort' }) });
}
