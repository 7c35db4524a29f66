/** The documents of an index against the title records, and back: both in the order of docIds, side by side. */

import type { CollectionId, DocId } from '../base/index.ts';
import type { ShardIndex } from '../index/index.ts';
import { everything } from './index-fleet.ts';
import type { WalkedTitle } from './shard-titles.ts';

/** A document that one side has and the other hasn't. */
export type Difference =
  | { readonly kind: 'not-indexed'; readonly docId: DocId; readonly record: Uint8Array }
  | { readonly kind: 'without-title'; readonly docId: DocId };

/**
 * Compares a moment of the index with the titles as they are read; documents that are written meanwhile may differ, so
 * that each difference is to be looked at again.
 */
export async function* compareWithTitles(
  index: ShardIndex,
  collection: CollectionId,
  walk: AsyncIterable<readonly WalkedTitle[]>,
  onTitles: (count: number) => void,
): AsyncGenerator<Difference> {
  const view = index.view(collection);
  const indexed = flatten(view.stream(everything(collection, view), { skipDamaged: true }));
  try {
    let next = indexed.next();
    for await (const titles of walk) {
      for (const { docId, record } of titles) {
        while (next.done !== true && next.value < docId) {
          yield { kind: 'without-title', docId: next.value };
          next = indexed.next();
        }
        if (next.done !== true && next.value === docId) next = indexed.next();
        else yield { kind: 'not-indexed', docId, record };
      }
      onTitles(titles.length);
    }
    for (; next.done !== true; next = indexed.next()) yield { kind: 'without-title', docId: next.value };
  } finally {
    view.release();
  }
}

function* flatten(batches: Iterable<readonly DocId[]>): Generator<DocId, undefined> {
  for (const batch of batches) yield* batch;
  return undefined;
}
