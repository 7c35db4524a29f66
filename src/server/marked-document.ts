/** A stored document with the words of a query marked: its text, and its markup where it is a page of which the bytes are kept. */

import { isPeregrineError } from '../base/index.ts';
import type { Engine } from '../collection/index.ts';
import type { StoredDocument } from '../document/index.ts';
import { markMarkup, type MarkedText, markWhole, type WordMatcher } from '../query/index.ts';

/** UTF-16 units of markup beyond which a page is shown without marks. */
const MAX_MARKED_LENGTH = 2_000_000;

export interface MarkedDocument {
  readonly title: MarkedText;
  /** One for each section. */
  readonly sections: readonly MarkedText[];
}

type Marker = Pick<Engine, 'wordMatcher' | 'textRuns'>;

/** Without a query nothing is marked. */
export async function markedDocument(
  engine: Marker,
  collection: string,
  { title, sections, language }: StoredDocument,
  query: string,
): Promise<MarkedDocument> {
  if (query.trim() === '') {
    return { title: unmarked(title), sections: sections.map(({ text }) => unmarked(text)) };
  }
  const matchers = new Map<string, WordMatcher>();
  for (const own of new Set([language, ...sections.map((section) => section.language ?? language)])) {
    matchers.set(own, await engine.wordMatcher(collection, query, own));
  }
  const marked = (text: string, own: string): MarkedText => {
    const matcher = matchers.get(own);
    return matcher === undefined ? unmarked(text) : markWhole(text, matcher);
  };
  return {
    title: marked(title, language),
    sections: sections.map((section) => marked(section.text, section.language ?? language)),
  };
}

function unmarked(text: string): MarkedText {
  return { text, marks: [] };
}

/** Marks are worth no error: a page that can't be read for them is shown as it came. */
export async function markedMarkup(
  engine: Marker,
  collection: string,
  { markup, language }: { readonly markup: string; readonly language: string },
  query: string,
): Promise<string> {
  if (query.trim() === '' || markup.length > MAX_MARKED_LENGTH) return markup;
  const matcher = await engine.wordMatcher(collection, query, language);
  try {
    return markMarkup(markup, await engine.textRuns(markup), matcher);
  } catch (error) {
    if (isPeregrineError(error) && UNREADABLE.has(error.code)) return markup;
    throw error;
  }
}

const UNREADABLE: ReadonlySet<string> = new Set(['PARSE_FAILED', 'PARSE_TIMEOUT', 'QUEUE_FULL']);
