/** Import and export: begun, watched, paused. Paths are the server's own. */

import { z } from 'zod';

import {
  DEFAULT_AT_ONCE,
  dropExportBookmark,
  type ExportBookmark,
  exportBookmarks,
  type FeedKind,
  type ImportRequest,
  importsOf,
  MAX_AT_ONCE,
  type PlannedImport,
  planImports,
} from '../../transfer/index.ts';
import { html, type HtmlValue } from '../html.ts';
import { counted, shortened, size } from '../wording.ts';
import type { ServerContext } from '../server-context.ts';
import { exportInBackground, exportUnderWay, transferInBackground } from '../transfer-desk.ts';
import { bundleCards, installBundleActions } from './bundle-cards.ts';
import type { AdminDesk } from './desk.ts';
import { importList } from './import-list.ts';
import { action, badge, card, choice, input, table } from './parts.ts';
import { type AdminFrame, adminFields, adminLink, adminShell } from './shell.ts';

const BACK = '/admin/transfer';
const path = z
  .string('must be a path of the server')
  .startsWith('/', 'must be a whole path, from /')
  .max(4_096);
const importBody = z.object({
  kind: z.enum(['gigablast', 'ndjson', 'warc', 'csv', 'folder', 'mbox']).default('gigablast'),
  directory: path,
  base: z.string().trim().max(8_192).default(''),
  isDryRun: z.string().optional(),
  follow: z.string().optional(),
  from: z.string().trim().max(200).default(''),
  atOnce: z.coerce.number('must be a number').pipe(z.int().min(1).max(MAX_AT_ONCE)).default(DEFAULT_AT_ONCE),
});
const exportBody = z.object({
  file: path,
  format: z.enum(['ndjson', 'warc', 'csv']).default('ndjson'),
  query: z.string().trim().max(2_048).default(''),
});
const pauseBody = z.object({ id: z.string().regex(/^[\da-f]{16}$/, 'must be the id of an import') });

const KINDS: readonly (readonly [FeedKind | 'gigablast', string])[] = [
  ['ndjson', 'lines of JSON (.ndjson, .gz)'],
  ['warc', 'web archives (WARC, ARC, WACZ)'],
  ['csv', 'a table (CSV)'],
  ['folder', 'the files of a folder'],
  ['mbox', 'a mail archive (mbox)'],
  ['gigablast', 'the title files of a Gigablast'],
];

export function installTransferSection(desk: AdminDesk): void {
  const { engine, log } = desk.context;
  const imports = importsOf(engine, log);

  desk.page(BACK, async (_request, admin) =>
    adminShell({
      admin,
      at: BACK,
      title: 'Import, export',
      lead: html`Documents from files of this machine, and into them. Progress stands under
        <a href="${adminLink(admin, '/admin/jobs')}">jobs</a>; the same is done by
        <code>peregrine import</code> and <code>peregrine export</code>.`,
      main: html`
        <div class="columns">${card('Import', importForm(admin))} ${card('Export', exportForm(admin))}</div>
        ${unfinishedExports(desk.context, admin, await exportBookmarks(engine, admin.collection))}
        ${await bundleCards(desk, admin)}
        ${card('Imports of a Gigablast’s files', importList(admin, await imports.reports(admin.collection)), 'wide')}
      `,
    }),
  );

  installBundleActions(desk);
  desk.action('/admin/transfer/import', BACK, async (request, collection) => {
    const { kind, directory, base, isDryRun, atOnce, follow, from } = importBody.parse(request.body);
    if (kind === 'gigablast') {
      const wanted: ImportRequest = {
        directory,
        atOnce,
        ...(isDryRun === undefined ? {} : { isDryRun: true }),
        ...(follow === undefined ? {} : { follow: true }),
        ...(from === '' ? {} : { from }),
      };
      const planned = await planImports(wanted, collection, false);
      for (const { collection: target, request: one } of planned) {
        const isThere = one.isDryRun === true || engine.collections().includes(target);
        if (!isThere) await engine.createCollection(target);
        imports.start(target, one);
      }
      return { notice: noticeOf(planned) };
    }
    const task = {
      task: 'import',
      kind,
      path: directory,
      isDryRun: isDryRun !== undefined,
      ...(base === '' ? {} : { base }),
    } as const;
    transferInBackground(desk.context, `Import of ${directory}`, collection, task);
    return { notice: 'The import is under way.', to: `/admin/jobs?c=${encodeURIComponent(collection)}` };
  });
  desk.action('/admin/transfer/export', BACK, async (request, collection) => {
    const { file, format, query } = exportBody.parse(request.body);
    exportInBackground(desk.context, collection, { file, format, ...(query === '' ? {} : { query }) });
    return { notice: 'The export is under way.', to: `/admin/jobs?c=${encodeURIComponent(collection)}` };
  });
  desk.action('/admin/transfer/export-pause', BACK, async (request) => {
    const { file } = exportBody.parse(request.body);
    const task = exportUnderWay(desk.context, file);
    if (task === undefined) return { notice: `Nothing is being written into ${file}.` };
    desk.context.tasks.cancel(task.id);
    return { notice: 'The export is paused; it goes on behind the last document that is in the file.' };
  });
  desk.action('/admin/transfer/export-drop', BACK, async (request, collection) => {
    const { file } = exportBody.parse(request.body);
    await dropExportBookmark(engine, collection, file);
    return { notice: `${file} is given up; what was written into it stays.` };
  });
  desk.action('/admin/transfer/pause', BACK, async (request, collection) => {
    await imports.pause(collection, pauseBody.parse(request.body).id);
    return { notice: 'The import is paused; begun again, it goes on where it stands.' };
  });
  desk.action('/admin/transfer/go-on', BACK, async (request, collection) => {
    await imports.goOn(collection, pauseBody.parse(request.body).id);
    return { notice: 'The import goes on where it stood.' };
  });
}

/** Several collections go into several, of which this page shows one. */
function noticeOf(planned: readonly PlannedImport[]): string {
  const into = planned.length === 1 ? '' : ` of ${planned.map(({ collection }) => collection).join(', ')}`;
  return `The import${into} is under way; it goes on when this page is closed.`;
}

function importForm(admin: AdminFrame): HtmlValue {
  return html`<form method="post" action="/admin/transfer/import">
    ${adminFields(admin)} ${choice('kind', 'What it is', KINDS, 'ndjson')}
    ${input({ name: 'directory', label: 'File or folder of this machine', placeholder: '/var/backups/pages.ndjson.gz', isNeeded: true })}
    ${input({ name: 'base', label: 'Address below which documents without one are known (may stay empty)', placeholder: 'https://handbook.example.org/' })}
    <label class="check"
      ><input name="isDryRun" type="checkbox" value="1" /> Only look what would come in</label
    >
    <details>
      <summary>Of a Gigablast</summary>
      ${input({ name: 'from', label: 'Of several collections in the folder, this one (empty: each into one of its name)' })}
      ${input({ name: 'atOnce', label: 'Documents in flight, 1 to 100', type: 'number', value: String(DEFAULT_AT_ONCE) })}
      <label class="check"
        ><input name="follow" type="checkbox" value="1" /> Afterwards crawl what they link to, and what the
        old cluster had meant to crawl</label
      >
    </details>
    <button type="submit">Begin, or go on</button>
  </form>`;
}

function exportForm(admin: AdminFrame): HtmlValue {
  return html`<form method="post" action="/admin/transfer/export">
    ${adminFields(admin)}
    ${choice(
      'format',
      'Form of the file',
      [
        ['ndjson', 'lines of JSON: everything, to be imported again'],
        ['warc', 'WARC: to be replayed'],
        ['csv', 'a table: the text, for people'],
      ],
      'ndjson',
    )}
    ${input({ name: 'file', label: 'New file of this machine, or one to go on with', placeholder: '/var/backups/all.ndjson', isNeeded: true })}
    ${input({ name: 'query', label: 'Only what this query finds (may stay empty)', placeholder: 'site:docs.example.org' })}
    <button type="submit">Export</button>
  </form>`;
}

/** Those that are being written, and those that were stopped and can go on. */
function unfinishedExports(
  context: ServerContext,
  admin: AdminFrame,
  bookmarks: readonly ExportBookmark[],
): HtmlValue {
  if (bookmarks.length === 0) return '';
  const rows = bookmarks.map(({ file, format, query, documents, size_bytes }) => {
    const fields = { file, format, ...(query === undefined ? {} : { query }) };
    const isRunning = exportUnderWay(context, file) !== undefined;
    const done = `${counted(documents, 'document', 'documents')}, ${size(size_bytes)} safely in the file`;
    return [
      shortened(file, 60),
      badge('neutral', isRunning ? 'running' : 'stopped'),
      query === undefined ? done : `${done}, of “${shortened(query, 60)}”`,
      isRunning
        ? action(admin, { action: '/admin/transfer/export-pause', label: 'Pause', fields })
        : html`<div class="buttons">
            ${action(admin, { action: '/admin/transfer/export', label: 'Go on', fields })}
            ${action(admin, { action: '/admin/transfer/export-drop', label: 'Give up', fields })}
          </div>`,
    ];
  });
  return card(
    'Exports that are not at their end',
    table({
      name: 'Exports',
      columns: ['File', 'State', { name: 'Done', kind: 'page' }, ''],
      rows,
      empty: '',
    }),
    'wide',
  );
}
