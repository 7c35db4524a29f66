/** A page of an answer with the pages that the keepers of the collection put first. */

import type { Clause, IndexHit } from '../index/index.ts';
import { hitPage, type PageRequest } from './hit-page.ts';
import type { PreparedSearch } from './prepared-search.ts';
import type { ShardSearch } from './shard-search.ts';
import type { HitPage, ShownHit } from './shown-hits.ts';
import type { StoredResults } from './stored-results.ts';

/** Pinned pages stand before all others, once, within the conditions of the query; in an order of fields nothing is pinned. */
export async function pageWithPins(
  prepared: PreparedSearch,
  pins: readonly Clause[],
  page: PageRequest,
  shards: ShardSearch,
  stored: StoredResults,
): Promise<HitPage> {
  const { query, statistics } = prepared;
  if (pins.length === 0 || query.sort !== undefined) return hitPage(prepared, page, shards, stored);
  const hits: IndexHit[] = [];
  for (const pin of pins) {
    const alone = { ...query, facets: [], required: [...query.required, pin], limit: 1 };
    hits.push(...(await shards.search(alone, statistics)).hits);
  }
  const pinned = await Promise.all(
    hits.map(async (hit): Promise<ShownHit[]> => {
      const result = await stored.get(hit.docId);
      return result === undefined ? [] : [{ hit, moreOfSite: 0, copies: 0, stored: result }];
    }),
  );
  const first = pinned.flat();
  const others = { ...prepared, query: { ...query, excluded: [...query.excluded, ...pins] } };
  const isFirstPage = page.first === 0 && page.cursor === undefined;
  const taken = Math.min(first.length, page.count);
  const rest = await hitPage(
    others,
    isFirstPage
      ? { ...page, count: page.count - taken }
      : { ...page, first: Math.max(0, page.first - first.length) },
    shards,
    stored,
  );
  return {
    ...rest,
    hits: { ...rest.hits, matches: rest.hits.matches + hits.length },
    shown: isFirstPage ? [...first.slice(0, taken), ...rest.shown] : rest.shown,
  };
}
