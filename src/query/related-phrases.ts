/** What the first results have in common and the query does not say: phrases that more of them hold than of all documents. */

import type { StoredDocument } from '../document/index.ts';
import { stem, type Token, tokenize, wordWeight } from '../text/index.ts';

const MAX_RELATED = 8;
/** Documents, and of each the words, that are looked at. */
const MAX_DOCUMENTS = 20;
const MAX_WORDS = 1_500;
const LONGEST_PHRASE = 3;
/** Letters of a phrase of one word. */
const LEAST_LETTERS = 4;
/** Results that must share a phrase: of one it says nothing about the others. */
const LEAST_SHARED = 2;
/** Phrases whose words are looked up. */
const MAX_WEIGHED = 300;
/** What a title or heading names is what a text is about. */
const NAMED = 2;
/** So many times as often as in all documents, as a logarithm, a phrase must be found among the results. */
const LEAST_LIFT: number = Math.log(2);

interface Phrase {
  text: string;
  /** Stems of its words: forms of one phrase are the same phrase. */
  readonly stems: readonly string[];
  documents: number;
  /** In a title or heading of one of the results. */
  isNamed: boolean;
}

/**
 * The phrases, best first. `asked`: folded words of the query and their stems; `rarity`: what a stem is worth in the collection.
 */
export function relatedPhrases(
  documents: readonly StoredDocument[],
  asked: ReadonlySet<string>,
  rarity: (stem: string) => number,
): string[] {
  const phrases = new Map<string, Phrase>();
  for (const document of documents.slice(0, MAX_DOCUMENTS)) {
    for (const [key, phrase] of phrasesOf(document, asked)) {
      const known = phrases.get(key);
      if (known === undefined) phrases.set(key, phrase);
      else {
        known.documents += 1;
        known.isNamed ||= phrase.isNamed;
        if (isPlainer(phrase.text, known.text)) known.text = phrase.text;
      }
    }
  }
  const rarities = new Map<string, number>();
  const rarityOf = (own: string): number => {
    const known = rarities.get(own) ?? rarity(own);
    rarities.set(own, known);
    return known;
  };
  const looked = Math.min(MAX_DOCUMENTS, documents.length);
  const shared = [...phrases.values()]
    .filter((phrase) => phrase.documents >= LEAST_SHARED)
    .sort(
      (a, b) => b.documents - a.documents || b.stems.length - a.stems.length || (a.text < b.text ? -1 : 1),
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
        (telling.length > 0 ? liftOf(phrase, looked, rarityOf) : leastRarity(phrase, rarityOf)) *
        phrase.stems.length *
        (phrase.isNamed ? NAMED : 1),
    }))
    .sort((a, b) => b.worth - a.worth || (a.phrase.text < b.phrase.text ? -1 : 1));
  const kept: Phrase[] = [];
  for (const { phrase } of weighed) {
    if (kept.length === MAX_RELATED) break;
    // A word by itself that nothing is called by is often one of any text.
    const isVague = phrase.stems.length === 1 && !phrase.isNamed;
    if (!isVague && !kept.some((other) => overlaps(other, phrase))) kept.push(phrase);
  }
  return kept.map(({ text }) => text);
}

/** How much more frequent it is among the results than elsewhere, as a logarithm. */
function liftOf(phrase: Phrase, looked: number, rarityOf: (stem: string) => number): number {
  return leastRarity(phrase, rarityOf) - Math.log(1 + looked / phrase.documents);
}

/** A phrase is at least as rare as the rarest of its words. */
function leastRarity({ stems }: Phrase, rarityOf: (stem: string) => number): number {
  return Math.max(...stems.map(rarityOf));
}

/** Each phrase of a document once, by its stems. */
function phrasesOf(document: StoredDocument, asked: ReadonlySet<string>): Map<string, Phrase> {
  const found = new Map<string, Phrase>();
  const stems = new Map<string, string>();
  const stemOf = ({ form }: Token): string => {
    const known = stems.get(form) ?? stem(form, document.language);
    stems.set(form, known);
    return known;
  };
  const says = (token: Token): boolean =>
    /^\p{L}{2,}$/u.test(token.word) && !asked.has(token.word) && !asked.has(stemOf(token));
  const isSmall = ({ word }: Token): boolean => wordWeight(word, document.language) < 1;
  let left = MAX_WORDS;
  for (const { text, kind } of [{ text: document.title, kind: 'heading' }, ...document.sections]) {
    if (left <= 0) break;
    if (kind === 'menu' || kind === 'code') continue;
    const tokens = tokenize(text, left);
    left -= tokens.length;
    tokens.forEach((first, start) => {
      if (!says(first) || isSmall(first)) return;
      for (let length = 1; length <= LONGEST_PHRASE; length++) {
        const last = tokens[start + length - 1];
        if (last === undefined || !says(last) || !follows(text, tokens[start + length - 2], last)) return;
        if (isSmall(last) || (length === 1 && first.word.length < LEAST_LETTERS)) continue;
        const run = tokens.slice(start, start + length);
        add(found, run.map(stemOf), {
          text: text.slice(first.start, last.end),
          isNamed: kind === 'heading',
        });
      }
    });
  }
  return found;
}

/** Nothing but a space or a hyphen stands between the two. */
function follows(text: string, before: Token | undefined, token: Token): boolean {
  return before === undefined || /^[\s-]?$/.test(text.slice(before.end, token.start));
}

function add(
  found: Map<string, Phrase>,
  stems: readonly string[],
  met: Pick<Phrase, 'text' | 'isNamed'>,
): void {
  const key = stems.join(' ');
  const known = found.get(key);
  if (known === undefined) {
    found.set(key, { ...met, stems, documents: 1 });
    return;
  }
  known.isNamed ||= met.isNamed;
  if (isPlainer(met.text, known.text)) known.text = met.text;
}

/** What begins a heading or a sentence has a capital that it has nowhere else; a name has it everywhere. */
function isPlainer(text: string, known: string): boolean {
  return text !== known && text.toLowerCase() === text;
}

function overlaps(a: Phrase, b: Phrase): boolean {
  return a.stems.some((one) => b.stems.includes(one));
}
