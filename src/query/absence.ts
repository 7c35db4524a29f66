/** Why a document is not where somebody looks for it in the answer to a query. */

import { type DocId, PeregrineError } from '../base/index.ts';
import { decodeTitleRecord, urlKey } from '../document/index.ts';
import type { Clause, IndexHit } from '../index/index.ts';
import { filterHash, stem, tokenize } from '../text/index.ts';
import { editDistance } from './edit-distance.ts';
import type { SearchInput } from './search-input.ts';
import type { QueryPlan } from './plan.ts';
import { type PreparedSearch, prepareSearch } from './prepared-search.ts';
import { DEFAULT_PER_SITE } from './hit-page.ts';
import { areOfOneSite, foldHits } from './result-folding.ts';
import { ShardSearch } from './shard-search.ts';

/** Hits that are looked through for the document's place. */
const MAX_RANK = 10_000;
/** Words of a document that are compared with a missing one. */
const MAX_COMPARED_WORDS = 20_000;
const FIRST_PAGE = 10;

export interface FeatureGap {
  readonly feature: string;
  readonly own: number;
  /** Of the last document of the first page. */
  readonly needed: number;
}

export interface MissingWord {
  readonly word: string;
  /** The nearest word that the document has; empty where none is near. */
  readonly nearest: string;
}

export type Absence =
  | { readonly kind: 'found'; readonly rank: number; readonly score: number }
  /** Further down; the features in which it stands behind, the largest gap first. */
  | {
      readonly kind: 'ranked-lower';
      readonly rank: number;
      readonly score: number;
      readonly neededScore: number;
      readonly gaps: readonly FeatureGap[];
      readonly missing: readonly MissingWord[];
    }
  | { readonly kind: 'words-missing'; readonly missing: readonly MissingWord[] }
  /** It lacks something that the query requires: a phrase, a field, a word of AND. */
  | { readonly kind: 'condition-not-met'; readonly missing: readonly MissingWord[] }
  /** It holds what the query keeps away. */
  | { readonly kind: 'excluded' }
  /** Folded away as a copy, or as more of the same site; `docId` stands for it. */
  | { readonly kind: 'folded-copy' | 'folded-site'; readonly docId: DocId; readonly rank: number }
  /** So far down that the answer does not reach it. */
  | { readonly kind: 'beyond-reach'; readonly missing: readonly MissingWord[] }
  | { readonly kind: 'query-empty' };

/** For a document that is in the index. */
export async function explainAbsence(
  input: SearchInput,
  docId: DocId,
  titleRecord: Uint8Array,
): Promise<Absence> {
  const shards = new ShardSearch(input.views, input.clock, Infinity);
  const prepared = prepareSearch(input, shards);
  const { query, statistics } = prepared;
  if (query.scored.length === 0 && query.required.length === 0) return { kind: 'query-empty' };
  const { hits } = await shards.search({ ...query, limit: MAX_RANK }, statistics);
  const place = hits.findIndex((hit) => hit.docId === docId);
  const missing = missingWords(prepared, titleRecord);
  if (place >= 0) return placed(input, prepared.plan, hits, place, missing);
  const url = decodeTitleRecord(titleRecord, { raw: false }).url;
  const meets = async (required: readonly Clause[], excluded: readonly Clause[] = []): Promise<boolean> => {
    const alone = { ...query, required: [ofUrl(url), ...required], excluded, limit: MAX_RANK };
    return (await shards.search(alone, statistics)).hits.some((hit) => hit.docId === docId);
  };
  for (const clause of query.required) {
    if (!(await meets([clause]))) return { kind: 'condition-not-met', missing };
  }
  for (const clause of query.excluded) if (!(await meets([], [clause]))) return { kind: 'excluded' };
  const hasAny = missing.length < prepared.chosen.length || query.required.length > 0;
  return hasAny ? { kind: 'beyond-reach', missing } : { kind: 'words-missing', missing };
}

function placed(
  { request }: SearchInput,
  { namesSite }: QueryPlan,
  hits: readonly IndexHit[],
  place: number,
  missing: readonly MissingWord[],
): Absence {
  const own = hits[place];
  if (own === undefined) throw new PeregrineError('INTERNAL', 'A hit has no place.');
  const copiesFolded = fold(hits, request.foldDuplicates ?? true, 0);
  if (rankOf(own.docId, copiesFolded) === 0) {
    const copy = copiesFolded.find(({ contentHash }) => contentHash === own.contentHash);
    if (copy !== undefined) {
      return { kind: 'folded-copy', docId: copy.docId, rank: rankOf(copy.docId, copiesFolded) };
    }
  }
  const perSite = request.perSite ?? DEFAULT_PER_SITE;
  const isPlural = !namesSite && !areOfOneSite(hits);
  const shown = isPlural ? fold(copiesFolded, false, perSite) : copiesFolded;
  const rank = rankOf(own.docId, shown);
  if (rank === 0) {
    const first = shown.find(({ siteHash }) => siteHash === own.siteHash);
    if (first !== undefined)
      return { kind: 'folded-site', docId: first.docId, rank: rankOf(first.docId, shown) };
  }
  if (rank <= FIRST_PAGE) return { kind: 'found', rank, score: own.score };
  const last = shown[FIRST_PAGE - 1] ?? own;
  return {
    kind: 'ranked-lower',
    rank,
    score: own.score,
    neededScore: last.score,
    gaps: gapsBetween(own, last),
    missing,
  };
}

function fold(list: readonly IndexHit[], duplicates: boolean, perSite: number): IndexHit[] {
  return foldHits(list, { duplicates, perSite }).kept.map(({ hit }) => hit);
}

/** From 1; 0 where it is not in the list. */
function rankOf(docId: DocId, list: readonly IndexHit[]): number {
  return list.findIndex((hit) => hit.docId === docId) + 1;
}

function gapsBetween(own: IndexHit, needed: IndexHit): FeatureGap[] {
  const names = new Set([...Object.keys(own.features), ...Object.keys(needed.features)]);
  return Array.from(names, (feature) => ({
    feature,
    own: own.features[feature] ?? 0,
    needed: needed.features[feature] ?? 0,
  }))
    .filter((gap) => gap.needed > gap.own)
    .sort((a, b) => b.needed - b.own - (a.needed - a.own));
}

function ofUrl(url: string): Clause {
  return { kind: 'filter', hash: filterHash('url', urlKey(url)) };
}

/** Words of the query in no form in the document, by its text. */
function missingWords({ chosen }: PreparedSearch, titleRecord: Uint8Array): MissingWord[] {
  const { title, sections, description, url, language } = decodeTitleRecord(titleRecord, { raw: false });
  const words = new Set<string>();
  for (const text of [title, ...sections.map((section) => section.text), description, url]) {
    for (const { word } of tokenize(text, MAX_COMPARED_WORDS - words.size)) words.add(word);
    if (words.size >= MAX_COMPARED_WORDS) break;
  }
  const stems = new Set(Array.from(words, (word) => stem(word, language)));
  return chosen
    .filter(
      ({ word, stem: own }) =>
        !words.has(word.word) && !stems.has(own) && !word.stems.some((form) => stems.has(form)),
    )
    .map(({ word }) => ({ word: word.word, nearest: nearestOf(word.word, words) }));
}

function nearestOf(word: string, words: ReadonlySet<string>): string {
  let best = '';
  let least = Math.min(3, Math.max(2, Math.ceil(word.length / 3)));
  for (const candidate of words) {
    const distance = editDistance(word, candidate, least - 1);
    if (distance >= least) continue;
    least = distance;
    best = candidate;
  }
  return best;
}
