/** A page behind a place in an order, or behind all that is ranked: no more is looked at than it shows. */

import { toDocId } from '../base/index.ts';
import type { IndexHit } from '../index/index.ts';
import { searchBoosted } from './boosted-search.ts';
import type { PageCursor } from './page-cursor.ts';
import type { PreparedSearch } from './prepared-search.ts';
import type { ShardSearch } from './shard-search.ts';
import type { HitPage, ShownHit } from './shown-hits.ts';
import type { StoredResults } from './stored-results.ts';

export interface PlacedRequest {
  readonly count: number;
  readonly cursor: Exclude<PageCursor, { kind: 'score' }>;
  readonly rankedDepth: number;
}

/** Behind a place in an order, or behind all that is ranked. */
export async function placedPage(
  { query, statistics, boosts }: PreparedSearch,
  { count, cursor, rankedDepth }: PlacedRequest,
  shards: ShardSearch,
  stored: StoredResults,
): Promise<HitPage> {
  const isRest = cursor.kind === 'rest';
  const ranked = isRest
    ? new Set(
        (await searchBoosted(shards, { ...query, limit: rankedDepth }, statistics, boosts)).hits.map(
          ({ docId }) => docId,
        ),
      )
    : undefined;
  const sort = isRest ? [] : (query.sort ?? []);
  let place = cursor.kind === 'place' ? cursor.place : undefined;
  if (isRest && cursor.docId >= 0) place = { docId: toDocId(cursor.docId), values: [] };
  const wanted: IndexHit[] = [];
  const limit = count + 1;
  for (;;) {
    const hits = await shards.search({ ...query, sort, ...(place && { after: place }), limit }, statistics);
    wanted.push(...hits.hits.filter(({ docId }) => ranked?.has(docId) !== true));
    const last = hits.hits.at(-1);
    if (wanted.length <= count && hits.hits.length === limit && last !== undefined && !hits.isCut) {
      place = { docId: last.docId, values: last.sortValues ?? [] };
      continue;
    }
    const page = wanted.slice(0, count);
    const shown = await Promise.all(
      page.map(async (hit): Promise<ShownHit[]> => {
        const result = await stored.get(hit.docId);
        return result === undefined ? [] : [{ hit, moreOfSite: 0, copies: 0, stored: result }];
      }),
    );
    const end = page.at(-1);
    const hasMore = wanted.length > count;
    const next: PageCursor | undefined = !hasMore
      ? undefined
      : end === undefined
        ? cursor
        : isRest
          ? { kind: 'rest', docId: end.docId }
          : { kind: 'place', place: { docId: end.docId, values: end.sortValues ?? [] } };
    return {
      hits,
      shown: shown.flat(),
      lost: page.length - shown.flat().length,
      folded: 0,
      hasMore,
      next,
    };
  }
}
