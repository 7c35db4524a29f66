/** The last good copy of a page that fails: which ends leave it in place, and for how long. */

import type { RecordedOutcome, ReplyRecord } from './crawl-records.ts';

/** Ends that may pass. */
const FAILING: ReadonlySet<string> = new Set<RecordedOutcome>([
  'http-error',
  'network-error',
  'timeout',
  'parse-failed',
  'too-large',
  'unsupported-type',
  'address-refused',
]);
/** How long the last good copy of a page that fails is kept. */
const GRACE_MS = 30 * 86_400_000;

/** How an attempt ended, as far as the copy is concerned. */
interface End {
  readonly outcome: RecordedOutcome;
  readonly status?: number;
}

/** The page was not had, and may be the next time. */
export function isFailing({ outcome, status = 0 }: End): boolean {
  // Led out of scope for a time: to where one logs in, or is told that the site is being worked on.
  const isAway = outcome === 'out-of-scope' && status >= 300 && status <= 399 && !isForGood(status);
  return isAway || FAILING.has(outcome);
}

/** Redirects that say that the page has another address now (RFC 9110 §15.4). */
export function isForGood(status: number): boolean {
  return status === 301 || status === 308;
}

/** The page has failed for so long that its copy goes. */
export function isBeyondGrace(previous: ReplyRecord | undefined, end: End, now_ms: number): boolean {
  const since_ms = previous?.history.failingSince_ms ?? 0;
  return isFailing(end) && since_ms > 0 && now_ms - since_ms > GRACE_MS;
}
