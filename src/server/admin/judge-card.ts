/** Judging the results of a query by hand: what each is worth is kept among the saved queries of the lab. */

import { z } from 'zod';

import { PeregrineError } from '../../base/index.ts';
import type { Engine } from '../../collection/index.ts';
import type { SearchRules } from '../../query/index.ts';
import { html, type Html, type HtmlValue } from '../html.ts';
import { safeAddress } from '../wording.ts';
import { input, table } from './parts.ts';
import { type AdminFrame, adminFields } from './shell.ts';
import { withMarks } from '../pages/with-marks.ts';

/** Worth of a page, with its name. */
const GRADES = [
  ['', 'not judged'],
  ['0', '0 wrong'],
  ['1', '1 fair'],
  ['2', '2 right'],
  ['3', '3 best'],
] as const;

const list = z.preprocess(
  (value) => (value === undefined ? [] : [value].flat()),
  z.array(z.string().max(2_048)).max(200),
);
const judgedBody = z.object({ query: z.string().trim().max(2_048), page: list, grade: list });

export interface JudgedPages {
  readonly query: string;
  /** Undefined for a page that is not judged (any more). */
  readonly grades: ReadonlyMap<string, number | undefined>;
}

/** `BAD_ARGUMENT` for a form that is none. */
export function readJudged(sent: unknown): JudgedPages {
  const { query, page, grade } = judgedBody.parse(sent);
  if (query === '' || page.length !== grade.length) {
    throw new PeregrineError('BAD_ARGUMENT', 'Say which query was judged, and what each page is worth.');
  }
  return {
    query,
    grades: new Map(page.map((url, n) => [url, gradeOf(grade[n])])),
  };
}

function gradeOf(sent = ''): number | undefined {
  return /^\d{1,3}(?:\.\d{1,4})?$/.test(sent) ? Number(sent) : undefined;
}

/** The rules with these judgements; a query of which nothing is judged stays saved. */
export function withJudged(rules: SearchRules, { query, grades }: JudgedPages): SearchRules {
  const queries = rules.queries ?? [];
  const kept = new Map(Object.entries(queries.find((saved) => saved.query === query)?.judgements ?? {}));
  for (const [url, grade] of grades) {
    if (grade === undefined) kept.delete(url);
    else kept.set(url, grade);
  }
  const judged = { query, ...(kept.size > 0 && { judgements: Object.fromEntries(kept) }) };
  const isKnown = queries.some((saved) => saved.query === query);
  return {
    ...rules,
    queries: isKnown
      ? queries.map((saved) => (saved.query === query ? judged : saved))
      : [...queries, judged],
  };
}

/** `at`: the page that the card is on; `action`: where judgements are sent. `query` may be empty: then it is asked for. */
export async function judgeCard(
  engine: Engine,
  admin: AdminFrame,
  { at, action, query }: { readonly at: string; readonly action: string; readonly query: string },
): Promise<Html> {
  return html`<form action="${at}">
      <input type="hidden" name="c" value="${admin.collection}" />
      ${input({ name: 'judge', label: 'Query', value: query, placeholder: 'opening hours' })}
      <button class="second" type="submit">Show its results</button>
    </form>
    ${query === '' ? '' : await results(engine, admin, action, query)}`;
}

async function results(engine: Engine, admin: AdminFrame, action: string, query: string): Promise<HtmlValue> {
  const [response, rules] = await Promise.all([
    engine.search(admin.collection, { query }),
    engine.searchRules(admin.collection),
  ]);
  const known = rules.queries?.find((saved) => saved.query === query)?.judgements ?? {};
  const shown = new Set(response.results.map(({ url }) => url));
  const others = Object.keys(known).filter((url) => !shown.has(url));
  return html`<form method="post" action="${action}">
    ${adminFields(admin)} <input type="hidden" name="query" value="${query}" />
    ${table({
      name: 'Results to judge',
      columns: [{ name: '#', kind: 'number' }, { name: 'Page', kind: 'wide' }, 'Worth'],
      rows: [
        ...response.results.map(({ url, title, snippet }, n) => [
          n + 1,
          html`${pageLink(url, title.text)}<br /><small>${withMarks(snippet)}</small>`,
          worth(url, known[url]),
        ]),
        ...others.map((url) => ['–', pageLink(url, url), worth(url, known[url])]),
      ],
      empty: 'Nothing was found.',
    })}
    <div class="buttons"><button type="submit">Keep these judgements</button></div>
  </form>`;
}

function pageLink(url: string, title: string): HtmlValue {
  const address = safeAddress(url);
  const name = title === '' ? url : title;
  return address === undefined ? name : html`<a href="${address}" dir="auto">${name}</a>`;
}

function worth(url: string, grade: number | undefined): Html {
  const chosen = grade === undefined ? '' : String(grade);
  // What a file of rules says more finely stays to be seen.
  const grades = GRADES.some(([value]) => value === chosen) ? GRADES : [...GRADES, [chosen, chosen] as const];
  return html`<input type="hidden" name="page" value="${url}" /><select
      name="grade"
      aria-label="Worth of ${url}"
    >
      ${grades.map(([value, words]) => html`<option value="${value}" ${value === chosen ? html`selected` : ''}>${words}</option>`)}
    </select>`;
}
