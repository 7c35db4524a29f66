/**
 * The right form of a word that was typed with slips: words of the collection near it, weighed by how likely the slip is
 * and how common the word. A word that the collection holds is right.
 */

import type { ParsedQuery, QueryNode } from './query-syntax.ts';
import { isStopWordAnywhere, tokenize } from '../text/index.ts';
import { editDistance } from './edit-distance.ts';
import type { NearKnownWord, Vocabulary } from './vocabulary.ts';

export interface SpellingSuggestion {
  readonly word: string;
  readonly documents: number;
  /** Likelihood, as a logarithm: the greater the better. */
  readonly score: number;
}

/** What each slip costs. A letter left out is the commonest; first letters are seldom wrong. */
const LEFT_OUT = 0.8;
const TOO_MUCH = 1.1;
const OTHER = 1.15;
const SWAPPED = 0.9;
const FIRST_LETTER = 1.1;
/** What the logarithm of a word's documents is worth, in slips. */
const COMMONNESS = 0.15;
/** Candidates that are weighed. */
const MAX_CANDIDATES = 500;
/** Letters that may be wrong, and where hardly any word is so near, in long words. */
const USUAL_EDITS = 3;
const MOST_EDITS = 4;
const FEW_CANDIDATES = 3;
const LONG_WORD = 6;
const LEAST_LETTERS = 2;
const MAX_WORDS = 16;
const NO_WORDS: ReadonlySet<string> = new Set();

/** Right forms of a folded word, the likeliest first. Numbers, ids and words of other scripts than letters have none. */
export function suggestWords(word: string, vocabulary: Vocabulary, limit: number): SpellingSuggestion[] {
  if (!canBeMisspelt(word)) return [];
  const letters = Array.from(word).length;
  const near = (edits: number): readonly NearKnownWord[] =>
    vocabulary.near(word, edits, MAX_CANDIDATES).filter((known) => /^[\p{L}\p{M}'’]+$/u.test(known.word));
  let known = near(letters <= 2 ? 2 : USUAL_EDITS);
  if (known.length < FEW_CANDIDATES && letters >= LONG_WORD) known = near(MOST_EDITS);
  return known
    .map((candidate) => ({
      word: candidate.word,
      documents: candidate.documents,
      score: COMMONNESS * Math.log(1 + candidate.documents) - slipCost(word, candidate.word),
    }))
    .sort((a, b) => b.score - a.score || (a.word < b.word ? -1 : 1))
    .slice(0, limit);
}

/** The right form of a word; undefined where the collection holds it, or nobody knows better. */
export function correctWord(word: string, vocabulary: Vocabulary): string | undefined {
  // Looking for near words costs far more than this look-up, and most words are held.
  if (vocabulary.frequency(word) > 0) return undefined;
  return suggestWords(word, vocabulary, 1)[0]?.word;
}

/** Letters that a word which is only offered may differ by: a third of it. */
const OFFERED_EDITS = (letters: number): number => Math.ceil(letters / 3);
/** And one that is searched for by itself. */
export const USED_EDITS = (letters: number): number => (letters <= 5 ? 1 : 2);

/** Letters of a word that is searched for in another form without asking. */
export const LEAST_USED_LETTERS = 4;

/** The word, but for a slip or two, that a word nearly is which no document holds; undefined for none. */
export function nearestWord(word: string, vocabulary: Vocabulary): string | undefined {
  const letters = Array.from(word).length;
  const right = letters < LEAST_USED_LETTERS ? undefined : correctWord(word, vocabulary);
  const edits = USED_EDITS(letters);
  return right !== undefined && editDistance(word, right, edits) <= edits ? right : undefined;
}

/** Which words of a query are put right. */
export interface CorrectionBounds {
  /** Default 2. */
  readonly leastLetters?: number;
  /** Letters that a word of so many may differ by; default a third of them. */
  readonly mostEdits?: (letters: number) => number;
  /** Folded words of which documents hold another form: they are right. Default: none. */
  readonly held?: ReadonlySet<string>;
}

/** The query with its plain words corrected; undefined where there is nothing to correct. */
export function correctQuery(
  parsed: ParsedQuery,
  vocabulary: Vocabulary,
  { leastLetters = LEAST_LETTERS, mostEdits = OFFERED_EDITS, held = NO_WORDS }: CorrectionBounds = {},
): ParsedQuery | undefined {
  const isOneOfMany = parsed.root !== undefined && parsed.root.kind !== 'word';
  let changes = 0;
  let looked = 0;
  const correct = (node: QueryNode): QueryNode => {
    switch (node.kind) {
      case 'word': {
        const [token, more] = tokenize(node.text, 2);
        if (node.exact || token === undefined || more !== undefined || looked >= MAX_WORDS) return node;
        if (held.has(token.word)) return node;
        const letters = Array.from(token.word).length;
        // Beside other words `does` is what it says, though no text asks anything.
        if (letters < leastLetters || (isOneOfMany && isStopWordAnywhere(token.word))) return node;
        looked += 1;
        const right = correctWord(token.word, vocabulary);
        const edits = mostEdits(letters);
        if (right === undefined || editDistance(token.word, right, edits) > edits) return node;
        changes += 1;
        return { ...node, text: right };
      }
      case 'all':
      case 'or':
        return { ...node, nodes: node.nodes.map(correct) };
      case 'boost':
      case 'refine':
        return { ...node, node: correct(node.node) };
      // What is quoted, kept away or asked of a field is meant as it stands.
      case 'phrase':
      case 'pattern':
      case 'fuzzy':
      case 'field':
      case 'meta':
      case 'range':
      case 'near':
      case 'not':
        return node;
      default:
        return node satisfies never;
    }
  };
  const root = parsed.root && correct(parsed.root);
  return changes === 0 || root === undefined ? undefined : { ...parsed, root };
}

function canBeMisspelt(word: string): boolean {
  const letters = Array.from(word).length;
  return letters >= LEAST_LETTERS && letters <= 40 && /^[\p{L}\p{M}'’]+$/u.test(word);
}

/** What it costs to have typed `typed` for `right`. */
function slipCost(typed: string, right: string): number {
  const a = Array.from(typed);
  const b = Array.from(right);
  let beforeLast: number[] = [];
  let last = [0];
  for (let j = 1; j <= b.length; j++) last.push((last[j - 1] as number) + LEFT_OUT);
  for (let i = 1; i <= a.length; i++) {
    const row = [(last[0] as number) + TOO_MUCH];
    for (let j = 1; j <= b.length; j++) {
      const isFirst = i === 1 || j === 1;
      const other = a[i - 1] === b[j - 1] ? 0 : OTHER * (isFirst ? FIRST_LETTER : 1);
      let cost = Math.min(
        (last[j] as number) + TOO_MUCH,
        (row[j - 1] as number) + LEFT_OUT,
        (last[j - 1] as number) + other,
      );
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (isSwap) cost = Math.min(cost, (beforeLast[j - 2] as number) + SWAPPED);
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] as number;
}
