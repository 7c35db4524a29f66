/**
 * Titles that hold all that was typed: the best few documents of each word that the last one may become, the most frequent
 * first, until there are enough; then headings, where titles are not. So no word crowds out all others, and what is read are
 * the short lists of those who have a word there (index/group-search.ts).
 */

import type { DocId } from '../base/index.ts';
import { decodeTitle, decodeTitleRecord } from '../document/index.ts';
import type { Clause, RankingWeights } from '../index/index.ts';
import { type FieldGroupName, fieldGroup, tokenize, wordHash } from '../text/index.ts';
import type { Completion } from './completion-contract.ts';
import { prepareSearch } from './prepared-search.ts';
import type { SearchInput } from './search-input.ts';
import { type ShardQuery, ShardSearch } from './shard-search.ts';
import { holdsTyped, type TypedText } from './typed-text.ts';

type TitleGroup = Extract<FieldGroupName, 'title' | 'heading'>;

/** Documents that are looked at: of one word alone, of each of several, of all. */
const DOCUMENTS = 12;
const DOCUMENTS_A_WORD = 6;
/** Headings stand in the text, which takes ten times as long to unpack. */
const MOST_DOCUMENTS: Readonly<Record<TitleGroup, number>> = { title: 24, heading: 8 };
/** Longer titles and headings are sentences, nothing to type. */
const LONGEST_COMPLETION = 80;
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

/** Names of pages, then of sections; those of each word together, the shortest first. */
export async function titleCompletions(
  input: Omit<SearchInput, 'request'>,
  question: TitleQuestion,
): Promise<Completion[]> {
  const { typed, expansions, filter, enough } = question;
  if (typed.prefix !== '' && expansions.length === 0) return [];
  const shards = new ShardSearch(input.views, input.clock, Infinity);
  const request = { query: '', ...(filter !== undefined && { filter }) };
  const { query } = prepareSearch({ ...input, request }, shards);
  const names: Completion[] = [];
  for (const group of ['title', 'heading'] as const) {
    if (names.length >= enough) break;
    const asked = { query, typed, expansions, group, enough: enough - names.length };
    names.push(...(await namesIn(shards, asked, input.titleRecords)));
  }
  return names;
}

interface AskedGroup extends Pick<TitleQuestion, 'typed' | 'expansions' | 'enough'> {
  /** What the filter asks. */
  readonly query: Omit<ShardQuery, 'limit'>;
  readonly group: TitleGroup;
}

async function namesIn(
  shards: ShardSearch,
  asked: AskedGroup,
  read: SearchInput['titleRecords'],
): Promise<readonly Completion[]> {
  const { query, typed, group, enough } = asked;
  const among = { ...query, weights: ofGroup(query.weights, group), anyOfEqual: true };
  // No word counts more than another, so that nobody need ask how many documents have it.
  const statistics = shards.statistics([]);
  const ask = async (words: readonly string[], limit: number): Promise<readonly DocId[]> => {
    const { hits } = await shards.search(
      { ...among, limit, ...allOf(words, group, among.required) },
      statistics,
    );
    return hits.map(({ docId }) => docId);
  };
  const seen = new Set<DocId>();
  const names = new Map<string, Completion>();
  for await (const docIds of candidates(asked, ask)) {
    const unseen = docIds.filter((docId) => !seen.has(docId));
    // No more than may be needed: most of them have a name.
    while (unseen.length > 0 && names.size < enough) {
      const next = unseen.splice(0, enough - names.size);
      for (const docId of next) seen.add(docId);
      for (const record of await recordsOf(next, read)) {
        const texts = group === 'title' ? titlesIn(record) : headingsIn(record);
        for (const text of fitting(texts, typed)) names.set(text, { text, kind: group });
      }
    }
    if (names.size >= enough || seen.size >= MOST_DOCUMENTS[group]) break;
  }
  return [...names.values()];
}

/** Documents to look at, the likeliest first: all that have the words before the last one where they are few, else by the last. */
async function* candidates(
  { typed, expansions, group }: AskedGroup,
  ask: (words: readonly string[], limit: number) => Promise<readonly DocId[]>,
): AsyncGenerator<readonly DocId[], void, undefined> {
  const most = MOST_DOCUMENTS[group];
  if (expansions.length === 0) {
    yield await ask(typed.words, DOCUMENTS);
    return;
  }
  const all = typed.words.length > 0 ? await ask(typed.words, most + 1) : undefined;
  if (all !== undefined && all.length <= most) {
    yield all;
    return;
  }
  const limit = expansions.length > 1 ? DOCUMENTS_A_WORD : DOCUMENTS;
  for (const last of expansions) yield await ask([...typed.words, last], limit);
}

async function recordsOf(
  docIds: readonly DocId[],
  read: SearchInput['titleRecords'],
): Promise<readonly Uint8Array[]> {
  const records = await Promise.all(docIds.map(read));
  return records.filter((record) => record !== undefined);
}

/** Documents with all of these words in a group, the shortest such first. */
function allOf(
  words: readonly string[],
  group: TitleGroup,
  required: readonly Clause[],
): Pick<ShardQuery, 'scored' | 'required'> {
  const groups = 1 << fieldGroup(group);
  const hashes = words.map(wordHash);
  return {
    scored: hashes.map((stem, place) => ({ stem, surface: undefined, weight: 1, place })),
    required: [...required, ...hashes.map((hash): Clause => ({ kind: 'term', hash, groups }))],
  };
}

/** Weights by which nothing counts but one group. */
function ofGroup(weights: RankingWeights, group: TitleGroup): RankingWeights {
  const own = fieldGroup(group);
  const fieldWeights = weights.fieldWeights.map((weight, other) => (other === own ? weight : 0));
  return { ...weights, fieldWeights, presence: 0, rerankDepth: 0 };
}

function titlesIn(record: Uint8Array): readonly string[] {
  const title = decodeTitle(record).trim();
  return [title, ...title.split(TITLE_PARTS)];
}

function headingsIn(record: Uint8Array): readonly string[] {
  const { sections } = decodeTitleRecord(record, { raw: false, links: false });
  return sections.filter(({ kind }) => kind === 'heading').map(({ text }) => text.trim());
}

/** The two shortest that hold what was typed. */
function fitting(texts: readonly string[], typed: TypedText): readonly string[] {
  return [...new Set(texts)]
    .filter((text) => text.length <= LONGEST_COMPLETION && holdsTyped(foldedWords(text), typed))
    .toSorted((a, b) => a.length - b.length)
    .slice(0, 2);
}

/** Of long texts the first words. */
function foldedWords(text: string): string[] {
  return tokenize(text, 100).map(({ word }) => word);
}
