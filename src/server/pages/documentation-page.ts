/** A page of the documentation, with its table of contents. */

import { CONTENTS, type DocumentationPage } from '../documentation.ts';
import type { FoundSection } from '../documentation-search.ts';
import { type Html, html } from '../html.ts';
import { page, type PageFrame, searchHeader } from './layout.ts';

export function documentationHtml(
  frame: PageFrame,
  path: string,
  { title, body }: DocumentationPage,
  query = '',
): Html {
  return page({
    title: `${title} - Peregrine`,
    frame,
    kind: 'manual',
    header: searchHeader({ frame, query: '', collection: frame.defaultCollection, isFocused: false }),
    main: html`<nav class="contents" aria-label="Documentation">
        <form action="/docs/search" role="search">
          <input
            name="q"
            type="text"
            value="${query}"
            maxlength="200"
            aria-label="Search the documentation"
            placeholder="Search these pages"
          />
        </form>
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

/** What was found in the documentation. */
export function foundPage(query: string, found: readonly FoundSection[]): DocumentationPage {
  const sections = found.map(
    ({ target, page: name, heading, text }) =>
      html`<li>
        <p class="trail"><span>${name}</span></p>
        <h2><a href="/docs/${target}">${heading}</a></h2>
        <p class="snippet">${text}</p>
      </li>`,
  );
  const nothing =
    query.trim() === ''
      ? html`<p>Type some words into the box: what to do, the name of a setting, an error.</p>`
      : html`<p>No section holds these words. Fewer of them, or other ones, may help.</p>`;
  return {
    title: query.trim() === '' ? 'Search the documentation' : query,
    body: html`<h1>Found in the documentation</h1>
      ${
        sections.length === 0
          ? nothing
          : html`<ol class="hits">
              ${sections}
            </ol>`
      }`,
  };
}
