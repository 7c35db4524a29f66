/** Crawls: begun, paused, resumed, refreshed; how far they are, and what became of the pages. */

import { z } from 'zod';

import type { CrawlEvent, CrawlOutcome, CrawlProgress } from '../../crawl/index.ts';
import { html, type Html, type HtmlValue } from '../html.ts';
import { crawlBody } from '../crawl-schemas.ts';
import { crawlRequestOf } from '../crawl-body.ts';
import {
  count,
  duration,
  isoTime,
  outcomeWords,
  safeAddress,
  shortened,
  size,
  timeOfDay,
  utcMinute,
  withoutControls,
} from '../wording.ts';
import type { AdminDesk } from './desk.ts';
import { action, badge, card, facts, progressBar, table } from './parts.ts';
import { type AdminFrame, adminFields, adminLink, adminShell } from './shell.ts';

const BACK = '/admin/crawl';
const filterParameters = z.object({ outcome: z.string().max(40).optional().catch(undefined) });

export function installCrawlSection(desk: AdminDesk): void {
  const { engine } = desk.context;

  desk.page(BACK, async (request, admin) => {
    const { outcome } = filterParameters.parse(request.query);
    const crawl = engine.crawlProgress(admin.collection);
    return adminShell({
      admin,
      at: BACK,
      title: 'Crawl',
      lead: html`What is fetched, how politely, and what became of it. How it is decided:
        <a href="/docs/crawling">crawling</a>.`,
      main: html`
        <div id="live" data-source="${adminLink(admin, '/admin/live', { view: 'crawl' })}">
          ${crawlView(crawl)}
        </div>
        <div class="columns">
          ${card('Begin, or add addresses', startForm(admin))} ${card('Control', controls(admin))}
        </div>
        ${card('Attempts', html`${outcomeFilter(admin, crawl, outcome)} ${recentTable(crawl, 200, outcome)}`, 'wide')}
      `,
    });
  });

  desk.action('/admin/crawl/start', BACK, async (request, collection) => {
    await engine.startCrawl(collection, crawlRequestOf(crawlBody.parse(request.body)));
    return { notice: 'The crawl is under way.' };
  });
  desk.action('/admin/crawl/pause', BACK, async (_request, collection) => {
    await engine.pauseCrawl(collection);
    return { notice: 'The crawl is paused; what was being fetched is finished.' };
  });
  desk.action('/admin/crawl/resume', BACK, async (_request, collection) => {
    await engine.resumeCrawl(collection);
    return { notice: 'The crawl goes on.' };
  });
  desk.action('/admin/crawl/stop', BACK, async (_request, collection) => {
    await engine.stopCrawl(collection);
    return { notice: 'The crawl is stopped and its queue empty; what was fetched stays.' };
  });
  desk.action('/admin/crawl/refresh', BACK, async (_request, collection) => {
    const asked = await engine.refreshCrawl(collection);
    return {
      notice:
        asked === 0
          ? 'Nothing to refresh: only a finished crawl can be refreshed.'
          : `${count(asked)} pages are asked for again.`,
    };
  });
}

/** The live part of the crawl's page. */
export function crawlView(crawl: CrawlProgress): Html {
  const {
    fetched,
    fetched_bytes = 0,
    indexed,
    failed,
    queued,
    inFlight,
    pages_per_s,
    startedAt_ms,
    smallestGaps,
  } = crawl;
  return html`${crawlPanel(crawl)}
  ${facts([
    ['Fetched', `${count(fetched)}${fetched_bytes === 0 ? '' : `, ${size(fetched_bytes)}`}`],
    ['Indexed', count(indexed)],
    ['Failed', count(failed)],
    ['Waiting in the queue', count(queued)],
    ['Being fetched now', count(inFlight)],
    ['Pages a second', pages_per_s.toFixed(1)],
    ['Begun', startedAt_ms === 0 ? '–' : `${utcMinute(startedAt_ms)} UTC`],
    ['Smallest gap since the start, one host', gapWords(smallestGaps?.host_ms)],
    ['Smallest gap since the start, one address', gapWords(smallestGaps?.address_ms)],
    [crawl.state === 'done' ? 'Why it ended' : 'Why it waits', whyWaiting(crawl)],
  ])}
  ${hostTable(crawl)}`;
}

/** A gap between two requests, for people. */
export function gapWords(gap_ms: number | undefined): string {
  return gap_ms === undefined || gap_ms === 0 ? 'none yet' : duration(gap_ms);
}

function whyWaiting({ state, queued, inFlight }: CrawlProgress): string {
  if (state === 'paused') return 'It is paused.';
  if (state === 'done')
    return queued > 0 ? 'A limit of the crawl was reached.' : 'Everything in scope was fetched.';
  if (state === 'idle') return 'It was never begun.';
  if (queued > 0 && inFlight === 0)
    return 'Every host with something to fetch was asked just now: their gaps are kept.';
  return queued === 0 && inFlight > 0 ? 'For the last answers.' : 'It does not wait.';
}

/** Hosts among the latest attempts, and how they answer. */
function hostTable({ recent }: CrawlProgress): HtmlValue {
  const hosts = new Map<string, CrawlEvent[]>();
  for (const event of recent) {
    const host = URL.canParse(event.url) ? new URL(event.url).host : '';
    hosts.set(host, [...(hosts.get(host) ?? []), event]);
  }
  const rows = [...hosts]
    .sort((a, b) => b[1].length - a[1].length)
    .slice(0, 50)
    .map(([host, events]) => {
      const took = events.map(({ took_ms }) => took_ms).sort((a, b) => a - b);
      const bad = events.filter(({ outcome }) => BAD.has(outcome)).length;
      return [
        withoutControls(host),
        count(events.length),
        bad === 0 ? '–' : count(bad),
        duration(took[Math.floor(took.length / 2)] ?? 0),
      ];
    });
  if (rows.length === 0) return '';
  return card(
    'Hosts, by the latest attempts',
    table({
      name: 'Hosts',
      columns: [
        { name: 'Host', kind: 'page' },
        ...['Attempts', 'Failed', 'Median answer'].map((name) => ({
          name,
          kind: 'number' as const,
        })),
      ],
      rows,
      empty: '',
    }),
    'wide',
  );
}

/** State of a crawl with how far it is. */
export function crawlPanel(crawl: CrawlProgress): Html {
  const known = crawl.fetched + crawl.inFlight + crawl.queued;
  const outcomes = (Object.entries(crawl.outcomes) as [CrawlOutcome, number][])
    .filter(([, times]) => times > 0)
    .sort((a, b) => b[1] - a[1]);
  return html`<section class="crawl" data-state="${crawl.state}" aria-labelledby="crawl-state">
    <h2 id="crawl-state"><span class="state ${crawl.state}">${crawlWords(crawl)}</span></h2>
    ${
      known === 0
        ? html`<p class="quiet">No crawl yet. Give it an address to begin with, below.</p>`
        : html`${progressBar('Pages fetched of pages known', crawl.fetched, known)}
            <p class="quiet">${count(crawl.fetched)} of ${count(known)} known pages fetched</p>`
    }
    ${
      outcomes.length === 0
        ? ''
        : html`<ul class="outcomes">
            ${outcomes.map(([outcome, times]) => html`<li>${outcomeBadge(outcome)} ${count(times)}</li>`)}
          </ul>`
    }
  </section>`;
}

/** One word for the state of a crawl. */
export function stateWord({ state }: CrawlProgress): string {
  return { idle: 'Idle', running: 'Crawling', paused: 'Paused', done: 'Done' }[state];
}

export function crawlWords(crawl: CrawlProgress): string {
  return crawl.state === 'running' ? 'Crawling' : `Crawl ${stateWord(crawl).toLowerCase()}`;
}

function outcomeFilter(
  admin: AdminFrame,
  { outcomes }: CrawlProgress,
  chosen: string | undefined,
): HtmlValue {
  const names = Object.keys(outcomes) as CrawlOutcome[];
  if (names.length < 2) return '';
  const link = (outcome: CrawlOutcome | undefined, words: string): Html =>
    html`<li>
      <a
        href="${adminLink(admin, BACK, outcome === undefined ? {} : { outcome })}"
        ${outcome === chosen ? html`aria-current="true"` : ''}
        >${words}</a
      >
    </li>`;
  return html`<ul class="choices">
    ${link(undefined, 'all')} ${names.map((name) => link(name, outcomeWords(name)))}
  </ul>`;
}

export function recentTable({ recent }: CrawlProgress, most: number, outcome?: string): Html {
  const newest = recent
    .filter((event) => outcome === undefined || event.outcome === outcome)
    .sort((a, b) => b.at_ms - a.at_ms)
    .slice(0, most);
  return table({
    name: 'Recent fetches',
    columns: [
      'Time (UTC)',
      'Outcome',
      { name: 'Page', kind: 'page' },
      { name: 'Status', kind: 'number' },
      { name: 'Size', kind: 'number' },
      { name: 'Took', kind: 'number' },
    ],
    rows: newest.map(recentRow),
    empty: 'No page has been asked for since the program began; what was before stands in the crawl records.',
  });
}

function recentRow(event: CrawlEvent): readonly HtmlValue[] {
  const address = safeAddress(event.url);
  const shown = shortened(withoutControls(event.url), 90);
  return [
    html`<time datetime="${isoTime(event.at_ms)}">${timeOfDay(event.at_ms)}</time>`,
    outcomeBadge(event.outcome),
    html`${address === undefined ? shown : html`<a href="${address}">${shown}</a>`}
    ${event.detail === '' ? '' : html`<small>${event.detail}</small>`}`,
    event.status === 0 ? '–' : event.status,
    event.size_bytes === 0 ? '–' : size(event.size_bytes),
    duration(event.took_ms),
  ];
}

const GOOD: ReadonlySet<CrawlOutcome> = new Set(['indexed', 'unchanged']);
const BAD: ReadonlySet<CrawlOutcome> = new Set([
  'http-error',
  'network-error',
  'timeout',
  'parse-failed',
  'address-refused',
  'trap',
]);

export function outcomeBadge(outcome: CrawlOutcome): Html {
  return badge(GOOD.has(outcome) ? 'good' : BAD.has(outcome) ? 'bad' : 'neutral', outcomeWords(outcome));
}

export function startForm(admin: AdminFrame): Html {
  return html`<form method="post" action="/admin/crawl/start">
    ${adminFields(admin)}
    <label for="seeds">Addresses to begin with, one a line</label>
    <textarea id="seeds" name="seeds" rows="3" required placeholder="https://www.example.org/"></textarea>
    <div class="fields">
      <label
        >Follow links
        <select name="scope">
          <option value="site">on the same site</option>
          <option value="domain">on the same domain</option>
          <option value="prefix">below the same folder</option>
        </select>
      </label>
      <label
        >Pages at most
        <input name="maxPages" type="number" min="1" max="1000000000" placeholder="100000" />
      </label>
      <label
        >Pause between requests, ms
        <input name="delay_ms" type="number" min="0" max="3600000" placeholder="250" />
      </label>
      <label
        >Refresh by itself every, s
        <input name="refreshEvery_s" type="number" min="0" max="31622400" placeholder="0: never" />
      </label>
    </div>
    <label class="check"
      ><input name="allowPrivate" type="checkbox" value="1" /> Allow private and loopback addresses</label
    >
    <button type="submit">Start crawl</button>
  </form>`;
}

function controls(admin: AdminFrame): Html {
  return html`<div class="buttons">
      ${action(admin, { action: '/admin/crawl/pause', label: 'Pause crawl' })}
      ${action(admin, { action: '/admin/crawl/resume', label: 'Resume crawl' })}
      ${action(admin, { action: '/admin/crawl/stop', label: 'Stop crawl' })}
      ${action(admin, { action: '/admin/crawl/refresh', label: 'Refresh now' })}
    </div>
    <p class="quiet">
      A paused crawl keeps its queue and goes on where it was, also after a restart. A stopped one drops it
      and keeps what was fetched. A refresh asks again for the pages that are likeliest to have changed.
    </p>`;
}
