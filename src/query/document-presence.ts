/** Whether an index holds a document, as far as it can be read. */

import type { Clock, CollectionId, DocId } from '../base/index.ts';
import type { IndexView } from '../index/index.ts';
import { DEFAULT_WEIGHTS } from './ranking-weights.ts';
import { ShardSearch } from './shard-search.ts';

/** `unknown`: no part that can be read has it, and there are parts that can't. */
export type DocumentPresence = 'indexed' | 'absent' | 'unknown';

export async function documentPresence(
  views: readonly IndexView[],
  clock: Clock,
  collection: CollectionId,
  docId: DocId,
): Promise<DocumentPresence> {
  if (views.some((view) => view.has(docId))) return 'indexed';
  const shards = new ShardSearch(views, clock, Infinity);
  const { isDamaged } = await shards.search(
    {
      collection,
      scored: [],
      required: [],
      excluded: [],
      filters: [{ kind: 'documents', docIds: [docId] }],
      everything: true,
      weights: DEFAULT_WEIGHTS,
      limit: 0,
    },
    shards.statistics([]),
  );
  return isDamaged ? 'unknown' : 'absent';
}
