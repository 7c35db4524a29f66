/**
 * Other names of the words of a query: synonyms by the table of the collection, compounds written apart or together, their
 * parts where the language writes them in one word, and of a word that no document holds the one that it nearly is.
 */

import { isStopWordAnywhere, type SynonymTable, type Token, tokenize } from '../text/index.ts';
import { hasCompounds, partsOfCompound } from './compounds.ts';
import type { WordAlternative } from './plan.ts';

/** What the collection knows of words. */
export interface HeldWords {
  /** Documents that hold a folded word. */
  readonly frequency: (word: string) => number;
  /** Whether a document holds any form of the word. */
  readonly isHeld: (token: Token) => boolean;
  /** The word that a folded one nearly is; undefined for none, and where nobody wants it. */
  readonly nearest: (word: string) => string | undefined;
}

/** Words of a query that are looked at: a longer one is a text. */
const MAX_WORDS = 16;
/** Letters of each half of a compound. */
const LEAST_HALF = 3;
const LETTERS = /^\p{L}+$/u;

export function wordAlternatives(
  words: readonly Token[],
  language: string,
  synonyms: SynonymTable,
  held: HeldWords,
): WordAlternative[] {
  const looked = words.slice(0, MAX_WORDS);
  const named = synonyms
    .expand(looked, language)
    .flatMap(({ start, alternatives }) => alternatives.map((alternative) => ({ start, words: alternative })));
  return [...named, ...compounds(looked, language, held), ...unheld(looked, held)];
}

/** `Hundefutter` is also about `Hund` and `Futter`. */
function compounds(words: readonly Token[], language: string, { frequency }: HeldWords): WordAlternative[] {
  if (!hasCompounds(language)) return [];
  const known = new Map<string, number>();
  const remembered = (word: string): number => {
    let documents = known.get(word);
    if (documents === undefined) known.set(word, (documents = frequency(word)));
    return documents;
  };
  return words.flatMap(({ word }, start): WordAlternative[] => {
    const parts = LETTERS.test(word) ? partsOfCompound(word, language, remembered) : [];
    return parts.length === 0 ? [] : [{ start, words: tokenize(parts.join(' ')) }];
  });
}

/**
 * `data base` is also `database`; `database`, where no document holds it, also `data base`; and `databaze` nearly
 * `database`: without that a slip in one word of many would be a word less.
 */
function unheld(words: readonly Token[], held: HeldWords): WordAlternative[] {
  // Where no word is held, another query is searched for instead: see `spelling`.
  const isSomeHeld = words.some(held.isHeld);
  return words.flatMap((token, start): WordAlternative[] => {
    const next = words[start + 1];
    const found: WordAlternative[] = [];
    if (next !== undefined && isHalf(token.word) && isHalf(next.word)) {
      const joined = token.word + next.word;
      if (held.frequency(joined) > 0) found.push({ start, words: tokenize(joined) });
    }
    if (!LETTERS.test(token.word) || isStopWordAnywhere(token.word)) return found;
    if (held.frequency(token.word) > 0) return found;
    const halves = splitOf(token.word, held);
    if (halves !== undefined) found.push({ start, words: tokenize(halves.join(' ')) });
    else if (isSomeHeld && !held.isHeld(token)) {
      const nearest = held.nearest(token.word);
      if (nearest !== undefined) {
        const note = `No document holds “${token.word}”; “${nearest}” counts half beside it.`;
        found.push({ start, words: tokenize(nearest), note });
      }
    }
    return found;
  });
}

/** The halves of a word that both are words, of which the rarer is the least rare. */
function splitOf(word: string, { frequency }: HeldWords): readonly [string, string] | undefined {
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
