/** The first page: a name and a box. */

import { type Html, html } from '../html.ts';
import { counted } from '../wording.ts';
import { bird, page, type PageFrame, searchForm } from './layout.ts';

export interface HomePageParts {
  readonly frame: PageFrame;
  readonly collection: string;
  readonly documents: number;
}

export function homePage({ frame, collection, documents }: HomePageParts): Html {
  return page({
    title: 'Peregrine',
    frame,
    kind: 'home',
    head: html`<script src="${frame.keysScript}" defer></script>`,
    main: html`
      <h1>${bird()}<span>Peregrine</span></h1>
      ${searchForm({ frame, query: '', collection, isFocused: true })}
      ${documents === 0 ? beginning() : html`<p class="quiet">${counted(documents, 'page', 'pages')} to search</p>`}
    `,
  });
}

function beginning(): Html {
  return html`<div class="beginning">
    <p>Nothing has been indexed yet. Begin with a site of yours:</p>
    <pre><code>peregrine crawl https://www.example.org/</code></pre>
    <p>or start a crawl in the <a href="/admin">administration</a>.</p>
  </div>`;
}
