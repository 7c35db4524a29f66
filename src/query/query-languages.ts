/**
 * Which languages a query's words may be in. Documents are stemmed in their own language, so a word is looked up by
 * its stems in the languages that the collection holds and that are written in the word's script.
 */

import { isStopWord, LANGUAGES, languageOfTag, stemmingLanguage } from '../text/index.ts';

/** Languages whose stems of one word are looked up, the most frequent first. */
const MAX_STEM_LANGUAGES = 6;

/** Words more that a language must explain before it passes for the query's instead of the collection's foremost. */
const CLEAR_LEAD = 2;
/** Words of a query that are looked at to guess its language. */
const GUESS_WORDS = 50;

export interface QueryLanguages {
  /** The language that the whole query is probably in; empty where that is open. */
  readonly likely: string;
  /** All candidates, best first. */
  readonly candidates: readonly string[];
}

/**
 * `asked` is what the asker says, `held` what the collection holds, most frequent first (empty where unknown). Without
 * a word of the asker the small words of the query decide, where they do so clearly.
 */
export function queryLanguages(
  asked: string | undefined,
  held: readonly string[],
  words: readonly string[],
): QueryLanguages {
  const wanted = languageOfTag(asked ?? '')?.code ?? '';
  if (wanted !== '' && (held.length === 0 || held.includes(wanted))) return preferring(wanted, held);
  const only = held.length === 1 ? held[0] : undefined;
  return preferring(only ?? languageOfSmallWords(held, words), held);
}

function preferring(likely: string, held: readonly string[]): QueryLanguages {
  const rest = held.filter((language) => language !== likely);
  return { likely, candidates: likely === '' ? rest : [likely, ...rest] };
}

function languageOfSmallWords(held: readonly string[], words: readonly string[]): string {
  const [foremost = ''] = held;
  const sample = words.slice(0, GUESS_WORDS);
  const count = (language: string): number => sample.filter((word) => isStopWord(word, language)).length;
  let best = foremost;
  let most = count(foremost);
  let lead = CLEAR_LEAD;
  for (const language of held.slice(1)) {
    const found = count(language);
    if (found < most + lead) continue;
    best = language;
    most = found;
    lead = 1;
  }
  return most === 0 ? '' : best;
}

/** The candidates that are written in the script of `word`, at most {@link MAX_STEM_LANGUAGES}. */
export function languagesOfWord(word: string, candidates: readonly string[]): readonly string[] {
  const written = candidates.filter((language) => isWrittenIn(word, language)).slice(0, MAX_STEM_LANGUAGES);
  if (candidates.length === 0) return written;
  // Where no language of the collection is written so, documents hold the word as one of its script's foremost language.
  const foreign = stemmingLanguage(word, '');
  return foreign === '' || written.includes(foreign) ? written : [...written, foreign];
}

const scripts: ReadonlyMap<string, string> = new Map(LANGUAGES.map(({ code, script }) => [code, script]));
/** Scripts that are several of Unicode's. */
const COMPOSED: Readonly<Record<string, readonly string[]>> = {
  Jpan: ['Hani', 'Hira', 'Kana'],
  Kore: ['Hang', 'Hani'],
};
const SECOND_SCRIPTS: Readonly<Record<string, readonly string[]>> = {
  sr: ['Latn'],
  uz: ['Latn'],
  kk: ['Latn'],
};
const patterns = new Map<string, RegExp>();

function isWrittenIn(word: string, language: string): boolean {
  let pattern = patterns.get(language);
  if (pattern === undefined) {
    const script = scripts.get(language) ?? 'Latn';
    const names = [...(COMPOSED[script] ?? [script]), ...(SECOND_SCRIPTS[language] ?? [])];
    pattern = new RegExp(names.map((name) => `\\p{Script=${name}}`).join('|'), 'u');
    patterns.set(language, pattern);
  }
  return pattern.test(word);
}
