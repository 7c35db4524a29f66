/** Dates as people type them: a year, a month, a day, a moment, seconds since 1970, or so long ago. All in UTC. */

/** From its first millisecond to its last. */
export interface DatePeriod {
  readonly first_ms: number;
  readonly last_ms: number;
}

const DAY_MS = 86_400_000;
const AGO = /^(\d{1,5})(h|d|w|m|y)$/i;
const CALENDAR = /^(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?)?$/;
const MOMENT = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}/;

/** Undefined for what is no date. `now_ms` is what "ago" counts from. */
export function datePeriod(text: string, now_ms: number): DatePeriod | undefined {
  const typed = text.trim();
  const named = namedPeriod(typed.toLowerCase(), now_ms) ?? calendarPeriod(typed);
  if (named !== undefined) return named;
  const [, count, unit] = AGO.exec(typed) ?? [];
  if (count !== undefined && unit !== undefined)
    return moment(ago(Number(count), unit.toLowerCase(), now_ms));
  if (/^\d{9,11}$/.test(typed)) return moment(Number(typed) * 1000);
  if (/^\d{12,14}$/.test(typed)) return moment(Number(typed));
  return MOMENT.test(typed) ? moment(Date.parse(zoned(typed))) : undefined;
}

function moment(time_ms: number): DatePeriod | undefined {
  return Number.isFinite(time_ms) ? { first_ms: time_ms, last_ms: time_ms } : undefined;
}

function namedPeriod(name: string, now_ms: number): DatePeriod | undefined {
  const today_ms = Math.floor(now_ms / DAY_MS) * DAY_MS;
  if (name === 'today') return { first_ms: today_ms, last_ms: today_ms + DAY_MS - 1 };
  if (name === 'yesterday') return { first_ms: today_ms - DAY_MS, last_ms: today_ms - 1 };
  return undefined;
}

function calendarPeriod(text: string): DatePeriod | undefined {
  const [, year, month, day] = CALENDAR.exec(text) ?? [];
  if (year === undefined) return undefined;
  const y = Number(year);
  if (month === undefined) return between(utc(y, 1, 1), utc(y + 1, 1, 1));
  const m = Number(month);
  if (m < 1 || m > 12) return undefined;
  if (day === undefined) return between(utc(y, m, 1), utc(m === 12 ? y + 1 : y, m === 12 ? 1 : m + 1, 1));
  const first_ms = utc(y, m, Number(day));
  // The 31st of February is no day.
  return new Date(first_ms).getUTCDate() === Number(day) ? between(first_ms, first_ms + DAY_MS) : undefined;
}

function between(first_ms: number, past_ms: number): DatePeriod {
  return { first_ms, last_ms: past_ms - 1 };
}

function utc(year: number, month: number, day: number): number {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getTime();
}

function ago(count: number, unit: string, now_ms: number): number {
  const date = new Date(now_ms);
  if (unit === 'h') return now_ms - (count * DAY_MS) / 24;
  if (unit === 'd') return now_ms - count * DAY_MS;
  if (unit === 'w') return now_ms - count * 7 * DAY_MS;
  if (unit === 'm') date.setUTCMonth(date.getUTCMonth() - count);
  else date.setUTCFullYear(date.getUTCFullYear() - count);
  return date.getTime();
}

/** Without a zone a moment is of UTC. */
function zoned(text: string): string {
  const joined = text.replace(' ', 'T');
  return /(?:Z|[+-]\d{2}:?\d{2})$/i.test(joined) ? joined : `${joined}Z`;
}
