/** Text to tokens: what documents and queries have in common. */

import { foldWord } from './folding.ts';
import { scanWords } from './word-reader.ts';

export interface Token {
  /** Folded: what {@link wordHash} takes. Never empty, at most {@link MAX_TERM_LENGTH} units. */
  readonly word: string;
  /** With its diacritics: what {@link stem} takes. Equal to `word` where there are none. */
  readonly form: string;
  /** Place in the text, UTF-16 units, `[start, end)`. */
  readonly start: number;
  readonly end: number;
  /** Number of the token, from 0. */
  readonly position: number;
}

/** The first `limit` tokens of `text`, in order; default all. */
export function tokenize(text: string, limit: number = Number.MAX_SAFE_INTEGER): Token[] {
  const tokens: Token[] = [];
  if (limit <= 0) return tokens;
  scanWords(text, (start, end) => {
    const { word, form } = foldWord(text.slice(start, end));
    if (word !== '') tokens.push({ word, form, start, end, position: tokens.length });
    return tokens.length < limit;
  });
  return tokens;
}

/** The folded words of `text`, in order. */
export function wordsOf(text: string): string[] {
  return tokenize(text).map(({ word }) => word);
}
