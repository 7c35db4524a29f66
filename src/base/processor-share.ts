/** Who gets the processor first where there is too little of it: the thread that answers people, before what works for it. */

import { setPriority } from 'node:os';

/** A third of the share of others, and at once behind whoever wakes. */
const NICENESS = 5;

/** A process that this one began, its threads to come included; without a number this very thread, where the system has such. */
export function standBehind(pid?: number): void {
  // Elsewhere 0 would mean the whole process.
  if (pid === undefined && process.platform !== 'linux') return;
  try {
    setPriority(pid ?? 0, NICENESS);
  } catch {
    // It has ended already, or the system allows nobody to: then it has as much as others.
  }
}
