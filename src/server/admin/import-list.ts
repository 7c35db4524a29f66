/** Imports of a Gigablast's files, one a row: how far each is, what came of it, what failed, and a button for what is next. */

import { type ImportReport, reasonsInWords } from '../../transfer/index.ts';
import { html, type HtmlValue } from '../html.ts';
import { age, count, shortened, size } from '../wording.ts';
import { action, badge, progressBar, table } from './parts.ts';
import type { AdminFrame } from './shell.ts';

/** Failures and losses that the page names. */
const NAMED = 50;

export function importList(admin: AdminFrame, reports: readonly ImportReport[]): HtmlValue {
  return table({
    name: 'Imports',
    columns: ['Folder', 'State', 'Done', { name: 'Counts', kind: 'page' }, ''],
    rows: reports.map((report) => {
      const { directory, from, state, read, total, error, remaining_s } = report;
      const why = reasonsInWords(report.reasons);
      const left = remaining_s === undefined ? '' : `, ${age(Math.round(remaining_s))} left`;
      const kind = state === 'done' ? 'good' : state === 'failed' ? 'bad' : 'neutral';
      return [
        shortened(from === undefined ? directory : `${directory}: ${from}`, 60),
        badge(kind, report.isDryRun ? `only a look: ${state}` : state),
        progressBar('Records read', read, state === 'done' && total === 0 ? read : total),
        html`${countsOf(report)}${left}
        ${[why === '' ? '' : `Why: ${why}.`, ...report.notes, error].filter((line) => line !== '').map((line) => html`<small>${line}</small> `)}
        ${details('Failed', report.failed, failuresOf(report))}
        ${details('Unreadable places', report.losses.length, lossesOf(report))}`,
        nextOf(admin, report),
      ];
    }),
    empty:
      'None yet. They can be paused, and go on at the very record where they stood, also after a restart.',
  });
}

/** What can be done with it now. */
function nextOf(admin: AdminFrame, { id, state, isDryRun }: ImportReport): HtmlValue {
  const fields = { id };
  if (['running', 'waiting', 'reading'].includes(state))
    return action(admin, { action: '/admin/transfer/pause', label: 'Pause', fields });
  if (isDryRun || (state !== 'paused' && state !== 'failed')) return '';
  return action(admin, { action: '/admin/transfer/go-on', label: 'Go on', fields });
}

function countsOf(report: ImportReport): string {
  const { read, total, imported, unchanged, superseded, tombstones, skipped, failed, lost_bytes } = report;
  return [
    total === 0 ? `${count(read)} read` : `${count(read)} of ${count(total)} read`,
    report.isDryRun ? `${count(imported)} would come in` : `${count(imported)} imported`,
    `${count(unchanged)} there already`,
    `${count(superseded)} older`,
    `${count(tombstones)} deletions`,
    `${count(skipped)} left out`,
    `${count(failed)} failed`,
    `${size(lost_bytes)} unreadable`,
  ].join(', ');
}

function failuresOf({ failures }: ImportReport): string[] {
  return failures.map(({ file, offset, url, message }) =>
    [`${file} at ${count(offset)}`, ...(url === '' ? [] : [shortened(url, 100)]), message].join(': '),
  );
}

function lossesOf({ losses }: ImportReport): string[] {
  return losses.map(
    ({ file, offset, size_bytes, why }) => `${file} at ${count(offset)}: ${size(size_bytes)}, ${why}`,
  );
}

function details(name: string, all: number, lines: readonly string[]): HtmlValue {
  if (lines.length === 0) return '';
  const named = lines.slice(-NAMED);
  const more = all - named.length;
  return html`<details>
    <summary>${name}: ${count(all)}</summary>
    <ul>
      ${named.map((line) => html`<li>${line}</li>`)}
    </ul>
    ${more > 0 ? html`<small>These are the last; <code>peregrine import failures</code> lists all that failed.</small>` : ''}
  </details>`;
}
