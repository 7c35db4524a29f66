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
import type { Courtesy } from './courtesy.ts';
import type { ForgottenPages } from './forgotten-pages.ts';
import type { ReadPath } from './read-path.ts';
import type { WritePath } from './write-path.ts';

export interface SinkParts {
  readonly parsePool: ParsePool;
  readonly readPath: ReadPath;
  readonly writePath: WritePath;
  readonly forgotten: ForgottenPages;
  readonly courtesy: Courtesy;
}

export function createDocumentSink(parts: SinkParts): DocumentSink {
  const { parsePool, readPath, writePath, forgotten, courtesy } = parts;
  return {
    mayHold: async (collection, url) => {
      await courtesy.pass();
      return !(await forgotten.has(collection, url));
    },
    build: async (source) => {
      await courtesy.pass();
      const built = await parsePool.build(source);
      // Documents come out of a parsing process several at a time.
      await courtesy.pass();
      return built;
    },
    store: async (collection, built) => {
      await courtesy.pass();
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
