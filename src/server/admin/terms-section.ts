/** Terms of the index: how a word is looked up, how many documents have it, which words are near it. */

import { z } from 'zod';

import { html } from '../html.ts';
import { count, shortened } from '../wording.ts';
import type { AdminDesk } from './desk.ts';
import { card, facts, input, table } from './parts.ts';
import { adminLink, adminShell } from './shell.ts';

const BACK = '/admin/terms';
const parameters = z.object({ word: z.string().max(200).catch('') });

export function installTermsSection(desk: AdminDesk): void {
  const { engine } = desk.context;
  desk.page(BACK, async (request, admin) => {
    const { word } = parameters.parse(request.query);
    const collection = (await engine.status()).collections.find(({ name }) => name === admin.collection);
    const isAsked = word.trim() !== '';
    const explained = isAsked ? await engine.explain(admin.collection, { query: word }) : undefined;
    const found = isAsked ? await engine.search(admin.collection, { query: word, count: 10 }) : undefined;
    return adminShell({
      admin,
      at: BACK,
      title: 'Terms',
      lead: 'What the index knows of a word: the form it is looked up by, and the documents that have it.',
      main: html`
        ${card(
          'Index',
          facts([
            ['Documents', count(collection?.documents ?? 0)],
            ['Segments', count(collection?.segments ?? 0)],
          ]),
        )}
        ${card(
          'Look words up',
          html`<form action="${BACK}">
              <input type="hidden" name="c" value="${admin.collection}" />
              ${input({ name: 'word', label: 'Words, word* for those that begin so, field:value', value: word, isNeeded: true })}
              <button type="submit">Look up</button>
            </form>
            ${
              explained === undefined
                ? ''
                : table({
                    name: 'Terms',
                    columns: [
                      'Word',
                      'Term',
                      { name: 'Documents', kind: 'number' },
                      { name: 'Share', kind: 'number' },
                    ],
                    rows: explained.terms.map(({ word: text, stem, documents }) => [
                      text,
                      html`<code>${stem}</code>`,
                      count(documents),
                      explained.documents === 0
                        ? '–'
                        : `${((documents / explained.documents) * 100).toFixed(1)} %`,
                    ]),
                    empty: 'These are no words.',
                  })
            }`,
          'wide',
        )}
        ${
          found === undefined
            ? ''
            : card(
                'The first documents that have them',
                html`${found.didYouMean === undefined ? '' : html`<p>Near it: <a href="${adminLink(admin, BACK, { word: found.didYouMean })}">${found.didYouMean}</a></p>`}
                ${table({
                  name: 'Documents',
                  columns: [
                    { name: 'Page', kind: 'page' },
                    { name: 'Score', kind: 'number' },
                  ],
                  rows: found.results.map(({ url, score }) => [
                    html`<a href="${adminLink(admin, '/admin/documents', { of: url })}"
                      >${shortened(url, 100)}</a
                    >`,
                    score.toFixed(2),
                  ]),
                  empty: 'No document has them.',
                })}`,
                'wide',
              )
        }
      `,
    });
  });
}
