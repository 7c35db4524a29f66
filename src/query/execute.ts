/** A search from beginning to end: read, plan, ask every shard, merge, fold, quote. */

import { PeregrineError } from '../base/index.ts';
import { sortFields } from './sort-fields.ts';
import { facetAnswers } from './facet-answers.ts';
import { asksForSomething, hitPage, type PageRequest } from './hit-page.ts';
import { pageWithPins } from './pinned-page.ts';
import { bestReading, type Reading } from './best-reading.ts';
import { NO_RULES, pinsOf } from './search-rules.ts';
import { decodeCursor, encodeCursor, type PageCursor } from './page-cursor.ts';
import { type PreparedSearch, prepareSearch } from './prepared-search.ts';
import { printParsed } from './query-printer.ts';
import type { ParsedQuery } from './query-syntax.ts';
import type { SearchRequest, SearchResponse } from './search-contract.ts';
import { relatedPhrases } from './related-phrases.ts';
import { stemHash } from '../text/index.ts';
import { resultOf } from './search-result.ts';
import { ShardSearch } from './shard-search.ts';
import type { HitPage } from './shown-hits.ts';
import { DEFAULT_SNIPPET_LENGTH } from './snippet.ts';
import { StoredResults } from './stored-results.ts';
import { MAX_RANKED, type SearchInput } from './search-input.ts';
import { soughtWords } from './sought-words.ts';
import { type SoughtWord, WordMatcher } from './word-matcher.ts';

const DEFAULT_COUNT = 10;
const MAX_COUNT = 100;
const MAX_FIRST = 10_000;

interface Answer extends Reading {
  readonly page: HitPage;
}

/**
 * Answers a request. `BAD_ARGUMENT` for numbers out of range; failing shards and missing documents make the answer
 * partial, and only when every shard fails does the search. `deadline_ms` of the request is the time that it may take.
 * `CANCELLED` where nobody waits for it any more.
 */
export async function executeSearch(input: SearchInput): Promise<SearchResponse> {
  const { request, clock } = input;
  const started_ms = input.started_ms ?? clock.monotonic();
  const numbers = checkedNumbers(request);
  const cursor = request.after === undefined ? undefined : decodeCursor(request.after, request);
  const shards = new ShardSearch(
    input.views,
    clock,
    started_ms + (request.deadline_ms ?? Infinity),
    input.shardsMissing,
    input.signal,
  );
  const stored = new StoredResults(input.titleRecords, () => shards.remaining_ms, clock);
  try {
    return await answerFrom(input, { shards, stored, started_ms, cursor, ...numbers });
  } finally {
    stored.close();
  }
}

interface SearchParts extends ReturnType<typeof checkedNumbers> {
  readonly shards: ShardSearch;
  readonly stored: StoredResults;
  readonly started_ms: number;
  readonly cursor: PageCursor | undefined;
}

async function answerFrom(
  input: SearchInput,
  { shards, stored, started_ms, cursor, snippetLength, ...place }: SearchParts,
): Promise<SearchResponse> {
  const { request, clock, shardsBehind: behind = 0 } = input;
  const wanted: PageRequest = { request, ...place, cursor, rankedDepth: input.rankedDepth ?? MAX_RANKED };
  const typed = prepareSearch(input, shards);
  const pins = pinsOf(input.rules ?? NO_RULES, request.query);
  const search = async (parsed: ParsedQuery): Promise<Answer> => {
    const prepared = prepareSearch(input, shards, parsed);
    return answerOf(prepared, await hitPage(prepared, wanted, shards, stored));
  };
  const asTyped = answerOf(typed, await pageWithPins(typed, pins, wanted, shards, stored));
  const { reading: answer, unquoted, spelling } = await bestReading(request, asTyped, search);

  const { plan, columns, chosen, statistics, parsed } = answer.prepared;
  const { hits, shown, folded, hasMore, next, lost } = answer.page;
  const matcherFor = matchers(soughtWords(chosen, statistics));
  const options = { snippetLength, explain: request.explain === true, matcherFor };
  return {
    query: request.query,
    results: shown.map((hit) => resultOf(hit, hit.stored, options)),
    matches: hits.matches,
    countIsExact: hits.countIsExact,
    hasMore,
    ...(next !== undefined && { next: encodeCursor(next, request) }),
    folded,
    took_ms: clock.monotonic() - started_ms,
    documents: shards.documentCount,
    terms: chosen.map(({ word, stem }, i) => ({
      text: word.word,
      stem,
      documents: statistics.documentFrequencies[i] ?? 0,
    })),
    ...spelling,
    ...(request.related === true && {
      related: relatedPhrases(
        shown.map((hit) => hit.stored.document),
        new Set(chosen.flatMap(({ word, stem }) => [word.word, stem])),
        (stem) => shards.rarity(stemHash(stem)),
      ),
    }),
    warnings: [
      ...unquoted,
      ...plan.warnings,
      ...columns.warnings,
      ...notes(answer.prepared, { query: request.query, lost, missing: shards.missing, behind }),
    ],
    understood: printParsed(parsed),
    ...(request.fields === true && { fields: sortFields(input.views) }),
    ...(columns.facets.length > 0 && { facets: facetAnswers(columns, hits) }),
    partial: hits.partial || shards.missing > 0 || behind > 0 || shards.remaining_ms <= 0,
    isDamaged: hits.isDamaged,
    shardsAsked: input.views.length + (input.shardsMissing ?? 0),
    shardsMissing: shards.missing,
    shardsBehind: behind,
  };
}

function answerOf(prepared: PreparedSearch, page: HitPage): Answer {
  return { prepared, page, hits: page.hits };
}

function matchers(words: readonly SoughtWord[]): (language: string) => WordMatcher {
  const byLanguage = new Map<string, WordMatcher>();
  return (language) => {
    const matcher = byLanguage.get(language) ?? new WordMatcher(words, language);
    byLanguage.set(language, matcher);
    return matcher;
  };
}

interface NotedFacts {
  /** As it was typed. */
  readonly query: string;
  /** Results without a document, shards without an answer, shards without a write that was to be seen. */
  readonly lost: number;
  readonly missing: number;
  readonly behind: number;
}

function notes(prepared: PreparedSearch, { query, lost, missing, behind }: NotedFacts): string[] {
  const sentences: string[] = [];
  if (!asksForSomething(prepared)) {
    if (prepared.plan.excluded.length > 0) {
      sentences.push('A query needs something to look for beside what it keeps away.');
    } else if (query.trim() !== '') {
      sentences.push('There is no word in this query to look for.');
    }
  }
  if (lost > 0) sentences.push(`${lost} of the results can't be shown: their documents could not be read.`);
  if (missing > 0) sentences.push(missingShards(missing));
  if (behind > 0) sentences.push(`${behind} of the shards answered without a write that was to be seen.`);
  return sentences;
}

/** The warning for programs and terminals; pages say it in the reader's language. */
export function missingShards(missing: number): string {
  return `${missing} of the shards did not answer.`;
}

function checkedNumbers(request: SearchRequest): { first: number; count: number; snippetLength: number } {
  if (request.after !== undefined && (request.first ?? 0) > 0) {
    throw new PeregrineError('BAD_ARGUMENT', 'Begin behind a place or behind a number of results, not both.');
  }
  return {
    first: checked('first', request.first ?? 0, MAX_FIRST),
    count: checked('count', request.count ?? DEFAULT_COUNT, MAX_COUNT),
    snippetLength: checked('snippetLength', request.snippetLength ?? DEFAULT_SNIPPET_LENGTH, 100_000),
  };
}

function checked(name: string, value: number, max: number): number {
  if (Number.isSafeInteger(value) && value >= 0 && value <= max) return value;
  throw new PeregrineError('BAD_ARGUMENT', `${name} must be a whole number from 0 to ${max}, not ${value}.`);
}
