/** What a query asks of a view, as data: so that it can be asked on another host, and remembered. */

import { type DocId, isPeregrineError, PeregrineError } from '../base/index.ts';
import {
  type IndexHits,
  type IndexQuery,
  type IndexView,
  NOTHING_READABLE,
  type ScoredTerm,
} from '../index/index.ts';

/** Ids that a view hands over at a time. */
const STREAM_BATCH = 4_096;

export type ViewQuestion =
  | { readonly ask: 'search'; readonly query: Omit<IndexQuery, 'deadline_ms'> }
  | { readonly ask: 'statistics'; readonly scored: readonly ScoredTerm[] }
  | { readonly ask: 'has'; readonly docId: DocId }
  | { readonly ask: 'ids'; readonly query: IndexQuery; readonly after: number; readonly skipDamaged: boolean }
  | { readonly ask: 'prefix'; readonly prefix: string; readonly limit: number }
  | { readonly ask: 'near'; readonly word: string; readonly edits: number; readonly limit: number }
  | { readonly ask: 'fields' };

/** @param left_ms What is left of the query's time; undefined where it has no end. */
export function answerOf(view: IndexView, question: ViewQuestion, left_ms: number | undefined): unknown {
  switch (question.ask) {
    case 'search':
      return searched(
        view,
        left_ms === undefined ? question.query : { ...question.query, deadline_ms: left_ms },
      );
    case 'statistics':
      return view.statistics(question.scored);
    case 'has':
      return view.has(question.docId);
    case 'ids':
      return allIds(view, question);
    case 'prefix':
      return view.wordsWithPrefix(question.prefix, question.limit);
    case 'near':
      return view.wordsNear(question.word, question.edits, question.limit);
    case 'fields':
      return view.fields();
    default:
      throw new PeregrineError('UNSUPPORTED_VERSION', 'This host does not know such a question. Update it.');
  }
}

/** Of an index in which nothing can be read the other shards need not fail: it says so. */
function searched(view: IndexView, query: IndexQuery): IndexHits {
  try {
    return view.search(query);
  } catch (error) {
    if (isPeregrineError(error, 'CORRUPT')) return NOTHING_READABLE;
    throw error;
  }
}

function allIds(
  view: IndexView,
  { query, after, skipDamaged }: Extract<ViewQuestion, { ask: 'ids' }>,
): Float64Array {
  const batches = [...view.stream(query, { after, skipDamaged, batch: STREAM_BATCH })];
  const ids = new Float64Array(batches.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const batch of batches) {
    ids.set(batch, at);
    at += batch.length;
  }
  return ids;
}
