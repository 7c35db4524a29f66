/** What people see when something can't be done. */

import type { Failure } from '../failure.ts';
import { type Html, html } from '../html.ts';
import { page, type PageFrame, searchHeader } from './layout.ts';

const TITLES: Readonly<Record<number, string>> = {
  400: 'That did not work',
  401: 'Sign in first',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Not for this address',
  413: 'Too large',
  429: 'Too many attempts',
  503: 'Busy',
};

export function errorPage(frame: PageFrame, failure: Failure): Html {
  const title = TITLES[failure.status] ?? (failure.status >= 500 ? 'Our fault' : 'That did not work');
  return page({
    title: `${title} - Peregrine`,
    frame,
    kind: 'single',
    header: searchHeader({ frame, query: '', collection: frame.defaultCollection, isFocused: false }),
    main: html`<section class="card">
      <p class="status">${failure.status}</p>
      <h1>${title}</h1>
      <p>${failure.message}</p>
      <p><a href="/">To the search page</a></p>
    </section>`,
  });
}
