/** Where a URL stands in the queue of its host: who comes before it, and what it waits for. */

import type { CollectionId } from '../base/index.ts';
import type { Place } from './crawl-keys.ts';
import type { QueuePlace } from './crawler-contract.ts';
import type { Frontier } from './frontier.ts';

/** Requests of a host that are counted; who stands behind so many is told "at least". */
const MAX_COUNTED = 10_000;
const WINDOW = 1_000;

/** Undefined where it does not wait. */
export async function queuePlaceOf(
  frontier: Frontier,
  place: Place,
): Promise<Pick<QueuePlace, 'ahead' | 'isAtLeast' | 'due_ms'> | undefined> {
  let ahead = 0;
  for await (const { urlHash, due_ms } of waitingOf(frontier, place)) {
    if (urlHash === place.urlHash) return { ahead, isAtLeast: false, due_ms };
    ahead += 1;
    if (ahead >= MAX_COUNTED) return { ahead, isAtLeast: true, due_ms: 0 };
  }
  return undefined;
}

/** In the order in which they would be asked for, but for those whose time comes before. */
async function* waitingOf(
  frontier: Frontier,
  { collection, host }: { readonly collection: CollectionId; readonly host: Place['host'] },
): AsyncGenerator<{ readonly urlHash: bigint; readonly due_ms: number }> {
  for (const part of ['now', 'later'] as const) {
    let from: Uint8Array | undefined;
    do {
      const { entries, resume } = await frontier.readDue(collection, host, part, from, WINDOW);
      for (const { place, due_ms } of entries) yield { urlHash: place.urlHash, due_ms };
      from = resume;
    } while (from !== undefined);
  }
}
