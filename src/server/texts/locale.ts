/** A reader's language: chosen by the address or by what the browser says, with its words and its ways of writing. */

import { ar } from './ar.ts';
import { de } from './de.ts';
import { en } from './en.ts';
import { es } from './es.ts';
import { fr } from './fr.ts';
import { ja } from './ja.ts';
import type { Texts } from './texts.ts';

export type LocaleName = 'en' | 'de' | 'fr' | 'es' | 'ja' | 'ar';
const TEXTS: Readonly<Record<LocaleName, Texts>> = { en, de, fr, es, ja, ar };
export const LOCALES: readonly LocaleName[] = Object.keys(TEXTS) as LocaleName[];

export interface Locale {
  readonly name: LocaleName;
  readonly texts: Texts;
  /** `12,345`. */
  readonly count: (value: number) => string;
  /** `Mar 4, 2026`, in UTC; empty for 0 and for times that no calendar has. */
  readonly date: (time_ms: number) => string;
  /** `March 2026`, in UTC. */
  readonly month: (time_ms: number) => string;
  /** `German` for `de`; the code itself where it has no name. */
  readonly languageName: (code: string) => string;
}

const locales = new Map<LocaleName, Locale>();

export function localeOf(name: LocaleName): Locale {
  const known = locales.get(name);
  if (known !== undefined) return known;
  // Digits that the readers of all six languages meet on the web, and that stay in order beside Latin ones.
  const tag = `${name}-u-nu-latn`;
  const numbers = new Intl.NumberFormat(tag);
  const dates = new Intl.DateTimeFormat(tag, { dateStyle: 'medium', timeZone: 'UTC', calendar: 'gregory' });
  const months = new Intl.DateTimeFormat(tag, {
    year: 'numeric',
    month: 'long',
    timeZone: 'UTC',
    calendar: 'gregory',
  });
  const languages = new Intl.DisplayNames([name], { type: 'language' });
  const locale: Locale = {
    name,
    texts: TEXTS[name],
    count: (value) => numbers.format(value),
    date: (time_ms) => (time_ms > 0 && time_ms <= 8.64e15 ? dates.format(time_ms) : ''),
    month: (time_ms) => months.format(time_ms),
    languageName: remembered((code) => nameOf(languages, code)),
  };
  locales.set(name, locale);
  return locale;
}

/** The first that is asked for by name, then what `Accept-Language` likes best of ours, then English. */
export function chooseLocale(wanted: string | undefined, acceptLanguage: string | undefined): Locale {
  const named = LOCALES.find((name) => name === wanted);
  return localeOf(named ?? bestOf(acceptLanguage ?? '') ?? 'en');
}

function bestOf(header: string): LocaleName | undefined {
  const liked = header
    .slice(0, 1_000)
    .split(',')
    .map((part) => {
      const [range = '', ...parameters] = part.trim().toLowerCase().split(';');
      const weight = parameters
        .map((text) => /^\s*q=([\d.]+)$/.exec(text)?.[1])
        .find((text) => text !== undefined);
      return { language: range.split('-', 1)[0] ?? '', weight: weight === undefined ? 1 : Number(weight) };
    })
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight);
  for (const { language } of liked) {
    const name = LOCALES.find((one) => one === language);
    if (name !== undefined) return name;
  }
  return undefined;
}

/** Codes come from pages: more than the languages of the world are not kept. */
const MAX_NAMES = 1_000;

/** ICU takes longer to look a name up than a result takes to write. */
function remembered(nameFor: (code: string) => string): (code: string) => string {
  const names = new Map<string, string>();
  return (code) => {
    const name = names.get(code) ?? nameFor(code);
    if (names.size < MAX_NAMES) names.set(code, name);
    return name;
  };
}

function nameOf(languages: Intl.DisplayNames, code: string): string {
  if (!/^[a-z]{2,3}(-[a-z0-9]{2,8})*$/i.test(code)) return '';
  return languages.of(code) ?? code;
}
