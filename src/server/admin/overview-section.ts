/** The overview: what there is, what goes on, and how it was over time. */

import { z } from 'zod';

import type { EngineStatus } from '../../collection/index.ts';
import { type Metric, type Period, PERIODS } from '../history.ts';
import { html, type Html, type HtmlValue } from '../html.ts';
import { age, count, counted, diskUse, duration, isoTime, size } from '../wording.ts';
import type { StatisticsSample } from '../../collection/index.ts';
import { crawlPanel, recentTable, startForm } from './crawl-section.ts';
import type { AdminDesk } from './desk.ts';
import { card, tile, tiles } from './parts.ts';
import { plot } from './plot.ts';
import type { StandingAlarm } from '../alarms/alarm-desk.ts';
import { type AdminFrame, adminLink, adminShell } from './shell.ts';

const overviewParameters = z.object({
  period: z.enum(['hour', 'day', 'week', 'month']).catch('hour'),
  refresh: z.coerce.number().int().min(1).max(3_600).optional().catch(undefined),
});

export function installOverview(desk: AdminDesk): void {
  const { alarms, engine, history, clock } = desk.context;
  desk.page('/admin', async (request, admin) => {
    const { period, refresh } = overviewParameters.parse(request.query);
    const status = await engine.status();
    const samples = await history.of(period);
    return adminShell({
      admin,
      at: '/admin',
      title: 'Overview',
      head: refresh === undefined ? '' : html`<meta http-equiv="refresh" content="${refresh}" />`,
      main: html`
        ${alarmList(alarms.standing())}
        <div id="live" data-source="${adminLink(admin, '/admin/live')}">
          ${overview(status, admin.collection)}
        </div>
        <section aria-labelledby="over-time">
          <div class="heading">
            <h2 id="over-time">Over time</h2>
            ${periods(admin, period)}
          </div>
          ${plots(samples, period, clock.now())}
        </section>
        ${
          !status.isReadOnly &&
          (status.collections.find(({ name }) => name === admin.collection)?.documents ?? 0) === 0
            ? card('Begin with a crawl', startForm(admin))
            : ''
        }
        ${withoutScripts(admin, refresh)}
      `,
    });
  });
}

function alarmList(alarms: readonly StandingAlarm[]): HtmlValue {
  if (alarms.length === 0) return '';
  return html`<ul class="notes" role="alert">
    ${alarms.map(
      ({ severity, text, since_ms }) =>
        html`<li>
          <b>${severity === 'critical' ? 'Alarm' : 'Warning'}</b>: ${text} Since ${isoTime(since_ms)}.
        </li>`,
    )}
  </ul>`;
}

/** The part that lives: sent again whenever it changes. */
export function overview(status: EngineStatus, collection: string): Html {
  const summary = status.collections.find(({ name }) => name === collection);
  const disk = diskUse(status);
  const crawl = summary?.crawl;
  // Where nothing can be changed no crawl goes on.
  const hasCrawl = summary !== undefined && !status.isReadOnly;
  return html`${hasCrawl ? crawlPanel(summary.crawl) : ''}
  ${tiles([
    tile('Indexed', count(summary?.documents ?? 0), counted(summary?.segments ?? 0, 'segment', 'segments')),
    tile('Queued', count(crawl?.queued ?? 0), `${count(crawl?.inFlight ?? 0)} being fetched`),
    tile('Fetched', count(crawl?.fetched ?? 0), `${count(crawl?.failed ?? 0)} failed`),
    tile('Speed', `${(crawl?.pages_per_s ?? 0).toFixed(1)}/s`, 'pages'),
    tile(
      'On disk',
      size(disk.all_bytes),
      `log ${size(disk.log_bytes)} · ${size(status.diskFree_bytes)} free`,
    ),
    tile('Memory', size(status.rss_bytes), `limit ${size(status.memoryLimit_bytes)}`),
    tile(
      'Searches',
      count(status.search.count),
      `p50 ${duration(status.search.p50_ms)} · p99 ${duration(status.search.p99_ms)}`,
    ),
    tile('Up', age(status.uptime_s), counted(status.shards.length, 'shard', 'shards')),
  ])}
  ${
    crawl === undefined || crawl.recent.length === 0
      ? ''
      : html`<section class="recent">
          <h2>Recent fetches</h2>
          ${recentTable(crawl, 8)}
        </section>`
  }`;
}

const rate = (value: number): string => `${value >= 10 ? count(Math.round(value)) : value.toFixed(1)}/s`;

function plots(samples: readonly StatisticsSample[], period: Period, now_ms: number): Html {
  const times_ms = samples.map(({ at_ms }) => at_ms);
  const common = { times_ms, from_ms: plotted(times_ms, period, now_ms), to_ms: now_ms } as const;
  const of = (name: string, metric: Metric): { name: string; values: readonly (number | undefined)[] } => ({
    name,
    values: samples.map(({ values }) => values[metric]),
  });
  return html`<div class="plots">
    ${plot({ ...common, title: 'Documents', series: [of('indexed', 'documents'), of('queued', 'queued')], format: (n) => count(Math.round(n)) })}
    ${plot({ ...common, title: 'Crawl rate', series: [of('pages', 'fetched_per_s')], format: rate })}
    ${plot({ ...common, title: 'Search time', series: [of('p50', 'search.p50_ms'), of('p99', 'search.p99_ms')], format: duration })}
    ${plot({ ...common, title: 'Searches', series: [of('searches', 'searches_per_s')], format: rate })}
    ${plot({ ...common, title: 'On disk', series: [of('data directory', 'disk_bytes')], format: size })}
    ${plot({
      ...common,
      title: 'Memory by owner',
      series: [
        of('JavaScript', 'memory.heap_bytes'),
        of('changes', 'memory.memtables_bytes'),
        of('index', 'memory.index_bytes'),
        of('pages and program', 'memory.other_bytes'),
      ],
      format: size,
      isStacked: true,
    })}
  </div>`;
}

/** A program that has just begun is not drawn as a speck at the end of an empty hour: at least a twelfth is shown. */
function plotted(times_ms: readonly number[], period: Period, now_ms: number): number {
  const whole = PERIODS[period];
  return Math.max(now_ms - whole, Math.min(times_ms[0] ?? 0, now_ms - whole / 12));
}

function periods(admin: AdminFrame, chosen: Period): Html {
  return html`<ul class="choices">
    ${(Object.keys(PERIODS) as Period[]).map(
      (period) =>
        html`<li>
          <a
            href="${adminLink(admin, '/admin', { period })}"
            ${period === chosen ? html`aria-current="true"` : ''}
            >${period}</a
          >
        </li>`,
    )}
  </ul>`;
}

function withoutScripts(admin: AdminFrame, refresh_s: number | undefined): Html {
  return html`<noscript>
    <p class="quiet">
      ${
        refresh_s === undefined
          ? html`Numbers stand still without scripts:
              <a href="${adminLink(admin, '/admin', { refresh: '5' })}">refresh every five seconds</a>.`
          : html`Refreshing every ${refresh_s} seconds. <a href="${adminLink(admin, '/admin')}">Stop</a>`
      }
    </p>
  </noscript>`;
}
