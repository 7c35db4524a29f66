/** What kind of page a URL leads to, by its form: numbers and dates taken out, names of parameters kept. */

/** Parameters by which calendars are turned over. */
const DATE_NAMES: ReadonlySet<string> = new Set([
  'cal',
  'calendar',
  'cal_date',
  'cal_month',
  'cal_year',
  'date',
  'day',
  'month',
  'mon',
  'week',
  'year',
  'ym',
  'yr',
]);
const ISO_DATE = /^(\d{4})-(?:0?[1-9]|1[0-2])(?:-(?:0?[1-9]|[12]\d|3[01]))?$/;
const YEAR_MONTH = /\/(\d{4})\/(?:0?[1-9]|1[0-2])(?:\/(?:0?[1-9]|[12]\d|3[01]))?\/?$/;
/** Calendars show some years ahead for good reasons. */
const YEARS_AHEAD = 5;

/** Path with runs of digits as `#`, and the names of the parameters: the same for all pages of one kind. */
export function templateOf(url: string): string {
  return `${new URL(url).pathname.replace(/\d+/g, '#')}?${queryNames(url).join('&')}`;
}

/** Names of a URL's parameters, sorted, each once. */
export function queryNames(url: string): string[] {
  return [...new Set(new URL(url).searchParams.keys())].sort();
}

/** True for a URL that ends in a date, or asks for one: a page of a calendar or of an archive by date. */
export function isDateLike(url: string): boolean {
  const { pathname, searchParams } = new URL(url);
  if (YEAR_MONTH.test(pathname)) return true;
  if (ISO_DATE.test(pathname.split('/').findLast((segment) => segment !== '') ?? '')) return true;
  return [...searchParams].some(
    ([name, value]) => ISO_DATE.test(value) || (DATE_NAMES.has(name.toLowerCase()) && /^[\d-]+$/.test(value)),
  );
}

/** The year of a date-like URL where it is further ahead than any page has reason to be. */
export function farYear(url: string, thisYear: number): number | undefined {
  if (!isDateLike(url)) return undefined;
  const { pathname, searchParams } = new URL(url);
  const years = [YEAR_MONTH.exec(pathname)?.[1]];
  for (const segment of pathname.split('/')) years.push(ISO_DATE.exec(segment)?.[1]);
  for (const [name, value] of searchParams) {
    years.push(ISO_DATE.exec(value)?.[1]);
    if (/^(?:cal_)?(?:year|yr)$/i.test(name) && /^\d{4}$/.test(value)) years.push(value);
  }
  return years.map(Number).find((year) => year > thisYear + YEARS_AHEAD);
}
