/** Query explain and why-not: how words are read, what each result's score is made of, why a page is missing. */

import { z } from 'zod';

import { type ExplainedQuery, featureWords, type SearchResponse } from '../../query/index.ts';
import { html, type Html, type HtmlValue } from '../html.ts';
import { count, duration, shortened } from '../wording.ts';
import type { AdminDesk } from './desk.ts';
import { card, facts, input, jsonDetails, table } from './parts.ts';
import { adminLink, adminShell } from './shell.ts';

const BACK = '/admin/query';
const parameters = z.object({
  q: z.string().max(2_048).catch(''),
  url: z.string().max(8_192).catch(''),
});

export function installQuerySection(desk: AdminDesk): void {
  const { engine } = desk.context;
  desk.page(BACK, async (request, admin) => {
    const { q, url } = parameters.parse(request.query);
    const isAsked = q.trim() !== '';
    const explained = isAsked ? await engine.explain(admin.collection, { query: q }) : undefined;
    const response = isAsked ? await engine.search(admin.collection, { query: q, explain: true }) : undefined;
    const reason =
      url.trim() === '' ? undefined : await engine.whyNot(admin.collection, { query: q, url: url.trim() });
    return adminShell({
      admin,
      at: BACK,
      title: 'Query, why not',
      lead: 'How a query is read, what each result’s score is made of, and why a page is missing or not higher.',
      main: html`
        ${card(
          'Ask',
          html`<form action="${BACK}">
            <input type="hidden" name="c" value="${admin.collection}" />
            <div class="fields">
              ${input({ name: 'q', label: 'Query', value: q })}
              ${input({ name: 'url', label: 'Page that is missed (may stay empty)', value: url })}
            </div>
            <button type="submit">Explain</button>
          </form>`,
          'wide',
        )}
        ${
          reason === undefined
            ? ''
            : card(
                'Why not',
                html`<p><strong>${reason.sentence}</strong></p>
                  ${reason.advice === '' ? '' : html`<p>${reason.advice}</p>`}
                  ${jsonDetails('All that is known of it', reason)}`,
                'wide',
              )
        }
        ${explained === undefined ? '' : reading(explained)}
        ${
          response === undefined
            ? ''
            : card(
                'Results and their scores',
                scores(response, (of) => adminLink(admin, '/admin/documents', { of })),
                'wide',
              )
        }
      `,
    });
  });
}

function reading(explained: ExplainedQuery): Html {
  return card(
    'How it is read',
    html`${facts([
      ['Understood as', html`<code>${explained.understood}</code>`],
      ['Over', `${count(explained.documents)} documents`],
      ['Must hold', listed(explained.required)],
      ['Must not hold', listed(explained.excluded)],
      ['Order', explained.sort.length === 0 ? 'by score' : explained.sort.join(', ')],
    ])}
    ${explained.warnings.map((warning) => html`<p class="quiet" role="note">${warning}</p>`)}
    ${table({
      name: 'Words of the query',
      columns: [
        'Word',
        'Looked up as',
        ...['Documents', 'Weight', 'Worth'].map((name) => ({ name, kind: 'number' as const })),
      ],
      rows: explained.terms.map(({ word, stem, documents, weight, mass }) => [
        word,
        html`<code>${stem}</code>`,
        count(documents),
        weight.toFixed(2),
        mass.toFixed(2),
      ]),
      empty: 'It has no words to look up.',
    })}
    ${jsonDetails('The plan', explained)}`,
    'wide',
  );
}

function listed(conditions: readonly string[]): HtmlValue {
  return conditions.length === 0 ? 'nothing' : conditions.map((text) => html`<code>${text}</code><br />`);
}

/** Each result with a bar of its score's parts. */
function scores(response: SearchResponse, link: (url: string) => string): HtmlValue {
  const best = Math.max(0.000_1, ...response.results.map(({ score }) => score));
  const { corrected } = response;
  const instead =
    corrected === undefined
      ? ''
      : html`Hardly any page holds these words: <strong>${corrected}</strong> was searched for. `;
  return html`<p class="quiet">
      ${instead}${count(response.matches)} matches in ${duration(response.took_ms)}.
    </p>
    ${table({
      name: 'Results',
      columns: [
        { name: '#', kind: 'number' },
        { name: 'Page', kind: 'page' },
        { name: 'Score', kind: 'number' },
        { name: 'Made of', kind: 'wide' },
      ],
      rows: response.results.map(({ url, title, score, features = {} }, n) => [
        n + 1,
        html`<a href="${link(url)}">${shortened(title.text === '' ? url : title.text, 70)}</a
          ><small>${shortened(url, 90)}</small>`,
        score.toFixed(2),
        parts(features, score, best),
      ]),
      empty: 'Nothing was found.',
    })}`;
}

const BAR = 220;

function parts(features: Readonly<Record<string, number>>, score: number, best: number): HtmlValue {
  const known = Object.entries(features)
    .filter(([, value]) => value !== 0)
    .sort((a, b) => b[1] - a[1]);
  const sum = known.reduce((total, [, value]) => total + Math.max(0, value), 0);
  const scale = sum === 0 ? 0 : (BAR * (score / best)) / sum;
  let x = 0;
  const bars = known
    .filter(([, value]) => value > 0)
    .map(([, value], n) => {
      const width = Math.max(1, value * scale);
      const bar = html`<rect
        class="s${(n % 4) + 1}"
        x="${x.toFixed(1)}"
        y="0"
        width="${width.toFixed(1)}"
        height="10"
      />`;
      x += width;
      return bar;
    });
  const words = known.map(([name, value]) => `${featureWords(name)} ${value.toFixed(2)}`).join(' · ');
  return html`<svg
      class="bar"
      viewBox="0 0 ${BAR} 10"
      preserveAspectRatio="xMinYMid"
      role="img"
      aria-label="${words}"
    >
      ${bars}</svg
    ><small>${words}</small>`;
}
