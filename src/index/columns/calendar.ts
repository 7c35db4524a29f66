/** Steps of time, in UTC. */

import type { CalendarStep } from './column-query.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const WEEK_MS = 7 * DAY_MS;
/** 1970 began on a Thursday; this Monday is before it. */
const FIRST_MONDAY_MS = -3 * DAY_MS;

/** The first value of the step that `value` is in. */
export function startOfStep(value: number, step: CalendarStep | number): number {
  if (typeof step === 'number') return floorTo(value, step);
  if (step === 'hour') return floorTo(value, HOUR_MS);
  if (step === 'day') return floorTo(value, DAY_MS);
  if (step === 'week') return floorTo(value - FIRST_MONDAY_MS, WEEK_MS) + FIRST_MONDAY_MS;
  // Dates cut towards zero.
  const date = new Date(Math.floor(value));
  const start = new Date(0);
  start.setUTCFullYear(date.getUTCFullYear(), step === 'year' ? 0 : date.getUTCMonth(), 1);
  return Number.isNaN(start.getTime()) ? value : start.getTime();
}

/** One zero: maps tell 0 from −0 as little as readers do. */
function floorTo(value: number, step: number): number {
  return Math.floor(value / step) * step + 0;
}
