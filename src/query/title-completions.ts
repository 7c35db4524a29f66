/**
 * Titles and headings that hold what was typed: the best few documents of each word that the last one may become, the most
 * frequent first, until there are enough. So no word crowds out all others, and a search reads but two lists or three.
 */

import type { DocId } from '../base/index.ts';
import { decodeTitleRecord, decodeTitleSummary } from '../document/index.ts';
import {
  ALL_GROUPS,
  type Clause,
  type GroupMask,
  type IndexHit,
  type RankingWeights,
} from '../index/index.ts';
import { fieldGroup, tokenize, wordHash } from '../text/index.ts';
import type { Completion } from './completion-contract.ts';
import { prepareSearch } from './prepared-search.ts';
import type { SearchInput } from './search-input.ts';
import { type ShardQuery, ShardSearch } from './shard-search.ts';
import { holdsTyped, type TypedText } from './typed-text.ts';

/** Documents whose titles are looked at: of one word alone, of each of several, of all. */
const DOCUMENTS = 12;
const DOCUMENTS_A_WORD = 6;
const MOST_DOCUMENTS = 24;
/** Longer titles and headings are sentences, nothing to type. */
const LONGEST_COMPLETION = 80;
const IN_TITLES = (1 << fieldGroup('title')) | (1 << fieldGroup('heading'));
/** What parts the name of a page from that of its site. */
const TITLE_PARTS = /\s+[-–—|·:»]\s+/u;

export interface TitleQuestion {
  readonly typed: TypedText;
  /** What the last word may become, the most frequent first; none where it is finished. */
  readonly expansions: readonly string[];
  /** As of a search. */
  readonly filter: string | readonly string[] | undefined;
  /** So many names are enough. */
  readonly enough: number;
}

/** Names of pages and sections; those of each word together, the shortest titles first. */
export async function titleCompletions(
  input: Omit<SearchInput, 'request'>,
  question: TitleQuestion,
): Promise<Completion[]> {
  const { typed, expansions, filter, enough } = question;
  if (typed.prefix !== '' && expansions.length === 0) return [];
  const shards = new ShardSearch(input.views, input.clock, Infinity);
  const request = { query: '', ...(filter !== undefined && { filter }) };
  const { query } = prepareSearch({ ...input, request }, shards);
  const required = [...query.required, ...typed.words.map((word) => termOf(word, IN_TITLES))];
  const among = { ...query, weights: ofTitles(query.weights), required };
  // Where the last word is finished, all words give the order.
  const orders = expansions.length > 0 ? expansions.map((word) => [word]) : [typed.words];
  const limit = orders.length > 1 ? DOCUMENTS_A_WORD : DOCUMENTS;
  const seen = new Set<DocId>();
  const names: Completion[] = [];
  const titled: Uint8Array[] = [];
  const isEnough = (): boolean => names.length >= enough || seen.size >= MOST_DOCUMENTS;
  for (const words of orders) {
    if (isEnough()) break;
    const hits = await bestTitles(shards, { ...among, limit }, words);
    const unseen = hits.filter(({ docId }) => !seen.has(docId));
    for (const record of await recordsOf(unseen, input.titleRecords)) {
      const titles = titlesIn(record, typed);
      if (titles.length > 0) titled.push(record);
      names.push(...(titles.length > 0 ? titles : headingsIn(record, typed)));
    }
    for (const { docId } of unseen) seen.add(docId);
  }
  // Headings stand in the text, which takes ten times as long to unpack.
  for (const record of titled) {
    if (names.length >= enough) break;
    names.push(...headingsIn(record, typed));
  }
  return names;
}

async function recordsOf(
  hits: readonly IndexHit[],
  read: SearchInput['titleRecords'],
): Promise<readonly Uint8Array[]> {
  const records = await Promise.all(hits.map(({ docId }) => read(docId)));
  return records.filter((record) => record !== undefined);
}

/** Documents with these words in a title or heading, the shortest such first. */
async function bestTitles(
  shards: ShardSearch,
  among: ShardQuery,
  words: readonly string[],
): Promise<readonly IndexHit[]> {
  const scored = words.map((word, place) => ({ stem: wordHash(word), surface: undefined, weight: 1, place }));
  // That they stand in a title the score says; asking for it there would cost a look at each document.
  const also: Clause[] = among.required.length > 0 ? words.map((word) => termOf(word, ALL_GROUPS)) : [];
  const { hits } = await shards.search(
    { ...among, scored, required: [...among.required, ...also] },
    shards.statistics(scored),
  );
  return hits.filter(({ score }) => score > 0);
}

/** Weights by which nothing counts but titles and headings. */
function ofTitles(weights: RankingWeights): RankingWeights {
  const fieldWeights = weights.fieldWeights.map((weight, group) => ((IN_TITLES >> group) & 1 ? weight : 0));
  return { ...weights, fieldWeights, presence: 0, rerankDepth: 0 };
}

function termOf(word: string, groups: GroupMask): Clause {
  return { kind: 'term', hash: wordHash(word), groups };
}

function titlesIn(record: Uint8Array, typed: TypedText): Completion[] {
  const title = decodeTitleSummary(record).title.trim();
  return fitting([title, ...title.split(TITLE_PARTS)], 'title', typed);
}

function headingsIn(record: Uint8Array, typed: TypedText): Completion[] {
  const { sections } = decodeTitleRecord(record, { raw: false, links: false });
  const headings = sections.filter(({ kind }) => kind === 'heading').map(({ text }) => text.trim());
  return fitting(headings, 'heading', typed);
}

/** The two shortest that hold what was typed. */
function fitting(texts: readonly string[], kind: 'title' | 'heading', typed: TypedText): Completion[] {
  return [...new Set(texts)]
    .filter((text) => text.length <= LONGEST_COMPLETION && holdsTyped(foldedWords(text), typed))
    .toSorted((a, b) => a.length - b.length)
    .slice(0, 2)
    .map((text) => ({ text, kind }));
}

/** Of long texts the first words. */
function foldedWords(text: string): string[] {
  return tokenize(text, 100).map(({ word }) => word);
}
