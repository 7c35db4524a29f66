/**
 * What a dictionary says of the pairs of a Chinese or Japanese query. Documents are indexed by every pair and every
 * character, so nothing is lost where the dictionary errs; it only weighs.
 */

import { CHINESE_OR_JAPANESE } from './continuous-scripts.ts';
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
  if (!CHINESE_OR_JAPANESE.test(text)) {
    return tokens.map((token) => ({ token, weight: 1, alone: undefined }));
  }
  segmenter ??= new Intl.Segmenter('und', { granularity: 'word' });
  const borders = new Set<number>();
  for (const { index } of segmenter.segment(text)) borders.add(index);
  return tokens.map((token, i) => {
    const second = secondOf(token, tokens[i + 1]);
    if (second === 0 || !borders.has(second)) return { token, weight: 1, alone: undefined };
    const head = Array.from(token.word)[0] ?? token.word;
    const alone = borders.has(token.start) ? { ...token, word: head, form: head, end: second } : undefined;
    return { token, weight: LOOSE_WEIGHT, alone };
  });
}

/** Where the second character of a pair begins; 0 for what is no pair. */
function secondOf({ word, start, end }: Token, next: Token | undefined): number {
  if (!CHINESE_OR_JAPANESE.test(word) || Array.from(word).length < 2) return 0;
  if (next !== undefined && next.start < end) return next.start;
  return start + (Array.from(word)[0] ?? '').length;
}
