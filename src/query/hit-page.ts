/**
 * One page of an answer: from the first result, behind a number of them, or behind a place. By score the first 10,000
 * are ranked and folded; behind them, and in an order of fields, a page costs the same wherever it begins.
 */

import { isNearDuplicate, nearValues } from '../document/index.ts';
import type { IndexHit } from '../index/index.ts';
import { searchBoosted } from './boosted-search.ts';
import type { PageCursor } from './page-cursor.ts';
import { placedPage } from './placed-page.ts';
import type { PreparedSearch } from './prepared-search.ts';
import { areOfOneSite, foldHits, type KeptHit } from './result-folding.ts';
import type { SearchRequest } from './search-contract.ts';
import type { MergedHits, ShardSearch } from './shard-search.ts';
import type { HitPage, ShownHit } from './shown-hits.ts';
import type { StoredResult, StoredResults } from './stored-results.ts';

/** Results of one site on a page, where the asker doesn't say. */
export const DEFAULT_PER_SITE = 2;
/** Hits asked for beyond the page, as some are folded away. */
const SPARE_HITS = 30;
const GROWTH = 4;
/** Results, the first ones, whose texts are compared with one another. */
export const NEAR_DEPTH = 100;

const NOTHING: MergedHits = {
  hits: [],
  facets: [],
  matches: 0,
  countIsExact: true,
  partial: false,
  isCut: false,
  isDamaged: false,
};

export interface PageRequest {
  readonly request: SearchRequest;
  readonly first: number;
  readonly count: number;
  readonly cursor: PageCursor | undefined;
  /** Documents that are ranked; the rest follows by document id. */
  readonly rankedDepth: number;
}

/** What stays away alone is nothing to look for; conditions on fields are. */
export function asksForSomething({ plan, query }: PreparedSearch): boolean {
  return plan.words.length + plan.required.length > 0 || query.everything === true;
}

export async function hitPage(
  prepared: PreparedSearch,
  page: PageRequest,
  shards: ShardSearch,
  stored: StoredResults,
): Promise<HitPage> {
  if (!asksForSomething(prepared)) {
    return { hits: NOTHING, shown: [], lost: 0, folded: 0, hasMore: false, next: undefined };
  }
  const { cursor } = page;
  if (cursor === undefined || cursor.kind === 'score') return rankedPage(prepared, page, shards, stored);
  return placedPage(prepared, { count: page.count, cursor, rankedDepth: page.rankedDepth }, shards, stored);
}

/** Asks for more until the page and one beyond it are full after folding, or there is no more. */
async function rankedPage(
  prepared: PreparedSearch,
  page: PageRequest,
  shards: ShardSearch,
  stored: StoredResults,
): Promise<HitPage> {
  const { plan, query, statistics } = prepared;
  const { request, count, rankedDepth } = page;
  const duplicates = request.foldDuplicates ?? true;
  const seen = page.cursor?.kind === 'score' ? page.cursor.seen : page.first;
  for (
    let limit = Math.min(rankedDepth, seen + count + SPARE_HITS);
    ;
    limit = Math.min(rankedDepth, limit * GROWTH)
  ) {
    const hits = await searchBoosted(shards, { ...query, limit }, statistics, prepared.boosts);
    const isPlural = !plan.namesSite && !areOfOneSite(hits.hits);
    const perSite = request.perSite ?? (isPlural ? DEFAULT_PER_SITE : 0);
    const { kept, folded } = foldHits(hits.hits, { duplicates, perSite });
    const gathered = await gather(kept, page, duplicates, stored);
    const isAll = hits.hits.length < limit || limit === rankedDepth || hits.isCut;
    if (!gathered.hasMore && !isAll) continue;
    const last = gathered.last;
    const isCut = hits.hits.length === rankedDepth && hits.matches > rankedDepth;
    return {
      hits,
      shown: gathered.shown,
      lost: gathered.lost,
      folded: folded + gathered.folded,
      hasMore: gathered.hasMore || isCut,
      next: gathered.hasMore
        ? last && cursorBehind(last, seen + count, prepared)
        : isCut
          ? { kind: 'rest', docId: -1 }
          : undefined,
    };
  }
}

interface GatheredHits {
  readonly shown: readonly ShownHit[];
  readonly lost: number;
  readonly folded: number;
  readonly hasMore: boolean;
  /** The last hit of the page, readable or not. */
  readonly last: IndexHit | undefined;
}

/** Reads the documents of a page, and folds those that nearly equal one before. */
async function gather(
  kept: readonly KeptHit[],
  { first, count, cursor }: PageRequest,
  duplicates: boolean,
  stored: StoredResults,
): Promise<GatheredHits> {
  // What lies before a place by far is not read again: whatever was folded there moves nothing.
  const comparesFrom = cursor?.kind === 'score' && cursor.seen >= NEAR_DEPTH ? kept.length : 0;
  const isBefore = ({ hit }: KeptHit, place: number): boolean =>
    cursor?.kind === 'score'
      ? hit.score > cursor.score || (hit.score === cursor.score && hit.docId <= cursor.docId)
      : place < first;
  const shown: (KeptHit & { stored: StoredResult; copies: number })[] = [];
  const before: { fingerprint: string; result: { copies: number } | undefined }[] = [];
  let [place, taken, lost, folded] = [0, 0, 0, 0];
  let last: IndexHit | undefined;
  for (const [i, own] of kept.entries()) {
    const isCompared = duplicates && i >= comparesFrom && i < NEAR_DEPTH;
    const isWanted = !isBefore(own, place);
    if (isWanted && taken === count && !isCompared) return { shown, lost, folded, hasMore: true, last };
    const result = isWanted || isCompared ? await stored.get(own.hit.docId) : undefined;
    const mark = isCompared && result !== undefined ? markOf(result) : undefined;
    const like =
      mark === undefined ? undefined : before.find(({ fingerprint }) => isNearDuplicate(fingerprint, mark));
    if (like !== undefined) {
      folded += 1;
      if (like.result !== undefined) like.result.copies += 1;
      continue;
    }
    place += 1;
    if (isWanted && taken === count) return { shown, lost, folded, hasMore: true, last };
    const entry = isWanted && result !== undefined ? { ...own, stored: result } : undefined;
    if (mark !== undefined) before.push({ fingerprint: mark, result: entry });
    if (!isWanted) continue;
    taken += 1;
    last = own.hit;
    if (entry === undefined) lost += 1;
    else shown.push(entry);
  }
  return { shown, lost, folded, hasMore: false, last };
}

/** What a text is compared by; undefined for one too short to be told from others. */
function markOf({ document: { fingerprint, sections } }: StoredResult): string | undefined {
  return nearValues(fingerprint, sections).length === 0 ? undefined : fingerprint;
}

function cursorBehind(hit: IndexHit, seen: number, { query }: PreparedSearch): PageCursor {
  if (isInOrder(query)) return { kind: 'place', place: { docId: hit.docId, values: hit.sortValues ?? [] } };
  return { kind: 'score', score: hit.score, docId: hit.docId, seen };
}

/** By fields, or without words by document id: places are found without ranking what is before. */
function isInOrder({ sort, scored }: PreparedSearch['query']): boolean {
  return sort !== undefined || scored.length === 0;
}
