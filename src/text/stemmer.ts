/** Words to stems, by Snowball's algorithms. Which one serves which language is part of the terms: docs/formats/terms.md. */

import { createRequire } from 'node:module';
import type * as snowball from 'snowball-stemmers';
import { foldLetters, MAX_TERM_LENGTH } from './folding.ts';
import { stemGerman } from './german-stemmer.ts';
import { stemKorean } from './korean-stemmer.ts';
import { REVISIONS } from './stemmer-revisions.ts';

type StemFunction = (word: string) => string;

/** `orama:` and `snowball:` name an algorithm of a package, the rest is ours. */
const ALGORITHMS: Readonly<Record<string, string>> = {
  ar: 'orama:arabic',
  bg: 'orama:bulgarian',
  ca: 'snowball:catalan',
  cs: 'snowball:czech',
  da: 'orama:danish',
  de: 'german',
  el: 'orama:greek',
  en: 'snowball:english',
  es: 'orama:spanish',
  eu: 'snowball:basque',
  fi: 'orama:finnish',
  fr: 'orama:french',
  ga: 'orama:irish',
  hu: 'orama:hungarian',
  hy: 'orama:armenian',
  id: 'orama:indonesian',
  it: 'orama:italian',
  ko: 'korean',
  lt: 'orama:lithuanian',
  ne: 'orama:nepali',
  nl: 'orama:dutch',
  no: 'orama:norwegian',
  pt: 'orama:portuguese',
  ro: 'orama:romanian',
  ru: 'orama:russian',
  sl: 'snowball:slovene',
  sr: 'orama:serbian',
  sv: 'orama:swedish',
  ta: 'orama:tamil',
  tr: 'orama:turkish',
};

/** Stems kept per language; twice as many while the older half is still of use. */
const CACHE_ENTRIES = 32_768;

/** Letters and marks, perhaps with an apostrophe: numbers and names such as `c++` or `x86` are their own stems. */
const STEMMABLE = /^[\p{L}\p{M}']+$/u;

// Packages are loaded when their first word comes: a process pays for the languages that it meets.
const load = createRequire(import.meta.url);
const stemmers = new Map<string, CachedStemmer>();

/** True where words of the language have stems of their own; elsewhere a word is its stem. */
export function hasStemmer(language: string): boolean {
  return Object.hasOwn(ALGORITHMS, language);
}

/** Codes of the languages with stemmers. */
export const STEMMED_LANGUAGES: readonly string[] = Object.keys(ALGORITHMS);

/**
 * The stem of a token's `form` (its `word` does too, with a little less precision), folded. The folded word itself
 * where the language is unknown or has no stemmer, and for what is not made of letters. Never empty.
 */
export function stem(form: string, language: string): string {
  if (!hasStemmer(language) || form.length > MAX_TERM_LENGTH || !STEMMABLE.test(form)) {
    return foldLetters(form);
  }
  let stemmer = stemmers.get(language);
  if (stemmer === undefined) {
    const algorithm = loadAlgorithm(ALGORITHMS[language] ?? '');
    stemmer = new CachedStemmer(REVISIONS[language]?.(algorithm) ?? algorithm);
    stemmers.set(language, stemmer);
  }
  return stemmer.stem(form);
}

/** Forgets least recently used stems in two generations: cheaper than a list, and as bounded. */
class CachedStemmer {
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
    if (this.#young.size >= CACHE_ENTRIES) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(form, stem);
    return stem;
  }
}

function loadAlgorithm(name: string): StemFunction {
  const [source = '', algorithm = ''] = name.split(':');
  if (source === 'korean') return stemKorean;
  if (source === 'german') return stemGerman;
  if (source === 'snowball') {
    const { newStemmer } = load('snowball-stemmers') as typeof snowball;
    const stemmer = newStemmer(algorithm);
    return (word) => stemmer.stem(word);
  }
  return (load(`@orama/stemmers/${algorithm}`) as { stemmer: StemFunction }).stemmer;
}
