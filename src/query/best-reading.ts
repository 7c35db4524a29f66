/**
 * Other readings of a query that finds hardly anything as it was typed: without its quotes, or spelled better. Which one
 * is answered, in one place: answers and "why not?" must agree.
 */

import { withoutQuotes } from './loose-phrases.ts';
import type { PreparedSearch } from './prepared-search.ts';
import { printParsed } from './query-printer.ts';
import type { ParsedQuery } from './query-syntax.ts';
import type { SearchRequest, SearchResponse } from './search-contract.ts';
import type { MergedHits } from './shard-search.ts';
import { type CorrectionBounds, correctQuery, LEAST_USED_LETTERS, USED_EDITS } from './spelling.ts';

/** With more matches than this nobody is asked whether he meant something else. */
const MANY_MATCHES = 1_000;
/** With fewer, a better spelling is searched for instead. */
const FEW_MATCHES = 3;

/** What is searched for without asking. */
const USED: CorrectionBounds = { leastLetters: LEAST_USED_LETTERS, mostEdits: USED_EDITS };

/** A query in one reading, and what it finds. */
export interface Reading {
  readonly prepared: PreparedSearch;
  readonly hits: Pick<MergedHits, 'matches' | 'partial'>;
}

type Spelling = Pick<SearchResponse, 'didYouMean' | 'corrected'>;

export interface BestReading<R extends Reading> {
  readonly reading: R;
  /** What was searched without its quotes, as sentences. */
  readonly unquoted: readonly string[];
  readonly spelling: Spelling;
}

export async function bestReading<R extends Reading>(
  request: SearchRequest,
  asTyped: R,
  search: (parsed: ParsedQuery) => Promise<R>,
): Promise<BestReading<R>> {
  // Who asks for nothing but what was typed gets nothing else.
  if (request.spelling === 'off') return { reading: asTyped, unquoted: [], spelling: {} };
  const { reading, unquoted } = await foundWithoutQuotes(asTyped, search);
  return { unquoted, ...(await spelledRight(request, reading, search)) };
}

/** The query as typed, or where nothing holds its quoted words as they stand those words. */
async function foundWithoutQuotes<R extends Reading>(
  asTyped: R,
  search: (parsed: ParsedQuery) => Promise<R>,
): Promise<{ reading: R; unquoted: readonly string[] }> {
  const { matches, partial } = asTyped.hits;
  const loose = matches > 0 || partial ? undefined : withoutQuotes(asTyped.prepared.parsed);
  const reading = loose && (await search(loose.parsed));
  if (loose === undefined || reading === undefined || reading.hits.matches === 0) {
    return { reading: asTyped, unquoted: [] };
  }
  const quoted = loose.phrases.map((phrase) => `“${phrase.slice(0, 80)}”`).join(', ');
  return { reading, unquoted: [`Nothing holds ${quoted} as it stands; its words were searched.`] };
}

/** The query as typed, or where it finds hardly anything its better spelling. Words: `spelling`. */
async function spelledRight<R extends Reading>(
  request: SearchRequest,
  asTyped: R,
  search: (parsed: ParsedQuery) => Promise<R>,
): Promise<{ reading: R; spelling: Spelling }> {
  const { matches, partial } = asTyped.hits;
  const { parsed, vocabulary, query } = asTyped.prepared;
  const none = { reading: asTyped, spelling: {} };
  // Shards that fail are not asked again. The name of a site is right, though no text holds it as one word.
  if (matches > MANY_MATCHES || partial || query.home !== undefined) return none;
  const held = heldWords(asTyped.prepared);
  const suggested = correctQuery(parsed, vocabulary, { held });
  if (suggested === undefined) return none;
  const isFew = matches < FEW_MATCHES && request.spelling !== 'suggest';
  const used = isFew ? correctQuery(parsed, vocabulary, { ...USED, held }) : undefined;
  const better = used && (await search(used));
  if (used !== undefined && better !== undefined && better.hits.matches > matches) {
    return { reading: better, spelling: { corrected: printParsed(used) } };
  }
  // Words outside of a filter are nobody's business.
  const isOffered = request.filter === undefined || (await search(suggested)).hits.matches > 0;
  return isOffered ? { reading: asTyped, spelling: { didYouMean: printParsed(suggested) } } : none;
}

/** Words of which documents hold some form, if not the one that was typed. */
function heldWords({ chosen, statistics }: PreparedSearch): ReadonlySet<string> {
  const held = chosen.filter((_, i) => (statistics.documentFrequencies[i] ?? 0) > 0);
  return new Set(held.map(({ word }) => word.word));
}
