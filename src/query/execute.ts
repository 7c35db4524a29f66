/** A search from beginning to end: read, plan, ask every shard, merge, fold, quote. */

import { type Clock, isPeregrineError, PeregrineError } from '../base/index.ts';
import type { IndexHit, TermStatistics } from '../index/index.ts';
import type { ChosenWord } from './stem-choice.ts';
import type { QueryPlan } from './plan.ts';
import { facetAnswers } from './facet-answers.ts';
import { type PreparedSearch, prepareSearch } from './prepared-search.ts';
import { printParsed } from './query-printer.ts';
import type { ParsedQuery } from './query-syntax.ts';
import { areOfOneSite, foldHits } from './result-folding.ts';
import type { SearchRequest, SearchResponse, SearchResult } from './search-contract.ts';
import { resultOf } from './search-result.ts';
import { type MergedHits, ShardSearch } from './shard-search.ts';
import { DEFAULT_SNIPPET_LENGTH } from './snippet.ts';
import { correctQuery } from './spelling.ts';
import { ViewVocabulary } from './view-vocabulary.ts';
import type { SearchInput } from './search-input.ts';
import { type SoughtWord, WordMatcher } from './word-matcher.ts';

export const DEFAULT_COUNT = 10;
export const MAX_COUNT = 100;
export const MAX_FIRST = 10_000;
/** Results of one site on a page, where the asker doesn't say. */
const DEFAULT_PER_SITE = 2;
/** Documents that the index gives at most. */
const MAX_HITS = 10_000;
/** Hits asked for beyond the page, as some are folded away. */
const SPARE_HITS = 30;
const GROWTH = 4;
/** With more matches than this nobody is asked whether he meant something else. */
const MANY_MATCHES = 1_000;

/**
 * Answers a request. `BAD_ARGUMENT` for numbers out of range; failing shards and missing documents make the answer
 * partial, and only when every shard fails does the search. `deadline_ms` of the request is the time that it may take.
 */
export async function executeSearch(input: SearchInput): Promise<SearchResponse> {
  const { request, clock } = input;
  const started_ms = clock.monotonic();
  const { first, count, snippetLength } = checkedNumbers(request);
  const shards = new ShardSearch(input.views, clock, started_ms + (request.deadline_ms ?? Infinity));

  const { parsed, plan, columns, chosen, statistics, query } = prepareSearch(input, shards);
  const ranked = rank(first + count, plan, query, request, (limit) =>
    shards.search({ ...query, limit }, statistics),
  );

  const page = ranked.kept.slice(first, first + count);
  const matcherFor = matchers(soughtWords(chosen, statistics));
  const options = { snippetLength, explain: request.explain === true, matcherFor };
  const shown = await Promise.all(
    page.map(async (hit): Promise<SearchResult | undefined> => {
      const record = await beforeDeadline(input.titleRecords(hit.docId), shards.remaining_ms, clock);
      return record && readable(() => resultOf(hit, record, options));
    }),
  );
  const results = shown.filter((result) => result !== undefined);
  const lost = page.length - results.length;
  return {
    query: request.query,
    results,
    matches: ranked.hits.matches,
    countIsExact: ranked.hits.countIsExact,
    hasMore: ranked.kept.length > first + count,
    folded: ranked.folded,
    took_ms: clock.monotonic() - started_ms,
    documents: shards.documentCount,
    terms: chosen.map(({ word, stem }, i) => ({
      text: word.word,
      stem,
      documents: statistics.documentFrequencies[i] ?? 0,
    })),
    ...didYouMean(input, parsed, ranked.hits),
    warnings: [...plan.warnings, ...columns.warnings, ...notes(plan, query, lost, shards.missing)],
    understood: printParsed(parsed),
    ...(columns.facets.length > 0 && { facets: facetAnswers(columns, ranked.hits) }),
    partial: ranked.hits.partial || shards.missing > 0 || shards.remaining_ms <= 0,
    shardsAsked: input.views.length,
    shardsMissing: shards.missing,
  };
}

/** A better spelling is offered where little was found. Which words are doubted: `spelling`. */
function didYouMean(
  { views }: SearchInput,
  parsed: ParsedQuery,
  { matches, partial }: MergedHits,
): { readonly didYouMean?: string } {
  // Shards that fail are not asked again.
  if (matches > MANY_MATCHES || partial) return {};
  const corrected = correctQuery(parsed, new ViewVocabulary(views));
  return corrected === undefined ? {} : { didYouMean: printParsed(corrected) };
}

interface Ranked {
  readonly hits: MergedHits;
  readonly kept: readonly IndexHit[];
  readonly folded: number;
}

const NOTHING: MergedHits = { hits: [], facets: [], matches: 0, countIsExact: true, partial: false };

/** Asks for more until the page and one beyond it are full after folding, or there is no more. */
function rank(
  wanted: number,
  plan: QueryPlan,
  query: PreparedSearch['query'],
  request: SearchRequest,
  search: (limit: number) => MergedHits,
): Ranked {
  if (!asksForSomething(plan, query)) return { hits: NOTHING, kept: [], folded: 0 };
  const duplicates = request.foldDuplicates ?? true;
  for (let limit = Math.min(MAX_HITS, wanted + SPARE_HITS); ; limit = Math.min(MAX_HITS, limit * GROWTH)) {
    const hits = search(limit);
    const isPlural = !plan.namesSite && !areOfOneSite(hits.hits);
    const perSite = request.perSite ?? (isPlural ? DEFAULT_PER_SITE : 0);
    const { kept, folded } = foldHits(hits.hits, { duplicates, perSite });
    const isAll = hits.hits.length < limit || limit === MAX_HITS;
    if (kept.length > wanted || isAll || hits.partial) return { hits, kept, folded };
  }
}

/** What stays away alone is nothing to look for; conditions on fields are. */
function asksForSomething({ words, required }: QueryPlan, { everything }: PreparedSearch['query']): boolean {
  return words.length + required.length > 0 || everything === true;
}

function soughtWords(chosen: readonly ChosenWord[], statistics: TermStatistics): SoughtWord[] {
  const { documentCount, documentFrequencies } = statistics;
  return chosen.map(({ word }, i) => {
    const frequency = documentFrequencies[i] ?? 0;
    const rarity = Math.log(1 + (Math.max(0, documentCount - frequency) + 0.5) / (frequency + 0.5));
    return {
      word: word.word,
      form: word.form,
      importance: word.weight * rarity,
      place: word.place,
      isSmall: word.isSmall,
    };
  });
}

function matchers(words: readonly SoughtWord[]): (language: string) => WordMatcher {
  const byLanguage = new Map<string, WordMatcher>();
  return (language) => {
    const matcher = byLanguage.get(language) ?? new WordMatcher(words, language);
    byLanguage.set(language, matcher);
    return matcher;
  };
}

/** A record that can't be read is a result less, not a search less. */
function readable(make: () => SearchResult): SearchResult | undefined {
  try {
    return make();
  } catch (error) {
    if (isPeregrineError(error) && error.code !== 'INTERNAL') return undefined;
    throw error;
  }
}

/** The record, or undefined where it fails or doesn't come in time. */
async function beforeDeadline(
  record: Promise<Uint8Array | undefined>,
  remaining_ms: number,
  clock: Clock,
): Promise<Uint8Array | undefined> {
  const answer = record.catch((error: unknown) => {
    if (isPeregrineError(error) && error.code !== 'INTERNAL') return undefined;
    throw error;
  });
  if (remaining_ms === Infinity) return answer;
  const abort = new AbortController();
  const timeout = clock.sleep(Math.max(0, remaining_ms), abort.signal).then(
    () => undefined,
    () => undefined,
  );
  try {
    return await Promise.race([answer, timeout]);
  } finally {
    abort.abort();
  }
}

function notes(plan: QueryPlan, query: PreparedSearch['query'], lost: number, missing: number): string[] {
  const sentences: string[] = [];
  if (!asksForSomething(plan, query) && plan.excluded.length > 0) {
    sentences.push('A query needs something to look for beside what it keeps away.');
  }
  if (lost > 0) sentences.push(`${lost} of the results can't be shown: their documents could not be read.`);
  if (missing > 0) sentences.push(`${missing} of the shards did not answer.`);
  return sentences;
}

function checkedNumbers(request: SearchRequest): { first: number; count: number; snippetLength: number } {
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
