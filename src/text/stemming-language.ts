/**
 * The language that a word is stemmed in. A text in one language quotes words of others; where the script tells, a word
 * is stemmed in the commonest language of its script instead, so that it is found by whoever asks in that language.
 */

import { LANGUAGES } from './languages.ts';

/** First and last code point, ISO 15924 code of the script, language that its words are most often in. */
const SCRIPTS: readonly (readonly [first: number, last: number, script: string, language: string])[] = [
  [0x41, 0x24f, 'Latn', 'en'],
  [0x370, 0x3ff, 'Grek', 'el'],
  [0x400, 0x52f, 'Cyrl', 'ru'],
  [0x530, 0x58f, 'Armn', 'hy'],
  [0x590, 0x5ff, 'Hebr', 'he'],
  [0x600, 0x6ff, 'Arab', 'ar'],
  [0x900, 0x97f, 'Deva', 'hi'],
  [0xb80, 0xbff, 'Taml', 'ta'],
  [0x1e00, 0x1eff, 'Latn', 'en'],
  [0x1f00, 0x1fff, 'Grek', 'el'],
];

/** Languages also written in Latin letters: their Latin words are theirs. */
const ALSO_LATIN: ReadonlySet<string> = new Set(['sr', 'uz', 'kk', 'mk']);
const scriptOf: ReadonlyMap<string, string> = new Map(LANGUAGES.map(({ code, script }) => [code, script]));

/** `language` where `word` can be a word of it (or its script tells nothing), else the word's own. Judges the first letter. */
export function stemmingLanguage(word: string, language: string): string {
  const letter = word.codePointAt(0) ?? 0;
  for (const [first, last, script, own] of SCRIPTS) {
    if (letter < first || letter > last) continue;
    const isOfLanguage = scriptOf.get(language) === script || (script === 'Latn' && ALSO_LATIN.has(language));
    return isOfLanguage ? language : own;
  }
  return language;
}
