/** Crawl records: every address that crawls of a collection met, how it ended, why, and the attempts; found by a few fields. */

import type { CrawlRecord, HostManners } from '../../crawl/index.ts';
import { type RecordsParameters, recordsParameters } from '../crawl-schemas.ts';
import { html, type Html, type HtmlValue } from '../html.ts';
import { recordFilter } from '../record-filter.ts';
import {
  count,
  crawlOutcomes,
  duration,
  outcomeWords,
  shortened,
  size,
  utcTime,
  withoutControls,
} from '../wording.ts';
import { gapWords, outcomeBadge } from './crawl-section.ts';
import type { AdminDesk } from './desk.ts';
import { badge, card, choice, input, table } from './parts.ts';
import { type AdminFrame, adminLink, adminShell } from './shell.ts';

const BACK = '/admin/records';
const SHOWN = 200;
/** Hosts among which those with the smallest gaps are looked for. */
const HOSTS_READ = 2_000;

export function installCrawlRecordsSection(desk: AdminDesk): void {
  const { engine } = desk.context;
  desk.page(BACK, async (request, admin) => {
    const wanted = recordsParameters.parse(request.query);
    const records: CrawlRecord[] = [];
    const filter = { ...recordFilter(wanted), limit: SHOWN + 1 };
    for await (const record of engine.crawlRecords(admin.collection, filter)) records.push(record);
    return adminShell({
      admin,
      at: BACK,
      title: 'Crawl records',
      lead: html`Every address that crawls met, by host: how it ended, why, and each attempt that is kept. The
        same for programs: <code>peregrine records</code>, <a href="/docs/api">GET /crawl/records</a>.`,
      main: html`${card('Which', filterForm(admin, wanted), 'wide')}
      ${card(
        records.length > SHOWN ? `The first ${SHOWN}` : `${count(records.length)} found`,
        html`${recordTable(admin, records.slice(0, SHOWN))} ${downloads(admin, wanted)}`,
        'wide',
      )}
      ${card('How politely hosts were asked', await mannersTable(engine.hostManners(admin.collection, wanted.host)), 'wide')}`,
    });
  });
}

/** Hosts that were asked once have no gap yet. */
const gapOf = ({ record }: HostManners): number => record.smallestGap_ms || Number.POSITIVE_INFINITY;

/** The smallest gaps first: what they prove is proved of all. */
async function mannersTable(found: AsyncIterable<HostManners>): Promise<Html> {
  const hosts: HostManners[] = [];
  for await (const host of found) {
    hosts.push(host);
    if (hosts.length >= HOSTS_READ) break;
  }
  const shown = hosts.sort((a, b) => gapOf(a) - gapOf(b)).slice(0, SHOWN);
  return html`<p class="quiet">
      The smallest time ever between an answer and the next request, over all crawls and restarts: of each
      host, and of its address with all hosts of the domain there.
      ${hosts.length >= HOSTS_READ ? `Of the first ${count(HOSTS_READ)} hosts; others are found by name.` : ''}
    </p>
    ${table({
      name: 'Hosts and gaps',
      columns: [
        'Host',
        { name: 'Requests', kind: 'number' },
        { name: 'Smallest gap', kind: 'number' },
        'Address',
        { name: 'Its smallest gap', kind: 'number' },
        'Asked last (UTC)',
      ],
      rows: shown.map(({ host, record, address, addressRecord }) => [
        withoutControls(host),
        count(record.requests),
        gapWords(record.smallestGap_ms),
        address === '' ? '–' : address,
        gapWords(addressRecord?.smallestGap_ms),
        utcTime(record.lastRequest_ms),
      ]),
      empty: 'No host of this collection was asked yet.',
    })}`;
}

function filterForm(admin: AdminFrame, wanted: RecordsParameters): Html {
  const { outcome = [], host = '', url = '', status } = wanted;
  const ends = ['queued', ...crawlOutcomes(), 'sitemap'] as const;
  return html`<form action="${BACK}">
    <input type="hidden" name="c" value="${admin.collection}" />
    <div class="fields">
      ${choice('outcome', 'How it ended', [['', 'anyhow'], ...ends.map((end) => [end, wordsOf(end)] as const)], outcome[0])}
      ${input({ name: 'host', label: 'Host, which is found at once', value: host, placeholder: 'www.example.org' })}
      ${input({ name: 'url', label: 'Part of the address', value: url })}
      ${input({ name: 'status', label: 'HTTP status', type: 'number', value: status === undefined ? '' : String(status) })}
    </div>
    <button type="submit">Show</button>
  </form>`;
}

function recordTable(admin: AdminFrame, records: readonly CrawlRecord[]): Html {
  return table({
    name: 'Crawl records',
    columns: [
      'Time (UTC)',
      'Ended',
      { name: 'Page', kind: 'page' },
      { name: 'Status', kind: 'number' },
      { name: 'Links from a seed', kind: 'number' },
      { name: 'Attempts', kind: 'wide' },
    ],
    rows: records.map((record) => [
      utcTime(record.at_ms),
      endBadge(record.outcome),
      html`<a href="${adminLink(admin, '/admin/query', { url: record.url })}"
          >${shortened(withoutControls(record.url), 100)}</a
        >${why(record)}`,
      record.status === 0 ? '–' : record.status,
      count(record.depth),
      attempts(record),
    ]),
    empty: 'No address of this kind is on record.',
  });
}

function why({ detail, target, rule }: CrawlRecord): HtmlValue {
  const lines = [detail];
  // Most details name it.
  if (target !== '' && !detail.includes(target)) lines.push(`→ ${shortened(withoutControls(target), 100)}`);
  if (!detail.startsWith(rule)) lines.push(shortened(rule, 100));
  return lines.filter((line) => line !== '').map((line) => html`<small>${line}</small>`);
}

function attempts({ attempts: all, tries }: CrawlRecord): HtmlValue {
  if (tries.length === 0) return count(all);
  return html`<details>
    <summary>${count(all)}</summary>
    ${tries.map(
      ({ at_ms, outcome, status, took_ms, size_bytes, ip, detail }) =>
        html`<span class="line"
          >${utcTime(at_ms)}: ${wordsOf(outcome)}${status === 0 ? '' : `, ${status}`}, ${size(size_bytes)} in
          ${duration(took_ms)}${ip === '' ? '' : ` from ${ip}`}${detail === '' ? '' : `: ${detail}`}</span
        >`,
    )}
  </details>`;
}

/** All of them, as a file. */
function downloads({ collection }: AdminFrame, { outcome = [], host, url, status }: RecordsParameters): Html {
  const all = new URLSearchParams({ c: collection });
  if (outcome.length > 0) all.set('outcome', outcome.join(','));
  for (const [name, value] of Object.entries({ host, url, status })) {
    if (value !== undefined) all.set(name, String(value));
  }
  return html`<p class="quiet">
    All of them:
    ${(['csv', 'ndjson'] as const).map((format) => html`<a href="/crawl/records?${`${all.toString()}&format=${format}`}">${format.toUpperCase()}</a> `)}
  </p>`;
}

function endBadge(outcome: CrawlRecord['outcome']): Html {
  return outcome === 'queued' || outcome === 'sitemap'
    ? badge('neutral', wordsOf(outcome))
    : outcomeBadge(outcome);
}

function wordsOf(outcome: CrawlRecord['outcome']): string {
  return outcome === 'queued' || outcome === 'sitemap' ? outcome : outcomeWords(outcome);
}
