/** How a query was read, and why a page is not found. */

import type { LinkingPage, WhyNotAnswer } from '../../collection/index.ts';
import type { ExplainedQuery, ExplainedTerm } from '../../query/index.ts';
import { type Html, html } from '../html.ts';
import { safeAddress } from '../wording.ts';
import { brand, page, type PageFrame } from './layout.ts';

export function explainPage(parts: {
  readonly frame: PageFrame;
  readonly collection: string;
  readonly explained: ExplainedQuery;
}): Html {
  const { frame, collection, explained } = parts;
  const { query, understood, terms, warnings, sort, facets, siteName, homePages, documents } = explained;
  return page({
    title: `${query} - how it is read`,
    frame,
    kind: 'single',
    header: html`<header class="top">${brand(frame)}</header>`,
    main: html`<h1>How a query is read</h1>
      <form action="/explain" method="get">
        <input type="hidden" name="c" value="${collection}" />
        <label>Query <input name="q" value="${query}" /></label>
        <button>Explain</button>
      </form>
      <p>Understood as <code>${understood}</code>, over ${documents} documents.</p>
      ${warnings.map((warning) => html`<p role="note">${warning}</p>`)}
      <table>
        <thead>
          <tr>
            <th>Word</th>
            <th>Looked up as</th>
            <th>Documents</th>
            <th>Weight</th>
            <th>Worth</th>
          </tr>
        </thead>
        <tbody>
          ${terms.map(termRow)}
        </tbody>
      </table>
      ${sort.length === 0 ? '' : html`<p>Ordered by ${sort.join(', ')}.</p>`}
      ${facets.length === 0 ? '' : html`<p>Counts ${facets.join(', ')}.</p>`}
      ${homePages === 0 ? '' : html`<p>${siteName} is the name of ${homePages} front pages.</p>`}
      <details>
        <summary>The plan</summary>
        <pre>${JSON.stringify(explained, null, 2)}</pre>
      </details>`,
  });
}

function termRow({ word, stem, documents, weight, mass }: ExplainedTerm): Html {
  return html`<tr>
    <td>${word}</td>
    <td>${stem}</td>
    <td>${documents}</td>
    <td>${weight.toFixed(2)}</td>
    <td>${mass.toFixed(2)}</td>
  </tr>`;
}

export function whyNotPage(parts: {
  readonly frame: PageFrame;
  readonly collection: string;
  readonly query: string;
  readonly url: string;
  readonly answer: WhyNotAnswer | undefined;
}): Html {
  const { frame, collection, query, url, answer } = parts;
  return page({
    title: 'Why is this page not found?',
    frame,
    kind: 'single',
    header: html`<header class="top">${brand(frame)}</header>`,
    main: html`<h1>Why is this page not found?</h1>
      <form action="/whynot" method="get">
        <input type="hidden" name="c" value="${collection}" />
        <label>Address <input name="url" value="${answer?.url ?? url}" /></label>
        <label>Query <input name="q" value="${query}" /></label>
        <button>Why?</button>
      </form>
      ${answer === undefined ? '' : reason(answer)}`,
  });
}

function reason({ sentence, advice, kind, linkedFrom }: WhyNotAnswer): Html {
  return html`<p data-kind="${kind}"><strong>${sentence}</strong></p>
    ${advice === '' ? '' : html`<p>${advice}</p>`}
    ${
      linkedFrom.length === 0
        ? ''
        : html`<h2>Pages that link to it</h2>
            <ul>
              ${linkedFrom.map(linkingPage)}
            </ul>`
    }`;
}

function linkingPage({ url, text }: LinkingPage): Html {
  const address = safeAddress(url);
  const name = text === '' ? url : text;
  return html`<li>${address === undefined ? name : html`<a href="${address}">${name}</a>`}</li>`;
}
