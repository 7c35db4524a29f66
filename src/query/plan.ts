/**
 * From a query tree to what the index executes, all but the statistics.
 *
 * A document holds the stems of its own language and every surface form. The index scores one stem per word, so of the
 * stems that a word has in the languages of the collection one must be chosen: that of the query's language where it
 * is known (said by the asker, the only one, or told by the small words), else the one that most documents hold, which
 * is nearly always that of the word's own language. Conditions don't choose: they take any stem and the surface form.
 */

import type { Clause, ScoredTerm } from '../index/index.ts';
import { stem, stemHash, type Token, tokenize, wordHash, wordWeight } from '../text/index.ts';
import { conditionsOf } from './clause-normal-form.ts';
import { languagesOfWord, queryLanguages } from './query-languages.ts';
import type { ParsedQuery, QueryNode } from './query-syntax.ts';

/** A word of the query that adds to the score. */
export interface PlannedWord {
  /** Folded, as a document's tokens are. */
  readonly word: string;
  /** With its diacritics: what stemmers take. */
  readonly form: string;
  /** Its stems in the languages that it may be in, distinct, best first; never empty. */
  readonly stems: readonly string[];
  readonly weight: number;
  /** Place in the query. Alternatives (OR) stand far from each other. */
  readonly place: number;
}

export interface QueryPlan {
  readonly words: readonly PlannedWord[];
  readonly required: readonly Clause[];
  readonly excluded: readonly Clause[];
  /** The query's language where it is known, else empty: then the stem that most documents hold is the one. */
  readonly language: string;
  /** The asker chose sites: folding results by site would hide what was asked for. */
  readonly namesSite: boolean;
  readonly warnings: readonly string[];
}

/** Places between words that don't belong together. */
const PLACE_GAP = 64;
/** A word that is asked for again weighs more, up to this many times. */
const MAX_REPEATS = 4;

interface MentionedWord {
  readonly token: Token;
  readonly place: number;
  /** Quoted or signed: meant as it stands, however small a word. */
  readonly isMeant: boolean;
}

/** Plans a query. `asked`: language of the asker; `held`: languages of the collection, most frequent first. */
export function planQuery(
  { root, warnings }: ParsedQuery,
  asked: string | undefined,
  held: readonly string[],
): QueryPlan {
  const mentions = root === undefined ? [] : mentionedWords(root);
  const { likely, candidates } = queryLanguages(
    asked,
    held,
    mentions.map(({ token }) => token.word),
  );
  const stemsOf = (token: Token): readonly string[] => distinctStems(token, candidates);
  const conditions =
    root && conditionsOf(root, (token) => [...stemsOf(token).map(stemHash), wordHash(token.word)]);
  return {
    words: weighWords(mentions, likely === '' ? (candidates[0] ?? '') : likely, stemsOf),
    required: conditions?.required ?? [],
    excluded: conditions?.excluded ?? [],
    language: likely,
    namesSite: root !== undefined && namesSite(root),
    warnings: [...warnings, ...(conditions?.warnings ?? [])],
  };
}

/** The term of a word as the index scores it, by the stem that was chosen for it. */
export function scoredTerm({ word, weight, place }: PlannedWord, chosenStem: string): ScoredTerm {
  return { stem: stemHash(chosenStem), surface: wordHash(word), weight, place };
}

function distinctStems(token: Token, candidates: readonly string[]): readonly string[] {
  const stems = languagesOfWord(token.form, candidates).map((language) => stem(token.form, language));
  // Where no language fits (numbers, foreign scripts) a word is its own stem.
  return stems.length === 0 ? [stem(token.form, '')] : [...new Set(stems)];
}

/** Every word that documents are to be about, in order. */
function mentionedWords(root: QueryNode): MentionedWord[] {
  const mentions: MentionedWord[] = [];
  let place = 0;
  const mention = (text: string, isMeant: boolean): void => {
    for (const token of tokenize(text)) {
      mentions.push({ token, place, isMeant });
      place += 1;
    }
  };
  const visit = (node: QueryNode): void => {
    if (node.kind === 'word') {
      mention(node.text, node.exact);
    } else if (node.kind === 'phrase') {
      mention(node.text, true);
    } else if (node.kind === 'field') {
      if (node.field === 'intitle' || node.field === 'inurl') mention(node.value, true);
    } else if (node.kind === 'all') {
      for (const child of node.nodes) visit(child);
    } else if (node.kind === 'or') {
      for (const child of node.nodes) {
        place += PLACE_GAP;
        visit(child);
      }
      place += PLACE_GAP;
    }
  };
  visit(root);
  return mentions;
}

function weighWords(
  mentions: readonly MentionedWord[],
  language: string,
  stemsOf: (token: Token) => readonly string[],
): PlannedWord[] {
  const weightOf = ({ token, isMeant }: MentionedWord): number =>
    isMeant ? 1 : wordWeight(token.word, language);
  const onlySmallWords = mentions.every((mention) => weightOf(mention) < 1);
  const words = new Map<string, PlannedWord>();
  const repeats = new Map<string, number>();
  for (const mention of mentions) {
    const { word, form } = mention.token;
    const weight = onlySmallWords ? 1 : weightOf(mention);
    const times = repeats.get(word) ?? 0;
    repeats.set(word, times + 1);
    const known = words.get(word);
    if (known === undefined) {
      words.set(word, { word, form, stems: stemsOf(mention.token), weight, place: mention.place });
    } else if (times < MAX_REPEATS) {
      words.set(word, { ...known, weight: known.weight + weight });
    }
  }
  return [...words.values()];
}

function namesSite(node: QueryNode): boolean {
  if (node.kind === 'field') return node.field === 'site' || node.field === 'host';
  return (node.kind === 'all' || node.kind === 'or') && node.nodes.some(namesSite);
}
