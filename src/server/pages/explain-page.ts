/** How a query was read, and why a page is not found. */

import type { LinkingPage, WhyNotAnswer } from '../../collection/index.ts';
import type { ExplainedQuery, ExplainedTerm } from '../../query/index.ts';
import { type Html, html, type HtmlValue } from '../html.ts';
import { count, safeAddress } from '../wording.ts';
import { page, type PageFrame, searchHeader } from './layout.ts';

export function explainPage(parts: {
  readonly frame: PageFrame;
  readonly collection: string;
  readonly explained: ExplainedQuery;
}): Html {
  const { frame, collection, explained } = parts;
  const { query } = explained;
  return page({
    title: `${query} - how it is read`,
    frame,
    kind: 'single roomy',
    header: searchHeader({ frame, query, collection, isFocused: false }),
    main: html`<section class="card">
        <h1>How a query is read</h1>
        <form action="/explain" method="get">
          <input type="hidden" name="c" value="${collection}" />
          <label>Query <input name="q" value="${query}" maxlength="2048" /></label>
          <button>Explain</button>
        </form>
      </section>
      ${query.trim() === '' ? '' : reading(explained)}`,
  });
}

function reading(explained: ExplainedQuery): Html {
  const { understood, terms, warnings, required, excluded, sort, facets, siteName, homePages, documents } =
    explained;
  return html`<section class="card">
      <h2>Words</h2>
      <p>Understood as <code>${understood}</code>, over ${count(documents)} documents.</p>
      ${warnings.map((warning) => html`<p role="note">${warning}</p>`)}
      <div class="scroll" tabindex="0" role="region" aria-label="Words">
        <table>
          <thead>
            <tr>
              <th scope="col">Word</th>
              <th scope="col" class="number">Documents</th>
              <th scope="col" class="number">Weight</th>
              <th scope="col" class="number">Worth</th>
            </tr>
          </thead>
          <tbody>
            ${terms.map(termRow)}
          </tbody>
        </table>
      </div>
      ${conditionList('A document must hold', required)}
      ${conditionList('A document must not hold', excluded)}
      ${sort.length === 0 ? '' : html`<p>Ordered by ${sort.join(', ')}.</p>`}
      ${facets.length === 0 ? '' : html`<p>Counts ${facets.join(', ')}.</p>`}
      ${homePages === 0 ? '' : html`<p>${siteName} is the name of ${homePages} front pages.</p>`}
    </section>
    <section class="card">
      <details>
        <summary>The plan, as the engine has it</summary>
        <pre class="scroll bounded" tabindex="0" dir="ltr">${JSON.stringify(explained, null, 2)}</pre>
      </details>
    </section>`;
}

function conditionList(title: string, conditions: readonly string[]): HtmlValue {
  if (conditions.length === 0) return '';
  return html`<h3>${title}</h3>
    <ul>
      ${conditions.map((condition) => html`<li><code>${condition}</code></li>`)}
    </ul>`;
}

function termRow({ word, stem, documents, menuOnly, weight, mass }: ExplainedTerm): Html {
  return html`<tr>
    <td>${word}${stem === word ? '' : html` <small>as <code>${stem}</code></small>`}</td>
    <td class="number">
      ${count(documents)}${menuOnly === 0 ? '' : html` <small>${count(menuOnly)} in menus alone</small>`}
    </td>
    <td class="number">${weight.toFixed(2)}</td>
    <td class="number">${mass.toFixed(2)}</td>
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
    kind: 'single roomy',
    header: searchHeader({ frame, query, collection, isFocused: false }),
    main: html`<section class="card">
        <h1>Why is this page not found?</h1>
        <form action="/whynot" method="get">
          <input type="hidden" name="c" value="${collection}" />
          <div class="pair">
            <label>Address <input name="url" value="${answer?.url ?? url}" /></label>
            <label>Query <input name="q" value="${query}" maxlength="2048" /></label>
          </div>
          <button>Why?</button>
        </form>
      </section>
      ${answer === undefined ? '' : html`<section class="card">${reason(answer)}</section>`}`,
  });
}

function reason({ sentence, advice, kind, linkedFrom }: WhyNotAnswer): Html {
  return html`<h2>Answer</h2>
    <p data-kind="${kind}"><strong>${sentence}</strong></p>
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
