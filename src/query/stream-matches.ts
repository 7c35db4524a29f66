/** Every match of a query, in the order of document ids: millions at the cost of their ids, and of the few in hand. */

import type { DocId } from '../base/index.ts';
import { prepareSearch } from './prepared-search.ts';
import { asksForSomething } from './hit-page.ts';
import type { SearchInput } from './search-input.ts';
import { ShardSearch } from './shard-search.ts';

/** A document of a stream. */
export interface StreamedResult {
  readonly docId: DocId;
  readonly url: string;
  readonly title: string;
  readonly language: string;
  readonly contentType: string;
  readonly fetchedAt_ms: number;
  readonly published_ms: number;
}

export interface StreamOptions {
  /** Document ids above this: the last of a stream that was cut off. */
  readonly after?: DocId;
  readonly signal?: AbortSignal;
}

/** The ids are of the moment of this call: the views may be released when it returns. A damaged segment is `CORRUPT`. */
export function matchingIds(input: SearchInput, after: DocId | undefined): Iterable<readonly DocId[]> {
  const shards = new ShardSearch(input.views, input.clock, Infinity);
  const prepared = prepareSearch(input, shards);
  if (!asksForSomething(prepared)) return [];
  const { query, statistics } = prepared;
  const streams = input.views.map((view) => {
    const ids = view.stream({ ...query, statistics, limit: 1 }, after === undefined ? {} : { after });
    return { ids, head: ids.next() };
  });
  return mergedBatches(streams);
}

interface HeadedStream {
  readonly ids: Generator<readonly DocId[], void, undefined>;
  head: IteratorResult<readonly DocId[], void>;
}

/** Joins ascending streams: of every batch those ids that no other stream has smaller ones before. */
function* mergedBatches(streams: readonly HeadedStream[]): Generator<readonly DocId[]> {
  let open = streams.filter(({ head }) => head.done !== true);
  while (open.length > 0) {
    const heads = open.map(({ head }) => head.value ?? []);
    const bound = Math.min(...heads.map((ids) => ids.at(-1) ?? Infinity));
    const batch = heads.flatMap((ids) => ids.filter((id) => id <= bound)).sort((a, b) => a - b);
    for (const [i, stream] of open.entries()) {
      const left = (heads[i] ?? []).filter((id) => id > bound);
      stream.head = left.length > 0 ? { done: false, value: left } : stream.ids.next();
    }
    open = open.filter(({ head }) => head.done !== true);
    if (batch.length > 0) yield batch;
  }
}
