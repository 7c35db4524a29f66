/** What stands above results: another spelling, order, time, and counts of fields; each a link to a query that says so. */

import { type FacetAnswer, narrowedQuery, type SearchResponse, type SortField } from '../../query/index.ts';
import { type Html, html, type HtmlValue } from '../html.ts';
import type { Texts } from '../texts/texts.ts';

export interface ResultTools {
  readonly texts: Texts;
  readonly count: (number: number) => string;
  readonly query: string;
  /** The address of another query, or of this one with another parameter. */
  readonly link: (changes: {
    readonly q?: string;
    readonly spelling?: string;
    readonly related?: string;
  }) => string;
  /** `German` for `de`. */
  readonly languageName: (code: string) => string;
  /** `March 2026`. */
  readonly month: (time_ms: number) => string;
}

/** What was searched for instead, or what may have been meant. */
export function spellingNote(
  { corrected, didYouMean, query }: SearchResponse,
  tools: ResultTools,
): HtmlValue {
  const { texts, link } = tools;
  if (corrected !== undefined) {
    return html`<p class="spelling" role="note">
      ${texts.showingInstead} <a href="${link({ q: corrected })}"><strong>${corrected}</strong></a
      >. ${texts.searchForTyped} <a href="${link({ q: query, spelling: 'off' })}">${query}</a>
    </p>`;
  }
  if (didYouMean === undefined) return '';
  return html`<p class="spelling" role="note">
    ${texts.didYouMean} <a href="${link({ q: didYouMean })}"><strong>${didYouMean}</strong></a>
  </p>`;
}

const ORDER = /(?:^|\s)sort:\S+/g;
const TIME = /(?:^|\s)(?:after|before|date):\S+/g;
const COUNTS = /(?:^|\s)facet:(?:site|type|lang)(?=\s|$)/g;

/** Order, time and counts to narrow by, as words of the query: what was chosen can be seen, and typed. */
export function resultMenus(tools: ResultTools, fields: readonly SortField[]): HtmlValue {
  const { texts } = tools;
  return html`<nav class="menus">
    ${menu(
      texts.order,
      ORDER,
      [
        [texts.byRelevance, ''],
        [texts.newestFirst, 'sort:-date'],
        [texts.oldestFirst, 'sort:date'],
        ...fields.flatMap(({ name }): readonly Choice[] => [
          [texts.greatestFirst(name), `sort:-${name}`],
          [texts.leastFirst(name), `sort:${name}`],
        ]),
      ],
      tools,
    )}
    ${menu(
      texts.time,
      TIME,
      [
        [texts.anyTime, ''],
        [texts.pastDay, 'after:1d'],
        [texts.pastWeek, 'after:1w'],
        [texts.pastMonth, 'after:1m'],
        [texts.pastYear, 'after:1y'],
      ],
      tools,
    )}
    ${menu(
      texts.allResults,
      COUNTS,
      [
        [texts.allResults, ''],
        [texts.bySite, 'facet:site'],
        [texts.byKind, 'facet:type'],
        [texts.byLanguage, 'facet:lang'],
      ],
      tools,
    )}
    <a href="/advanced">${texts.advancedSearch}</a>
  </nav>`;
}

/** Of a menu: what is shown, and the words of the query that say it. */
type Choice = readonly [label: string, words: string];

function menu(name: string, pattern: RegExp, choices: readonly Choice[], { query, link }: ResultTools): Html {
  const bare = query.replace(pattern, ' ').replace(/\s+/g, ' ').trim();
  const now = (query.match(pattern) ?? []).map((words) => words.trim()).join(' ');
  return html`<details>
    <summary>${choices.find(([, words]) => words === now)?.[0] ?? name}</summary>
    <ul>
      ${choices.map(
        ([label, words]) =>
          html`<li>
            <a
              href="${link({ q: words === '' ? bare : narrowedQuery(bare, words) })}"
              ${words === now ? html`aria-current="true"` : ''}
              >${label}</a
            >
          </li>`,
      )}
    </ul>
  </details>`;
}

/** Values that are shown of a field. */
const MAX_SHOWN = 12;

/** The counts that the query asked for; a value narrows the query to it. */
export function facetLists({ facets = [] }: SearchResponse, tools: ResultTools): HtmlValue {
  if (facets.length === 0) return '';
  return html`<aside class="facets">${facets.map((facet) => facetList(facet, tools))}</aside>`;
}

function facetList(
  { name, counts, values, isExact }: FacetAnswer,
  { query, link, count, texts, languageName, month }: ResultTools,
): Html {
  const shown = (value: string): string => {
    if (name === 'lang' || name === 'language') return languageName(value) || value;
    return MONTH.test(value) ? month(Date.parse(value)) : value;
  };
  const number = (documents: number): string =>
    isExact ? count(documents) : texts.atLeast(count(documents));
  return html`<section>
    <h2>
      ${name}
      ${values > MAX_SHOWN ? html`<small>${texts.firstOf(count(MAX_SHOWN), count(values))}</small>` : ''}
    </h2>
    <ul>
      ${counts.slice(0, MAX_SHOWN).map(({ value, documents }) => {
        const target = link({ q: narrowedQuery(query, narrowed(name, value)) });
        return html`<li>
          <a href="${target}" dir="auto">${shown(value)}</a>
          <span>${number(documents)}</span>
        </li>`;
      })}
    </ul>
  </section>`;
}

/** Words to ask further with; where they were not asked for, the way to them. */
export function relatedSearches({ related }: SearchResponse, tools: ResultTools): HtmlValue {
  const { query, link, texts } = tools;
  if (related === undefined) {
    return html`<p class="related">
      <a href="${link({ related: '1' })}" rel="nofollow">${texts.related}</a>
    </p>`;
  }
  if (related.length === 0) return '';
  return html`<nav class="related" aria-label="${texts.related}">
    <h2>${texts.related}</h2>
    <ul>
      ${related.map((phrase) => {
        const more = /\s/.test(phrase) ? `"${phrase}"` : phrase;
        return html`<li><a href="${link({ q: narrowedQuery(query, more) })}" dir="auto">${phrase}</a></li>`;
      })}
    </ul>
  </nav>`;
}

/** The first day of a month stands for it. */
const MONTH = /^(\d{4}-(?:0[1-9]|1[0-2]))-01$/;
/** Ranges as counts name them: from included, to excluded, either open. */
const NUMBERS = /^(-?[\d.]+)-(-?[\d.]+)$/;
const BOUND = String.raw`(\d{4}-\d\d-\d\d|-?\d+(?:\.\d+)?|)`;
const DOTTED = new RegExp(String.raw`^${BOUND}\.\.${BOUND}$`);

/** Fields that are asked for by another name than they are counted by. */
const OPERATOR_OF: Readonly<Record<string, string>> = { language: 'lang' };
/** Fields that have values to count and order by, but no terms of their own. */
const COLUMNS_ALONE: ReadonlySet<string> = new Set(['charset', 'contenttype', 'sitename']);

/** A value of a field as a condition: a day begins a month of a histogram, ranges are ranges. */
function narrowed(counted: string, value: string): string {
  const name = OPERATOR_OF[counted] ?? counted;
  if (COLUMNS_ALONE.has(name) && /^[^\s"().]+$/.test(value)) return `${name}:${value}..${value}`;
  const [, month] = MONTH.exec(value) ?? [];
  if (month !== undefined) return `${name}:${month}..${month}`;
  const [, from = '', to = ''] = DOTTED.exec(value) ?? NUMBERS.exec(value) ?? [];
  const bounds = [from === '' ? '' : `${name}:>=${from}`, to === '' ? '' : `${name}:<${to}`];
  if (bounds.some((bound) => bound !== '')) return bounds.filter((bound) => bound !== '').join(' ');
  if (/^-?\d+(?:\.\d+)?$/.test(value)) return `${name}:${value}..${value}`;
  return /^[\p{L}\p{N}._/-]+$/u.test(value) ? `${name}:${value}` : `${name}:"${value.replaceAll('"', ' ')}"`;
}
