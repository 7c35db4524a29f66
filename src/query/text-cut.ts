/** Places where a text may be cut without breaking a word or what a reader sees as one character. */

import { scanWords } from '../text/index.ts';

const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' });

/** How far around a place one looks for the ends of a character and of a word. Longer ones are cut all the same. */
const REACH = 256;
const WORD_REACH = 80;
/** Below this every UTF-16 unit is a character of its own, but for CR LF. */
const FIRST_COMBINING = 0x300;

/** The last place at or before `at` that is no middle of a character. */
export function characterStart(text: string, at: number): number {
  return isPlain(text, at) ? at : boundaries(text, at).before;
}

/** The first place at or after `at` that is no middle of a character. */
export function characterEnd(text: string, at: number): number {
  return isPlain(text, at) ? at : boundaries(text, at).after;
}

/** The last place at or before `at` that is in the middle of neither word nor character. */
export function wordStart(text: string, at: number): number {
  return characterStart(text, wordAround(text, at)?.[0] ?? at);
}

/** The first place at or after `at` that is in the middle of neither word nor character. */
export function wordEnd(text: string, at: number): number {
  return characterEnd(text, wordAround(text, at)?.[1] ?? at);
}

/** Cuts a text to at most `length` UTF-16 units, at a word where that leaves something, with an ellipsis. */
export function shorten(text: string, length: number): string {
  if (text.length <= length) return text;
  if (length <= 1) return '';
  const whole = wordStart(text, length - 1);
  const end = whole > 0 ? whole : characterStart(text, length - 1);
  return `${text.slice(0, end).trimEnd()}…`;
}

function isPlain(text: string, at: number): boolean {
  if (at <= 0 || at >= text.length) return true;
  const before = text.charCodeAt(at - 1);
  const after = text.charCodeAt(at);
  return before < FIRST_COMBINING && after < FIRST_COMBINING && before !== 0x0d;
}

function boundaries(text: string, at: number): { before: number; after: number } {
  const from = safeStart(text, at);
  let before = from;
  for (const { index, segment } of graphemes.segment(text.slice(from, at + REACH))) {
    const end = from + index + segment.length;
    if (end === at) return { before: at, after: at };
    if (end > at) return { before, after: end };
    before = end;
  }
  return { before, after: text.length };
}

/** A place before `at` where segmentation can begin: before a plain letter, or else far away. */
function safeStart(text: string, at: number): number {
  const limit = Math.max(0, at - REACH);
  for (let i = at - 1; i > limit; i--) {
    if (text.charCodeAt(i) < FIRST_COMBINING && isPlain(text, i)) return i;
  }
  const unit = text.charCodeAt(limit);
  return limit > 0 && unit >= 0xdc00 && unit <= 0xdfff ? limit - 1 : limit;
}

/** The word that `at` is inside of; undefined between words and inside ones that are too long. */
function wordAround(text: string, at: number): readonly [number, number] | undefined {
  if (at <= 0 || at >= text.length) return undefined;
  let from = Math.max(0, at - WORD_REACH);
  // Not from the middle of a word where white space is near.
  for (let i = at - 1; i > from; i--) {
    if (text.charCodeAt(i) === 0x20) from = i;
  }
  let around: readonly [number, number] | undefined;
  const piece = text.slice(from, at + WORD_REACH);
  scanWords(piece, (start, end) => {
    if (from + start < at && at < from + end) around = [from + start, from + end];
    return from + end < at;
  });
  if (around === undefined || around[1] - around[0] >= WORD_REACH) return undefined;
  return around;
}
