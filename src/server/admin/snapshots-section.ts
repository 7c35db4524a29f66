/** Snapshots: taken now or by themselves, listed, a collection's brought back. */

import { z } from 'zod';

import { messageOf } from '../../base/index.ts';
import { html, type HtmlValue } from '../html.ts';
import { keptSnapshots, snapshotPlace } from '../routes/snapshot-routes.ts';
import {
  type ListedSnapshot,
  planOf,
  restoreInBackground,
  setPlan,
  snapshotsAt,
  takeInBackground,
} from '../snapshot-desk.ts';
import { count, period, size, utcMinute } from '../wording.ts';
import type { AdminDesk } from './desk.ts';
import { action, card, choice, input, table } from './parts.ts';
import { type AdminFrame, adminFields, adminLink, adminShell } from './shell.ts';

const BACK = '/admin/snapshots';
const HOUR_MS = 3_600_000;
const PLACE = 'A folder of this machine, or s3://bucket/prefix';

const pageQuery = z.object({ place: z.string().max(4_096).default('') });
const takeBody = z.object({
  place: snapshotPlace,
  what: z.enum(['all', 'one']).catch('all'),
  keep: keptSnapshots.default(7),
});
const planBody = z.object({
  place: snapshotPlace,
  every_h: z.coerce.number('must be a number of hours').min(0.1).max(8_760).default(24),
  keep: keptSnapshots.default(7),
});
const restoreBody = z.object({ place: snapshotPlace, id: z.string().min(1).max(200) });

export function installSnapshotsSection(desk: AdminDesk): void {
  const { context } = desk;

  desk.page(BACK, async (request, admin) => {
    const plan = await planOf(context);
    const { place: asked } = pageQuery.parse(request.query);
    const place = asked === '' ? (plan?.place ?? '') : asked;
    const listed = place === '' ? undefined : await listedAt(place);
    return adminShell({
      admin,
      at: BACK,
      title: 'Snapshots',
      lead: html`Copies of everything, or of one collection, kept elsewhere. What two of them have in common
        is stored once; each is fetched back and opened before it counts. Progress stands under
        <a href="${adminLink(admin, '/admin/jobs')}">jobs</a>.`,
      main: html`
        <div class="columns">
          ${card('Take one now', takeForm(admin, place))}
          ${card(
            'By themselves',
            html`<p>
                ${
                  plan === undefined
                    ? 'None are taken by themselves.'
                    : html`Every ${period(plan.every_ms)} to <code>${plan.place}</code>; the latest
                        ${count(plan.keep)} stay.`
                }
              </p>
              ${planForm(admin, place)}
              ${plan === undefined ? '' : action(admin, { action: `${BACK}/plan-off`, label: 'No more of them' })}`,
          )}
        </div>
        ${card('What lies there', html`${placeForm(admin, place)} ${listed === undefined ? '' : list(admin, place, listed)}`, 'wide')}
      `,
    });
  });

  desk.action(`${BACK}/take`, BACK, async (request, collection) => {
    const { place, what, keep } = takeBody.parse(request.body);
    const one = what === 'one' ? { collection } : {};
    const task = takeInBackground(context, { place, keep, ...one });
    return { notice: 'The snapshot is under way.', to: jobsOf(collection), facts: { task } };
  });
  desk.action(`${BACK}/restore`, BACK, async (request, collection) => {
    const { place, id } = restoreBody.parse(request.body);
    const task = restoreInBackground(context, { place, id, collection });
    return { notice: 'The documents are on their way back.', to: jobsOf(collection), facts: { task } };
  });
  desk.action(`${BACK}/plan`, BACK, async (request) => {
    const { place, every_h, keep } = planBody.parse(request.body);
    await setPlan(context, { place, every_ms: Math.round(every_h * HOUR_MS), keep });
    return { notice: 'From now on they are taken while the server runs.' };
  });
  desk.action(`${BACK}/plan-off`, BACK, async () => {
    await setPlan(context, undefined);
    return { notice: 'No more are taken by themselves.' };
  });
}

function jobsOf(collection: string): string {
  return `/admin/jobs?c=${encodeURIComponent(collection)}`;
}

/** A place that can't be read is told on the page. */
async function listedAt(place: string): Promise<readonly ListedSnapshot[] | string> {
  const parsed = snapshotPlace.safeParse(place);
  if (!parsed.success) return parsed.error.issues[0]?.message ?? 'That is no place.';
  try {
    return await snapshotsAt(parsed.data);
  } catch (error) {
    return messageOf(error);
  }
}

function takeForm(admin: AdminFrame, place: string): HtmlValue {
  return html`<form method="post" action="${BACK}/take">
    ${adminFields(admin)}
    ${input({ name: 'place', label: PLACE, value: place, placeholder: '/var/backups/peregrine', isNeeded: true })}
    ${choice('what', 'Of what', [
      ['all', 'everything: the whole data directory'],
      ['one', `the documents of ${admin.collection}`],
    ])}
    ${input({ name: 'keep', label: 'How many of this kind stay', type: 'number', value: '7' })}
    <button type="submit">Take snapshot</button>
  </form>`;
}

function planForm(admin: AdminFrame, place: string): HtmlValue {
  return html`<form method="post" action="${BACK}/plan">
    ${adminFields(admin)}
    ${input({ name: 'place', label: PLACE, value: place, placeholder: 's3://backups/peregrine', isNeeded: true })}
    ${input({ name: 'every_h', label: 'Hours between two', type: 'number', value: '24' })}
    ${input({ name: 'keep', label: 'How many stay', type: 'number', value: '7' })}
    <button class="second" type="submit">Take them by themselves</button>
  </form>`;
}

function placeForm(admin: AdminFrame, place: string): HtmlValue {
  return html`<form class="inline" action="${BACK}">
    <input type="hidden" name="c" value="${admin.collection}" />
    ${input({ name: 'place', label: PLACE, value: place })}
    <button class="second" type="submit">Look</button>
  </form>`;
}

function list(admin: AdminFrame, place: string, listed: readonly ListedSnapshot[] | string): HtmlValue {
  if (typeof listed === 'string') return html`<p class="notice bad">${listed}</p>`;
  return table({
    name: 'Snapshots',
    columns: [
      { name: 'Snapshot', kind: 'page' },
      'When',
      'Of',
      { name: 'Documents', kind: 'number' },
      { name: 'Size', kind: 'number' },
      '',
    ],
    rows: listed.map(({ id, kind, collection, createdAt_ms, documents, size_bytes }) => [
      html`<code>${id}</code>`,
      utcMinute(createdAt_ms),
      kind === 'all' ? 'everything' : collection,
      count(documents),
      size(size_bytes),
      kind === 'all'
        ? html`<small>by command: <code>peregrine snapshot restore</code></small>`
        : action(admin, {
            action: `${BACK}/restore`,
            label: `Bring back into ${admin.collection}`,
            fields: { place, id },
          }),
    ]),
    empty: 'No snapshot lies there.',
  });
}
