/** Bundles: signed documents for other installations, made here, fetched from there, taken in. */

import { z } from 'zod';

import { directoryPublicKey } from '../../transfer/index.ts';
import { html, type HtmlValue } from '../html.ts';
import { bundleFolder, conflictPolicy, trustedKeys } from '../routes/bundle-routes.ts';
import { transferInBackground } from '../transfer-desk.ts';
import type { AdminDesk } from './desk.ts';
import { card, choice, input } from './parts.ts';
import { type AdminFrame, adminFields } from './shell.ts';

const BACK = '/admin/transfer';
const makeBody = z.object({
  folder: bundleFolder,
  name: z.string().trim().max(200).default(''),
  query: z.string().trim().max(2_048).default(''),
});
const trusted = z
  .string()
  .transform((text) => text.split(/[\s,]+/).filter((word) => word !== ''))
  .pipe(trustedKeys)
  .default([]);
const takeBody = z.object({ folder: bundleFolder, conflicts: conflictPolicy.default('newest'), trusted });
const fetchBody = z.object({
  folder: bundleFolder,
  server: z.url({ protocol: /^https?$/, error: 'must be the address of a server' }).max(2_048),
  there: bundleFolder,
  key: z.string().trim().min(1, 'must be an admin key of that server').max(1_000),
  trusted,
});

export function installBundleActions(desk: AdminDesk): void {
  const { context } = desk;
  desk.action('/admin/transfer/bundle-make', BACK, async (request, collection) => {
    const { folder, name, query } = makeBody.parse(request.body);
    const task = {
      task: 'make-bundle',
      folder,
      name: name === '' ? collection : name,
      ...(query === '' ? {} : { query }),
    } as const;
    transferInBackground(context, `Bundle into ${folder}`, collection, task);
    return { notice: 'The bundle is being made.', to: jobsOf(collection) };
  });
  desk.action('/admin/transfer/bundle-fetch', BACK, async (request, collection) => {
    const { folder, server, there, key, trusted: makers } = fetchBody.parse(request.body);
    const task = {
      task: 'fetch-bundle',
      folder,
      from: { server, folder: there, key },
      ...(makers.length === 0 ? {} : { trusted: makers }),
    } as const;
    transferInBackground(context, `Fetch a bundle into ${folder}`, collection, task);
    return { notice: 'The bundle is being fetched.', to: jobsOf(collection) };
  });
  desk.action('/admin/transfer/bundle-take', BACK, async (request, collection) => {
    const { folder, conflicts, trusted: makers } = takeBody.parse(request.body);
    const task = {
      task: 'take-bundle',
      folder,
      conflicts,
      ...(makers.length === 0 ? {} : { trusted: makers }),
    } as const;
    transferInBackground(context, `Take the bundle ${folder} in`, collection, task);
    return { notice: 'The bundle is being taken in.', to: jobsOf(collection) };
  });
}

function jobsOf(collection: string): string {
  return `/admin/jobs?c=${encodeURIComponent(collection)}`;
}

export async function bundleCards(desk: AdminDesk, admin: AdminFrame): Promise<HtmlValue> {
  const { dataDirectory } = await desk.context.engine.status();
  const key = await directoryPublicKey(dataDirectory);
  return html`<div class="columns">
    ${card(
      'Make a bundle',
      html`<p>
          Documents for another installation, signed so that no byte can be changed on the way.
          ${key === undefined ? 'The key that signs them is made with the first.' : html`This installation signs as <code>${key}</code>.`}
        </p>
        ${makeForm(admin)}`,
    )}
    ${card(
      'Fetch one from another installation',
      html`<p>What has come is kept in the folder: begun again, it goes on where it stopped.</p>
        ${fetchForm(admin)}`,
    )}
    ${card('Take one in', takeForm(admin))}
  </div>`;
}

const TRUSTED = input({
  name: 'trusted',
  label: 'Makers that are trusted, by public key (empty: any)',
});

function makeForm(admin: AdminFrame): HtmlValue {
  return html`<form method="post" action="/admin/transfer/bundle-make">
    ${adminFields(admin)}
    ${input({ name: 'folder', label: 'New folder of this machine', placeholder: '/srv/bundles/handbook', isNeeded: true })}
    ${input({ name: 'name', label: 'What it is called (empty: as the collection)' })}
    ${input({ name: 'query', label: 'Only what this query finds (may stay empty)', placeholder: 'lang:en' })}
    <button type="submit">Make</button>
  </form>`;
}

function fetchForm(admin: AdminFrame): HtmlValue {
  return html`<form method="post" action="/admin/transfer/bundle-fetch" autocomplete="off">
    ${adminFields(admin)}
    ${input({ name: 'server', label: 'Its address', placeholder: 'https://north.example.org/', isNeeded: true })}
    ${input({ name: 'key', label: 'An admin key of it', type: 'password', isNeeded: true })}
    ${input({ name: 'there', label: 'Folder of the bundle there', placeholder: '/srv/bundles/handbook', isNeeded: true })}
    ${input({ name: 'folder', label: 'Folder of this machine', placeholder: '/srv/bundles/from-north', isNeeded: true })}
    ${TRUSTED}
    <button type="submit">Fetch, or go on</button>
  </form>`;
}

function takeForm(admin: AdminFrame): HtmlValue {
  return html`<form method="post" action="/admin/transfer/bundle-take">
    ${adminFields(admin)}
    ${input({ name: 'folder', label: 'Folder of this machine', placeholder: '/srv/bundles/from-north', isNeeded: true })}
    ${choice(
      'conflicts',
      'Where a page is there already',
      [
        ['newest', 'the one that was fetched later stays'],
        ['theirs', 'the one of the bundle stays'],
        ['ours', 'the one that is here stays'],
      ],
      'newest',
    )}
    ${TRUSTED}
    <button type="submit">Take in</button>
  </form>`;
}
