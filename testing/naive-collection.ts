/** A collection of pages in memory for tests of searching: built by the real parser and analyser, found by the naive index. */

import {
  type CollectionId,
  docIdOfHash,
  type DocId,
  hashString64,
  toCollectionId,
} from '../src/base/index.ts';
import { buildDocument } from '../src/document/index.ts';
import { decodeAnalysedDocument } from '../src/index/index.ts';
import { type NaiveDocument, NaiveIndexView } from './naive-index.ts';

export interface NaiveCollection {
  readonly collection: CollectionId;
  readonly views: readonly NaiveIndexView[];
  readonly titleRecords: (docId: DocId) => Promise<Uint8Array | undefined>;
}

/** `pages`: content by URL; HTML where it begins with `<`, else plain text. Spread over `shards` views. */
export async function naiveCollection(
  pages: Readonly<Record<string, string>>,
  shards = 1,
): Promise<NaiveCollection> {
  const collection = toCollectionId(1);
  const records = new Map<DocId, Uint8Array>();
  const parts: NaiveDocument[][] = Array.from({ length: shards }, () => []);
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
    if (built.analysed === undefined) continue;
    parts[docId % shards]?.push({ docId, document: decodeAnalysedDocument(built.analysed) });
  }
  return {
    collection,
    views: parts.map((documents) => new NaiveIndexView(collection, documents)),
    titleRecords: (docId) => Promise.resolve(records.get(docId)),
  };
}
