/** A hit and its title record, made into what a person is shown. */

import { decodeTitleRecord, rawSizeOf, type StoredDocument } from '../document/index.ts';
import type { IndexHit } from '../index/index.ts';
import { markText } from './marked-text.ts';
import type { SearchResult } from './search-contract.ts';
import { makeSnippet } from './snippet.ts';
import type { WordMatcher } from './word-matcher.ts';

/** UTF-16 units of a title. */
const TITLE_LENGTH = 160;

export interface ResultOptions {
  readonly snippetLength: number;
  readonly explain: boolean;
  /** The matcher for documents in a language. */
  readonly matcherFor: (language: string) => WordMatcher;
}

/** Fails with `CORRUPT` or `UNSUPPORTED_VERSION` where the record can't be read. */
export function resultOf(hit: IndexHit, titleRecord: Uint8Array, options: ResultOptions): SearchResult {
  const document = decodeTitleRecord(titleRecord, { raw: false });
  const matcher = options.matcherFor(document.language);
  const snippet = makeSnippet(document, matcher, options.snippetLength);
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
    size_bytes: rawSizeOf(titleRecord) || textSizeOf(document),
  };
}

function siteOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host.replace(/^www\./, '') : '';
}

/** Of pages whose bytes may not be kept, the length of their text has to do. */
function textSizeOf({ sections }: StoredDocument): number {
  return sections.reduce((sum, { text }) => sum + text.length, 0);
}
