/** Text of strangers on a terminal: without what could move the cursor, change colours or turn the reading direction. */

import { stripVTControlCharacters } from 'node:util';

/** One line of harmless text. */
export function printable(text: string): string {
  return (
    stripVTControlCharacters(text)
      // oxlint-disable-next-line no-control-regex -- control characters are what this removes
      .replace(/[\u0000-\u001F\u007F-\u009F\u200E\u200F\u202A-\u202E\u2066-\u2069]+/g, ' ')
      .trim()
  );
}
