/** Words to stems, by Snowball's algorithms. Which one serves which language is part of the terms: docs/formats/terms.md. */

import { createRequire } from 'node:module';
import { createStemmer } from './snowball-algorithms.ts';
import type * as snowball from 'snowball-stemmers';
import { foldLetters, MAX_TERM_LENGTH } from './folding.ts';
import { stemArabic } from './arabic-stemmer.ts';
import { stemKorean } from './korean-stemmer.ts';

type StemFunction = (word: string) => string;

/** Languages whose stems are Snowball's own, in its release 3.1. */
const SNOWBALL = [
  'ar',
  'ca',
  'cs',
  'da',
  'de',
  'el',
  'en',
  'eo',
  'es',
  'et',
  'eu',
  'fa',
  'fr',
  'ga',
  'hi',
  'hu',
  'hy',
  'id',
  'it',
  'lt',
  'ne',
  'nl',
  'no',
  'pl',
  'pt',
  'ro',
  'ru',
  'sr',
  'sv',
  'ta',
  'tr',
  'yi',
] as const satisfies readonly Parameters<typeof createStemmer>[0][];

/** Where Snowball has none: an algorithm of a package after its name, or our own. */
const OTHERS: Readonly<Record<string, string>> = {
  bg: 'orama:bulgarian',
  // Snowball's of before 3.1, which has taken to shortening names: Buchan, Batman.
  fi: 'orama:finnish',
  ko: 'korean',
  sl: 'snowball:slovene',
};

/** Stems kept of all languages together; twice as many while the older half is still of use. */
const CACHE_ENTRIES = 16_384;

/** Letters and marks, perhaps with an apostrophe: numbers and names such as `c++` or `x86` are their own stems. */
const STEMMABLE = /^[\p{L}\p{M}']+$/u;

// Packages are loaded when their first word comes: a process pays for the languages that it meets.
const load = createRequire(import.meta.url);
const stemmers = new Map<string, CachedStemmer>();

/** Languages whose stemmers take nothing away in front, as the vocabularies of their algorithms show. */
const KEEP_THE_START: ReadonlySet<string> = new Set([
  'da',
  'de',
  'en',
  'es',
  'fi',
  'hu',
  'it',
  'no',
  'pt',
  'ro',
  'ru',
  'sv',
  'tr',
]);

/** True where a word and its stem, both folded, begin with the same letter. */
export function stemsKeepTheStart(language: string): boolean {
  return KEEP_THE_START.has(language);
}

/** True where words of the language have stems of their own; elsewhere a word is its stem. */
export function hasStemmer(language: string): boolean {
  return STEMMED_LANGUAGES.includes(language);
}

/** Codes of the languages with stemmers. */
export const STEMMED_LANGUAGES: readonly string[] = [...SNOWBALL, ...Object.keys(OTHERS)].sort();

/**
 * The stem of a token's `form` (its `word` does too, with a little less precision), folded. The folded word itself
 * where the language is unknown or has no stemmer, and for what is not made of letters. Never empty.
 */
export function stem(form: string, language: string): string {
  if (form.length > MAX_TERM_LENGTH || !STEMMABLE.test(form)) {
    return foldLetters(form);
  }
  let stemmer = stemmers.get(language);
  if (stemmer === undefined) {
    if (!hasStemmer(language)) return foldLetters(form);
    const own = SNOWBALL.find((code) => code === language);
    stemmer = new CachedStemmer(
      own === undefined ? loadAlgorithm(OTHERS[language] ?? '') : createStemmer(own),
    );
    stemmers.set(language, stemmer);
  }
  return stemmer.stem(form);
}

/** The stem of a token's `form`, and others that it is found by: light ones of Arabic, whose own algorithm leaves much. */
export function stemsOf(form: string, language: string): readonly string[] {
  const own = stem(form, language);
  if (language !== 'ar' || form.length > MAX_TERM_LENGTH || !STEMMABLE.test(form)) return [own];
  const light = stemArabic(form);
  return light === own ? [own] : [own, light];
}

/** Forgets least recently used stems in two generations: cheaper than a list, and as bounded. */
class CachedStemmer {
  /** In the young generations of all languages. */
  static #count = 0;
  readonly #algorithm: StemFunction;
  #young = new Map<string, string>();
  #old = new Map<string, string>();

  constructor(algorithm: StemFunction) {
    this.#algorithm = algorithm;
  }

  stem(form: string): string {
    const young = this.#young.get(form);
    if (young !== undefined) return young;
    const stem = this.#old.get(form) ?? (foldLetters(this.#algorithm(form)) || foldLetters(form));
    if (CachedStemmer.#count >= CACHE_ENTRIES) {
      for (const stemmer of stemmers.values()) stemmer.#age();
      CachedStemmer.#count = 0;
    }
    this.#young.set(form, stem);
    CachedStemmer.#count += 1;
    return stem;
  }

  #age(): void {
    this.#old = this.#young;
    this.#young = new Map();
  }
}

function loadAlgorithm(name: string): StemFunction {
  const [source = '', algorithm = ''] = name.split(':');
  if (source === 'korean') return stemKorean;
  if (source === 'snowball') {
    const { newStemmer } = load('snowball-stemmers') as typeof snowball;
    const stemmer = newStemmer(algorithm);
    return (word) => stemmer.stem(word);
  }
  return (load(`@orama/stemmers/${algorithm}`) as { stemmer: StemFunction }).stemmer;
}
