/** Settings: what is in force, where it comes from, how to say it differently, and who changed what while the program ran. */

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
/** Of them, before the first that a change has changed. */
const ALIKE_SHOWN = 30;

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
              known?.value ?? setting.default ?? html`<span class="quiet">–</span>`,
              badge(source === 'default' ? 'neutral' : 'good', source),
              html`${setting.does}<small>${formOf(setting)}</small>`,
            ];
          }),
          empty: '',
        }),
        'wide',
      )}
      ${card('Changed while the program ran', history(await settingChanges(desk.context, admin.collection)), 'wide')}`,
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
      ...differing(before, after),
    ]),
    empty: 'Rules, looks and drained hosts are as at first.',
  });
}

/** Both values from a little before the place where they differ. */
function differing(before: string, after: string): readonly string[] {
  let alike = 0;
  while (alike < before.length && before[alike] === after[alike]) alike += 1;
  const cut = Math.max(0, alike - ALIKE_SHOWN);
  return [before, after].map((value) =>
    // Half a character, where a pair of surrogates was cut, is left out.
    shortened(cut === 0 ? value : `…${value.slice(cut).replace(/^[\uDC00-\uDFFF]/, '')}`, VALUE_SHOWN),
  );
}
