/** The administrator's overview: what is crawled, queued, indexed, on disk and in memory, and what may be done. */

import type { CollectionSummary, EngineStatus } from '../../collection/index.ts';
import type { CrawlEvent, CrawlOutcome, CrawlProgress } from '../../crawl/index.ts';
import { type Html, html, type HtmlValue } from '../html.ts';
import {
  age,
  count,
  counted,
  diskUse,
  duration,
  isoTime,
  outcomeWords,
  safeAddress,
  shortened,
  size,
  timeOfDay,
  withoutControls,
} from '../wording.ts';
import { brand, page, type PageFrame } from './layout.ts';

export interface AdminPageParts {
  readonly frame: PageFrame;
  readonly collection: string;
  readonly status: EngineStatus;
  readonly csrfToken: string;
  /** Reload by itself after this many seconds: for browsers without scripts. */
  readonly refresh_s: number | undefined;
  /** What was just done. */
  readonly notice: string | undefined;
}

/** Attempts shown of the crawl. */
const RECENT_SHOWN = 25;

export function adminPage(parts: AdminPageParts): Html {
  const { frame, collection, status, refresh_s, notice } = parts;
  const crawl = summaryOf(status, collection)?.crawl;
  const self = `/admin?c=${encodeURIComponent(collection)}`;
  return page({
    title: `${crawl === undefined ? '' : `${stateWord(crawl)} · `}Administration - Peregrine`,
    frame,
    kind: 'admin',
    head: html`${refresh_s === undefined ? html`<script src="${frame.liveScript}" defer></script>` : html`<meta http-equiv="refresh" content="${refresh_s}" />`}
      <meta name="robots" content="noindex" />`,
    header: html`<header class="top">
      ${brand(frame)}
      <nav class="tools" aria-label="Administration">
        ${collectionLinks(status, collection)}
        <form method="post" action="/admin/sign-out">
          ${csrfField(parts)}<button class="plain" type="submit">Sign out</button>
        </form>
      </nav>
    </header>`,
    main: html`
      <h1>Collection <b>${collection}</b></h1>
      ${notice === undefined ? '' : html`<p class="notice" role="status">${notice}</p>`}
      <noscript>
        <p class="quiet">
          ${
            refresh_s === undefined
              ? html`Numbers stand still without scripts:
                  <a href="${self}&amp;refresh=5">refresh every five seconds</a>.`
              : html`Refreshing every ${refresh_s} seconds. <a href="${self}">Stop</a>`
          }
        </p>
      </noscript>
      <div id="live" data-source="/admin/live?c=${encodeURIComponent(collection)}">
        ${overview(status, collection)}
      </div>
      <div class="columns">${crawlForm(parts)} ${controls(parts)}</div>
    `,
  });
}

/** The part that lives: sent again whenever it changes. */
export function overview(status: EngineStatus, collection: string): Html {
  const summary = summaryOf(status, collection);
  const disk = diskUse(status);
  return html`${summary === undefined ? '' : crawlPanel(summary)}
    <dl class="tiles">
      ${tile('Indexed', count(summary?.documents ?? 0), counted(summary?.segments ?? 0, 'segment', 'segments'))}
      ${tile('Queued', count(summary?.crawl.queued ?? 0), `${count(summary?.crawl.inFlight ?? 0)} being fetched`)}
      ${tile('Fetched', count(summary?.crawl.fetched ?? 0), `${count(summary?.crawl.failed ?? 0)} failed`)}
      ${tile('Speed', `${(summary?.crawl.pages_per_s ?? 0).toFixed(1)}/s`, 'pages')}
      ${tile('On disk', size(disk.all_bytes), `log ${size(disk.log_bytes)} · ${size(status.diskFree_bytes)} free`)}
      ${tile('Memory', size(status.rss_bytes), `limit ${size(status.memoryLimit_bytes)}`)}
      ${tile('Searches', count(status.search.count), `p50 ${duration(status.search.p50_ms)} · p99 ${duration(status.search.p99_ms)}`)}
      ${tile('Up', age(status.uptime_s), counted(status.shards.length, 'shard', 'shards'))}
    </dl>
    ${troubles(status)} ${summary === undefined ? '' : recentTable(summary.crawl)}`;
}

/** One word for the state of a crawl. */
export function stateWord(crawl: CrawlProgress): string {
  return { idle: 'Idle', running: 'Crawling', paused: 'Paused', done: 'Done' }[crawl.state];
}

/** The same as a heading. */
function crawlWords(crawl: CrawlProgress): string {
  return crawl.state === 'running' ? 'Crawling' : `Crawl ${stateWord(crawl).toLowerCase()}`;
}

function crawlPanel({ crawl }: CollectionSummary): Html {
  const known = crawl.fetched + crawl.inFlight + crawl.queued;
  const outcomes = (Object.entries(crawl.outcomes) as [CrawlOutcome, number][])
    .filter(([, times]) => times > 0)
    .sort((a, b) => b[1] - a[1]);
  return html`<section class="crawl" data-state="${crawl.state}" aria-labelledby="crawl-state">
    <h2 id="crawl-state"><span class="state ${crawl.state}">${crawlWords(crawl)}</span></h2>
    ${
      known === 0
        ? html`<p class="quiet">No crawl yet. Give it an address to begin with, below.</p>`
        : html`<progress
              max="${known}"
              value="${crawl.fetched}"
              aria-label="Pages fetched of pages known"
            ></progress>
            <p class="quiet">${count(crawl.fetched)} of ${count(known)} known pages fetched</p>`
    }
    ${
      outcomes.length === 0
        ? ''
        : html`<ul class="outcomes">
            ${outcomes.map(([outcome, times]) => html`<li>${badge(outcome)} ${count(times)}</li>`)}
          </ul>`
    }
  </section>`;
}

function tile(name: string, value: string, note: string): Html {
  return html`<div>
    <dt>${name}</dt>
    <dd><b>${value}</b> <span>${note}</span></dd>
  </div>`;
}

function troubles(status: EngineStatus): HtmlValue {
  const lines = status.shards.flatMap((shard, n) =>
    shard.readOnly === undefined ? [] : [`Shard ${n} takes no writes: ${shard.readOnly}`],
  );
  return lines.length === 0
    ? ''
    : html`<ul class="notes" role="alert">
        ${lines.map((line) => html`<li>${line}</li>`)}
      </ul>`;
}

function recentTable(crawl: CrawlProgress): HtmlValue {
  if (crawl.recent.length === 0) return '';
  const newest = [...crawl.recent].sort((a, b) => b.at_ms - a.at_ms).slice(0, RECENT_SHOWN);
  return html`<section class="recent">
    <h2>Recent fetches</h2>
    <div class="scroll" tabindex="0" role="region" aria-label="Recent fetches">
      <table>
        <thead>
          <tr>
            <th scope="col">Time (UTC)</th>
            <th scope="col">Outcome</th>
            <th scope="col">Page</th>
            <th scope="col" class="number">Status</th>
            <th scope="col" class="number">Size</th>
            <th scope="col" class="number">Took</th>
          </tr>
        </thead>
        <tbody>
          ${newest.map(recentRow)}
        </tbody>
      </table>
    </div>
  </section>`;
}

function recentRow(event: CrawlEvent): Html {
  const address = safeAddress(event.url);
  const shown = shortened(withoutControls(event.url), 90);
  return html`<tr>
    <td><time datetime="${isoTime(event.at_ms)}">${timeOfDay(event.at_ms)}</time></td>
    <td>${badge(event.outcome)}</td>
    <td class="page">
      ${address === undefined ? shown : html`<a href="${address}">${shown}</a>`}
      ${event.detail === '' ? '' : html`<small>${event.detail}</small>`}
    </td>
    <td class="number">${event.status === 0 ? '–' : event.status}</td>
    <td class="number">${event.size_bytes === 0 ? '–' : size(event.size_bytes)}</td>
    <td class="number">${duration(event.took_ms)}</td>
  </tr>`;
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

function badge(outcome: CrawlOutcome): Html {
  const kind = GOOD.has(outcome) ? 'good' : BAD.has(outcome) ? 'bad' : 'neutral';
  return html`<span class="badge ${kind}">${outcomeWords(outcome)}</span>`;
}

function collectionLinks(status: EngineStatus, chosen: string): HtmlValue {
  if (status.collections.length < 2) return '';
  return html`<ul>
    ${status.collections.map(
      ({ name }) =>
        html`<li>
          <a href="/admin?c=${encodeURIComponent(name)}" ${name === chosen ? html`aria-current="page"` : ''}
            >${name}</a
          >
        </li>`,
    )}
  </ul>`;
}

function crawlForm(parts: AdminPageParts): Html {
  return html`<section class="card">
    <h2>Crawl</h2>
    <form method="post" action="/crawl">
      ${csrfField(parts)}
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
      </div>
      <label class="check"
        ><input name="allowPrivate" type="checkbox" value="1" /> Allow private and loopback addresses</label
      >
      <button type="submit">Start crawl</button>
    </form>
  </section>`;
}

function controls(parts: AdminPageParts): Html {
  return html`<section class="card">
    <h2>Control</h2>
    <div class="buttons">
      <form method="post" action="/crawl/pause">
        ${csrfField(parts)}<button class="second" type="submit">Pause crawl</button>
      </form>
      <form method="post" action="/crawl/resume">
        ${csrfField(parts)}<button class="second" type="submit">Resume crawl</button>
      </form>
    </div>
    <form method="post" action="/document/remove">
      ${csrfField(parts)}
      <label for="remove">Remove a page from the index</label>
      <div class="inline">
        <input id="remove" name="url" type="url" required placeholder="https://www.example.org/page" />
        <button class="second" type="submit">Remove</button>
      </div>
    </form>
    <p class="quiet"><a href="/status">Everything as JSON</a></p>
  </section>`;
}

function csrfField({ csrfToken, collection }: AdminPageParts): Html {
  return html`<input type="hidden" name="csrf" value="${csrfToken}" /><input
      type="hidden"
      name="c"
      value="${collection}"
    />`;
}

function summaryOf(status: EngineStatus, collection: string): CollectionSummary | undefined {
  return status.collections.find(({ name }) => name === collection);
}
