/** A search from beginning to end: read, plan, ask every shard, merge, fold, quote. */

import { PeregrineError } from '../base/index.ts';
import type { TermStatistics } from '../index/index.ts';
import type { ChosenWord } from './stem-choice.ts';
import { facetAnswers } from './facet-answers.ts';
import { asksForSomething, hitPage, type PageRequest } from './hit-page.ts';
import { withoutQuotes } from './loose-phrases.ts';
import { pageWithPins } from './pinned-page.ts';
import { NO_RULES, pinsOf } from './search-rules.ts';
import { decodeCursor, encodeCursor, type PageCursor } from './page-cursor.ts';
import { type PreparedSearch, prepareSearch } from './prepared-search.ts';
import { printParsed } from './query-printer.ts';
import type { ParsedQuery } from './query-syntax.ts';
import type { SearchRequest, SearchResponse } from './search-contract.ts';
import { relatedPhrases } from './related-phrases.ts';
import { wordHash } from '../text/index.ts';
import { resultOf } from './search-result.ts';
import { ShardSearch } from './shard-search.ts';
import type { HitPage } from './shown-hits.ts';
import { DEFAULT_SNIPPET_LENGTH } from './snippet.ts';
import { correctQuery, LEAST_USED_LETTERS, USED_EDITS } from './spelling.ts';
import { StoredResults } from './stored-results.ts';
import type { SearchInput } from './search-input.ts';
import { type SoughtWord, WordMatcher } from './word-matcher.ts';

export const DEFAULT_COUNT = 10;
export const MAX_COUNT = 100;
export const MAX_FIRST = 10_000;
/** Documents that the index ranks at most. */
const MAX_RANKED = 10_000;
/** With more matches than this nobody is asked whether he meant something else. */
const MANY_MATCHES = 1_000;
/** With fewer, a better spelling is searched for instead. */
const FEW_MATCHES = 3;

interface Answer {
  readonly prepared: PreparedSearch;
  readonly page: HitPage;
}

/**
 * Answers a request. `BAD_ARGUMENT` for numbers out of range; failing shards and missing documents make the answer
 * partial, and only when every shard fails does the search. `deadline_ms` of the request is the time that it may take.
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
  const { request, clock } = input;
  const wanted: PageRequest = { request, ...place, cursor, rankedDepth: input.rankedDepth ?? MAX_RANKED };
  const typed = prepareSearch(input, shards);
  const pins = pinsOf(input.rules ?? NO_RULES, request.query);
  const search = async (parsed: ParsedQuery): Promise<Answer> => {
    const prepared = prepareSearch(input, shards, parsed);
    return { prepared, page: await hitPage(prepared, wanted, shards, stored) };
  };
  const asTyped: Answer = { prepared: typed, page: await pageWithPins(typed, pins, wanted, shards, stored) };
  const { answer: asRead, unquoted } = await foundWithoutQuotes(asTyped, search);
  const { answer, spelling } = await spelledRight(input, asRead, search);

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
        new Set(chosen.map(({ word }) => word.word)),
        (word) => rarityOf(shards.frequency(wordHash(word)), shards.documentCount),
      ),
    }),
    warnings: [
      ...unquoted,
      ...plan.warnings,
      ...columns.warnings,
      ...notes(answer.prepared, lost, shards.missing),
    ],
    understood: printParsed(parsed),
    ...(columns.facets.length > 0 && { facets: facetAnswers(columns, hits) }),
    partial: hits.partial || shards.missing > 0 || shards.remaining_ms <= 0,
    shardsAsked: input.views.length + (input.shardsMissing ?? 0),
    shardsMissing: shards.missing,
  };
}

/** The answer to the query as typed, or where nothing holds its quoted words as they stand to those words. */
async function foundWithoutQuotes(
  asTyped: Answer,
  search: (parsed: ParsedQuery) => Promise<Answer>,
): Promise<{ answer: Answer; unquoted: readonly string[] }> {
  const { matches, partial } = asTyped.page.hits;
  const loose = matches > 0 || partial ? undefined : withoutQuotes(asTyped.prepared.parsed);
  const answer = loose && (await search(loose.parsed));
  if (loose === undefined || answer === undefined || answer.page.hits.matches === 0) {
    return { answer: asTyped, unquoted: [] };
  }
  const quoted = loose.phrases.map((phrase) => `“${phrase.slice(0, 80)}”`).join(', ');
  return { answer, unquoted: [`Nothing holds ${quoted} as it stands; its words were searched.`] };
}

/** The answer to the query as typed, or where it finds hardly anything to its better spelling. Words: `spelling`. */
async function spelledRight(
  { request }: SearchInput,
  asTyped: Answer,
  search: (parsed: ParsedQuery) => Promise<Answer>,
): Promise<{ answer: Answer; spelling: Pick<SearchResponse, 'didYouMean' | 'corrected'> }> {
  const { matches, partial } = asTyped.page.hits;
  const { parsed, vocabulary } = asTyped.prepared;
  const none = { answer: asTyped, spelling: {} };
  // Shards that fail are not asked again.
  if (request.spelling === 'off' || matches > MANY_MATCHES || partial) return none;
  const suggested = correctQuery(parsed, vocabulary);
  if (suggested === undefined) return none;
  const isFew = matches < FEW_MATCHES && request.spelling !== 'suggest';
  const used = isFew ? correctQuery(parsed, vocabulary, LEAST_USED_LETTERS, USED_EDITS) : undefined;
  const better = used && (await search(used));
  if (used !== undefined && better !== undefined && better.page.hits.matches > matches) {
    return { answer: better, spelling: { corrected: printParsed(used) } };
  }
  // Words outside of a filter are nobody's business.
  const isOffered = request.filter === undefined || (await search(suggested)).page.hits.matches > 0;
  return isOffered ? { answer: asTyped, spelling: { didYouMean: printParsed(suggested) } } : none;
}

function soughtWords(chosen: readonly ChosenWord[], statistics: TermStatistics): SoughtWord[] {
  const { documentCount, documentFrequencies } = statistics;
  return chosen.map(({ word }, i) => {
    const frequency = documentFrequencies[i] ?? 0;
    return {
      word: word.word,
      form: word.form,
      importance: word.weight * rarityOf(frequency, documentCount),
      place: word.place,
      isSmall: word.isSmall,
    };
  });
}

function rarityOf(frequency: number, documents: number): number {
  return Math.log(1 + (Math.max(0, documents - frequency) + 0.5) / (frequency + 0.5));
}

function matchers(words: readonly SoughtWord[]): (language: string) => WordMatcher {
  const byLanguage = new Map<string, WordMatcher>();
  return (language) => {
    const matcher = byLanguage.get(language) ?? new WordMatcher(words, language);
    byLanguage.set(language, matcher);
    return matcher;
  };
}

function notes(prepared: PreparedSearch, lost: number, missing: number): string[] {
  const sentences: string[] = [];
  if (!asksForSomething(prepared) && prepared.plan.excluded.length > 0) {
    sentences.push('A query needs something to look for beside what it keeps away.');
  }
  if (lost > 0) sentences.push(`${lost} of the results can't be shown: their documents could not be read.`);
  if (missing > 0) sentences.push(`${missing} of the shards did not answer.`);
  return sentences;
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
