/** The words of a collection, as queries need them: for patterns, slips, spelling and completion. */

import { fitsPattern } from './word-forms.ts';
import type { QueryNode } from './query-syntax.ts';

/** A folded word and how many documents hold it. */
export interface KnownWord {
  readonly word: string;
  readonly documents: number;
}

export interface NearKnownWord extends KnownWord {
  /** Letters to insert, delete, replace or swap with their neighbour. */
  readonly edits: number;
}

export interface Vocabulary {
  /** Documents that hold the word in this form; 0 where it is unknown. */
  frequency(word: string): number;
  /** Words that begin so, the most frequent first, at most `limit`. */
  withPrefix(prefix: string, limit: number): readonly KnownWord[];
  /** Words at most `edits` letters away (more, less, other, swapped), at most `limit`, nearest and then most frequent first. */
  near(word: string, edits: number, limit: number): readonly NearKnownWord[];
}

/** Words that a pattern stands for at most; where there are more, who asks is told. */
const MAX_EXPANSIONS = 1_000;
/** Words that are looked through for a pattern which begins with few letters. */
const MAX_SCANNED = 200_000;
/** From this length on two letters may be wrong. */
const LONG_WORD = 8;

/** Words of the collection that a pattern or a word with slips stands for. */
export interface Expansion {
  /** The most frequent first. */
  readonly words: readonly string[];
  /** There are, or may be, more. */
  readonly isCut: boolean;
}

export const NO_EXPANSION: Expansion = { words: [], isCut: false };

export function expand(node: QueryNode, vocabulary: Vocabulary): Expansion {
  if (node.kind === 'fuzzy') {
    return cut(vocabulary.near(node.text, editsFor(node.text), MAX_EXPANSIONS + 1), false);
  }
  if (node.kind !== 'pattern') return NO_EXPANSION;
  const { pattern } = node;
  const [prefix = ''] = /^[^*?]*/.exec(pattern) ?? [];
  if (pattern === `${prefix}*`) return cut(vocabulary.withPrefix(prefix, MAX_EXPANSIONS + 1), false);
  const scanned = vocabulary.withPrefix(prefix, MAX_SCANNED);
  return cut(
    scanned.filter(({ word }) => fitsPattern(word, pattern)),
    scanned.length === MAX_SCANNED,
  );
}

function cut(known: readonly KnownWord[], isCut: boolean): Expansion {
  return {
    words: known.slice(0, MAX_EXPANSIONS).map(({ word }) => word),
    isCut: isCut || known.length > MAX_EXPANSIONS,
  };
}

/** Letters that may be wrong in a word of this length. */
function editsFor(word: string): number {
  return Array.from(word).length >= LONG_WORD ? 2 : 1;
}
