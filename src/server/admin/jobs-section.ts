/** Jobs: everything long that runs or ran, with its progress and its findings. */

import { z } from 'zod';

import type { CareProgress, EngineStatus, FinishedIndexWork } from '../../collection/index.ts';
import { type ImportReport, importsOf, readPlan, type SnapshotPlan } from '../../transfer/index.ts';
import type { TaskState } from '../background-tasks.ts';
import { html, type Html, type HtmlValue } from '../html.ts';
import type { ServerContext } from '../server-context.ts';
import { age, count, period, shortened, utcTime } from '../wording.ts';
import { stateWord } from './crawl-section.ts';
import type { AdminDesk } from './desk.ts';
import { action, badge, card, progressBar, table } from './parts.ts';
import { type AdminFrame, adminLink, adminShell } from './shell.ts';

const BACK = '/admin/jobs';
const taskBody = z.object({
  id: z.string('must be the id of a task').regex(/^\d{1,12}$/, 'must be the id of a task'),
});

const indexBody = z.object({
  of: z.string('must name a collection'),
  work: z.enum(['verify', 'repair', 'rebuild'], 'must be verify, repair or rebuild'),
});

export function installJobsSection(desk: AdminDesk): void {
  desk.page(BACK, async (_request, admin) =>
    adminShell({
      admin,
      at: BACK,
      title: 'Jobs',
      lead: 'Everything long: crawls, imports, checks, rebuilds. It goes on when this page is closed.',
      main: html`<div id="live" data-source="${adminLink(admin, '/admin/live', { view: 'jobs' })}">
        ${await jobsView(desk.context, admin)}
      </div>`,
    }),
  );
  desk.action('/admin/jobs/cancel', BACK, async (request) => {
    desk.context.tasks.cancel(taskBody.parse(request.body).id);
    return { notice: 'It is called off.' };
  });
  desk.action('/admin/jobs/stop-index', BACK, async (request) => {
    const { of, work } = indexBody.parse(request.body);
    const wasThere = desk.context.engine.indexCare.stop(of, work);
    return { notice: wasThere ? 'It is called off; what is done stays.' : 'It has ended already.' };
  });
}

/** The live part of the page. */
export async function jobsView({ engine, tasks, log }: ServerContext, admin: AdminFrame): Promise<Html> {
  const status = await engine.status();
  const imports = importsOf(engine, log);
  const reports = await imports.reports(admin.collection);
  // One folder may go into several collections.
  const elsewhere = imports
    .underWay()
    .filter((one) => !reports.some(({ id, collection }) => id === one.id && collection === one.collection));
  const last = engine.indexCare.last(admin.collection);
  return html`${card('Under way', underWay(admin, { status, reports: [...reports, ...elsewhere], care: engine.indexCare.progress(), tasks: tasks.list() }), 'wide')}
  ${card('Ended', ended(tasks.list(), reports, last), 'wide')}
  ${card('Schedules', schedules(status, await readPlan(status.dataDirectory)), 'wide')}`;
}

interface Work {
  readonly status: EngineStatus;
  readonly reports: readonly ImportReport[];
  readonly care: readonly CareProgress[];
  readonly tasks: readonly TaskState[];
}

function underWay(admin: AdminFrame, { status, reports, care, tasks }: Work): HtmlValue {
  const rows: (readonly HtmlValue[])[] = [];
  for (const { name, crawl } of status.collections) {
    if (crawl.state !== 'running' && crawl.state !== 'paused') continue;
    const known = crawl.fetched + crawl.queued + crawl.inFlight;
    rows.push([
      html`<a href="/admin/crawl?c=${name}">Crawl of ${name}</a>`,
      html`${progressBar('Crawl', crawl.fetched, known)}`,
      `${stateWord(crawl)}: ${count(crawl.fetched)} of ${count(known)} pages`,
      '',
    ]);
  }
  for (const { collection, work, stage, documentsDone, documents } of care) {
    rows.push([
      `Index of ${collection}: ${work}`,
      progressBar(work, documentsDone, documents),
      `${stage}: ${count(documentsDone)} of about ${count(documents)} documents`,
      action(admin, {
        action: '/admin/jobs/stop-index',
        label: 'Call off',
        fields: { of: collection, work },
      }),
    ]);
  }
  for (const { id, collection, directory, from, state, read, total, remaining_s } of reports.filter(
    ({ endedAt_ms }) => endedAt_ms === 0,
  )) {
    rows.push([
      html`${importName(directory, from)} into <a href="/admin/transfer?c=${collection}">${collection}</a>`,
      progressBar('Import', read, total),
      `${state}: ${count(read)} of ${count(total)} records${remaining_s === undefined ? '' : `, ${age(Math.round(remaining_s))} left`}`,
      html`<code>${id}</code>`,
    ]);
  }
  for (const { id, name, progress } of tasks.filter(({ state }) => state === 'running')) {
    rows.push([
      name,
      progressBar(name, progress.done, progress.total),
      progress.what,
      action(admin, { action: '/admin/jobs/cancel', label: 'Call off', fields: { id } }),
    ]);
  }
  return table({
    name: 'Jobs under way',
    columns: [{ name: 'Job', kind: 'wide' }, 'Done', { name: 'How far', kind: 'page' }, ''],
    rows,
    empty: html`Nothing long is under way. A <a href="${adminLink(admin, '/admin/crawl')}">crawl</a>, an
      <a href="${adminLink(admin, '/admin/transfer')}">import</a> or a
      <a href="${adminLink(admin, '/admin/store')}">check of the store</a> would stand here.`,
  });
}

function importName(directory: string, from: string | undefined): string {
  return `Import of ${shortened(from === undefined ? directory : `${directory}: ${from}`, 60)}`;
}

function ended(
  tasks: readonly TaskState[],
  reports: readonly ImportReport[],
  last: readonly FinishedIndexWork[],
): HtmlValue {
  const rows: (readonly HtmlValue[])[] = tasks
    .filter(({ state }) => state !== 'running')
    .map(({ name, state, endedAt_ms, sentences, isSound }) => [
      name,
      badge(
        state === 'done' && isSound ? 'good' : state === 'cancelled' ? 'neutral' : 'bad',
        state === 'done' && !isSound ? 'found something' : state,
      ),
      timeWords(endedAt_ms),
      html`${sentences.slice(0, 3).map((sentence) => html`<span class="line">${sentence}</span>`)}
      ${
        sentences.length <= 3
          ? ''
          : html`<details>
              <summary>${count(sentences.length)} lines</summary>
              ${sentences.map((sentence) => html`<span class="line">${sentence}</span>`)}
            </details>`
      }`,
    ]);
  for (const { directory, from, state, endedAt_ms, imported, failed, unchanged } of reports.filter(
    ({ endedAt_ms: at }) => at > 0,
  )) {
    rows.push([
      importName(directory, from),
      badge(state === 'done' ? 'good' : 'bad', state),
      timeWords(endedAt_ms),
      `${count(imported)} imported, ${count(unchanged)} there already, ${count(failed)} failed`,
    ]);
  }
  for (const finished of last) {
    const { work, result, error, endedAt_ms } = finished;
    rows.push([
      `Index: ${work}`,
      indexBadge(finished),
      timeWords(endedAt_ms),
      result?.sentence ?? error ?? '',
    ]);
  }
  return table({
    name: 'Jobs that ended',
    columns: [{ name: 'Job', kind: 'wide' }, 'Outcome', 'When', { name: 'What came of it', kind: 'page' }],
    rows,
    empty: 'None since the program began. What ends stays here, with what came of it, until it begins anew.',
  });
}

function indexBadge({ result, error, wasCalledOff }: FinishedIndexWork): Html {
  if (wasCalledOff === true) return badge('neutral', 'cancelled');
  if (error !== undefined) return badge('bad', 'failed');
  const isSound = result === undefined || !('isSound' in result) || result.isSound;
  return badge(isSound ? 'good' : 'bad', isSound ? 'done' : 'found something');
}

/** What happens by itself, and how often. */
function schedules(status: EngineStatus, plan: SnapshotPlan | undefined): HtmlValue {
  const scrubs = status.shards.length;
  return table({
    name: 'Schedules',
    columns: ['What', { name: 'When', kind: 'page' }],
    rows: [
      ['Merging of runs and segments', 'when the sizes of neighbours say so, slower while somebody searches'],
      [
        'Scrubbing of every page on disk',
        `about once a week, ${scrubs === 1 ? 'one shard' : `${count(scrubs)} shards`}`,
      ],
      ['Flushing of changes to files', 'when their memory is full or the log is long'],
      ['Refreshing of crawls', 'as each crawl was begun: see “Refresh by itself”'],
      [
        'Snapshots',
        plan === undefined
          ? 'not by themselves: see “Snapshots”'
          : `Every ${period(plan.every_ms)} to ${plan.place}, the latest ${count(plan.keep)} stay`,
      ],
      ['Measuring for the plots', 'every ten seconds, kept once a minute for 35 days'],
    ],
    empty: '',
  });
}

function timeWords(at_ms: number): string {
  return at_ms === 0 ? '–' : `${utcTime(at_ms)} UTC`;
}
