/** Pieces of a document from which a snippet can quote, and the best window in one. */

import type { SectionKind, StoredDocument } from '../document/index.ts';
import type { WordMatch, WordMatcher } from './word-matcher.ts';

export interface Passage {
  readonly text: string;
  readonly anchor: string;
  /** Place in the document. */
  readonly order: number;
  /** How well its kind reads as a quotation, 0 … 1. */
  readonly merit: number;
  /** What may be quoted: `[from, to)`. */
  readonly from: number;
  readonly to: number;
  readonly matches: readonly WordMatch[];
}

/** Stretch of a passage that holds the most of what is sought. */
export interface Window {
  readonly passage: Passage;
  readonly start: number;
  readonly end: number;
  readonly score: number;
}

const MERITS: Readonly<Record<SectionKind | 'description', number>> = {
  text: 1,
  quote: 0.9,
  description: 0.9,
  list: 0.8,
  caption: 0.7,
  table: 0.6,
  code: 0.6,
  heading: 0.35,
  menu: 0.1,
};

/** UTF-16 units of a document that are searched for passages. */
const MAX_SCANNED = 150_000;
const MAX_MATCHES = 3_000;

/** A word that was seen already, in the same window and in another fragment. */
const REPEATED = 0.1;
const SEEN = 0.15;
/** Part of the lesser word's importance that two neighbours earn by standing as they were asked. */
const NEIGHBOURS = 0.5;

/**
 * The passages of a document in order, the description first; menus only where nothing else matches. `matcherFor` a language: the
 * words of a part in another one were stemmed by it.
 */
export function passagesOf(
  document: StoredDocument,
  matcher: WordMatcher,
  matcherFor: (language: string) => WordMatcher,
): Passage[] {
  const { description, sections, title } = document;
  const found: Passage[] = [];
  let scanned = 0;
  let matched = 0;
  const add = (
    text: string,
    kind: SectionKind | 'description',
    anchor: string,
    order: number,
    own = matcher,
  ): void => {
    if (scanned >= MAX_SCANNED || text.trim() === '' || text === title) return;
    const part = text.slice(0, MAX_SCANNED - scanned);
    const matches = own.find(part, MAX_MATCHES - matched);
    scanned += part.length;
    matched += matches.length;
    found.push({ text, anchor, order, merit: MERITS[kind], from: 0, to: text.length, matches });
  };
  const addSections = (isWanted: (kind: SectionKind) => boolean): void => {
    scanned = 0;
    sections.forEach(({ text, kind, anchor, noSnippet, language }, i) => {
      if (noSnippet === true || !isWanted(kind)) return;
      add(text, kind, anchor, i, language === undefined ? matcher : matcherFor(language));
    });
  };
  add(description, 'description', '', -1);
  addSections((kind) => kind !== 'menu');
  if (matched === 0) addSections((kind) => kind === 'menu');
  return found;
}

/** The best window of at most `length` units; `seen` are sought words that another fragment shows. */
export function bestWindow(
  passages: readonly Passage[],
  matcher: WordMatcher,
  length: number,
  seen: ReadonlySet<number>,
): Window | undefined {
  let best: Window | undefined;
  for (const passage of passages) {
    const { matches } = passage;
    for (let first = 0; first < matches.length; first++) {
      const start = matches[first]?.start ?? 0;
      let last = first;
      while ((matches[last + 1]?.end ?? Infinity) - start <= length) last += 1;
      const score = passage.merit * worth(matches.slice(first, last + 1), matcher, seen);
      if (score > (best?.score ?? 0)) best = { passage, start, end: matches[last]?.end ?? start, score };
    }
  }
  return best;
}

function worth(matches: readonly WordMatch[], matcher: WordMatcher, seen: ReadonlySet<number>): number {
  const met = new Set<number>();
  let sum = 0;
  let before: WordMatch | undefined;
  for (const match of matches) {
    const importance = matcher.words[match.sought]?.importance ?? 0;
    const factor = met.has(match.sought) ? REPEATED : seen.has(match.sought) ? SEEN : 1;
    sum += importance * factor;
    if (before !== undefined && matcher.areNeighbours(before, match)) {
      sum += NEIGHBOURS * factor * Math.min(importance, matcher.words[before.sought]?.importance ?? 0);
    }
    met.add(match.sought);
    before = match;
  }
  return sum;
}

/** What is left of a passage when `[start, end)` of it is quoted. */
export function without(passage: Passage, start: number, end: number): Passage[] {
  return [
    { ...passage, to: start, matches: passage.matches.filter((match) => match.end <= start) },
    { ...passage, from: end, matches: passage.matches.filter((match) => match.start >= end) },
  ].filter(({ from, to }) => to > from);
}
