/** Results as a table: of one answer, or of every match, which has neither scores nor snippets. */

import { csvLine } from '../base/index.ts';
import type { SearchResponse, SearchResult, StreamedResult } from '../query/index.ts';
import { isoTime } from './wording.ts';

export const CSV_TYPE = 'text/csv; charset=utf-8; header=present';

const MATCH_COLUMNS = ['docId', 'url', 'title', 'language', 'contentType', 'fetched', 'published'] as const;
const RESULT_COLUMNS = [...MATCH_COLUMNS, 'score', 'site', 'snippet'] as const;

export const MATCH_HEAD: string = csvLine(MATCH_COLUMNS);

export function searchCsv({ results }: SearchResponse): string {
  return csvLine(RESULT_COLUMNS) + results.map(resultLine).join('');
}

export function matchLine(match: StreamedResult): string {
  return csvLine(matchCells(match, match.title));
}

function resultLine(result: SearchResult): string {
  const { title, score, site, snippet } = result;
  return csvLine([...matchCells(result, title.text), score, site, snippet.text]);
}

function matchCells(
  { docId, url, language, contentType, fetchedAt_ms, published_ms }: Omit<StreamedResult, 'title'>,
  title: string,
): readonly (string | number)[] {
  return [docId, url, title, language, contentType, moment(fetchedAt_ms), moment(published_ms)];
}

/** Empty for an unknown time. */
function moment(time_ms: number): string {
  return time_ms > 0 ? isoTime(time_ms) : '';
}
