/** One search over segments, on whichever thread: by score alone, in one field group, or with what it asks of fields. */

import { asksOfFields, searchFields } from './field-search.ts';
import { groupOf, searchGroup } from './group-search.ts';
import type { IndexHits, IndexQuery } from './index-query.ts';
import type { QueryMemory } from './query-memory.ts';
import { hitsOf, type SearchedSegment, searchByScore } from './score-search.ts';

/** Throws where a page of one of the segments can't be read. */
export function searchSegments(
  memory: QueryMemory,
  query: IndexQuery,
  searched: readonly SearchedSegment[],
): IndexHits {
  if (asksOfFields(query)) return searchFields(memory, query, searched);
  const group = groupOf(query);
  if (group !== undefined) return searchGroup(memory, query, searched, group);
  const pagesBefore = memory.pages.pagesRead;
  const { hits, first, counters } = searchByScore(memory, query, searched, query.limit);
  const answer = hitsOf(first, hits, searched.length);
  return {
    ...answer,
    counters: { ...answer.counters, ...counters, pagesRead: memory.pages.pagesRead - pagesBefore },
  };
}
