/** The relevance lab: rules of a collection, tried on saved queries side by side before they are in force. */

import type { FastifyRequest } from 'fastify';
import { z } from 'zod';

import { PeregrineError } from '../../base/index.ts';
import type { MeasuredQuality } from '../../collection/index.ts';
import type { RuleComparison, SearchRules } from '../../query/index.ts';
import { whoAsks } from '../audit.ts';
import { failureOf } from '../failures.ts';
import { html, type Html, type HtmlValue } from '../html.ts';
import { searchRulesBody } from '../search-rules-schema.ts';
import { utcMinute } from '../wording.ts';
import { type AdminDesk, sendPage } from './desk.ts';
import { judgeCard, readJudged, withJudged } from './judge-card.ts';
import { card, table, textArea } from './parts.ts';
import { plot } from './plot.ts';
import { readAddition, additionFields, withAddition } from './rule-additions.ts';
import { type AdminFrame, adminFields, adminShell } from './shell.ts';

const BACK = '/admin/lab';
const ADD = '/admin/lab/add';
const JUDGE = '/admin/lab/judge';
const RULES_MAX = 2_097_152;
const body = z.object({ rules: z.string().max(RULES_MAX) });
const parameters = z.object({ judge: z.string().trim().max(2_048).catch('') });
const EMPTY: SearchRules = { synonyms: '', pins: [], boosts: [], blocks: [] };

export function installLabSection(desk: AdminDesk): void {
  const { engine } = desk.context;

  desk.page(BACK, async (request, admin) => {
    const rules = await engine.searchRules(admin.collection);
    const { judge } = parameters.parse(request.query);
    return labPage(desk, admin, { rules: textOf({ ...EMPTY, ...rules }), judge });
  });

  /** The page with what `change` makes of the rules in the form, or as they were typed with what is wrong with them. */
  const tried = (
    path: string,
    change: (rules: SearchRules, request: FastifyRequest, collection: string) => Promise<Partial<LabParts>>,
  ): void =>
    desk.form(path, async (request, reply, admin) => {
      const { rules } = body.parse(request.body);
      try {
        const changed = await change(rulesOf(rules), request, admin.collection);
        return await sendPage(reply, await labPage(desk, admin, { rules, ...changed }));
      } catch (error) {
        const { status, message } = failureOf(error, true);
        if (status >= 500) throw error;
        const notice = { text: message, isBad: true };
        return sendPage(reply, await labPage(desk, { ...admin, notice }, { rules }));
      }
    });

  tried('/admin/lab/compare', async (rules, _request, collection) => ({
    comparison: await engine.compareSearchRules(collection, rules),
  }));

  tried(ADD, async (rules, request) => ({ rules: textOf(withAddition(rules, readAddition(request.body))) }));

  desk.action(JUDGE, BACK, async (request, collection) => {
    const judged = readJudged(request.body);
    const rules = withJudged(await engine.searchRules(collection), judged);
    await engine.setSearchRules(collection, rules, whoAsks(request));
    const target = new URLSearchParams({ c: collection, judge: judged.query });
    return { notice: 'The judgements are kept.', to: `${BACK}?${target.toString()}` };
  });

  desk.action('/admin/lab/measure', BACK, async (_request, collection) => {
    const measured = await engine.measureSearchQuality(collection);
    return {
      notice:
        measured === undefined
          ? 'No saved query is judged.'
          : `The judged queries are worth ${measured.ndcg.toFixed(4)}.`,
    };
  });

  desk.action(
    '/admin/lab/save',
    BACK,
    async (request, collection) => {
      const rules = rulesOf(body.parse(request.body).rules);
      await engine.setSearchRules(collection, rules, whoAsks(request));
      return { notice: 'The rules are in force.' };
    },
    {
      bodyLimit: RULES_MAX * 3,
      again: async (request, admin) => labPage(desk, admin, { rules: body.parse(request.body).rules }),
    },
  );
}

/** What the page shows beside what is always there. */
interface LabParts {
  /** As they stand in the form. */
  readonly rules: string;
  readonly comparison?: RuleComparison;
  /** A query whose results are to be judged. */
  readonly judge?: string;
}

/** Saved queries stand last: there may be hundreds, and what is switched on should be seen before them. */
function textOf({ queries = [], ...rules }: SearchRules): string {
  return JSON.stringify({ ...rules, queries }, undefined, 2);
}

function rulesOf(text: string): SearchRules {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new PeregrineError('BAD_ARGUMENT', `The rules are no JSON: ${(error as Error).message}`);
  }
  return searchRulesBody.parse(parsed);
}

async function labPage(
  { context: { engine } }: AdminDesk,
  admin: AdminFrame,
  { rules, comparison, judge = '' }: LabParts,
): Promise<Html> {
  const { measured, missed } = await engine.searchQuality(admin.collection);
  return adminShell({
    admin,
    at: BACK,
    title: 'Relevance lab',
    lead: 'Synonyms, pages that stand first, are lifted or left out, and weights: tried on saved queries before they are in force.',
    main: html`
      ${card(
        'Rules',
        html`<form method="post" action="/admin/lab/save">
          ${adminFields(admin)} ${textArea({ name: 'rules', label: 'Rules, as JSON', value: rules }, 18)}
          <div class="buttons">
            <button type="submit" formaction="/admin/lab/compare">Try on the saved queries</button>
            <button type="submit">Put in force</button>
          </div>
          ${additionFields(ADD)}
          <p>
            Nothing is in force before you say so. All rules, and what a boost or a weight is worth:
            <a href="/docs/relevance">Relevance</a>.
          </p>
        </form>`,
        'wide',
      )}
      ${comparison === undefined ? '' : compared(comparison)}
      ${card('Judge a query', await judgeCard(engine, admin, { at: BACK, action: JUDGE, query: judge }), 'wide')}
      ${card('Worth over time', overTime(measured, admin))}
      ${card(
        'Queries that found nothing',
        table({
          name: 'Queries that found nothing',
          columns: [{ name: 'Query' }, { name: 'Times', kind: 'number' }],
          rows: missed.slice(0, 100).map(({ query, times }) => [query, String(times)]),
          empty: html`None, or none is remembered: the line <code>"remembersMisses": true</code> among the
            rules begins a list here.`,
        }),
      )}
    `,
  });
}

const AFTER: Readonly<Record<NonNullable<MeasuredQuality['after']>, string>> = {
  rules: 'other rules',
  crawl: 'a round of the crawl',
  request: 'a request',
};
/** Measurements that are drawn and listed, the latest. */
const MAX_DRAWN = 200;
const MAX_LISTED = 20;

function overTime(all: readonly MeasuredQuality[], admin: AdminFrame): HtmlValue {
  const measured = all.slice(-MAX_DRAWN);
  const [first, last] = [measured[0], measured.at(-1)];
  return html`${
      first === undefined || last === undefined || first === last
        ? ''
        : plot({
            title: 'nDCG@10 of the judged queries',
            times_ms: measured.map(({ time_ms }) => time_ms),
            series: [{ name: 'nDCG@10', values: measured.map(({ ndcg }) => ndcg) }],
            format: (ndcg) => ndcg.toFixed(4),
            from_ms: first.time_ms,
            to_ms: last.time_ms,
            hasGaps: false,
          })
    }
    ${table({
      name: 'Worth over time',
      columns: [
        { name: 'Time' },
        { name: 'nDCG@10', kind: 'number' },
        { name: 'Queries', kind: 'number' },
        { name: 'After' },
      ],
      rows: measured
        .toReversed()
        .slice(0, MAX_LISTED)
        .map(({ time_ms, ndcg, queries, after }) => [
          utcMinute(time_ms),
          ndcg.toFixed(4),
          String(queries),
          after === undefined ? '' : AFTER[after],
        ]),
      empty: html`Nothing was judged yet. Save queries with the pages that should be found: by the forms
        above, or as
        <code
          >"queries": [{"query": "opening hours", "judgements": {"https://www.example.org/visit": 2}}]</code
        >. They are measured at each change of the rules, after rounds of a crawl (once an hour at most), and
        when you say so.`,
    })}
    <form method="post" action="/admin/lab/measure">
      ${adminFields(admin)}
      <div class="buttons"><button class="second" type="submit">Measure now</button></div>
    </form>`;
}

function compared({ queries, changed, liveNdcg, candidateNdcg }: RuleComparison): HtmlValue {
  return card(
    'Side by side',
    html`<p>
        ${String(changed)} of ${String(queries.length)} answers change; nDCG@10 ${worth(liveNdcg)} →
        ${worth(candidateNdcg)}.
      </p>
      ${table({
        name: 'Side by side',
        columns: [
          { name: 'Query', kind: 'words' },
          { name: 'In force', kind: 'wide' },
          { name: 'Under these rules', kind: 'wide' },
        ],
        rows: queries.map((one) => [
          html`${one.query}<br />${worth(one.liveNdcg)} → ${worth(one.candidateNdcg)}`,
          answer(one.live),
          answer(one.candidate),
        ]),
        empty: 'No query is saved.',
      })}`,
    'wide',
  );
}

function worth(ndcg: number | undefined): string {
  return ndcg === undefined ? '–' : ndcg.toFixed(4);
}

function answer(pages: RuleComparison['queries'][number]['live']): Html {
  return html`<ol>
    ${pages.map(
      ({ url, title, otherPlace }, i) =>
        html`<li>
          ${otherPlace === i + 1 ? title : html`<strong>${title}</strong> (${otherPlace === 0 ? 'not there' : `there ${otherPlace}`})`}<br /><small
            >${url}</small
          >
        </li>`,
    )}
  </ol>`;
}
