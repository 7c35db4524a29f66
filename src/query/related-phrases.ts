/** What the first results have in common and the query does not say: phrases that more of them hold than of all documents. */

import type { StoredDocument } from '../document/index.ts';
import { tokenize, wordWeight } from '../text/index.ts';

export const MAX_RELATED = 8;
/** Documents, and of each the words, that are looked at. */
const MAX_DOCUMENTS = 20;
const MAX_WORDS = 1_500;
const LONGEST_PHRASE = 3;
/** Results that must share a phrase: of one it says nothing about the others. */
const LEAST_SHARED = 2;
/** Phrases whose words are looked up. */
const MAX_WEIGHED = 300;
/** What a title or heading names is what a text is about. */
const NAMED = 2;
/** So many times as often as in all documents, as a logarithm, a phrase must be found among the results. */
const LEAST_LIFT: number = Math.log(2);

interface Phrase {
  readonly text: string;
  readonly words: readonly string[];
  documents: number;
  /** In a title or heading of one of the results. */
  isNamed: boolean;
}

/**
 * The phrases, best first. `asked`: folded words of the query; `rarity`: what a word is worth in the collection.
 */
export function relatedPhrases(
  documents: readonly StoredDocument[],
  asked: ReadonlySet<string>,
  rarity: (word: string) => number,
): string[] {
  const phrases = new Map<string, Phrase>();
  for (const document of documents.slice(0, MAX_DOCUMENTS)) {
    for (const [key, phrase] of phrasesOf(document, asked)) {
      const known = phrases.get(key);
      if (known === undefined) phrases.set(key, phrase);
      else {
        known.documents += 1;
        known.isNamed ||= phrase.isNamed;
      }
    }
  }
  const rarities = new Map<string, number>();
  const rarityOf = (word: string): number => {
    const known = rarities.get(word) ?? rarity(word);
    rarities.set(word, known);
    return known;
  };
  const looked = Math.min(MAX_DOCUMENTS, documents.length);
  const shared = [...phrases.values()]
    .filter((phrase) => phrase.documents >= LEAST_SHARED)
    .sort(
      (a, b) => b.documents - a.documents || b.words.length - a.words.length || (a.text < b.text ? -1 : 1),
    )
    .slice(0, MAX_WEIGHED);
  const telling = shared.filter((phrase) => liftOf(phrase, looked, rarityOf) >= LEAST_LIFT);
  // Where the results are most of what there is, nothing is more frequent among them.
  const weighed = (telling.length > 0 ? telling : shared)
    .map((phrase) => ({
      phrase,
      // Two words that stand together in several texts say more than each alone.
      worth:
        phrase.documents *
        (telling.length > 0 ? liftOf(phrase, looked, rarityOf) : meanRarity(phrase, rarityOf)) *
        Math.sqrt(phrase.words.length) *
        (phrase.isNamed ? NAMED : 1),
    }))
    .sort((a, b) => b.worth - a.worth || (a.phrase.text < b.phrase.text ? -1 : 1));
  const kept: Phrase[] = [];
  for (const { phrase } of weighed) {
    if (kept.length === MAX_RELATED) break;
    if (!kept.some((other) => overlaps(other, phrase))) kept.push(phrase);
  }
  return kept.map(({ text }) => text);
}

/** How much more frequent it is among the results than elsewhere, as a logarithm. */
function liftOf(phrase: Phrase, looked: number, rarityOf: (word: string) => number): number {
  return meanRarity(phrase, rarityOf) - Math.log(1 + looked / phrase.documents);
}

function meanRarity({ words }: Phrase, rarityOf: (word: string) => number): number {
  return words.reduce((sum, word) => sum + rarityOf(word), 0) / words.length;
}

/** Each phrase of a document once, by its folded words. */
function phrasesOf(document: StoredDocument, asked: ReadonlySet<string>): Map<string, Phrase> {
  const found = new Map<string, Phrase>();
  const isSmall = (word: string): boolean => wordWeight(word, document.language) < 1;
  let left = MAX_WORDS;
  for (const { text, kind } of [{ text: document.title, kind: 'heading' }, ...document.sections]) {
    if (left <= 0) break;
    if (kind === 'menu' || kind === 'code') continue;
    const tokens = tokenize(text, left);
    left -= tokens.length;
    tokens.forEach((_, start) => {
      for (let length = 1; length <= LONGEST_PHRASE; length++) {
        const run = tokens.slice(start, start + length);
        const words = run.map(({ word }) => word);
        const [first = '', last = ''] = [words[0], words.at(-1)];
        if (words.length < length || words.some((word) => asked.has(word) || !/^\p{L}{2,}$/u.test(word)))
          return;
        if (isSmall(first) || isSmall(last) || (length === 1 && first.length < 4)) continue;
        const key = words.join(' ');
        const [from, to] = [run[0]?.start ?? 0, run.at(-1)?.end ?? 0];
        const isNamed = kind === 'heading';
        const known = found.get(key);
        if (known !== undefined) known.isNamed ||= isNamed;
        else found.set(key, { text: text.slice(from, to), words, documents: 1, isNamed });
      }
    });
  }
  return found;
}

function overlaps(a: Phrase, b: Phrase): boolean {
  return a.words.some((word) => b.words.includes(word));
}
