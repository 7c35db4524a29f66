/** Keys: made for single actions, shown once, revoked. */

import { z } from 'zod';

import { ACTIONS, type Grant } from '../grants.ts';
import type { KeyEntry } from '../key-ring.ts';
import { html, type HtmlValue } from '../html.ts';
import { date } from '../wording.ts';
import type { AdminDesk } from './desk.ts';
import { action, card, input, table } from './parts.ts';
import { type AdminFrame, adminFields, adminShell } from './shell.ts';

const BACK = '/admin/keys';
const oneOrMore = z.union([z.string(), z.array(z.string())]).transform((value) => [value].flat());
const createBody = z.object({
  description: z.string().max(200).default(''),
  actions: oneOrMore.pipe(z.array(z.enum(ACTIONS, `must be among ${ACTIONS.join(', ')}`)).min(1)),
  collections: z.string().max(2_000).default(''),
  filter: z.string().max(2_048).default(''),
  days: z
    .union([z.literal('').transform(() => undefined), z.coerce.number().int().min(1).max(36_500)])
    .optional(),
  rate: z
    .union([z.literal('').transform(() => undefined), z.coerce.number().int().min(1).max(1_000_000)])
    .optional(),
});
const idBody = z.object({ id: z.string().min(1).max(64) });

export function installKeysSection(desk: AdminDesk): void {
  const { rules, clock } = desk.context;

  desk.page(BACK, async (_request, admin) =>
    adminShell({
      admin,
      at: BACK,
      title: 'Keys',
      lead: html`Each opens some actions only. Narrower ones can be derived from it without asking the server:
        <a href="/docs/security">security</a>.`,
      main: html`
        ${card('Keys there are', list(admin, rules.keys.list()), 'wide')}
        ${card(
          'Make one',
          html`<form method="post" action="/admin/keys/create">
            ${adminFields(admin)}
            ${input({ name: 'description', label: 'What it is for', placeholder: 'the search box of our site' })}
            <fieldset>
              <legend>What it may do</legend>
              ${ACTIONS.map(
                (name) =>
                  html`<label class="check"
                    ><input
                      type="checkbox"
                      name="actions"
                      value="${name}"
                      ${name === 'search' ? html`checked` : ''}
                    />
                    ${ACTION_WORDS[name]}</label
                  >`,
              )}
            </fieldset>
            <div class="fields">
              ${input({ name: 'collections', label: 'Collections (all)' })}
              ${input({ name: 'filter', label: 'Only what this query finds', placeholder: 'lang:en' })}
              ${input({ name: 'days', label: 'Ends after days (never)', type: 'number' })}
              ${input({ name: 'rate', label: 'Requests a minute (any)', type: 'number' })}
            </div>
            <button type="submit">Make key</button>
          </form>`,
        )}
      `,
    }),
  );

  desk.action('/admin/keys/create', BACK, async (request) => {
    const { description, actions, collections, days, rate, filter } = createBody.parse(request.body);
    const names = collections.split(/[\s,]+/).filter((name) => name !== '');
    const filters = filter.trim() === '' ? [] : [filter.trim()];
    const grant: Grant = {
      ...(filters.length === 0 ? {} : { filters }),
      actions,
      ...(names.length === 0 ? {} : { collections: names }),
      ...(days === undefined ? {} : { expires_ms: clock.now() + days * 86_400_000 }),
      ...(rate === undefined ? {} : { rate_per_min: rate }),
    };
    const made = await rules.keys.create(grant, { description, now_ms: clock.now() });
    return { notice: `The key, shown this once: ${made.key}`, facts: { ...made } };
  });

  desk.action('/admin/keys/revoke', BACK, async (request) => {
    const isRevoked = await rules.keys.revoke(idBody.parse(request.body).id);
    return {
      notice: isRevoked
        ? 'The key opens nothing any more, nor does any that was derived from it.'
        : 'There is no such key.',
    };
  });
}

const ACTION_WORDS: Readonly<Record<(typeof ACTIONS)[number], string>> = {
  search: 'search and read stored pages',
  documents: 'put documents in and remove them',
  crawl: 'begin and steer crawls',
  status: 'see status and metrics',
};

function list(admin: AdminFrame, keys: readonly KeyEntry[]): HtmlValue {
  return table({
    name: 'Keys',
    columns: ['Id', { name: 'For', kind: 'page' }, 'May', 'Collections', 'Ends', ''],
    rows: keys.map(({ id, description, actions, collections, expires_ms }) => [
      html`<code>${id}</code>`,
      description,
      actions.join(', '),
      collections === undefined ? 'all' : collections.join(', '),
      expires_ms === undefined ? 'never' : date(expires_ms),
      action(admin, { action: '/admin/keys/revoke', label: 'Revoke', fields: { id } }),
    ]),
    empty:
      'There is none but the admin key. A search box in a page, a program that injects and a monitor should each have their own, made below: it can be revoked alone.',
  });
}
