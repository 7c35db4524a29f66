/** How commands end. */

import { isPeregrineError } from '../base/index.ts';

export const EXIT_OK = 0;
/** It was tried and did not work. */
export const EXIT_FAILED = 1;
/** It was asked wrongly. */
export const EXIT_USAGE = 2;
/** Another process holds the data directory, and this command needs it for itself. */
const EXIT_LOCKED = 3;
/** The files of the data directory are not what they should be. */
export const EXIT_DAMAGED = 4;
/** Stopped by the person who started it, before it was done. */
export const EXIT_INTERRUPTED = 130;

export function exitCodeOf(error: unknown): number {
  if (isPeregrineError(error, 'LOCKED')) return EXIT_LOCKED;
  if (isPeregrineError(error, 'BAD_ARGUMENT')) return EXIT_USAGE;
  if (isPeregrineError(error, 'CANCELLED')) return EXIT_INTERRUPTED;
  return EXIT_FAILED;
}
