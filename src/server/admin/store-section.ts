/** Store and index: what lies on disk, drawn; checked, merged, repaired, rebuilt. */

import { z } from 'zod';

import { openForReadingOnly } from '../../base/index.ts';
import type { StoreStatus } from '../../storage/index.ts';
import type { EngineStatus, IndexWork, StoreTask } from '../../collection/index.ts';
import type { TaskOutcome, TaskProgress } from '../background-tasks.ts';
import { html, type Html, type HtmlValue } from '../html.ts';
import { count, counted, size } from '../wording.ts';
import type { AdminDesk } from './desk.ts';
import { action, badge, card, facts, table } from './parts.ts';
import { runDrawing } from './run-drawing.ts';
import { segmentList } from './segment-list.ts';
import { type AdminFrame, adminLink, adminShell } from './shell.ts';

const BACK = '/admin/store';
const verifyBody = z.object({ depth: z.enum(['sample', 'deep']).catch('sample') });
const indexBody = z.object({
  work: z.enum(['verify', 'repair', 'rebuild'], 'must be verify, repair or rebuild'),
});

export function installStoreSection(desk: AdminDesk): void {
  const { engine, tasks } = desk.context;

  desk.page(BACK, async (_request, admin) => {
    const status = await engine.status();
    return adminShell({
      admin,
      at: BACK,
      title: 'Store, index',
      lead: html`What lies in <code>${status.dataDirectory}</code>, and what can be done with it while all
        else goes on. Progress and findings stand under
        <a href="${adminLink(admin, '/admin/jobs')}">jobs</a>.`,
      main: html`
        <div class="columns">
          ${card(
            'Store',
            html`<p>Every page of every file carries a checksum; a check reads them back.</p>
              <div class="buttons">
                ${action(admin, { action: '/admin/store/verify', label: 'Verify a sample', fields: { depth: 'sample' } })}
                ${action(admin, { action: '/admin/store/verify', label: 'Verify every page', fields: { depth: 'deep' } })}
                ${action(admin, { action: '/admin/store/merge', label: 'Merge now' })}
                ${action(admin, { action: '/admin/store/flush', label: 'Flush' })}
              </div>`,
          )}
          ${card(
            `Index of ${admin.collection}`,
            html`<p>The index can always be made anew from the stored documents.</p>
              <div class="buttons">
                ${(['verify', 'repair', 'rebuild'] as const).map((work) => action(admin, { action: '/admin/store/index', label: INDEX_WORK[work], fields: { work } }))}
              </div>`,
          )}
        </div>
        ${status.shards.map((_, n) => shardCard(status, n))} ${segments(status, admin)}
        ${card(`Segments of ${admin.collection}`, segmentList(engine.indexCare.segments(admin.collection)), 'wide')}
      `,
    });
  });

  const begin = (name: string, task: StoreTask): void => {
    tasks.start(name, async (onProgress, signal): Promise<TaskOutcome> => {
      const result = await engine.store(
        task,
        (event) => {
          if (event.event === 'progress') onProgress(progressOf(event));
        },
        signal,
      );
      return { sentences: result.sentences, isSound: result.isSound };
    });
  };

  desk.action('/admin/store/verify', BACK, async (request) => {
    const { depth } = verifyBody.parse(request.body);
    begin(depth === 'deep' ? 'Verify every page' : 'Verify a sample', { task: 'verify', depth });
    return { notice: 'The check is under way.', to: '/admin/jobs' };
  });
  desk.action('/admin/store/merge', BACK, async () => {
    if (engine.isReadOnly) throw openForReadingOnly();
    begin('Merge', { task: 'merge', force: true });
    return { notice: 'The merge is under way.', to: '/admin/jobs' };
  });
  desk.action('/admin/store/flush', BACK, async () => {
    await engine.flush();
    return { notice: 'Everything in memory is in files now, and the log is short.' };
  });
  desk.action('/admin/store/index', BACK, async (request, collection) => {
    const { work } = indexBody.parse(request.body);
    if (engine.isReadOnly && work !== 'verify') throw openForReadingOnly();
    // Its progress and its end are kept by the engine.
    engine.indexCare[work](collection).catch(() => undefined);
    return {
      notice: `${INDEX_WORK[work]}: it is under way.`,
      to: `/admin/jobs?c=${encodeURIComponent(collection)}`,
    };
  });
}

const INDEX_WORK: Readonly<Record<IndexWork, string>> = {
  verify: 'Verify index',
  repair: 'Repair index',
  rebuild: 'Rebuild index',
};

function progressOf({
  done_bytes,
  total_bytes,
  what,
}: {
  done_bytes: number;
  total_bytes: number;
  what: string;
}): TaskProgress {
  return {
    done: done_bytes,
    total: total_bytes,
    what: `${what}: ${size(done_bytes)} of ${size(total_bytes)}`,
  };
}

function shardCard(status: EngineStatus, n: number): HtmlValue {
  const shard = status.shards[n];
  if (shard === undefined) return '';
  const lost = shard.lost ?? [];
  return card(
    `Shard ${n}`,
    html`${facts([
      [
        'State',
        shard.readOnly !== undefined
          ? html`${badge('bad', 'read-only')} ${shard.readOnly}`
          : status.isReadOnly
            ? badge('neutral', 'only read')
            : badge('good', 'takes writes'),
      ],
      [
        'Log',
        `${size(shard.log_bytes)}, durable up to ${count(shard.durableSeq)}, in files up to ${count(shard.checkpointSeq)}`,
      ],
      ['In memory', `${size(shard.memtable_bytes)} of changes, ${size(shard.derived_bytes)} of index`],
      ['Lost', lost.length === 0 ? 'nothing' : `${counted(lost.length, 'range', 'ranges')} of keys`],
      ['Scrubbed', scrubWords(shard.scrub)],
      ['Merges since the start', count(shard.counters['merges'] ?? 0)],
    ])}
    ${runDrawing(shard.databases)}
    ${table({
      name: `Databases of shard ${n}`,
      columns: [
        'Database',
        ...['Runs', 'Parts', 'Records', 'On disk'].map((name) => ({ name, kind: 'number' as const })),
      ],
      rows: Object.entries(shard.databases).map(([name, { runs: number, parts, records, disk_bytes }]) => [
        name,
        count(number),
        count(parts),
        count(records),
        size(disk_bytes),
      ]),
      empty: 'It has none.',
    })}`,
    'wide',
  );
}

/** What the reading back of every page has found. */
function scrubWords({
  passes,
  read_bytes,
  lastSentence = '',
  damagedParts,
}: StoreStatus['scrub']): HtmlValue {
  if (damagedParts > 0) {
    return html`${badge('bad', counted(damagedParts, 'damaged part', 'damaged parts'))} ${lastSentence}`;
  }
  if (passes === 0) return `${size(read_bytes)} read back, not everything yet`;
  return html`${badge('good', 'sound')} ${counted(passes, 'time', 'times')} since the start. ${lastSentence}`;
}

function segments({ collections }: EngineStatus, admin: AdminFrame): Html {
  return card(
    'Index by collection',
    table({
      name: 'Index by collection',
      columns: [
        'Collection',
        ...['Documents', 'Segments', 'Size'].map((name) => ({ name, kind: 'number' as const })),
      ],
      rows: collections.map((one) => [
        html`${one.name}${one.name === admin.collection ? ' (this)' : ''}`,
        count(one.documents),
        count(one.segments),
        size(one.index_bytes),
      ]),
      empty: 'There is none.',
    }),
    'wide',
  );
}
