/** What a person has typed so far: whole words, and the beginning of the last. */

import { foldWord, tokenize } from '../text/index.ts';

const MAX_WORDS = 12;
const LONGEST_TEXT = 200;

export interface TypedText {
  /** Folded words before the last. */
  readonly words: readonly string[];
  /** The beginning of the last word; empty where it is finished. */
  readonly prefix: string;
  /** What stands before the last word. */
  readonly head: string;
}

/** Undefined for what nothing completes: no word, or too many. */
export function readTyped(text: string): TypedText | undefined {
  if (text.length > LONGEST_TEXT) return undefined;
  const tokens = tokenize(text, MAX_WORDS + 1).map(({ word }) => word);
  const [last] = /[\p{L}\p{M}\p{N}]+$/u.exec(text) ?? [];
  if (tokens.length === 0 || tokens.length > MAX_WORDS) return undefined;
  if (last === undefined) return { words: tokens, prefix: '', head: text };
  return {
    words: tokens.slice(0, -1),
    prefix: foldWord(last).word,
    head: text.slice(0, text.length - last.length),
  };
}

/** Whether folded words hold those typed and one that begins like the last. */
export function holdsTyped(own: readonly string[], { words, prefix }: TypedText): boolean {
  return (
    words.every((word) => own.includes(word)) &&
    (prefix === '' || own.some((word) => word.startsWith(prefix)))
  );
}
