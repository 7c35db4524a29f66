/** Import and export: begun, watched, paused. Paths are the server's own. */

import { z } from 'zod';

import { type ImportReport, type ImportRequest, importsOf } from '../../transfer/index.ts';
import { html, type HtmlValue } from '../html.ts';
import { age, count, shortened } from '../wording.ts';
import type { AdminDesk } from './desk.ts';
import { action, badge, card, input, progressBar, table } from './parts.ts';
import { type AdminFrame, adminFields, adminShell } from './shell.ts';

const BACK = '/admin/transfer';
const importBody = z.object({
  directory: z.string('must be a folder of the server').startsWith('/', 'must be a whole path').max(4_096),
  isDryRun: z.string().optional(),
});
const pauseBody = z.object({ id: z.string().regex(/^[\da-f]{16}$/, 'must be the id of an import') });

export function installTransferSection(desk: AdminDesk): void {
  const { engine, log } = desk.context;
  const imports = importsOf(engine, log);

  desk.page(BACK, async (_request, admin) =>
    adminShell({
      admin,
      at: BACK,
      title: 'Import, export',
      lead: html`Files of a Gigablast go in here; archives, lists and tables by <code>peregrine import</code>,
        and everything comes out by <code>peregrine export</code>.`,
      main: html`
        ${card('Imports', list(admin, await imports.reports(admin.collection)), 'wide')}
        ${card(
          'Import a Gigablast’s collection',
          html`<form method="post" action="/admin/transfer/import">
            ${adminFields(admin)}
            ${input({ name: 'directory', label: 'Its folder on this machine', placeholder: '/var/gigablast/coll.main.0', isNeeded: true })}
            <label class="check"
              ><input name="isDryRun" type="checkbox" value="1" /> Only look what would come in</label
            >
            <button type="submit">Begin, or go on</button>
          </form>`,
        )}
      `,
    }),
  );

  desk.action('/admin/transfer/import', BACK, async (request, collection) => {
    const { directory, isDryRun } = importBody.parse(request.body);
    const wanted: ImportRequest = { directory, ...(isDryRun === undefined ? {} : { isDryRun: true }) };
    imports.start(collection, wanted);
    return { notice: 'The import is under way; it goes on when this page is closed.' };
  });
  desk.action('/admin/transfer/pause', BACK, async (request, collection) => {
    await imports.pause(collection, pauseBody.parse(request.body).id);
    return { notice: 'The import is paused; begun again, it goes on where it stands.' };
  });
}

function list(admin: AdminFrame, reports: readonly ImportReport[]): HtmlValue {
  return table({
    name: 'Imports',
    columns: ['Folder', 'State', 'Done', { name: 'Counts', kind: 'page' }, ''],
    rows: reports.map((report) => {
      const {
        id,
        directory,
        state,
        read,
        total,
        imported,
        unchanged,
        superseded,
        failed,
        remaining_s,
        endedAt_ms,
        error,
      } = report;
      return [
        shortened(directory, 60),
        badge(state === 'done' ? 'good' : state === 'failed' ? 'bad' : 'neutral', state),
        progressBar('Records read', read, total),
        html`${count(read)} of ${count(total)} read, ${count(imported)} imported, ${count(unchanged)} there
        already, ${count(superseded)} older, ${count(failed)}
        failed${remaining_s === undefined ? '' : `, ${age(Math.round(remaining_s))} left`}
        ${error === '' ? '' : html`<small>${error}</small>`}`,
        endedAt_ms === 0 && state === 'running'
          ? action(admin, { action: '/admin/transfer/pause', label: 'Pause', fields: { id } })
          : '',
      ];
    }),
    empty: 'Nothing has been imported into this collection.',
  });
}
