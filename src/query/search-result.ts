/** A hit and its title record, made into what a person is shown. */

import { markText } from './marked-text.ts';
import type { SearchResult } from './search-contract.ts';
import type { KeptHit } from './result-folding.ts';
import type { StoredResult } from './stored-results.ts';
import { makeSnippet } from './snippet.ts';
import type { WordMatcher } from './word-matcher.ts';

/** UTF-16 units of a title. */
const TITLE_LENGTH = 160;

/** Metadata of a document that a bundle brought: whose it was, with the key that signed it. */
export const BROUGHT_FROM = 'bundle.from';

export interface ResultOptions {
  readonly snippetLength: number;
  readonly explain: boolean;
  /** The matcher for documents in a language. */
  readonly matcherFor: (language: string) => WordMatcher;
}

export function resultOf(
  { hit, moreOfSite, copies }: KeptHit,
  { document, size_bytes }: StoredResult,
  options: ResultOptions,
): SearchResult {
  const matcher = options.matcherFor(document.language);
  const broughtFrom = document.meta[BROUGHT_FROM];
  const snippet = makeSnippet(document, matcher, options.snippetLength, options.matcherFor);
  return {
    docId: hit.docId,
    url: document.url,
    title: markText(document.title.trim() || document.url, matcher, TITLE_LENGTH),
    snippet: snippet.text,
    anchor: snippet.anchor,
    site: siteOf(document.url),
    language: document.language,
    contentType: document.contentType,
    score: hit.score,
    ...(options.explain && { features: hit.features }),
    fetchedAt_ms: document.fetchedAt_ms,
    published_ms: document.published_ms,
    ...(broughtFrom !== undefined && { broughtFrom }),
    size_bytes,
    moreOfSite,
    copies,
  };
}

function siteOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host.replace(/^www\./, '') : '';
}
