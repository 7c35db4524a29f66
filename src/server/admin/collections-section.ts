/** Collections: made, looked over, deleted. */

import { z } from 'zod';

import { PeregrineError } from '../../base/index.ts';
import { html } from '../html.ts';
import { count, size } from '../wording.ts';
import type { AdminDesk } from './desk.ts';
import { card, input, table } from './parts.ts';
import { adminFields, adminShell } from './shell.ts';
import { stateWord } from './crawl-section.ts';

const BACK = '/admin/collections';
const makeBody = z.object({ name: z.string('must be a name').min(1, 'must be a name').max(64) });
const deleteBody = z.object({ name: z.string(), again: z.string() });

export function installCollectionsSection(desk: AdminDesk): void {
  const { engine, defaultCollection } = desk.context;

  desk.page(BACK, async (_request, admin) => {
    const { collections } = await engine.status();
    return adminShell({
      admin,
      at: BACK,
      title: 'Collections',
      lead: 'Each has documents, index and crawl of its own; all share one store.',
      main: html`
        ${card(
          'All of them',
          table({
            name: 'Collections',
            columns: [
              'Name',
              ...['Documents', 'Segments', 'Index', 'Queued'].map((name) => ({
                name,
                kind: 'number' as const,
              })),
              'Crawl',
            ],
            rows: collections.map(({ name, documents, segments, index_bytes, crawl }) => [
              html`<a href="/admin?c=${name}">${name}</a>${name === defaultCollection ? ' (default)' : ''}`,
              count(documents),
              count(segments),
              size(index_bytes),
              count(crawl.queued),
              stateWord(crawl),
            ]),
            empty: 'There is none.',
          }),
          'wide',
        )}
        <div class="columns">
          ${card(
            'Make one',
            html`<form method="post" action="/admin/collections/create">
              ${adminFields(admin)}
              ${input({ name: 'name', label: 'Name: lower-case letters, digits, - and _', isNeeded: true })}
              <button type="submit">Create</button>
            </form>`,
          )}
          ${card(
            'Delete one',
            html`<form method="post" action="/admin/collections/delete">
              ${adminFields(admin)} ${input({ name: 'name', label: 'Name', isNeeded: true })}
              ${input({ name: 'again', label: 'The name again: its documents are gone then', isNeeded: true })}
              <button class="second" type="submit">Delete for good</button>
            </form>`,
          )}
        </div>
      `,
    });
  });

  desk.action('/admin/collections/create', BACK, async (request) => {
    const { name } = makeBody.parse(request.body);
    await engine.createCollection(name);
    return { notice: `The collection ${name} is made.` };
  });

  desk.action('/admin/collections/delete', BACK, async (request) => {
    const { name, again } = deleteBody.parse(request.body);
    if (name !== again)
      throw new PeregrineError('BAD_ARGUMENT', 'The two names are not the same: nothing is deleted.');
    if (name === defaultCollection)
      throw new PeregrineError('BAD_ARGUMENT', `${name} is this server's default collection: it stays.`);
    await engine.deleteCollection(name);
    return { notice: `The collection ${name} is deleted.`, to: BACK };
  });
}
