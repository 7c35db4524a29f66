/** Text with its places to mark. */

import type { MarkedText } from './search-contract.ts';
import { characterEnd, characterStart, shorten } from './text-cut.ts';
import type { WordMatch, WordMatcher } from './word-matcher.ts';

export type Mark = readonly [start: number, end: number];

const MAX_MARKS = 200;

/** A short text, such as a title, cut to `length` UTF-16 units and marked. */
export function markText(text: string, matcher: WordMatcher, length: number): MarkedText {
  const shown = shorten(collapse(text).trim().replace(/ {2,}/g, ' '), length);
  const matches = matcher.worthMarking(matcher.find(shown, MAX_MARKS));
  return { text: shown, marks: marksOf(shown, matches, 0, shown.length) };
}

/**
 * Marks of `matches` inside `[from, to)`, which must not be in the middle of a character; widened where a match ends
 * inside what a reader sees as one character.
 */
export function marksOf(text: string, matches: readonly WordMatch[], from: number, to: number): Mark[] {
  const marks: Mark[] = [];
  for (const match of matches) {
    if (match.start < from || match.end > to) continue;
    const start = characterStart(text, match.start);
    const end = characterEnd(text, match.end);
    if (end > to || start < from) continue;
    const before = marks.at(-1);
    // Pairs of Chinese and Japanese share a character: they are one mark.
    if (before !== undefined && start < before[1])
      marks[marks.length - 1] = [before[0], Math.max(end, before[1])];
    else marks.push([start, end]);
  }
  return marks;
}

/** Every white space as a plain space, unit by unit, so that places stay; lone surrogates made presentable. */
export function collapse(text: string): string {
  return text.replace(/\s/g, ' ').toWellFormed();
}
