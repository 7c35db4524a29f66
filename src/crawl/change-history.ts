/**
 * What is known of how a page changes: how often it was looked at, how often it was another, and how fast it changes by
 * that. Visits are irregular, and two changes between two visits look like one.
 */

export interface ChangeHistory {
  /** Visits after the first, newer ones counting more. */
  readonly visits: number;
  /** Those of them that met another page than the one before. */
  readonly changes: number;
  /** Time that the visits span, ms. */
  readonly observed_ms: number;
  /** When the last good answer came; 0 before there was one. */
  readonly seenAt_ms: number;
  /** When the first of the present row of failures came; 0 while there are none. */
  readonly failingSince_ms: number;
}

export const NO_HISTORY: ChangeHistory = {
  visits: 0,
  changes: 0,
  observed_ms: 0,
  seenAt_ms: 0,
  failingSince_ms: 0,
};

/** Visits remembered; with more, the old ones fade, so that a page which has gone quiet is believed. */
const MAX_VISITS = 32;
const DAY_MS = 86_400_000;
/** Before anything is known a page is taken to change about once in ten days, with the weight of one visit. */
const PRIOR_VISITS = 1;
const PRIOR_INTERVAL_MS = 10 * DAY_MS;

/** The history with one more good visit. */
export function visited(history: ChangeHistory, at_ms: number, isChanged: boolean): ChangeHistory {
  if (history.seenAt_ms === 0 || at_ms <= history.seenAt_ms) {
    return { ...history, seenAt_ms: at_ms, failingSince_ms: 0 };
  }
  const fade = history.visits >= MAX_VISITS ? 0.5 : 1;
  return {
    visits: Math.round(history.visits * fade) + 1,
    changes: Math.round(history.changes * fade) + (isChanged ? 1 : 0),
    observed_ms: Math.round(history.observed_ms * fade) + (at_ms - history.seenAt_ms),
    seenAt_ms: at_ms,
    failingSince_ms: 0,
  };
}

/** The history with one more visit that failed. */
export function failed(history: ChangeHistory, at_ms: number): ChangeHistory {
  return history.failingSince_ms === 0 ? { ...history, failingSince_ms: at_ms } : history;
}

/**
 * Changes a day. The estimator −ln((n − x + ½)/(n + ½))/I of Cho and Garcia-Molina ("Estimating frequency of change",
 * 2003) for n visits, x changes and a mean interval I: unlike x/(n·I) it stays finite and unbiased when a page was
 * another at every visit.
 */
export function changesPerDay({ visits, changes, observed_ms }: ChangeHistory): number {
  const count = visits + PRIOR_VISITS;
  const interval_d = (observed_ms + PRIOR_VISITS * PRIOR_INTERVAL_MS) / count / DAY_MS;
  const half = changes + PRIOR_VISITS / 2;
  return -Math.log((count - half + 0.5) / (count + 0.5)) / interval_d;
}
