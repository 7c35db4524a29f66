/** What is written down: who changed what, and what the program logged. */

import { z } from 'zod';

import type { LogLevel } from '../../base/index.ts';
import { html } from '../html.ts';
import { shortened, utcTime } from '../wording.ts';
import type { AdminDesk } from './desk.ts';
import { badge, card, table } from './parts.ts';
import { adminLink, adminShell } from './shell.ts';

const ENTRIES_SHOWN = 200;
const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];
const logParameters = z.object({ least: z.enum(['debug', 'info', 'warn', 'error']).catch('info') });

export function installRecordsSections(desk: AdminDesk): void {
  const { engine, recentLog } = desk.context;

  desk.page('/admin/audit', async (_request, admin) => {
    const entries = await engine.audit.recent(ENTRIES_SHOWN);
    return adminShell({
      admin,
      at: '/admin/audit',
      title: 'Audit',
      lead: 'Every change that somebody asked for, refused ones too; the newest 10,000 are kept.',
      main: card(
        `The latest ${ENTRIES_SHOWN}`,
        table({
          name: 'Audit trail',
          columns: [
            'Time (UTC)',
            'Who',
            'From',
            { name: 'What', kind: 'page' },
            { name: 'Answer', kind: 'number' },
          ],
          rows: entries.map(({ at_ms, who, from, what, about, status }) => [
            utcTime(at_ms),
            who,
            from,
            html`<code>${what}</code>${about === '' ? '' : html`<small>${shortened(about, 160)}</small>`}`,
            badge(status < 400 ? 'good' : 'bad', String(status)),
          ]),
          empty: 'Nothing has been changed yet.',
        }),
        'wide',
      ),
    });
  });

  desk.page('/admin/logs', async (request, admin) => {
    const { least } = logParameters.parse(request.query);
    const events = recentLog.events().filter(({ level }) => LEVELS.indexOf(level) >= LEVELS.indexOf(least));
    return adminShell({
      admin,
      at: '/admin/logs',
      title: 'Log',
      lead: 'The latest events of this process. All of them, for programs: start it with --log json.',
      main: card(
        'Events',
        html`<ul class="choices">
            ${LEVELS.map((level) => html`<li><a href="${adminLink(admin, '/admin/logs', { least: level })}" ${level === least ? html`aria-current="true"` : ''}>${level}</a></li>`)}
          </ul>
          ${table({
            name: 'Log',
            columns: ['Time (UTC)', 'Level', 'Event', { name: 'Facts', kind: 'page' }],
            rows: events
              .toReversed()
              .slice(0, ENTRIES_SHOWN)
              .map(({ at_ms, level, event, facts }) => [
                utcTime(at_ms),
                badge(level === 'error' ? 'bad' : level === 'warn' ? 'neutral' : 'good', level),
                html`<code>${event}</code>`,
                Object.entries(facts)
                  .map(([name, value]) => `${name}: ${shortened(String(value), 120)}`)
                  .join(' · '),
              ]),
            empty: 'Nothing of this weight has happened.',
          })}`,
        'wide',
      ),
    });
  });
}
