/** The first page: a name and a box. */

import { type Html, html } from '../html.ts';
import { emblem, nameOf, page, type PageFrame, searchForm } from './layout.ts';

export interface HomePageParts {
  readonly frame: PageFrame;
  readonly collection: string;
  readonly documents: number;
}

export function homePage({ frame, collection, documents }: HomePageParts): Html {
  const { texts, count } = frame.locale;
  return page({
    title: nameOf(frame),
    frame,
    kind: 'home',
    head: html`<script src="${frame.keysScript}" defer></script>`,
    main: html`
      <h1>${emblem(frame)}</h1>
      ${searchForm({ frame, query: '', collection, isFocused: true })}
      ${documents === 0 ? beginning(frame) : html`<p class="quiet">${texts.pagesToSearch(count(documents), documents)}</p>`}
    `,
  });
}

function beginning({ locale: { texts } }: PageFrame): Html {
  return html`<div class="beginning">
    <p>${texts.nothingIndexed}</p>
    <pre dir="ltr"><code>peregrine crawl https://www.example.org/</code></pre>
    <p>${texts.orInAdministration} <a href="/admin">${texts.administration}</a></p>
  </div>`;
}
