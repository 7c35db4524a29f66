/** Documents: looked up, put in by hand, indexed again and removed, one by one or by a query. */

import { z } from 'zod';

import { PeregrineError, toDocId } from '../../base/index.ts';
import type { DocumentAddress, Engine } from '../../collection/index.ts';
import type { StoredDocument } from '../../document/index.ts';
import { readAgain, toTheLetter } from '../../transfer/index.ts';
import { html, type Html, type HtmlValue } from '../html.ts';
import { foundInBackground } from '../transfer-desk.ts';
import { count, date, languageName, safeAddress, shortened, size } from '../wording.ts';
import type { AdminDesk } from './desk.ts';
import { action, card, facts, input, jsonDetails, table, textArea } from './parts.ts';
import { type AdminFrame, adminFields, adminLink, adminShell } from './shell.ts';

const BACK = '/admin/documents';
const SHOWN = 20;

const parameters = z.object({
  of: z.string().max(8_192).optional().catch(undefined),
  q: z.string().max(2_048).optional().catch(undefined),
});
const addressBody = z.object({ of: z.string('must be an address or a document id').min(1).max(8_192) });
const queryBody = z.object({ q: z.string().trim().min(1, 'must say which documents').max(2_048) });
const injectBody = z.object({
  url: z.string().min(1).max(8_192),
  content: z.string().min(1, 'must be the page').max(2_097_152),
  contentType: z.string().max(200).optional(),
});

export function installDocumentsSection(desk: AdminDesk): void {
  const { engine } = desk.context;

  desk.page(BACK, async (request, admin) => {
    const { of, q } = parameters.parse(request.query);
    const found =
      of === undefined || of === '' ? undefined : await engine.get(admin.collection, addressOf(of));
    return adminShell({
      admin,
      at: BACK,
      title: 'Documents',
      lead: 'What is stored: looked at, put in by hand, indexed again, removed.',
      main: html`
        ${card(
          'Look one up',
          html`<form action="${BACK}">
              <input type="hidden" name="c" value="${admin.collection}" />
              ${input({ name: 'of', label: 'Address or document id', value: of ?? '', isNeeded: true })}
              <button type="submit">Look up</button>
            </form>
            ${of === undefined || of === '' ? '' : found === undefined ? html`<p class="problem" role="status">Nothing is stored under ${of}. <a href="${adminLink(admin, '/admin/query', { url: of })}">Why not?</a></p>` : stored(admin, found.docId, found.document)}`,
          'wide',
        )}
        <div class="columns">
          ${card(
            'Put one in',
            html`<form method="post" action="/admin/documents/inject">
              ${adminFields(admin)}
              ${input({ name: 'url', label: 'Address by which it is known', type: 'url', isNeeded: true, placeholder: 'https://www.example.org/page' })}
              ${textArea({ name: 'content', label: 'HTML or text', isNeeded: true, placeholder: '<title>Hello</title><p>…' })}
              ${input({ name: 'contentType', label: 'Media type, where it can’t be told', placeholder: 'text/html' })}
              <button type="submit">Inject</button>
            </form>`,
          )}
          ${card('By query', await byQuery(engine, admin, q))}
        </div>
      `,
    });
  });

  desk.action(
    '/admin/documents/inject',
    BACK,
    async (request, collection) => {
      const { url, content, contentType = '' } = injectBody.parse(request.body);
      const { title, tokens } = await engine.inject(collection, {
        url,
        content,
        ...(contentType === '' ? {} : { contentType }),
      });
      return {
        notice: `“${shortened(title === '' ? url : title, 80)}” is in: ${count(tokens)} words, found from now on.`,
        to: `${BACK}?${new URLSearchParams({ c: collection, of: url }).toString()}`,
      };
    },
    { bodyLimit: 4_194_304 },
  );

  desk.action('/admin/documents/reindex', BACK, async (request, collection) => {
    const { of } = addressBody.parse(request.body);
    const found = await engine.get(collection, addressOf(of));
    if (found === undefined) throw new PeregrineError('NOT_FOUND', `Nothing is stored under ${of}.`);
    if (!(await readAgain(engine, collection, found.document))) {
      throw new PeregrineError('NOT_FOUND', 'Only the text of this document is stored.');
    }
    return {
      notice: 'The document was read and indexed anew from its stored bytes.',
      to: `${BACK}?${new URLSearchParams({ c: collection, of: found.document.url }).toString()}`,
    };
  });

  desk.action('/admin/documents/remove', BACK, async (request, collection) => {
    const { of } = addressBody.parse(request.body);
    const isRemoved = await engine.remove(collection, addressOf(of));
    return { notice: isRemoved ? 'The document is removed.' : 'There was no such document.' };
  });

  // Each begins with a look at what would be touched, and goes on in the background.
  for (const [path, task] of [
    ['/admin/documents/remove-found', 'remove'],
    ['/admin/documents/reindex-found', 'reindex'],
  ] as const) {
    desk.action(path, BACK, async (request, collection) => {
      const { q } = queryBody.parse(request.body);
      const id = foundInBackground(desk.context, collection, task, q);
      return {
        notice: `${task === 'remove' ? 'The removal' : 'The indexing'} is under way.`,
        to: `/admin/jobs?c=${encodeURIComponent(collection)}`,
        facts: { task: id },
      };
    });
  }
}

/** Digits are a document's id, everything else its address. */
function addressOf(of: string): DocumentAddress {
  const text = of.trim();
  return /^\d{1,16}$/.test(text) && Number.isSafeInteger(Number(text))
    ? { docId: toDocId(Number(text)) }
    : { url: text };
}

function stored(admin: AdminFrame, docId: number, document: StoredDocument): Html {
  const { raw, sections, links, ...known } = document;
  const address = safeAddress(document.url);
  return html`<h3>${document.title === '' ? document.url : document.title}</h3>
    ${facts([
      ['Address', address === undefined ? document.url : html`<a href="${address}">${document.url}</a>`],
      ['Document id', html`<code>${docId}</code>`],
      ['Kind', `${document.kind}, ${document.contentType}`],
      ['Language', languageName(document.language)],
      ['Fetched', date(document.fetchedAt_ms)],
      ['Published', document.published_ms > 0 ? date(document.published_ms) : '–'],
      ['Stored', `${size(raw.length)}, ${sections.length} sections, ${links.length} links`],
    ])}
    <div class="buttons">
      <a
        class="button"
        href="/get?${new URLSearchParams({ c: admin.collection, d: String(docId) }).toString()}"
        >Stored copy</a
      >
      <a class="button" href="${adminLink(admin, '/admin/parse', { of: document.url })}">How it is parsed</a>
      ${action(admin, { action: '/admin/documents/reindex', label: 'Index again', fields: { of: document.url } })}
      ${action(admin, { action: '/admin/documents/remove', label: 'Remove', fields: { of: document.url } })}
    </div>
    ${jsonDetails('Everything that is known of it', known)}`;
}

/** First what would be touched, then the buttons. */
async function byQuery(engine: Engine, admin: AdminFrame, query: string | undefined): Promise<HtmlValue> {
  const form = html`<form action="${BACK}">
    <input type="hidden" name="c" value="${admin.collection}" />
    ${input({ name: 'q', label: 'Every document that matches', value: query ?? '', placeholder: 'site:old.example.org', isNeeded: true })}
    <button class="second" type="submit">Show them</button>
  </form>`;
  if (query === undefined || query.trim() === '') return form;
  const { matches, results, warnings } = await engine.search(admin.collection, {
    // What is shown is what is touched.
    ...toTheLetter(query),
    count: SHOWN,
    perSite: 0,
    foldDuplicates: false,
  });
  const number = count(matches);
  return html`${form} ${warnings.map((warning) => html`<p class="quiet">${warning}</p>`)}
    <p role="status">${number} documents match${matches > SHOWN ? `; the first ${SHOWN}:` : '.'}</p>
    ${table({
      name: 'Documents that match',
      columns: [{ name: 'Page', kind: 'page' }],
      rows: results.map(({ url }) => [shortened(url, 90)]),
      empty: 'There is none.',
    })}
    ${
      matches === 0
        ? ''
        : html`<div class="buttons">
            ${action(admin, { action: '/admin/documents/reindex-found', label: `Index ${number} again`, fields: { q: query } })}
            ${action(admin, { action: '/admin/documents/remove-found', label: `Remove ${number}`, fields: { q: query }, isMain: true })}
          </div>`
    }`;
}
