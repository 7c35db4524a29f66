/**
 * A search's answer as JSON, in the old system's field names, so that its clients read ours. What it did not have
 * stands beside: `titleMarks`, `sumMarks`, `anchor`, `partial`, `warnings`, `queryInfo.terms[].termStem`.
 */

import type { SearchResponse, SearchResult } from '../query/index.ts';
import { languageName } from './wording.ts';

export interface SearchJsonFacts {
  readonly now_ms: number;
  /** Language that the asker named, or undefined. */
  readonly queryLanguage: string | undefined;
}

export function searchJson(response: SearchResponse, facts: SearchJsonFacts): object {
  const terms = response.terms;
  return {
    currentTimeUTC: toSeconds(facts.now_ms),
    responseTimeMS: Math.round(response.took_ms),
    numResultsOmitted: response.folded,
    numShardsSkipped: response.shardsMissing,
    ...(response.shardsBehind > 0 && { numShardsBehind: response.shardsBehind }),
    totalShards: response.shardsAsked,
    docsInCollection: response.documents,
    hits: response.matches,
    hitsAreExact: response.countIsExact,
    moreResultsFollow: response.hasMore ? 1 : 0,
    partial: response.partial,
    ...(response.isDamaged && { indexIsDamaged: true }),
    warnings: response.warnings,
    queryInfo: {
      fullQuery: response.query,
      // "xx" is the old system's word for "unknown".
      queryLanguageAbbr: facts.queryLanguage ?? 'xx',
      queryLanguage: facts.queryLanguage === undefined ? 'Unknown' : languageName(facts.queryLanguage),
      queryNumTermsTotal: terms.length,
      queryNumTermsUsed: terms.length,
      queryWasTruncated: 0,
      terms: terms.map((term, termNum) => ({
        termNum,
        termStr: term.text,
        termStem: term.stem,
        termFreq: term.documents,
      })),
    },
    ...(response.didYouMean !== undefined && { didYouMean: response.didYouMean }),
    ...(response.corrected !== undefined && { corrected: response.corrected }),
    ...(response.related !== undefined && { related: response.related }),
    ...(response.age_ms !== undefined && { ageInMs: response.age_ms }),
    ...(response.next !== undefined && { next: response.next }),
    ...(response.facets !== undefined && { facets: response.facets }),
    results: response.results.map(resultJson),
  };
}

function resultJson(result: SearchResult): object {
  return {
    title: result.title.text,
    titleMarks: result.title.marks,
    contentType: shortType(result.contentType),
    mimeType: result.contentType,
    sum: result.snippet.text,
    sumMarks: result.snippet.marks,
    url: result.url,
    anchor: result.anchor,
    // Kilobytes with one decimal, as text: the old system printed it so.
    size: (result.size_bytes / 1024).toFixed(1),
    sizeInBytes: result.size_bytes,
    docId: result.docId,
    docScore: result.score,
    ...(result.features === undefined ? {} : { features: result.features }),
    site: result.site,
    ...(result.moreOfSite > 0 ? { moreOfSite: result.moreOfSite } : {}),
    ...(result.copies > 0 ? { copies: result.copies } : {}),
    spidered: toSeconds(result.fetchedAt_ms),
    ...(result.published_ms > 0 ? { pubdate: toSeconds(result.published_ms) } : {}),
    ...(result.broughtFrom === undefined ? {} : { broughtFrom: result.broughtFrom }),
    language: languageName(result.language),
    langAbbr: result.language === '' ? 'xx' : result.language,
  };
}

/** `text/html` → `html`: the old system's names of kinds. */
function shortType(mime: string): string {
  const subtype = (mime.split(';', 1)[0] ?? '').split('/', 2)[1]?.trim() ?? '';
  if (subtype === 'plain') return 'text';
  if (subtype === 'xhtml+xml') return 'html';
  return subtype;
}

function toSeconds(time_ms: number): number {
  return Math.floor(time_ms / 1000);
}
