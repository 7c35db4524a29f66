/**
 * Reads a table of URL filters as Gigablast kept it (rows of expression, priority, "delete" and the rest) as rules of
 * ours. Terms are joined by `&&`; what has no counterpart here is told row by row, never dropped in silence.
 */

import { RULE_NUMBERS, type UrlRule } from './rule-table.ts';

/** A row by the names of Gigablast's settings. */
export interface GigablastFilter {
  /** `fe`: the expression. */
  readonly expression: string;
  /** `hspl`: links are followed; default true. */
  readonly harvestLinks?: boolean;
  /** `mspr`: 0 switches the row's URLs off. */
  readonly maxSpiders?: number | undefined;
  /** `fdu`. */
  readonly isDelete?: boolean;
  /** `fsp`: 127 first … 0 last. */
  readonly priority?: number;
  /** `fsf`: days from one visit to the next. */
  readonly frequency_d?: number;
  /** `xg`: between requests to one address. */
  readonly sameIpWait_ms?: number;
}

export interface ImportedFilters {
  readonly rules: readonly UrlRule[];
  /** Rows that could not be taken over, with the term that has no counterpart. */
  readonly left: readonly { readonly row: number; readonly expression: string; readonly term: string }[];
}

const FLAGS: Readonly<Record<string, string>> = {
  default: 'always',
  isroot: 'isHome',
  iswww: 'isWww',
  isaddurl: 'isSeed',
  ismanualadd: 'isSeed',
  isnew: 'isNew',
  hasreply: 'isKnown',
  isindexed: 'isKnown',
  isrssext: 'isFeed',
  isrss: 'isFeed',
  ismedia:
    'extension in ("css", "mpg", "png", "wmv", "wav", "jpg", "gif", "ico", "mp3", "mp4", "mov", "avi", "mpeg", "jpeg")',
};
const HIGHEST_PRIORITY = 127;
const DAY_S = 86_400;

export function importFilters(filters: readonly GigablastFilter[]): ImportedFilters {
  const rules: UrlRule[] = [];
  const left: { row: number; expression: string; term: string }[] = [];
  for (const [index, filter] of filters.entries()) {
    const terms = filter.expression.split('&&').map((term) => term.trim());
    const parts = terms.map(translate);
    const unknown = parts.indexOf(undefined);
    if (unknown >= 0) {
      left.push({ row: index, expression: filter.expression, term: terms[unknown] ?? '' });
      continue;
    }
    const when = parts.filter((part) => part !== 'always').join(' and ');
    rules.push({
      when: when === '' ? 'always' : when,
      action: actionOf(filter),
      ...(filter.priority !== undefined && { priority: Math.max(0, HIGHEST_PRIORITY - filter.priority) }),
      ...numberOf('refreshAfter_s', (filter.frequency_d ?? 0) * DAY_S),
      ...numberOf('delay_ms', filter.sameIpWait_ms ?? 0),
      ...numberOf('maxAtOnce', filter.maxSpiders ?? 0),
      note: `row ${index} of a Gigablast table: ${filter.expression}`,
    });
  }
  return { rules, left };
}

/** A number of a row within our bounds; nothing where the old one says nothing. */
function numberOf(name: keyof typeof RULE_NUMBERS, value: number): Partial<UrlRule> {
  const [least, most] = RULE_NUMBERS[name];
  return value > 0 ? { [name]: Math.min(most, Math.max(least, Math.round(value))) } : {};
}

function actionOf({ isDelete, maxSpiders, harvestLinks }: GigablastFilter): NonNullable<UrlRule['action']> {
  if (isDelete === true) return 'delete';
  if (maxSpiders === 0) return 'skip';
  return harvestLinks === false ? 'leaf' : 'crawl';
}

/** One term as a condition of ours; undefined where there is none. */
function translate(term: string): string | undefined {
  const isNegated = term.startsWith('!') && !term.startsWith('!=');
  const bare = isNegated ? term.slice(1).trim() : term;
  const positive = translatePositive(bare);
  if (positive === undefined) return undefined;
  return isNegated ? `not (${positive})` : positive;
}

function translatePositive(term: string): string | undefined {
  const flag = FLAGS[term.toLowerCase()];
  if (flag !== undefined) return flag;
  const number = /^hopcount\s*(==|=|!=|<=|>=|<|>)\s*(\d+)$/i.exec(term);
  if (number !== null) return `depth ${number[1] === '==' ? '=' : number[1]} ${number[2]}`;
  const list = /^tld\s*(==|!=)\s*([a-z,\s]+)$/i.exec(term);
  if (list !== null) {
    const values = (list[2] ?? '').split(',').map((value) => JSON.stringify(value.trim().toLowerCase()));
    const listed = `tld in (${values.join(', ')})`;
    return list[1] === '!=' ? `not (${listed})` : listed;
  }
  if (term.startsWith('^')) return `url ^= ${JSON.stringify(term.slice(1))}`;
  if (term.startsWith('$')) return `url $= ${JSON.stringify(term.slice(1).replaceAll('\\', ''))}`;
  // A word that is none of Gigablast's own terms is looked for in the URL.
  return /[./:?=-]/.test(term) && !/[<>]|==|!=/.test(term) ? `url *= ${JSON.stringify(term)}` : undefined;
}
