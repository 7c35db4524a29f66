/** The documentation of the settings, made from the table that makes the settings. */

import { formOf, SETTINGS, variableOf } from '../../base/index.ts';
import type { DocumentationPage } from '../documentation.ts';
import { html } from '../html.ts';

const READERS = {
  store: 'open the data directory',
  serve: 'listen',
  cluster: 'are hosts of a cluster (serve)',
} as const;

export function settingsPage(): DocumentationPage {
  return {
    title: 'Settings',
    body: html`<h1 id="settings">Settings</h1>
      <p>
        Each can be said in four ways, and the first that is said holds: as an option of a command, as a
        variable of the environment, as a line of the config file, or not at all: then its default holds. The
        config file is the one that <code>--config</code> or <code>PEREGRINE_CONFIG</code> names, else
        <code>peregrine.conf</code> in the working directory.
      </p>
      <pre tabindex="0" dir="ltr"><code>peregrine config new &gt; peregrine.conf    # every setting, explained
peregrine config check peregrine.conf    # is every line good?
peregrine config show                    # what is in force, and where it comes from</code></pre>
      ${SETTINGS.map(
        (setting) =>
          html`<h2 id="${setting.name}"><code>${setting.name}</code></h2>
            <p>${setting.does.charAt(0).toUpperCase()}${setting.does.slice(1)}.</p>
            <ul>
              <li>option <code>--${setting.name} ${setting.placeholder}</code></li>
              <li>variable <code>${variableOf(setting)}</code></li>
              <li>line <code>${setting.name} = ${setting.default ?? '…'}</code></li>
              <li>
                form:
                ${formOf(setting)}${setting.default === undefined ? '' : html`; default <code>${setting.default}</code>`}
              </li>
              <li>since ${setting.since}; for commands that ${READERS[setting.of]}</li>
            </ul>`,
      )}`,
  };
}
