/** Quotes the passages of a document that answer a query best. */

import type { StoredDocument } from '../document/index.ts';
import { collapse, type Mark, marksOf } from './marked-text.ts';
import { bestWindow, type Passage, passagesOf, type Window, without } from './passage.ts';
import type { MarkedText } from './search-contract.ts';
import { characterEnd, characterStart, wordEnd, wordStart } from './text-cut.ts';
import type { WordMatcher } from './word-matcher.ts';

export interface Snippet {
  readonly text: MarkedText;
  /** Fragment of the section that was quoted first of all; empty where there is none. */
  readonly anchor: string;
}

/** Characters of a snippet. */
export const DEFAULT_SNIPPET_LENGTH = 240;
const MAX_SNIPPET_LENGTH = 2_000;
/** In less room than this nothing can be said. */
const LEAST_SNIPPET = 20;

const GAP = ' … ';
const MAX_FRAGMENTS = 4;
/** A rest shorter than this is no room for another fragment. */
const LEAST_FRAGMENT = 50;
/** Two fragments read worse than one, so they must show this much more. */
const SPLIT_GAIN = 1.15;
/** Share of the room that may go to what stands before the window, back to where its sentence begins. */
const LEAD_IN = 0.6;
/** The same where no sentence begins near. */
const SHORT_LEAD_IN = 0.3;
/** Merit from which a passage is quoted though nothing in it was asked for. */
const READABLE = 0.6;

interface Fragment {
  readonly passage: Passage;
  readonly start: number;
  readonly end: number;
}

/**
 * The snippet of a document, at most `length` UTF-16 units. Empty where the page forbids it and below 20. `matcherFor` finds
 * the same words in parts of other languages; default: as in the document's own.
 */
export function makeSnippet(
  document: StoredDocument,
  matcher: WordMatcher,
  length: number,
  matcherFor: (language: string) => WordMatcher = () => matcher,
): Snippet {
  const bound = Math.min(MAX_SNIPPET_LENGTH, Math.max(0, Math.trunc(length)));
  if (document.robots.nosnippet || bound < LEAST_SNIPPET)
    return { text: { text: '', marks: [] }, anchor: '' };
  const passages = passagesOf(document, matcher, matcherFor);
  const first = firstFragments(passages, matcher, bound);
  const fragments = fillUp(passages, first, matcher, bound);
  const anchor = first[0]?.passage.anchor ?? '';
  const inOrder = fragments.sort((a, b) => a.passage.order - b.passage.order || a.start - b.start);
  return { text: compose(inOrder, matcher), anchor };
}

/** One window, or two where they show clearly more; the best first. */
function firstFragments(passages: readonly Passage[], matcher: WordMatcher, length: number): Fragment[] {
  const room = length - 2 * GAP.length;
  const none: ReadonlySet<number> = new Set();
  const whole = bestWindow(passages, matcher, room, none);
  if (whole === undefined) return [];
  const half = Math.floor((room - GAP.length) / 2);
  const left = bestWindow(passages, matcher, half, none);
  if (left !== undefined && half >= LEAST_FRAGMENT) {
    const fragment = frame(left, half);
    const rest = afterQuoting(passages, [fragment]);
    const right = bestWindow(rest, matcher, half, shownBy([fragment]));
    if (right !== undefined && left.score + right.score > SPLIT_GAIN * whole.score) {
      return [fragment, frame(right, half)];
    }
  }
  return [frame(whole, room)];
}

/** Short sections leave room: for more that matches, else for the text that goes on from there. */
function fillUp(
  passages: readonly Passage[],
  first: readonly Fragment[],
  matcher: WordMatcher,
  length: number,
): Fragment[] {
  const fragments = [...first];
  while (fragments.length < MAX_FRAGMENTS) {
    const used = fragments.reduce((sum, { start, end }) => sum + end - start + GAP.length, GAP.length);
    const room = length - used - GAP.length;
    if (fragments.length > 0 && room < LEAST_FRAGMENT) break;
    const rest = afterQuoting(passages, fragments);
    const window = bestWindow(rest, matcher, room, shownBy(fragments)) ?? plainText(rest, fragments);
    if (window === undefined) break;
    fragments.push(frame(window, room));
  }
  return fragments;
}

const isReadable = ({ merit }: Passage): boolean => merit >= READABLE;

/** A place to go on from without any match: the next readable passage, or the first of the document. */
function plainText(passages: readonly Passage[], fragments: readonly Fragment[]): Window | undefined {
  const last = fragments.at(-1);
  const next = passages.find(
    (passage) =>
      isReadable(passage) &&
      (last === undefined || (passage.order > last.passage.order && last.passage.order >= 0)),
  );
  const passage = next ?? (last === undefined ? passages[0] : undefined);
  return passage && { passage, start: passage.from, end: passage.from, score: 0 };
}

function afterQuoting(passages: readonly Passage[], fragments: readonly Fragment[]): readonly Passage[] {
  return fragments.reduce<readonly Passage[]>(
    (rest, { passage, start, end }) =>
      rest.flatMap((other) =>
        other.order === passage.order && other.from <= start && end <= other.to
          ? without(other, start, end)
          : [other],
      ),
    passages,
  );
}

function shownBy(fragments: readonly Fragment[]): ReadonlySet<number> {
  return new Set(
    fragments.flatMap(({ passage, start, end }) =>
      passage.matches.filter((match) => match.start >= start && match.end <= end).map(({ sought }) => sought),
    ),
  );
}

/** Widens a window to `length` units between whole words, from the beginning of its sentence where that is near. */
function frame({ passage, start, end }: Window, length: number): Fragment {
  const { text } = passage;
  const from = skipSpace(text, passage.from, passage.to);
  const to = text.slice(0, passage.to).trimEnd().length;
  if (to - from <= length) return { passage, start: Math.min(from, to), end: Math.max(from, to) };
  const slack = Math.max(0, length - (end - start));
  const earliest = Math.max(from, start - Math.floor(slack * LEAD_IN));
  let begin = earliest === from ? from : sentenceStart(text, earliest, start);
  begin ??= wordEnd(text, Math.max(from, start - Math.floor(slack * SHORT_LEAD_IN)));
  const latestBegin = characterStart(text, start);
  begin = Math.min(latestBegin, skipStops(text, Math.min(begin, latestBegin), to));
  // Near the end of the passage the room behind is of no use; it goes to what stands before.
  if (begin + length > to) begin = Math.min(begin, skipStops(text, wordEnd(text, to - length), to));
  const latest = Math.min(to, begin + length);
  let stop = latest === to ? to : wordStart(text, latest);
  if (stop <= begin) stop = characterStart(text, latest);
  return { passage, start: begin, end: begin + text.slice(begin, stop).trimEnd().length };
}

/** The first beginning of a sentence in `[from, to]`, or undefined. */
function sentenceStart(text: string, from: number, to: number): number | undefined {
  const match = /(?:\n+|[.!?…؟।]["'”’»)\]]*\s+|[。！？]["”」』）]*\s*)(?=\S)/u.exec(text.slice(from, to + 1));
  return match === null ? undefined : Math.min(to, from + match.index + match[0].length);
}

/** What ended the sentence before doesn't begin a quotation. */
function skipStops(text: string, from: number, to: number): number {
  let at = from;
  while (at < to && /[\s,;:.!?)\]、。，；：！？」』）]/.test(text[at] ?? '')) at += 1;
  return at === from ? at : characterEnd(text, at);
}

function skipSpace(text: string, from: number, to: number): number {
  let at = from;
  while (at < to && /\s/.test(text[at] ?? '')) at += 1;
  return at;
}

function compose(fragments: readonly Fragment[], matcher: WordMatcher): MarkedText {
  let text = '';
  const marks: Mark[] = [];
  let reachesEnd = true;
  for (const { passage, start, end } of fragments) {
    if (end <= start) continue;
    const isWholeStart = passage.text.slice(0, start).trim() === '';
    if (text !== '') text += reachesEnd && isWholeStart && /[.!?。！？:：]$/u.test(text) ? ' ' : GAP;
    else if (!isWholeStart) text = GAP.trimStart();
    const shift = text.length - start;
    for (const [from, to] of marksOf(passage.text, matcher.worthMarking(passage.matches), start, end)) {
      marks.push([from + shift, to + shift]);
    }
    text += collapse(passage.text.slice(start, end));
    reachesEnd = passage.text.slice(end).trim() === '';
  }
  return { text: reachesEnd || text === '' ? text : text + GAP.trimEnd(), marks };
}
