/** Numbers, times, sizes, languages and addresses as people read them. English; times in UTC. */

import type { CrawlOutcome } from '../crawl/index.ts';

const numbers = new Intl.NumberFormat('en');
const dates = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeZone: 'UTC' });
const times = new Intl.DateTimeFormat('en', { timeStyle: 'medium', hourCycle: 'h23', timeZone: 'UTC' });
const languages = new Intl.DisplayNames(['en'], { type: 'language', fallback: 'none' });

/** `12,345`. */
export function count(value: number): string {
  return numbers.format(value);
}

/** `1 page`, `2 pages`. */
export function counted(value: number, one: string, many: string): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** `0 B`, `3.4 kB`, `1.2 GB`: powers of 1,000, as disks are sold. */
export function size(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 99.5 ? Math.round(value) : value.toFixed(1)} ${units[unit] ?? ''}`;
}

/**
 * What an engine keeps on disk: the files of its databases and indexes, and the logs that secure what is newer. Room
 * that a log has taken in advance is not counted.
 */
export function diskUse({ disk_bytes, shards }: DiskState): DiskUse {
  const log_bytes = shards.reduce((sum, shard) => sum + shard.log_bytes, 0);
  return { all_bytes: disk_bytes + log_bytes, data_bytes: disk_bytes, log_bytes };
}

interface DiskState {
  readonly disk_bytes: number;
  readonly shards: readonly { readonly log_bytes: number }[];
}

export interface DiskUse {
  readonly all_bytes: number;
  readonly data_bytes: number;
  readonly log_bytes: number;
}

/** How an attempt to fetch a page ended, in words. */
export function outcomeWords(outcome: CrawlOutcome): string {
  return OUTCOMES[outcome];
}

/** `3 private addresses refused`: how many attempts ended so. */
export function outcomesCounted(outcome: CrawlOutcome, times: number): string {
  const one = OUTCOMES[outcome];
  return counted(times, one, SEVERAL[outcome] ?? one);
}

/** Where several are said in another way. */
const SEVERAL: Readonly<Partial<Record<CrawlOutcome, string>>> = {
  duplicate: 'duplicates',
  'http-error': 'HTTP errors',
  'unsupported-type': 'of unsupported types',
  'address-refused': 'private addresses refused',
  trap: 'traps avoided',
};

const OUTCOMES: Readonly<Record<CrawlOutcome, string>> = {
  indexed: 'indexed',
  unchanged: 'unchanged',
  duplicate: 'duplicate',
  noindex: 'marked noindex',
  'canonical-elsewhere': 'canonical elsewhere',
  redirect: 'redirected',
  'robots-forbidden': 'forbidden by robots.txt',
  'out-of-scope': 'out of scope',
  'not-found': 'not found',
  'http-error': 'HTTP error',
  'network-error': 'not reached',
  timeout: 'too slow',
  'too-large': 'too large',
  'unsupported-type': 'unsupported type',
  'parse-failed': 'unreadable',
  'address-refused': 'private address refused',
  trap: 'trap avoided',
  limit: 'beyond the limit',
};

/** Every way in which an attempt can end. */
export function crawlOutcomes(): readonly CrawlOutcome[] {
  return Object.keys(OUTCOMES) as CrawlOutcome[];
}

/** `0.4 ms`, `12 ms`, `1.3 s`. */
export function duration(time_ms: number): string {
  if (time_ms < 10) return `${time_ms.toFixed(1)} ms`;
  if (time_ms < 1000) return `${Math.round(time_ms)} ms`;
  return `${(time_ms / 1000).toFixed(1)} s`;
}

/** `3 s`, `4 min`, `2 h 5 min`, `3 days`. */
export function age(time_s: number): string {
  if (time_s < 60) return `${Math.floor(time_s)} s`;
  if (time_s < 3600) return `${Math.floor(time_s / 60)} min`;
  if (time_s < 172_800) return `${Math.floor(time_s / 3600)} h ${Math.floor((time_s % 3600) / 60)} min`;
  return `${Math.floor(time_s / 86_400)} days`;
}

/** `24 hours`, `30 min`: the time between two of something. */
export function period(time_ms: number): string {
  const hours = time_ms / 3_600_000;
  return Number.isInteger(hours) ? counted(hours, 'hour', 'hours') : age(time_ms / 1000);
}

/** `Mar 4, 2026`; empty for 0 and for times that no calendar has. */
export function date(time_ms: number): string {
  return isTime(time_ms) ? dates.format(time_ms) : '';
}

/** `14:03:22`. */
export function timeOfDay(time_ms: number): string {
  return isTime(time_ms) ? times.format(time_ms) : '';
}

/** Languages that are written from right to left. */
const RIGHT_TO_LEFT: ReadonlySet<string> = new Set('ar arc ckb dv fa he ps sd syr ug ur yi'.split(' '));

/** Which way a text in a language runs; `auto`, as its letters say, where that is unknown. */
export function directionOf(language: string): 'ltr' | 'rtl' | 'auto' {
  if (language === '') return 'auto';
  return RIGHT_TO_LEFT.has(language) ? 'rtl' : 'ltr';
}

/** `2026-03-04T14:03:22.000Z`; empty for 0 and for times that no calendar has. */
export function isoTime(time_ms: number): string {
  return isTime(time_ms) ? new Date(time_ms).toISOString() : '';
}

/** `2026-03-04 14:03:22`, of the world's time, for tables that say so; empty as {@link isoTime} is. */
export function utcTime(time_ms: number): string {
  return isoTime(time_ms).replace('T', ' ').slice(0, 19);
}

/** `2026-03-04 14:03`, likewise. */
export function utcMinute(time_ms: number): string {
  return utcTime(time_ms).slice(0, 16);
}

/** `German` for `de`; `Unknown` for what is no language code. */
export function languageName(code: string): string {
  if (!/^[a-z]{2,3}(-[a-z0-9]{2,8})*$/i.test(code)) return 'Unknown';
  return languages.of(code) ?? 'Unknown';
}

/** The address where a link may lead: http and https only, so that no stored URL can run as a script. */
export function safeAddress(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const { protocol, href } = new URL(url);
  return protocol === 'http:' || protocol === 'https:' ? href : undefined;
}

/** Host and folders of an address, for people: `docs.example.org`, `guide`, `start`. Cut in the middle. */
export function addressTrail(url: string): { host: string; folders: readonly string[] } {
  if (!URL.canParse(url)) return { host: withoutControls(url), folders: [] };
  const { host: name, pathname, protocol, search } = new URL(url);
  // Files of this machine and names of other kinds have no host: what they are stands in its place.
  const host = name === '' ? protocol : name;
  const parts = pathname.split('/').filter((part) => part !== '');
  // Pages that differ by nothing else must not look the same.
  if (search.length > 1) parts.push(`${parts.pop() ?? ''}${search}`);
  const folders = parts.map((part) => shortened(withoutControls(decoded(part)), 40));
  if (folders.length <= 3) return { host, folders };
  return { host, folders: [folders[0] ?? '', '…', folders.at(-1) ?? ''] };
}

/** Text without characters that steer terminals or turn reading direction: what a stranger wrote can't move ours. */
export function withoutControls(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what this removes
  return text.replace(/[\u0000-\u001F\u007F-\u009F\u200E\u200F\u202A-\u202E\u2066-\u2069]+/g, ' ');
}

export function shortened(text: string, most: number): string {
  // A pair of surrogates that is cut apart leaves half a character; better none.
  return text.length <= most ? text : `${text.slice(0, most - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function isTime(time_ms: number): boolean {
  return time_ms > 0 && time_ms <= 8.64e15;
}
