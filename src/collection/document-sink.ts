/** What the crawler hands its pages to: parsing workers, the write path, and questions about what is stored. */

import type { CollectionId } from '../base/index.ts';
import type { DocumentSink } from '../crawl/index.ts';
import {
  type BuiltDocument,
  decodeTitleRecord,
  decodeTitleSummary,
  type ParsePool,
  relatedPages,
} from '../document/index.ts';
import type { ForgottenPages } from './forgotten-pages.ts';
import type { ReadPath } from './read-path.ts';
import type { WritePath } from './write-path.ts';

export interface SinkParts {
  readonly parsePool: ParsePool;
  readonly readPath: ReadPath;
  readonly writePath: WritePath;
  readonly forgotten: ForgottenPages;
}

export function createDocumentSink({ parsePool, readPath, writePath, forgotten }: SinkParts): DocumentSink {
  return {
    mayHold: async (collection, url) => !(await forgotten.has(collection, url)),
    build: (source) => parsePool.build(source),
    store: async (collection, built) => {
      await writePath.put(collection, built);
    },
    remove: async (collection, url) => {
      await writePath.remove(collection, url);
    },
    storedLinks: async (collection, url) => {
      const found = await readPath.find(collection, url);
      if (found === undefined) return undefined;
      const { links, meta, robots } = decodeTitleRecord(found.record, { raw: false });
      if (robots.nofollow) return { links: [], related: relatedPages({}) };
      const followed = links.filter(({ nofollow }) => !nofollow).map((link) => link.url);
      return { links: followed, related: relatedPages(meta) };
    },
    storedAt_ms: async (collection, url) => {
      const found = await readPath.find(collection, url);
      return found === undefined ? undefined : decodeTitleSummary(found.record).fetchedAt_ms;
    },
    duplicateOf: (collection: CollectionId, built: BuiltDocument) => readPath.duplicateOf(collection, built),
  };
}
