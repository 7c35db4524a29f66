/** The results of a search. */

import {
  missingShards,
  narrowedQuery,
  type SearchResponse,
  type SearchResult,
  type SortField,
} from '../../query/index.ts';
import { type Html, html, type HtmlValue } from '../html.ts';
import { FIRST_MAX } from '../limits.ts';
import {
  addressTrail,
  age,
  directionOf,
  duration,
  isoTime,
  safeAddress,
  withoutControls,
} from '../wording.ts';
import type { Locale } from '../texts/locale.ts';
import { nameOf, page, type PageFrame, searchHeader } from './layout.ts';
import { scoresOf } from './score-list.ts';
import { withMarks } from './with-marks.ts';
import { facetLists, relatedSearches, resultMenus, type ResultTools, spellingNote } from './results-tools.ts';

export interface ResultsPageParts {
  readonly frame: PageFrame;
  readonly collection: string;
  readonly query: string;
  readonly first: number;
  readonly count: number;
  /** Parameters to carry from page to page, without `s` and `format`. */
  readonly parameters: URLSearchParams;
  /** The page that these are to be like. */
  readonly like: LikedPage | undefined;
  readonly response: SearchResponse;
}

export interface LikedPage {
  readonly docId: number;
  readonly title: string;
}

/** Pages that the line of page numbers offers around the current one. */
const NEIGHBOURS = 4;

export function resultsPage(parts: ResultsPageParts): Html {
  const { frame, collection, query, response } = parts;
  const { texts } = frame.locale;
  const hasResults = response.results.length > 0;
  const tools: ResultTools = {
    texts,
    count: frame.locale.count,
    query,
    link: (changes) => changedLink(parts, changes),
    languageName: frame.locale.languageName,
    month: frame.locale.month,
  };
  return page({
    title: query.trim() === '' ? `${texts.search} - ${nameOf(frame)}` : `${query} - ${nameOf(frame)}`,
    frame,
    kind: 'results',
    head: html`<script src="${frame.keysScript}" defer></script>
      <link
        rel="alternate"
        type="application/rss+xml"
        title="${texts.asRss}"
        href="${link(parts, { format: 'rss' })}"
      />
      <meta name="robots" content="noindex" />`,
    header: searchHeader({ frame, query, collection, isFocused: !hasResults }),
    main: html`
      <h1 class="unseen">${texts.resultsFor(query)}</h1>
      ${query.trim() === '' ? '' : html`<div class="above">${summaryLine(parts)} ${resultMenus(tools, menuFields(response))}</div>`}
      ${likeNote(parts)} ${spellingNote(response, tools)} ${notes(response, frame.locale)}
      ${facetLists(response, tools)}
      ${
        hasResults
          ? html`<ol class="hits" start="${parts.first + 1}">
              ${response.results.map((result) => hit(result, parts))}
            </ol>`
          : nothingFound(parts)
      }
      ${pagination(parts)} ${hasResults ? relatedSearches(response, tools) : ''}
    `,
    footer: html`<a href="${explainLink(parts)}" rel="nofollow">${texts.howRead}</a>
      <a href="${link(parts, { format: 'json' })}">JSON</a>
      <a href="${link(parts, { format: 'csv' })}">CSV</a>
      <a href="${link(parts, { format: 'rss' })}">RSS</a>`,
  });
}

function summaryLine({ response, first, query, frame }: ResultsPageParts): HtmlValue {
  if (response.results.length === 0 || query.trim() === '') return '';
  const { texts, count } = frame.locale;
  const all = texts.results(count(response.matches), response.matches, response.countIsExact);
  const shown =
    first === 0 ? all : texts.range(count(first + 1), count(first + response.results.length), all);
  return html`<p class="summary" role="status">
    ${shown}
    <span>${texts.inTime(duration(response.took_ms))}</span>
    ${aged(response, texts)}
  </p>`;
}

function likeNote({ like, collection, frame }: ResultsPageParts): HtmlValue {
  if (like === undefined) return '';
  const copy = new URLSearchParams({ c: collection, d: String(like.docId) });
  return html`<p class="spelling" role="note">
    ${frame.locale.texts.similarTo} <a href="/get?${copy.toString()}" dir="auto">${like.title}</a>
  </p>`;
}

/** How old an answer is that was not found just now. */
function aged({ age_ms = 0 }: SearchResponse, { foundAgo }: Locale['texts']): HtmlValue {
  return age_ms < 1_000 ? '' : html`<span>· ${foundAgo(age(age_ms / 1_000))}</span>`;
}

/** Fields of which an order says something: not those that the other choices are of, nor such as only count. */
function menuFields({ fields = [] }: SearchResponse): readonly SortField[] {
  return fields.filter(({ name }) => !UNORDERED.has(name)).slice(0, MAX_MENU_FIELDS);
}

const MAX_MENU_FIELDS = 8;
const UNORDERED: ReadonlySet<string> = new Set([
  'charset',
  'contenttype',
  'date',
  'host',
  'language',
  'site',
  'sitename',
  'status',
  'type',
]);

function explainLink({ collection, query }: ResultsPageParts): string {
  return `/explain?${new URLSearchParams({ c: collection, q: query }).toString()}`;
}

function notes(response: SearchResponse, { texts }: Locale): HtmlValue {
  const { shardsAsked, shardsMissing, warnings } = response;
  const lines = warnings.filter((line) => line !== missingShards(shardsMissing));
  // That none of them answers is no answer at all but where there was no time to ask.
  if (shardsMissing > 0 && shardsMissing < shardsAsked) {
    lines.push(texts.partsMissing(shardsMissing, shardsAsked));
  } else if (response.isDamaged) {
    lines.push(texts.damaged);
  } else if (response.partial) {
    lines.push(texts.cutShort);
  }
  return lines.length === 0
    ? ''
    : html`<ul class="notes">
        ${lines.map((line) => html`<li>${line}</li>`)}
      </ul>`;
}

function hit(result: SearchResult, parts: ResultsPageParts): Html {
  const { collection, frame } = parts;
  const address = safeAddress(result.url);
  const { host, folders } = addressTrail(result.url);
  const title = result.title.text.trim() === '' ? host : withMarks(result.title);
  const language = result.language === '' ? html`dir="auto"` : html`lang="${result.language}" dir="auto"`;
  // The whole result runs as its text does, so that its lines begin at one edge whatever way the page runs.
  return html`<li>
    <article dir="${directionOf(result.language)}">
      <p class="trail">
        <span class="host">${host}</span
        >${folders.map((folder) => html`<span class="folder">${folder}</span>`)}
      </p>
      <h2 ${language}>${address === undefined ? title : html`<a href="${address}">${title}</a>`}</h2>
      <p class="snippet" ${language}>${withMarks(result.snippet)}</p>
      ${scoresOf(result, frame.locale)}
      <p class="facts">
        ${facts(result, address, { collection, query: parts.query, locale: frame.locale })}
        ${behind(result, parts)}
      </p>
    </article>
  </li>`;
}

function facts(
  result: SearchResult,
  address: string | undefined,
  {
    collection,
    query,
    locale,
  }: { readonly collection: string; readonly query: string; readonly locale: Locale },
): readonly Html[] {
  const { texts } = locale;
  const shown: Html[] = [];
  const time_ms = result.published_ms > 0 ? result.published_ms : result.fetchedAt_ms;
  const day = locale.date(time_ms);
  if (day !== '') {
    const what = result.published_ms > 0 ? texts.published : texts.fetched;
    shown.push(html`<time datetime="${isoTime(time_ms)}" title="${what}"><bdi>${day}</bdi></time>`);
  }
  const language = locale.languageName(result.language);
  if (language !== '') shown.push(html`<span>${language}</span>`);
  if (result.broughtFrom !== undefined) {
    shown.push(html`<span>${texts.broughtFrom(withoutControls(result.broughtFrom))}</span>`);
  }
  if (!result.contentType.includes('html')) shown.push(html`<span>${kindName(result.contentType)}</span>`);
  if (result.anchor !== '' && address !== undefined) {
    const section = `${address.split('#', 1)[0] ?? ''}#${encodeURIComponent(result.anchor)}`;
    shown.push(
      html`<a href="${section}" title="${texts.section(withoutControls(result.anchor))}"
        >${texts.goToSection}</a
      >`,
    );
  }
  const stored = new URLSearchParams({ c: collection, d: String(result.docId) });
  const copy = new URLSearchParams([...stored, ['q', query]]);
  shown.push(html`<a href="/get?${copy.toString()}">${texts.storedCopy}</a>`);
  if (locale.name !== 'en') stored.set('hl', locale.name);
  shown.push(html`<a href="/similar?${stored.toString()}" rel="nofollow">${texts.similarPages}</a>`);
  return shown;
}

/** What was folded away behind a result. */
function behind({ site, moreOfSite, copies }: SearchResult, parts: ResultsPageParts): readonly Html[] {
  const { texts, count } = parts.frame.locale;
  const shown: Html[] = [];
  if (copies > 0) {
    shown.push(html`<a href="${changedLink(parts, { dr: '0' })}">${texts.copies(count(copies), copies)}</a>`);
  }
  if (moreOfSite > 0 && site !== '') {
    const target = changedLink(parts, { q: narrowedQuery(parts.query, `site:${site}`), sc: '' });
    shown.push(html`<a href="${target}">${texts.moreFrom(site)}</a>`);
  }
  return shown;
}

function kindName(mime: string): string {
  const subtype = (mime.split(';', 1)[0] ?? '').split('/', 2)[1] ?? mime;
  return subtype === 'plain' ? 'Text' : subtype.replace(/^x-|\+xml$/g, '').toUpperCase();
}

function nothingFound({ query, response, first, frame }: ResultsPageParts): Html {
  const { texts, count } = frame.locale;
  if (query.trim() === '') return html`<p class="quiet">${texts.typeSomething}</p>`;
  if (first > 0) return html`<p class="quiet">${texts.noMoreResults}</p>`;
  const absent = response.terms.filter((term) => term.documents === 0).map((term) => term.text);
  // Of what could not be asked nobody knows what it holds.
  const { partial } = response;
  return html`<section class="nothing">
    <h2>${partial ? texts.nothingFound(query) : texts.noPageMatches(query)}</h2>
    <ul>
      ${partial ? '' : absent.map((word) => html`<li>${texts.wordNotFound(word)}</li>`)}
      <li>${texts.tryFewerWords}</li>
      <li>${texts.quotationMarks}</li>
      <li><a href="/docs/query-language">${texts.queryHelp}</a></li>
      ${partial ? '' : html`<li>${texts.collectionHolds(count(response.documents), response.documents)}</li>`}
    </ul>
  </section>`;
}

function pagination(parts: ResultsPageParts): HtmlValue {
  const { first, count: perPage, response, frame } = parts;
  const { texts, count } = frame.locale;
  if (perPage === 0 || (first === 0 && !response.hasMore)) return '';
  const current = Math.floor(first / perPage);
  const known = Math.ceil(response.matches / perPage);
  // Folding makes fewer results than matches, so only `hasMore` proves that there is a next page.
  const last = response.hasMore ? Math.max(current + 1, Math.min(current + NEIGHBOURS, known - 1)) : current;
  const numbers: Html[] = [];
  for (let n = Math.max(0, current - NEIGHBOURS); n <= last && n * perPage <= FIRST_MAX; n++) {
    const target = link(parts, { s: n * perPage });
    numbers.push(
      n === current
        ? html`<li><a aria-current="page" href="${target}">${count(n + 1)}</a></li>`
        : html`<li><a href="${target}" aria-label="${texts.page(count(n + 1))}">${count(n + 1)}</a></li>`,
    );
  }
  const next = first + perPage;
  return html`<nav class="pages" aria-label="${texts.pagesOfResults}">
    ${first > 0 ? html`<a rel="prev" href="${link(parts, { s: Math.max(0, first - perPage) })}">${texts.previous}</a>` : ''}
    <ol>
      ${numbers}
    </ol>
    ${response.hasMore && next <= FIRST_MAX ? html`<a rel="next" href="${link(parts, { s: next })}">${texts.next}</a>` : ''}
  </nav>`;
}

/** The first page of a changed query; an empty change takes a parameter away. */
function changedLink({ parameters }: ResultsPageParts, changes: Readonly<Record<string, string>>): string {
  const target = new URLSearchParams(parameters);
  target.delete('spelling');
  target.delete('like');
  for (const [name, value] of Object.entries(changes)) {
    if (value === '') target.delete(name);
    else target.set(name, value);
  }
  return `/search?${target.toString()}`;
}

function link({ parameters }: ResultsPageParts, { s = 0, format }: { s?: number; format?: string }): string {
  const target = new URLSearchParams(parameters);
  if (s > 0) target.set('s', String(s));
  if (format !== undefined) target.set('format', format);
  return `/search?${target.toString()}`;
}
