/** A page of the documentation, with its table of contents. */

import { CONTENTS, type DocumentationPage } from '../documentation.ts';
import { type Html, html } from '../html.ts';
import { page, type PageFrame, searchHeader } from './layout.ts';

export function documentationHtml(frame: PageFrame, path: string, { title, body }: DocumentationPage): Html {
  return page({
    title: `${title} - Peregrine`,
    frame,
    kind: 'manual',
    header: searchHeader({ frame, query: '', collection: frame.defaultCollection, isFocused: false }),
    main: html`<nav class="contents" aria-label="Documentation">
        <ol>
          ${CONTENTS.map(
            ([target, name]) =>
              html`<li>
                <a href="/docs/${target}" ${target === path ? html`aria-current="page"` : ''}>${name}</a>
              </li>`,
          )}
        </ol>
      </nav>
      <article class="reading" lang="en" dir="ltr">${body}</article>`,
  });
}
