/** The frame of every page: head, skip link, footer, and the parts that several pages share. */

import { type Html, html, type HtmlValue } from '../html.ts';
import { type Locale, type LocaleName, LOCALES, localeOf } from '../texts/locale.ts';

/** What every page needs to know of the server that it comes from. */
export interface PageFrame {
  readonly version: string;
  /** The reader's language. */
  readonly locale: Locale;
  /** The address says the language, so links keep it. */
  readonly isLanguageChosen?: boolean;
  /** This page in another language; undefined where it is in English alone. */
  readonly inLanguage?: (name: LocaleName) => string;
  /** Addresses of our own files. */
  readonly style: string;
  readonly adminStyle: string;
  readonly keysScript: string;
  readonly liveScript: string;
  /** Collections that the reader may search; a choice is shown when there are several. */
  readonly collections: readonly string[];
  readonly defaultCollection: string;
  /** Nothing can be changed here. */
  readonly isReadOnly: boolean;
  /** How the collection at hand looks; undefined: as we do. */
  readonly theme?: FrameTheme;
}

export interface FrameTheme {
  /** Empty: ours. */
  readonly name: string;
  /** Address of the style sheet that changes ours. */
  readonly style: string;
  /** Address of the logo; undefined: the bird. */
  readonly logo: string | undefined;
}

export interface PageParts {
  readonly title: string;
  readonly frame: PageFrame;
  /** Class of the body: `home`, `results`, `single`, `stored`, `admin`. */
  readonly kind: string;
  readonly header?: Html;
  readonly main: Html;
  readonly head?: HtmlValue;
  readonly footer?: HtmlValue;
}

export function page({ title, frame, kind, header, main, head, footer }: PageParts): Html {
  const { name, texts } = frame.locale;
  return html`<!doctype html>
    <html lang="${name}" dir="${texts.direction}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="${frame.style}" />
        ${frame.theme === undefined ? '' : html`<link rel="stylesheet" href="${frame.theme.style}" />`}
        <link
          rel="search"
          type="application/opensearchdescription+xml"
          title="Peregrine"
          href="/opensearch.xml"
        />
        ${head}
      </head>
      <body class="${kind}">
        <a class="skip" href="#main">${texts.skip}</a>
        ${header}
        <main id="main" tabindex="-1">${main}</main>
        <footer>
          <p>
            <span>Peregrine ${frame.version}</span>
            ${footer}
            <a href="/docs">${texts.help}</a>
            <a href="/admin">${texts.administration}</a>
          </p>
          ${languageChoice(frame)}
        </footer>
      </body>
    </html> `;
}

/** The page in the other languages, each named in itself. */
function languageChoice({ locale, inLanguage }: PageFrame): HtmlValue {
  if (inLanguage === undefined) return '';
  const links = LOCALES.filter((name) => name !== locale.name).map(
    (name) =>
      html`<a href="${inLanguage(name)}" lang="${name}" hreflang="${name}" rel="nofollow"
        >${localeOf(name).texts.name}</a
      >`,
  );
  return html`<nav class="languages" aria-label="${locale.texts.languages}">${links}</nav>`;
}

/** The bird and the name, or the collection's, as a link home. */
export function brand(frame: PageFrame): Html {
  const { locale, isLanguageChosen } = frame;
  const home = isLanguageChosen === true ? `/?hl=${locale.name}` : '/';
  return html`<a class="brand" href="${home}" aria-label="${locale.texts.home}">${emblem(frame)}</a>`;
}

/** What stands for the whole: a picture and a name. */
export function emblem(frame: PageFrame): Html {
  const logo = frame.theme?.logo;
  // Its neighbour says the name.
  const picture = logo === undefined ? bird() : html`<img class="logo" src="${logo}" alt="" />`;
  return html`${picture}<span>${nameOf(frame)}</span>`;
}

/** What the pages call themselves. */
export function nameOf({ theme }: PageFrame): string {
  return theme === undefined || theme.name === '' ? 'Peregrine' : theme.name;
}

/** A peregrine's head with its dark moustache. Decoration: its neighbour says the name. */
export function bird(): Html {
  return html`<svg class="bird" viewBox="0 0 64 64" aria-hidden="true" focusable="false">
    <path
      fill-rule="evenodd"
      d="M9 61C3 34 11 7 35 6c9-.4 16.5 4 20 11.5 6 .8 8.8 7.5 6 17-2-3.2-5-4.7-9-4.6-1.2 5.6-4 12-8.5 19.1-4.2-5.5-6.5-11.5-7-18-5.5 2.2-8.5 7.2-8.5 14 0 5.5 2 11 5.5 16Zm33.5-45a4.2 4.2 0 1 0 .01 0Z"
    />
    <circle cx="42.5" cy="20.2" r="2.6" />
  </svg>`;
}

export interface SearchFormParts {
  readonly frame: PageFrame;
  readonly query: string;
  readonly collection: string;
  /** Put the cursor into the box at once. */
  readonly isFocused: boolean;
}

export function searchForm({ frame, query, collection, isFocused }: SearchFormParts): Html {
  const { texts } = frame.locale;
  return html`<form class="search" action="/search" role="search" data-suggestions="${texts.suggestions}">
    <div class="box">
      <svg viewBox="0 0 20 20" aria-hidden="true" focusable="false">
        <circle cx="8.5" cy="8.5" r="5.5" />
        <path d="M12.7 12.7 17.5 17.5" />
      </svg>
      <input
        id="q"
        type="search"
        name="q"
        value="${query}"
        aria-label="${texts.search}"
        placeholder="${texts.search}"
        dir="auto"
        maxlength="2048"
        autocomplete="off"
        autocapitalize="none"
        spellcheck="false"
        enterkeyhint="search"
        ${isFocused ? html`autofocus` : ''}
      />
      <button type="submit">${texts.search}</button>
    </div>
    ${collectionChoice(frame, collection)} ${chosenLanguage(frame)}
  </form>`;
}

/** Header of every page but home: brand and search box in one line. */
export function searchHeader(parts: SearchFormParts): Html {
  return html`<header class="top">${brand(parts.frame)}${searchForm(parts)}</header>`;
}

/** Who chose a language keeps it from page to page. */
function chosenLanguage({ locale, isLanguageChosen }: PageFrame): HtmlValue {
  return isLanguageChosen === true ? html`<input type="hidden" name="hl" value="${locale.name}" />` : '';
}

function collectionChoice({ collections, defaultCollection, locale }: PageFrame, chosen: string): HtmlValue {
  if (collections.length < 2) {
    return chosen === defaultCollection ? '' : html`<input type="hidden" name="c" value="${chosen}" />`;
  }
  const options = collections.map(
    (name) => html`<option value="${name}" ${name === chosen ? html`selected` : ''}>${name}</option>`,
  );
  return html`<label class="choice"
    >${locale.texts.collection}
    <select name="c">
      ${options}
    </select></label
  >`;
}
