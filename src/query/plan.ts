/**
 * From a query tree to what the index executes, all but the statistics.
 *
 * A document holds the stems of its own language and every surface form. The index scores one stem per word, so of the
 * stems that a word has in the languages of the collection one must be chosen: that of the query's language where it
 * is known (said by the asker, the only one, or told by the small words), else the one that most documents hold, which
 * is nearly always that of the word's own language. Conditions don't choose: they take any stem and the surface form.
 */

import type { Clause, ScoredTerm } from '../index/index.ts';
import { homeName } from '../document/index.ts';
import {
  framingWords,
  LOOSE_WEIGHT,
  QUESTION_WORD_WEIGHT,
  readPairs,
  stem,
  stemsOf,
  stemHash,
  type Token,
  tokenize,
  wordHash,
  wordWeight,
} from '../text/index.ts';
import { conditionsOf, type FieldCondition, heldClause } from './conditions.ts';
import { languagesOfWord, queryLanguages } from './query-languages.ts';
import { printQuery } from './query-printer.ts';
import type { ParsedQuery, QueryNode } from './query-syntax.ts';
import { type Expansion, NO_EXPANSION } from './vocabulary.ts';

/** A word of the query that adds to the score. */
export interface PlannedWord {
  /** Folded, as a document's tokens are. */
  readonly word: string;
  /** With its diacritics: what stemmers take. */
  readonly form: string;
  /** Its stems in the languages that it may be in, distinct, best first; never empty. */
  readonly stems: readonly string[];
  /** Looked up letter by letter, not by a stem, which stands for other words too: one of those that a pattern fits. */
  readonly isLiteral: boolean;
  readonly weight: number;
  /** Says nothing by itself (`of`). */
  readonly isSmall: boolean;
  /** Place in the query. Alternatives (OR) stand far from each other. */
  readonly place: number;
}

export interface QueryPlan {
  readonly words: readonly PlannedWord[];
  readonly required: readonly Clause[];
  readonly excluded: readonly Clause[];
  /** Conditions on fields, each of which must hold. */
  readonly fields: readonly FieldCondition[];
  /** Words of which documents hold some, in any form. */
  readonly wishes: readonly Clause[];
  /** The whole query as the name of a site; empty where it can be none. */
  readonly siteName: string;
  /** The query's language where it is known, else empty: then the stem that most documents hold is the one. */
  readonly language: string;
  /** The asker chose sites: folding results by site would hide what was asked for. */
  readonly namesSite: boolean;
  readonly warnings: readonly string[];
  /** Patterns that stand for more words of the collection than are looked for. */
  readonly cutPatterns: readonly string[];
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
  readonly factor: number;
  /** A pair between two words, or a single character, of a script without spaces. */
  readonly isLoose: boolean;
  /** One of the words that a pattern stands for. */
  readonly isExpansion: boolean;
}

export type Expansions = (node: QueryNode) => Expansion;

export const NO_EXPANSIONS: Expansions = () => NO_EXPANSION;

/** What plain words of a query may also be called: which words of them, from which on, and how. */
export interface WordAlternative {
  readonly start: number;
  readonly words: readonly Token[];
  /** What the asker is told of it. */
  readonly note?: string;
}

/** `language`: of the query, empty where unknown. `stemsOf`: what a word may be looked up as. */
export type Alternatives = (
  words: readonly Token[],
  language: string,
  stemsOf: (token: Token) => readonly string[],
) => readonly WordAlternative[];

const NO_ALTERNATIVES: Alternatives = () => [];
/** What another name of a word counts, all its words together, beside the word itself. */
const ALTERNATIVE_WEIGHT = 0.5;
/** Of what a pattern stands for, so many add to the score, each this much. */
const SCORED_EXPANSIONS = 16;
const EXPANSION_WEIGHT = 0.3;

/** Plans a query. `asked`: language of the asker; `held`: languages of the collection, most frequent first. */
export function planQuery(
  { root, warnings }: ParsedQuery,
  asked: string | undefined,
  held: readonly string[],
  expansions: Expansions = NO_EXPANSIONS,
  alternativesOf: Alternatives = NO_ALTERNATIVES,
): QueryPlan {
  const cut = new Set<string>();
  const expansionsOf = (node: QueryNode): readonly string[] => {
    const { words, isCut } = expansions(node);
    if (isCut) cut.add(printQuery(node));
    return words;
  };
  const typed = root === undefined ? [] : mentionedWords(root, expansionsOf);
  const { likely, candidates } = queryLanguages(
    asked,
    held,
    typed.map(({ token }) => token.word),
  );
  const stemsOf = (token: Token): readonly string[] => distinctStems(token, candidates);
  const plain = typed.filter(({ isMeant, isExpansion }) => !isMeant && !isExpansion);
  const alternatives = alternativesOf(
    plain.map(({ token }) => token),
    likely,
    stemsOf,
  );
  const mentions = [...typed, ...alternativeMentions(typed, plain, alternatives)];
  const hashesOf = (token: Token): readonly bigint[] => [
    ...stemsOf(token).map(stemHash),
    wordHash(token.word),
  ];
  const conditions = root && conditionsOf(root, { hashesOf, expansionsOf });
  const wishes = conditions?.wishes ?? [];
  return {
    words: weighWords(mentions, likely === '' ? (candidates[0] ?? '') : likely, stemsOf),
    required: conditions?.required ?? [],
    excluded: conditions?.excluded ?? [],
    fields: conditions?.fields ?? [],
    // Who holds a word by another name is about it, too.
    wishes:
      wishes.length === 0
        ? []
        : [
            ...wishes,
            ...alternatives.flatMap(({ words }) => words.map((token) => heldClause(hashesOf(token)))),
          ],
    siteName: root === undefined ? '' : siteNameOf(root),
    language: likely,
    namesSite: root !== undefined && namesSite(root),
    warnings: [
      ...warnings,
      ...alternatives.flatMap(({ note }) => (note === undefined ? [] : [note])),
      ...Array.from(cut, cutNote),
    ],
    cutPatterns: [...cut],
  };
}

function cutNote(pattern: string): string {
  return `${pattern} stands for more words than can be looked for; the most frequent were. Name more letters.`;
}

/** The term of a word as the index scores it, by the stem that was chosen for it. */
export function scoredTerm({ word, isLiteral, weight, place }: PlannedWord, chosenStem: string): ScoredTerm {
  if (isLiteral) return { stem: wordHash(word), surface: undefined, weight, place };
  return { stem: stemHash(chosenStem), surface: wordHash(word), weight, place };
}

function distinctStems(token: Token, candidates: readonly string[]): readonly string[] {
  const stems = languagesOfWord(token.form, candidates).flatMap((language) => stemsOf(token.form, language));
  // Where no language fits (numbers, foreign scripts) a word is its own stem.
  return stems.length === 0 ? [stem(token.form, '')] : [...new Set(stems)];
}

/** Every word that documents are to be about, in order. */
function mentionedWords(
  root: QueryNode,
  expansionsOf: (node: QueryNode) => readonly string[],
): MentionedWord[] {
  const mentions: MentionedWord[] = [];
  let place = 0;
  const mention = (text: string, isMeant: boolean, factor: number): void => {
    for (const { token, weight, alone } of readPairs(text, tokenize(text))) {
      const common = { place, isMeant, isExpansion: false };
      mentions.push({ ...common, token, factor: factor * weight, isLoose: weight < 1 });
      if (alone !== undefined)
        mentions.push({ ...common, token: alone, factor: factor * LOOSE_WEIGHT, isLoose: true });
      place += 1;
    }
  };
  const visit = (node: QueryNode, factor: number): void => {
    switch (node.kind) {
      case 'word':
        return mention(node.text, node.exact, factor);
      case 'phrase':
        return mention(node.text, true, factor);
      case 'pattern':
      case 'fuzzy':
        for (const token of expansionsOf(node)
          .slice(0, SCORED_EXPANSIONS)
          .flatMap((word) => tokenize(word))) {
          mentions.push({
            token,
            place,
            isMeant: true,
            factor: factor * EXPANSION_WEIGHT,
            isLoose: false,
            isExpansion: true,
          });
        }
        place += 1;
        return;
      case 'field':
        return node.field.startsWith('in') ? mention(node.value, true, factor) : undefined;
      case 'meta':
        return mention(node.value, true, factor);
      case 'near':
        visit(node.left, factor);
        return visit(node.right, factor);
      case 'boost':
        return visit(node.node, factor * node.factor);
      case 'all':
        for (const child of node.nodes) visit(child, factor);
        return;
      case 'or':
        for (const child of node.nodes) {
          place += PLACE_GAP;
          visit(child, factor);
        }
        place += PLACE_GAP;
        return;
      // Conditions without a part in the score.
      case 'not':
      case 'range':
      case 'refine':
        return;
    }
  };
  visit(root, 1);
  return mentions;
}

/** Other names of plain words, at the places of those. */
function alternativeMentions(
  typed: readonly MentionedWord[],
  plain: readonly MentionedWord[],
  alternatives: readonly WordAlternative[],
): MentionedWord[] {
  const known = new Set(typed.map(({ token }) => token.word));
  return alternatives.flatMap(({ start, words }) => {
    const { place, factor } = plain[start] as MentionedWord;
    return words
      .map((token, i): MentionedWord => ({
        token,
        place: place + i,
        isMeant: true,
        factor: (factor * ALTERNATIVE_WEIGHT) / words.length,
        isExpansion: false,
        isLoose: false,
      }))
      .filter(({ token }) => !known.has(token.word));
  });
}

/** Words alone can be the name of a site. */
function siteNameOf(root: QueryNode): string {
  const words = root.kind === 'all' && !root.strict ? root.nodes : [root];
  const texts = words.map((node) => (node.kind === 'word' || node.kind === 'phrase' ? node.text : undefined));
  return texts.includes(undefined) ? '' : homeName(texts.join(' '));
}

function weighWords(
  mentions: readonly MentionedWord[],
  language: string,
  stemsOf: (token: Token) => readonly string[],
): PlannedWord[] {
  const plain = mentions.filter(({ isMeant }) => !isMeant);
  const framing = framingWords(
    plain.map(({ token }) => token.word),
    language,
  );
  const ownWeight = ({ token: { word }, isMeant }: MentionedWord): number => {
    if (isMeant) return 1;
    return framing.has(word) ? QUESTION_WORD_WEIGHT : wordWeight(word, language);
  };
  const onlySmallWords = mentions.every((mention) => ownWeight(mention) < 1);
  const words = new Map<string, PlannedWord>();
  const repeats = new Map<string, number>();
  for (const mention of mentions) {
    const { word, form } = mention.token;
    const weight = (onlySmallWords ? 1 : ownWeight(mention)) * mention.factor;
    const times = repeats.get(word) ?? 0;
    repeats.set(word, times + 1);
    const known = words.get(word);
    if (known === undefined) {
      const { isExpansion: isLiteral } = mention;
      const stems = isLiteral ? [word] : stemsOf(mention.token);
      const isSmall = mention.isLoose || (!onlySmallWords && ownWeight(mention) < 1);
      words.set(word, { word, form, stems, isLiteral, weight, isSmall, place: mention.place });
    } else if (times < MAX_REPEATS) {
      const isAlsoTyped = known.isLiteral && !mention.isExpansion;
      const asTyped = isAlsoTyped ? { stems: stemsOf(mention.token), isLiteral: false } : {};
      words.set(word, { ...known, weight: known.weight + weight, ...asTyped });
    }
  }
  return [...words.values()];
}

function namesSite(node: QueryNode): boolean {
  if (node.kind === 'field') return node.field === 'site' || node.field === 'host';
  return (node.kind === 'all' || node.kind === 'or') && node.nodes.some(namesSite);
}
