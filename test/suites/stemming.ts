/** Snowball's vocabularies against our stems. */

import { readFileSync } from 'node:fs';
import { foldLetters, foldWord, stem, wordsOf } from '../../src/text/index.ts';
import { type Suite, type SuiteResult, Tally } from './suite.ts';

/** The vocabularies of the algorithms that we ship, and the languages that use them. */
const VOCABULARIES: Readonly<Record<string, string>> = {
  arabic: 'ar',
  armenian: 'hy',
  basque: 'eu',
  catalan: 'ca',
  czech: 'cs',
  danish: 'da',
  dutch: 'nl',
  english: 'en',
  esperanto: 'eo',
  estonian: 'et',
  finnish: 'fi',
  french: 'fr',
  german: 'de',
  greek: 'el',
  hindi: 'hi',
  hungarian: 'hu',
  indonesian: 'id',
  irish: 'ga',
  italian: 'it',
  lithuanian: 'lt',
  nepali: 'ne',
  norwegian: 'no',
  persian: 'fa',
  polish: 'pl',
  portuguese: 'pt',
  romanian: 'ro',
  russian: 'ru',
  serbian: 'sr',
  spanish: 'es',
  swedish: 'sv',
  tamil: 'ta',
  turkish: 'tr',
  yiddish: 'yi',
};

/** One suite a language. */
export const stemming: readonly Suite[] = Object.entries(VOCABULARIES).map(([name, language]) => ({
  name: `snowball-${name}`,
  data: `tests/snowball/${name}.tsv`,
  run(path): SuiteResult {
    const tally = new Tally(this.name);
    for (const line of readFileSync(path, 'utf8').normalize('NFKC').trim().split('\n')) {
      const [word = '', expected = ''] = line.split('\t');
      // Stems are folded as words are, so that they compare.
      const wanted = foldLetters(expected);
      const got = stem(word, language);
      if (got === wanted) tally.pass();
      else tally.differ(reasonOf(word, expected, language), `${word}: ${wanted} but ${got}`);
    }
    return tally.result();
  },
}));

/** Words with hyphens are several words to us, each with its stem; the last carries the endings. */
function reasonOf(word: string, expected: string, language: string): string | undefined {
  // A word that is nothing but endings stays as it is, or it could not be found.
  if (expected === '') return 'nothing-left';
  if (!word.includes('-')) return undefined;
  const last = word.slice(word.lastIndexOf('-') + 1);
  const wanted = foldLetters(expected.slice(expected.lastIndexOf('-') + 1));
  return wordsOf(word).length > 1 && stem(foldWord(last).form, language) === wanted ? 'hyphen' : undefined;
}
