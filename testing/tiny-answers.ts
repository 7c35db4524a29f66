/** How the tiny engine answers: documents that hold all words, the most often first; and what it says of that. */

import type { DocId } from '../src/base/index.ts';
import type { StoredDocument } from '../src/document/index.ts';
import {
  type ExplainedQuery,
  parseQuery,
  printParsed,
  type SearchRequest,
  type SearchResponse,
} from '../src/query/index.ts';
import { resultOf, scoreOf, wordsOf } from './tiny-documents.ts';

export function answerOf(
  documents: ReadonlyMap<DocId, StoredDocument>,
  request: SearchRequest,
): SearchResponse {
  const words = wordsOf(request.query);
  const first = request.first ?? 0;
  const hits = [...documents]
    .map(([docId, document]) => ({ docId, document, score: scoreOf(document, words) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || a.docId - b.docId);
  const shown = hits.slice(first, first + (request.count ?? 10));
  return {
    query: request.query,
    results: shown.map(({ docId, document, score }) => resultOf(docId, document, score, words, request)),
    matches: hits.length,
    countIsExact: true,
    hasMore: first + shown.length < hits.length,
    folded: 0,
    took_ms: 0.4,
    documents: documents.size,
    terms: words.map((word) => ({
      text: word,
      stem: word,
      documents: [...documents.values()].filter((document) => scoreOf(document, [word]) > 0).length,
    })),
    warnings: [],
    partial: false,
    isDamaged: false,
    shardsAsked: 1,
    shardsMissing: 0,
    shardsBehind: 0,
  };
}

export function explainedBy(query: string, { terms, documents, warnings }: SearchResponse): ExplainedQuery {
  const parsed = parseQuery(query);
  return {
    query,
    understood: printParsed(parsed),
    tree: parsed.root,
    language: '',
    terms: terms.map(({ text, stem, documents: holding }, place) => ({
      word: text,
      stem,
      documents: holding,
      menuOnly: 0,
      mass: 1,
      weight: 1,
      place,
    })),
    required: [],
    excluded: [],
    sort: [],
    facets: [],
    siteName: '',
    homePages: 0,
    documents,
    warnings,
  };
}
