/** Settings: what is in force, where it comes from, and how to say it differently. */

import { formOf, SETTINGS, variableOf } from '../../base/index.ts';
import { html } from '../html.ts';
import type { AdminDesk } from './desk.ts';
import { badge, card, table } from './parts.ts';
import { adminShell } from './shell.ts';

export function installSettingsSection(desk: AdminDesk): void {
  const { settings } = desk.context;
  desk.page('/admin/settings', async (_request, admin) =>
    adminShell({
      admin,
      at: '/admin/settings',
      title: 'Settings',
      lead: html`The command line wins over the environment, that over the config file, that over the
        defaults. They are read when the program begins; <code>peregrine config check</code> looks a file
        over. <a href="/docs/settings">All of them in words.</a>`,
      main: card(
        'In force',
        table({
          name: 'Settings',
          columns: ['Name and variable', 'Value', 'From', { name: 'What it does', kind: 'page' }],
          rows: SETTINGS.map((setting) => {
            const known = settings.find(({ name }) => name === setting.name);
            const source = known?.source ?? 'default';
            return [
              html`<code>${setting.name}</code><small><code>${variableOf(setting)}</code></small>`,
              known?.value ?? html`<span class="quiet">–</span>`,
              badge(source === 'default' ? 'neutral' : 'good', source),
              html`${setting.does}<small>${formOf(setting)}</small>`,
            ];
          }),
          empty: '',
        }),
        'wide',
      ),
    }),
  );
}
