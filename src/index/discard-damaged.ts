/** Takes what can't be opened or was set aside out of a collection's index: from memory at once, then from the manifest. */

import type { CollectionSegments } from './collection-segments.ts';
import type { MergeSurroundings } from './merge-run.ts';
import { joinEdits } from './segment-store.ts';

/** To be called while no flush is under way, and as the only merge. Where the manifest refuses, the next edit says it again. */
export async function discardDamaged(
  { store, adopting }: MergeSurroundings,
  collection: CollectionSegments,
): Promise<number> {
  // What was met since others were set aside holds documents that are nowhere else yet.
  const damaged = collection.owned.filter(({ isStale }) => isStale);
  const lost = collection.lost.splice(0);
  if (damaged.length + lost.length === 0) return 0;
  const remove = [
    ...damaged.flatMap((owned) => store.pathsOf(owned)),
    ...lost.flatMap((one) => store.pathsOfLost(one)),
  ];
  for (const owned of damaged) collection.discard(owned);
  collection.changed();
  const edit = joinEdits(store.takeOwed(), { add: [], remove });
  const adoption = store.context.adopt(edit).catch((error: unknown) => {
    store.owe(edit);
    throw error;
  });
  adopting(adoption);
  await adoption;
  return damaged.length + lost.length;
}
