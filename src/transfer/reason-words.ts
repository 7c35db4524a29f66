/** Why records were left out, refused, or stored without being found, for people: reports count by code. */

import type { ErrorCode } from '../base/index.ts';
import type { ImportReasons } from './import-report.ts';

/** A count stands before each: what is said of one record, and of several where that is something else. */
const WORDS: Readonly<Partial<Record<string, readonly [one: string, several?: string]>>> = {
  BAD_ARGUMENT: ['with an address or data that are not taken'],
  BAD_ENCODING: ['in letters that can’t be read'],
  CORRUPT: ['damaged'],
  FORBIDDEN: ['to be forgotten'],
  INTERNAL: ['met by a fault of the program', 'met by faults of the program'],
  OUT_OF_MEMORY: ['for which there was not enough memory'],
  PARSE_FAILED: ['that can’t be read as what it says it is', 'that can’t be read as what they say they are'],
  PARSE_TIMEOUT: ['that took too long to read'],
  TOO_LARGE: ['too large'],
  UNSUPPORTED_TYPE: ['of a kind that is not read'],
  UNSUPPORTED_VERSION: ['of a version that is not read'],
} satisfies Partial<Record<ErrorCode, readonly [string, string?]>>;

/** Reasons that are no codes of errors. */
const OTHER_WORDS: typeof WORDS = {
  UNREADABLE: ['unreadable'],
  'report of a crawl': ['report of a crawl', 'reports of a crawl'],
  'page of a banned site': ['page of a banned site', 'pages of banned sites'],
};

/** "12 of a kind that is not read, 3 too large": the commonest first; empty where there are none. */
export function reasonsInWords(reasons: ImportReasons | undefined = {}): string {
  const sorted = Object.entries(reasons).sort(([, a], [, b]) => b - a);
  return sorted.map(([reason, times]) => `${times} ${wordsOf(reason, times)}`).join(', ');
}

/** What has no words here speaks for itself. */
function wordsOf(reason: string, times: number): string {
  const [one, several = one] = ALL_WORDS.get(reason) ?? [reason];
  return times === 1 ? one : several;
}

const ALL_WORDS = new Map(Object.entries({ ...WORDS, ...OTHER_WORDS }));
