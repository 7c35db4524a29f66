/** Settings: what is in force, where it comes from, how to say it differently, and who changed what at work. */

import { formOf, SETTINGS, variableOf } from '../../base/index.ts';
import type { SettingChange } from '../../collection/index.ts';
import { html, type Html } from '../html.ts';
import { settingChanges } from '../setting-changes.ts';
import { shortened, utcTime } from '../wording.ts';
import type { AdminDesk } from './desk.ts';
import { badge, card, table } from './parts.ts';
import { adminShell } from './shell.ts';

/** Characters of a value on the page; `/settings/history` has more. */
const VALUE_SHOWN = 160;

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
      main: html`${card(
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
      )}
      ${card('Changed at work', history(await settingChanges(desk.context, admin.collection)), 'wide')}`,
    }),
  );
}

/** Rules and look of a collection, and what a cluster was told, on whichever host. */
function history(changes: readonly SettingChange[]): Html {
  return table({
    name: 'Changes',
    columns: [
      'Time (UTC)',
      'Who',
      'Host',
      'Setting',
      { name: 'Before', kind: 'page' },
      { name: 'After', kind: 'page' },
    ],
    rows: changes.map(({ at_ms, who, host, setting, before, after }) => [
      utcTime(at_ms),
      who,
      host,
      setting,
      shortened(before, VALUE_SHOWN),
      shortened(after, VALUE_SHOWN),
    ]),
    empty: 'Rules, looks and drained hosts are as at first.',
  });
}
