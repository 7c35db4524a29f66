/** Pages in memory to search in: through the real parser, analyser and index, without store, log and disk. */

import {
  type CollectionId,
  docIdOfHash,
  type DocId,
  hashString64,
  toCollectionId,
} from '../src/base/index.ts';
import { buildDocument } from '../src/document/index.ts';
import type { IndexView } from '../src/index/index.ts';
import { MemoryIndex } from './memory-index.ts';

export interface PageCollection {
  readonly collection: CollectionId;
  /** One view per shard. */
  readonly views: readonly IndexView[];
  readonly titleRecords: (docId: DocId) => Promise<Uint8Array | undefined>;
  close(): Promise<void>;
}

/** `pages`: content by URL; HTML where it begins with `<`, else plain text. Spread over `shards`. */
export async function pageCollection(
  pages: Readonly<Record<string, string>>,
  shards = 1,
): Promise<PageCollection> {
  const collection = toCollectionId(1);
  const records = new Map<DocId, Uint8Array>();
  const indexes = await Promise.all(Array.from({ length: shards }, () => MemoryIndex.open()));
  for (const [url, content] of Object.entries(pages)) {
    const docId = docIdOfHash(hashString64(url));
    const built = await buildDocument({
      url,
      bytes: new TextEncoder().encode(content),
      headers: { 'content-type': `${content.startsWith('<') ? 'text/html' : 'text/plain'}; charset=utf-8` },
      status: 200,
      fetchedAt_ms: 1_700_000_000_000,
      depth: 0,
    });
    records.set(docId, built.titleRecord);
    if (built.analysed !== undefined) indexes[docId % shards]?.put(collection, docId, built.analysed);
  }
  const views = indexes.map((index) => index.view(collection));
  return {
    collection,
    views,
    titleRecords: (docId) => Promise.resolve(records.get(docId)),
    close: async () => {
      for (const view of views) view.release();
      for (const index of indexes) await index.close();
    },
  };
}
