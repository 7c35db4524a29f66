/** Dates as pages and servers write them. */

/** Before this no page was written. 1990-01-01. */
const EARLIEST_MS = 631_152_000_000;
const DAY_MS = 86_400_000;

const ISO =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*(Z|[+-]\d{2}:?\d{2})?)?/;
/** RFC 1123 and its like: `Sun, 06 Nov 1994 08:49:37 GMT`. */
const RFC =
  /^(?:[a-z]{3,9},?\s+)?\d{1,2}[\s-][a-z]{3,9}[\s-]\d{4}(?:\s+\d{2}:\d{2}(?::\d{2})?\s*(?:[a-z]{1,4}|[+-]\d{4})?)?$/i;

/**
 * Milliseconds since 1970 of an ISO 8601 or RFC 1123 date; 0 when it is neither, or lies before 1990 or more than a
 * day after `now_ms`. Without a zone it is taken for UTC, so that the same page has the same date everywhere.
 */
export function parseDate(text: string, now_ms: number): number {
  const trimmed = text.trim().slice(0, 64);
  const time_ms = isoTime(trimmed) ?? (RFC.test(trimmed) ? Date.parse(withZone(trimmed)) : Number.NaN);
  return time_ms >= EARLIEST_MS && time_ms <= now_ms + DAY_MS ? time_ms : 0;
}

/** The same for ISO 8601 alone and for any time; undefined for what is not, NaN for what can't be. */
export function isoTime(text: string): number | undefined {
  const match = ISO.exec(text);
  if (match === null) return undefined;
  const [, year = '', month = '', day = '', hour = '00', minute = '00', second = '00', zone = 'Z'] = match;
  const offset = /^[+-]\d{4}$/.test(zone) ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone;
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}${offset}`);
}

function withZone(text: string): string {
  return /(?:[a-z]{1,4}|[+-]\d{4})$/i.test(text) && /\d{2}:\d{2}/.test(text) ? text : `${text} UTC`;
}
