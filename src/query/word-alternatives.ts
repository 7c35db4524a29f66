/** Other names of the words of a query: synonyms by the table of the collection, and compounds written apart or together. */

import { type SynonymTable, type Token, tokenize } from '../text/index.ts';
import type { WordAlternative } from './plan.ts';

/** Documents that hold a folded word. */
type Frequency = (word: string) => number;

/** Words of a query that are looked at: a longer one is a text. */
const MAX_WORDS = 16;
/** Letters of each half of a compound. */
const LEAST_HALF = 3;
const LETTERS = /^\p{L}+$/u;

export function wordAlternatives(
  words: readonly Token[],
  language: string,
  synonyms: SynonymTable,
  frequency: Frequency,
): WordAlternative[] {
  const looked = words.slice(0, MAX_WORDS);
  const named = synonyms
    .expand(looked, language)
    .flatMap(({ start, alternatives }) => alternatives.map((alternative) => ({ start, words: alternative })));
  return [...named, ...compounds(looked, frequency)];
}

/** `data base` is also `database`; `database`, where no document holds it, also `data base`. */
function compounds(words: readonly Token[], frequency: Frequency): WordAlternative[] {
  return words.flatMap((token, start): WordAlternative[] => {
    const next = words[start + 1];
    const found: WordAlternative[] = [];
    if (next !== undefined && isHalf(token.word) && isHalf(next.word)) {
      const joined = token.word + next.word;
      if (frequency(joined) > 0) found.push({ start, words: tokenize(joined) });
    }
    if (LETTERS.test(token.word) && frequency(token.word) === 0) {
      const halves = splitOf(token.word, frequency);
      if (halves !== undefined) found.push({ start, words: tokenize(halves.join(' ')) });
    }
    return found;
  });
}

/** The halves of a word that both are words, of which the rarer is the least rare. */
function splitOf(word: string, frequency: Frequency): readonly [string, string] | undefined {
  const letters = Array.from(word);
  let best: readonly [string, string] | undefined;
  let most = 0;
  for (let at = LEAST_HALF; at <= letters.length - LEAST_HALF; at++) {
    const halves = [letters.slice(0, at).join(''), letters.slice(at).join('')] as const;
    const least = Math.min(frequency(halves[0]), frequency(halves[1]));
    if (least <= most) continue;
    most = least;
    best = halves;
  }
  return best;
}

function isHalf(word: string): boolean {
  return LETTERS.test(word) && Array.from(word).length >= LEAST_HALF;
}
