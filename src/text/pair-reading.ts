/**
 * What a dictionary says of the pairs of a query in a script without spaces. Documents are indexed by every pair and every
 * character, so nothing is lost where the dictionary errs; it only weighs.
 */

import { isContinuous } from './character-class.ts';
import { headOfPair } from './continuous-scripts.ts';
import type { Token } from './tokenizer.ts';

/** Tokens of a text with what they weigh, and what stands at the same place. */
export interface ReadPair {
  readonly token: Token;
  /** 1; less for a pair of which the halves belong to different words. */
  readonly weight: number;
  /** The first character of the pair where it is a word of its own; weighs as much as a pair between words. */
  readonly alone: Token | undefined;
}

/** Pairs across the border of two words, and single characters, against a pair that is one. Measured: docs/relevance.md. */
export const LOOSE_WEIGHT = 0.5;

// Made when the first such query comes: most processes never need it.
let segmenter: Intl.Segmenter | undefined;

/** `tokens` are those of `text`. */
export function readPairs(text: string, tokens: readonly Token[]): ReadPair[] {
  if (!tokens.some(({ word }) => isContinuous(word))) {
    return tokens.map((token) => ({ token, weight: 1, alone: undefined }));
  }
  segmenter ??= new Intl.Segmenter('und', { granularity: 'word' });
  const borders = new Set<number>();
  for (const { index } of segmenter.segment(text)) borders.add(index);
  return tokens.map((token, i) => {
    const head = headOfPair(token.word);
    if (head === '') return { token, weight: 1, alone: undefined };
    const next = tokens[i + 1];
    // Where the second character begins.
    const second = next !== undefined && next.start < token.end ? next.start : token.start + head.length;
    if (!borders.has(second)) return { token, weight: 1, alone: undefined };
    const alone = borders.has(token.start) ? { ...token, word: head, form: head, end: second } : undefined;
    return { token, weight: LOOSE_WEIGHT, alone };
  });
}
