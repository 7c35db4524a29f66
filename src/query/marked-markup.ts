/** Marks words in a page as it came: everything but the marks stays as it was, to the letter. */

import type { TextRuns } from '../document/index.ts';
import { type Mark, marksOf } from './marked-text.ts';
import type { MarkedText } from './search-contract.ts';
import type { WordMatcher } from './word-matcher.ts';

/** Matches of a document that are marked. */
const MAX_MARKS = 5_000;

/** A whole text with the words that are sought. */
export function markWhole(text: string, matcher: WordMatcher): MarkedText {
  const whole = text.toWellFormed();
  return { text: whole, marks: marksIn(whole, matcher) };
}

/** `markup` with `<mark>` around the words, piece by piece where tags stand inside of them. */
export function markMarkup(markup: string, { text, pieces }: TextRuns, matcher: WordMatcher): string {
  let marked = '';
  let copied = 0;
  let piece = 0;
  for (const [start, end] of marksIn(text, matcher)) {
    while ((pieces[piece + 1] ?? Infinity) <= start) piece += 4;
    for (let at = piece; at < pieces.length && (pieces[at] as number) < end; at += 4) {
      const [from, to] = placeInMarkup(pieces, at, start, end);
      if (to <= from) continue;
      marked += `${markup.slice(copied, from)}<mark>${markup.slice(from, to)}</mark>`;
      copied = to;
    }
  }
  return marked + markup.slice(copied);
}

/** The part of `[start, end)` of the text that stands in the piece at `at`, as places of the markup. */
function placeInMarkup(pieces: Uint32Array, at: number, start: number, end: number): Mark {
  const [textStart = 0, textEnd = 0, from = 0, to = 0] = pieces.subarray(at, at + 4);
  // A reference is marked as a whole.
  if (to - from !== textEnd - textStart) return [from, to];
  return [from + Math.max(0, start - textStart), to - Math.max(0, textEnd - end)];
}

function marksIn(text: string, matcher: WordMatcher): readonly Mark[] {
  const matches = matcher.worthMarking(matcher.find(text, MAX_MARKS));
  return marksOf(text, matches, 0, text.length);
}
