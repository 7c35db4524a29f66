/** HTML and XML by tagged template: every value is escaped unless it was made by {@link html} or {@link trusted}. */

import { assert } from '../base/index.ts';

/** Markup that is safe to put into a page as it stands. */
export class Html {
  readonly #markup: string;

  constructor(markup: string) {
    this.#markup = markup;
  }

  toString(): string {
    return this.#markup;
  }
}

/** What a template takes. Arrays are joined; `undefined`, `null` and booleans leave nothing. */
export type HtmlValue = Html | string | number | boolean | undefined | null | readonly HtmlValue[];

/** Markup from a template; values are escaped for text and for quoted attributes alike. */
export function html(parts: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  let markup = parts[0] ?? '';
  for (let i = 0; i < values.length; i++) {
    // An unquoted attribute value can't be made safe by escaping.
    assert(!UNQUOTED.test(parts[i] ?? ''), 'no template value stands in an unquoted attribute');
    markup += render(values[i]) + (parts[i + 1] ?? '');
  }
  return new Html(markup);
}

/** The same for XML; under a name of its own, because formatters spell the elements of `html` templates their way. */
export const xml: typeof html = html;

const UNQUOTED = /\s[\w:-]+=$/;

/** Takes `markup` as safe. Only for markup written by this program. */
export function trusted(markup: string): Html {
  return new Html(markup);
}

/** Text for HTML and XML, in content and in quoted attributes. Characters that neither may hold are dropped. */
export function escapeMarkup(text: string): string {
  return text
    .toWellFormed()
    .replace(FORBIDDEN, '')
    .replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

/** What XML 1.0 §2.2 forbids, HTML parsers report, and no reader needs. */
// oxlint-disable-next-line no-control-regex -- control characters are what this finds
const FORBIDDEN = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F\uFFFE\uFFFF]/g;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function render(value: HtmlValue): string {
  if (value instanceof Html) return value.toString();
  if (typeof value === 'string') return escapeMarkup(value);
  if (typeof value === 'number') return String(value);
  if (Array.isArray(value)) return value.map(render).join('');
  return '';
}
