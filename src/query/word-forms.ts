/** What a bare word of a query is: a word, a pattern (`piano*`, `wom?n`) or a word with slips (`~pinao`). */

import { foldWord, tokenize } from '../text/index.ts';
import type { QueryNode } from './query-syntax.ts';

/** Letters that a pattern must name: fewer fit too many words. */
const LEAST_PATTERN_LETTERS = 2;
const MAX_PATTERN_LENGTH = 64;

export interface ReadWord {
  readonly node: QueryNode;
  readonly warning?: string;
}

export function wordNode(text: string): ReadWord {
  if (text.startsWith('~')) {
    const fuzzy = fuzzyNode(text.slice(1));
    if (fuzzy !== undefined) return { node: fuzzy };
  }
  // A question mark at the end asks; inside a word it stands for a letter.
  const inner = text.slice(0, endOfWord(text));
  if (!/[*]/.test(inner) && !/[\p{L}\p{N}]\?[\p{L}\p{N}]/u.test(inner)) return { node: plain(text) };
  const pattern = patternOf(inner);
  if (pattern === undefined) {
    const bare = inner.replaceAll(/[*?]+/g, ' ');
    if (tokenize(bare, 1).length === 0) return { node: plain(text) };
    return {
      node: plain(text),
      warning: `${inner.slice(0, 40)} has too few letters for a pattern, or is none; it was searched as text.`,
    };
  }
  return { node: { kind: 'pattern', pattern } };
}

function endOfWord(text: string): number {
  let end = text.length;
  while (end > 0 && '?!.,;:'.includes(text.charAt(end - 1))) end -= 1;
  return end;
}

function plain(text: string): QueryNode {
  return { kind: 'word', text, exact: false };
}

function fuzzyNode(text: string): QueryNode | undefined {
  const [token, ...more] = tokenize(text);
  return token === undefined || more.length > 0 ? undefined : { kind: 'fuzzy', text: token.word };
}

/** The folded pattern; undefined where it is none. */
function patternOf(text: string): string | undefined {
  if (text.length > MAX_PATTERN_LENGTH || !/^[\p{L}\p{N}\p{M}*?]+$/u.test(text)) return undefined;
  const pattern = text
    .split(/([*?])/)
    .map((piece) => (piece === '*' || piece === '?' || piece === '' ? piece : foldWord(piece).word))
    .join('')
    .replace(/[*]+/g, '*');
  const letters = pattern.replaceAll(/[*?]/g, '').length;
  return letters >= LEAST_PATTERN_LETTERS && /[*?]/.test(pattern) ? pattern : undefined;
}

/** Whether a folded word fits a pattern. In time of the product of their lengths, whatever the pattern. */
export function fitsPattern(word: string, pattern: string): boolean {
  const letters = Array.from(word);
  const signs = Array.from(pattern);
  let letter = 0;
  let sign = 0;
  let star = -1;
  let resume = 0;
  while (letter < letters.length) {
    if (signs[sign] === '*') {
      star = sign;
      sign += 1;
      resume = letter;
    } else if (sign < signs.length && (signs[sign] === '?' || signs[sign] === letters[letter])) {
      letter += 1;
      sign += 1;
    } else if (star >= 0) {
      resume += 1;
      letter = resume;
      sign = star + 1;
    } else {
      return false;
    }
  }
  while (signs[sign] === '*') sign += 1;
  return sign === signs.length;
}
