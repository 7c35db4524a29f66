/** The best hits where some documents gain or lose by rules: exact, for a hit is among the best of those with it or without. */

import {
  type Clause,
  type ColumnFilter,
  type IndexHit,
  stemRarity,
  type TermStatistics,
} from '../index/index.ts';
import type { MergedHits, ShardQuery, ShardSearch } from './shard-search.ts';

export interface PreparedBoost {
  readonly factor: number;
  readonly required: readonly Clause[];
  readonly excluded: readonly Clause[];
  readonly filters: readonly ColumnFilter[];
}

/** Boosts move nothing in an order of fields, or where no words are asked for. */
export async function searchBoosted(
  shards: ShardSearch,
  query: ShardQuery,
  statistics: TermStatistics,
  boosts: readonly PreparedBoost[],
): Promise<MergedHits> {
  const plain = await shards.search(query, statistics);
  if (boosts.length === 0 || query.sort !== undefined || query.scored.length === 0) return plain;
  const mass = query.scored.reduce((sum, { weight }, i) => sum + weight * stemRarity(statistics, i), 0);
  const found = new Map<number, IndexHit>(plain.hits.map((hit) => [hit.docId, hit]));
  const gains = new Map<number, number>();
  for (const { factor, required, excluded, filters } of boosts) {
    const { hits } = await shards.search(
      {
        ...query,
        required: [...query.required, ...required],
        excluded: [...query.excluded, ...excluded],
        filters: [...(query.filters ?? []), ...filters],
        facets: [],
      },
      statistics,
    );
    for (const hit of hits) {
      if (!found.has(hit.docId)) found.set(hit.docId, hit);
      gains.set(hit.docId, (gains.get(hit.docId) ?? 0) + factor * mass);
    }
  }
  const hits = Array.from(found.values(), (hit): IndexHit => {
    const boost = gains.get(hit.docId);
    return boost === undefined
      ? hit
      : { ...hit, score: hit.score + boost, features: { ...hit.features, boost } };
  });
  return {
    ...plain,
    hits: hits.sort((a, b) => b.score - a.score || a.docId - b.docId).slice(0, query.limit),
  };
}
