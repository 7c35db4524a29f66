/**
 * What a person may be about to type: titles and headings of documents that hold the words typed so far, and the words
 * that begin like the last. Found through the index, so that they are as fresh as searches and within their filter.
 */

import { decodeTitleRecord, decodeTitleSummary } from '../document/index.ts';
import type { Clause, RankingWeights } from '../index/index.ts';
import { fieldGroup, foldWord, tokenize, wordHash } from '../text/index.ts';
import { prepareSearch } from './prepared-search.ts';
import type { SearchInput } from './search-input.ts';
import { ShardSearch } from './shard-search.ts';
import { ViewVocabulary } from './view-vocabulary.ts';

export interface CompletionRequest {
  /** As it stands in the field. */
  readonly text: string;
  /** Default 8, at most {@link MAX_COMPLETIONS}. */
  readonly count?: number;
  /** As of a search. */
  readonly filter?: string | readonly string[];
}

export interface Completion {
  readonly text: string;
  readonly kind: 'title' | 'heading' | 'word' | 'query';
}

/** A query of before, with its folded words. */
export interface PastQuery {
  readonly text: string;
  readonly words: readonly string[];
}

export const DEFAULT_COMPLETIONS = 8;
export const MAX_COMPLETIONS = 20;
/** Words that the last one may become. */
const EXPANSIONS = 12;
/** Documents whose titles are looked at. */
const DOCUMENTS = 12;
const MAX_WORDS = 12;
const LONGEST_TEXT = 200;
/** Longer titles and headings are sentences, nothing to type. */
const LONGEST_COMPLETION = 80;
const IN_TITLES = (1 << fieldGroup('title')) | (1 << fieldGroup('heading'));
/** What parts the name of a page from that of its site. */
const TITLE_PARTS = /\s+[-–—|·:»]\s+/u;

interface TypedText {
  /** Folded words before the last. */
  readonly words: readonly string[];
  /** The beginning of the last word; empty where it is finished. */
  readonly prefix: string;
  /** What stands before the last word. */
  readonly head: string;
}

/** `past`: what was asked before and found something, the most frequent first; empty where that is not remembered. */
export async function completeQuery(
  input: Omit<SearchInput, 'request'>,
  request: CompletionRequest,
  past: readonly PastQuery[] = [],
): Promise<readonly Completion[]> {
  const typed = readTyped(request.text);
  if (typed === undefined) return [];
  const count = Math.min(MAX_COMPLETIONS, Math.max(0, request.count ?? DEFAULT_COMPLETIONS));
  const vocabulary = new ViewVocabulary(input.views);
  const expansions =
    typed.prefix === '' ? [] : vocabulary.withPrefix(typed.prefix, EXPANSIONS).map(({ word }) => word);
  const found = new Map<string, Completion>();
  const add = (completion: Completion): void => {
    const key = foldedText(completion.text);
    if (key !== foldedText(request.text) && !found.has(key)) found.set(key, completion);
  };
  // What others asked may name what a filter hides.
  const asked = request.filter === undefined ? past.filter(({ words }) => holds(words, typed)) : [];
  for (const { text } of asked.slice(0, count)) add({ text, kind: 'query' });
  for (const completion of await fromTitles(input, request, typed, expansions)) add(completion);
  // Words are of the whole collection: a filter may hide where they stand.
  if (request.filter === undefined && typed.words.length === 0) {
    for (const word of expansions) add({ text: `${typed.head}${word}`, kind: 'word' });
  }
  const starts = foldedText(request.text);
  const isStart = ({ text }: Completion): boolean => foldedText(text).startsWith(starts);
  const all = [...found.values()];
  return [...all.filter(isStart), ...all.filter((one) => !isStart(one))].slice(0, count);
}

function readTyped(text: string): TypedText | undefined {
  if (text.length > LONGEST_TEXT) return undefined;
  const tokens = tokenize(text, MAX_WORDS + 1).map(({ word }) => word);
  const [last] = /[\p{L}\p{M}\p{N}]+$/u.exec(text) ?? [];
  if (tokens.length === 0 || tokens.length > MAX_WORDS) return undefined;
  if (last === undefined) return { words: tokens, prefix: '', head: text };
  return {
    words: tokens.slice(0, -1),
    prefix: foldWord(last).word,
    head: text.slice(0, text.length - last.length),
  };
}

/** Titles, and headings, that hold the words and one that begins like the last. */
async function fromTitles(
  input: Omit<SearchInput, 'request'>,
  { filter, count: enough = DEFAULT_COMPLETIONS }: CompletionRequest,
  typed: TypedText,
  expansions: readonly string[],
): Promise<Completion[]> {
  if (typed.prefix !== '' && expansions.length === 0) return [];
  const shards = new ShardSearch(input.views, input.clock, Infinity);
  const { query } = prepareSearch(
    { ...input, request: { query: '', ...(filter !== undefined && { filter }) } },
    shards,
  );
  // Words before the last are conditions; only what the last may become gives an order, so that blocks without it in a
  // title are passed over: common beginnings are of words that half of all documents hold somewhere.
  const scored = (expansions.length > 0 ? expansions : typed.words).map((word, place) => ({
    stem: wordHash(word),
    surface: undefined,
    weight: 1,
    place,
  }));
  const required: Clause[] = typed.words.map((word) => inTitles(word));
  const statistics = shards.statistics(scored);
  const { hits } = await shards.search(
    {
      ...query,
      scored,
      required: [...query.required, ...required],
      weights: ofTitles(query.weights),
      limit: DOCUMENTS,
    },
    statistics,
  );
  const read = await Promise.all(hits.map(({ docId }) => input.titleRecords(docId)));
  const records = read.filter((record) => record !== undefined);
  const names = records.flatMap((record) => titlesIn(record, typed));
  // Headings stand in the text, which takes ten times as long to unpack: only where titles are not enough.
  for (const record of records) {
    if (names.length >= enough) break;
    names.push(...headingsIn(record, typed));
  }
  return names;
}

/** Weights by which nothing counts but titles and headings. */
function ofTitles(weights: RankingWeights): RankingWeights {
  const fieldWeights = weights.fieldWeights.map((weight, group) => ((IN_TITLES >> group) & 1 ? weight : 0));
  return { ...weights, fieldWeights, presence: 0, rerankDepth: 0 };
}

function inTitles(word: string): Clause {
  return { kind: 'term', hash: wordHash(word), groups: IN_TITLES };
}

function titlesIn(record: Uint8Array, typed: TypedText): Completion[] {
  const title = decodeTitleSummary(record).title.trim();
  return fitting([title, ...title.split(TITLE_PARTS)], 'title', typed);
}

function headingsIn(record: Uint8Array, typed: TypedText): Completion[] {
  const { sections } = decodeTitleRecord(record, { raw: false });
  const headings = sections.filter(({ kind }) => kind === 'heading').map(({ text }) => text.trim());
  return fitting(headings, 'heading', typed);
}

/** The two shortest that hold what was typed. */
function fitting(texts: readonly string[], kind: 'title' | 'heading', typed: TypedText): Completion[] {
  return [...new Set(texts)]
    .filter((text) => text.length <= LONGEST_COMPLETION && fits(text, typed))
    .toSorted((a, b) => a.length - b.length)
    .slice(0, 2)
    .map((text) => ({ text, kind }));
}

/** Whether a text holds the words typed and one that begins like the last. */
function fits(text: string, typed: TypedText): boolean {
  return holds(
    tokenize(text, 100).map(({ word }) => word),
    typed,
  );
}

function holds(own: readonly string[], { words, prefix }: TypedText): boolean {
  return (
    words.every((word) => own.includes(word)) &&
    (prefix === '' || own.some((word) => word.startsWith(prefix)))
  );
}

function foldedText(text: string): string {
  return tokenize(text)
    .map(({ word }) => word)
    .join(' ');
}
