/** What every change of a data directory gets that was opened to be read. */

import { type ErrorFacts, PeregrineError } from './errors.ts';

/** The fact tells it from a disk that takes no writes now, and will again. */
const FACTS: ErrorFacts = { isForReading: true };

export function openForReadingOnly(): PeregrineError {
  return new PeregrineError(
    'READ_ONLY',
    'The data directory is open for reading only (--read-only): it can be searched, verified and exported, and nothing in it can be changed.',
    FACTS,
  );
}

/** True for what {@link openForReadingOnly} makes, also where it came through a socket. */
export function isOpenForReadingOnly({ code, facts }: PeregrineError): boolean {
  return code === 'READ_ONLY' && facts['isForReading'] === true;
}
