/** The stored copy of a page: our bar above, and below it the page in a frame where nothing of it can run. */

import type { DocId } from '../../base/index.ts';
import type { Section, StoredDocument } from '../../document/index.ts';
import { type Html, html, type HtmlValue } from '../html.ts';
import { BROUGHT_FROM, type MarkedText } from '../../query/index.ts';
import type { MarkedDocument } from '../marked-document.ts';
import { isoTime, safeAddress, withoutControls } from '../wording.ts';
import { brand, page, type PageFrame } from './layout.ts';
import { withMarks } from './with-marks.ts';

export interface StoredPageParts {
  readonly frame: PageFrame;
  readonly collection: string;
  readonly docId: DocId;
  readonly document: StoredDocument;
  /** The same with the words of {@link query} marked. */
  readonly marked: MarkedDocument;
  readonly query: string;
  /** Show the extracted text although the page could be shown. */
  readonly isTextWanted: boolean;
}

/** True when the page itself can be shown: HTML of which the bytes were kept. */
export function canShowPage(document: StoredDocument): boolean {
  return document.kind === 'html' && document.raw.length > 0;
}

export function storedPage(parts: StoredPageParts): Html {
  const { frame, collection, docId, document, marked, query, isTextWanted } = parts;
  const { texts, date } = frame.locale;
  const address = safeAddress(document.url);
  const isPage = canShowPage(document) && !isTextWanted;
  const self = new URLSearchParams({
    c: collection,
    d: String(docId),
    ...(query !== '' && { q: query }),
  }).toString();
  const title = document.title === '' ? document.url : document.title;
  const from = document.meta[BROUGHT_FROM];
  return page({
    title: `${title} - ${texts.storedCopy}`,
    frame,
    kind: isPage ? 'stored framed' : 'stored',
    head: html`<meta name="robots" content="noindex" />`,
    header: html`<header class="top bar">
      ${brand(frame)}
      <p>
        ${texts.storedCopy}:
        ${address === undefined ? html`<b>${document.url}</b>` : html`<a href="${address}" dir="ltr">${document.url}</a>`},
        <time datetime="${isoTime(document.fetchedAt_ms)}"
          >${texts.storedOn(date(document.fetchedAt_ms))}</time
        >. ${texts.mayHaveChanged} ${isPage ? texts.withoutStyles : ''}
        ${from === undefined ? '' : html`<b>${texts.broughtFrom(withoutControls(from))}</b>.`}
      </p>
      <nav aria-label="${texts.storedCopy}">
        ${address === undefined ? '' : html`<a class="button" href="${address}">${texts.livePage}</a>`}
        ${otherView(document, isPage, { self, frame })}
      </nav>
    </header>`,
    main: isPage
      ? html`<h1 class="unseen">${texts.copyOf(title)}</h1>
          <iframe sandbox title="${texts.copyOf(title)}" src="/get/raw?${self}"></iframe>`
      : textView(document, marked, frame),
  });
}

function otherView(
  document: StoredDocument,
  isPage: boolean,
  { self, frame }: { readonly self: string; readonly frame: PageFrame },
): HtmlValue {
  const { texts } = frame.locale;
  if (isPage) return html`<a class="button" href="/get?${self}&amp;view=text">${texts.textOnly}</a>`;
  return canShowPage(document) ? html`<a class="button" href="/get?${self}">${texts.storedPage}</a>` : '';
}

function textView(document: StoredDocument, marked: MarkedDocument, { locale }: PageFrame): Html {
  const language = document.language === '' ? html`dir="auto"` : html`lang="${document.language}" dir="auto"`;
  const facts = [
    locale.languageName(document.language),
    document.author,
    locale.date(document.published_ms),
  ].filter((fact) => fact !== '');
  return html`<article class="reading">
    <h1 ${language}>${document.title === '' ? document.url : withMarks(marked.title)}</h1>
    <p class="facts">${facts.map((fact) => html`<span>${fact}</span>`)}</p>
    <div ${language}>${document.sections.map((section, n) => sectionView(section, marked.sections[n]))}</div>
  </article>`;
}

function sectionView({ kind, text: plain, level }: Section, marked: MarkedText | undefined): Html {
  const text = marked === undefined ? plain : withMarks(marked);
  switch (kind) {
    case 'heading':
      // The page's title is our h1.
      return level <= 2 ? html`<h2>${text}</h2>` : html`<h3>${text}</h3>`;
    case 'code':
      return html`<pre><code>${text}</code></pre>`;
    case 'quote':
      return html`<blockquote>${text}</blockquote>`;
    case 'list':
      return html`<p class="item">${text}</p>`;
    case 'menu':
    case 'caption':
      return html`<p class="aside">${text}</p>`;
    case 'text':
    case 'table':
      return html`<p>${text}</p>`;
    default:
      return kind satisfies never;
  }
}
