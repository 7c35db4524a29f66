/** About: which program this is, on which machine, within which limits. */

import { availableParallelism, totalmem } from 'node:os';

import { html } from '../html.ts';
import * as limits from '../limits.ts';
import { age, count, size } from '../wording.ts';
import type { AdminDesk } from './desk.ts';
import { card, facts } from './parts.ts';
import { adminShell } from './shell.ts';

const LIMITS: readonly (readonly [words: string, most: string])[] = [
  ['Longest address of a request', size(limits.URL_BYTES)],
  ['All headers of a request', size(limits.HEADER_BYTES)],
  ['Body of a request', size(limits.BODY_BYTES)],
  ['Body of an injection', size(limits.INJECT_BODY_BYTES)],
  ['Documents of one injection', count(limits.INJECT_DOCUMENTS)],
  ['Characters of a query in an address', count(limits.QUERY_LENGTH)],
  ['Body of a search', size(limits.SEARCH_BODY_BYTES)],
  ['Results that may be skipped', count(limits.FIRST_MAX)],
  ['Results on one page', count(limits.COUNT_MAX)],
  ['Searches at once; more are asked to wait', count(limits.SEARCHES_AT_ONCE)],
  ['Time of one search', `${limits.SEARCH_DEADLINE_MS / 1000} s`],
  ['Connections at once', count(limits.CONNECTIONS_MAX)],
];

export function installAboutSection(desk: AdminDesk): void {
  const { engine } = desk.context;
  desk.page('/admin/about', async (_request, admin) => {
    const status = await engine.status();
    return adminShell({
      admin,
      at: '/admin/about',
      title: 'About',
      lead: 'Which program this is, on which machine, and what it takes at most.',
      main: html`<div class="columns">
          ${card(
            'Program',
            facts([
              ['Peregrine', status.version],
              ['Runs for', age(status.uptime_s)],
              ['Node.js', process.versions.node],
              ['Licence', 'Apache-2.0'],
              ['Documentation', html`<a href="/docs">/docs</a>`],
              ['API', html`<a href="/docs/api">/docs/api</a>, <a href="/openapi.json">/openapi.json</a>`],
              ['Everything as JSON', html`<a href="/status">/status</a>`],
            ]),
          )}
          ${card(
            'Machine',
            facts([
              ['System', `${process.platform} ${process.arch}`],
              ['Processors', count(availableParallelism())],
              ['Memory', size(totalmem())],
              ['Memory for this program', size(status.memoryLimit_bytes)],
              ['Free on disk', size(status.diskFree_bytes)],
              ['Data directory', html`<code>${status.dataDirectory}</code>`],
            ]),
          )}
        </div>
        ${card('Limits', facts(LIMITS), 'wide')}`,
    });
  });
}
