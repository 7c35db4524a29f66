/** Advanced search: a form for who does not know the query language, which shows it in the query that comes of it. */

import { type Html, html } from '../html.ts';
import { quoted } from '../quoted-value.ts';
import { nameOf, page, type PageFrame, searchHeader } from './layout.ts';

/** What the form asks for; empty where nothing was said. */
export interface AdvancedFields {
  readonly all: string;
  readonly phrase: string;
  readonly any: string;
  readonly none: string;
  readonly site: string;
  readonly title: string;
  readonly lang: string;
  readonly after: string;
  readonly before: string;
}

/** The query that says what the fields say. */
export function queryOfFields(fields: AdvancedFields): string {
  const any = words(fields.any);
  return [
    fields.all.trim(),
    fields.phrase.trim() === '' ? '' : `"${fields.phrase.replaceAll('"', ' ').trim()}"`,
    any.length === 0 ? '' : any.length === 1 ? any.join('') : `(${any.join(' OR ')})`,
    ...words(fields.none).map((word) => `-${word}`),
    ...words(fields.title).map((word) => `intitle:${word}`),
    field('site', fields.site.replace(/^https?:\/\//i, '').replace(/\/$/, '')),
    field('lang', fields.lang),
    field('after', fields.after),
    field('before', fields.before),
  ]
    .filter((part) => part !== '')
    .join(' ');
}

const words = (text: string): readonly string[] => text.split(/\s+/).filter((word) => word !== '');

const field = (name: string, value: string): string =>
  value.trim() === '' ? '' : `${name}:${quoted(value.trim())}`;

const textInput = (name: keyof AdvancedFields, label: string): Html =>
  html`<label>${label} <input name="${name}" dir="auto" maxlength="1000" /></label>`;

const dayInput = (name: keyof AdvancedFields, label: string): Html =>
  html`<label>${label} <input name="${name}" type="date" /></label>`;

const LANGUAGES = [
  'en',
  'de',
  'fr',
  'es',
  'it',
  'pt',
  'nl',
  'pl',
  'ru',
  'uk',
  'ja',
  'zh',
  'ko',
  'ar',
  'tr',
  'hi',
];

export function advancedPage(frame: PageFrame, collection: string): Html {
  const { texts, languageName } = frame.locale;
  return page({
    title: `${texts.advancedSearch} - ${nameOf(frame)}`,
    frame,
    kind: 'single roomy',
    header: searchHeader({ frame, query: '', collection, isFocused: false }),
    main: html`<section class="card">
      <h1>${texts.advancedSearch}</h1>
      <form action="/advanced">
        <input type="hidden" name="go" value="1" />
        <input type="hidden" name="c" value="${collection}" />
        ${frame.isLanguageChosen === true ? html`<input type="hidden" name="hl" value="${frame.locale.name}" />` : ''}
        <div class="pair">
          ${textInput('all', texts.allWords)} ${textInput('phrase', texts.exactPhrase)}
          ${textInput('any', texts.anyWord)} ${textInput('none', texts.noneOf)}
          ${textInput('title', texts.inTitle)} ${textInput('site', texts.onSite)}
        </div>
        <div class="pair three">
          <label
            >${texts.language}
            <select name="lang">
              <option value="">${texts.anyLanguage}</option>
              ${LANGUAGES.map((code) => html`<option value="${code}">${languageName(code)}</option>`)}
            </select>
          </label>
          ${dayInput('after', texts.after)} ${dayInput('before', texts.before)}
        </div>
        <button type="submit">${texts.search}</button>
      </form>
      <p class="quiet"><a href="/docs/query-language">${texts.queryHelp}</a></p>
    </section>`,
  });
}
