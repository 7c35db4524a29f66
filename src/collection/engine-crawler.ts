/** The crawler of an engine, and what follows the end of a round: links are ranked, then it is measured what answers are worth. */

import { type Clock, type LogSink, messageOf } from '../base/index.ts';
import {
  type Crawler,
  type CrawlAccess,
  type CrawlPeers,
  createCrawler,
  type DocumentSink,
} from '../crawl/index.ts';
import type { CollectionRegistry } from './collection-registry.ts';
import type { EngineOptions } from './engine-options.ts';
import type { LinkCare } from './link-care.ts';
import type { SearchLab } from './search-lab.ts';
import type { EngineShards } from './shards-layer.ts';

export interface EngineCrawlerParts {
  readonly shards: EngineShards;
  readonly registry: CollectionRegistry;
  readonly linkCare: LinkCare;
  readonly lab: SearchLab;
  readonly clock: Clock;
  readonly log: LogSink;
  readonly version: string;
  readonly access: CrawlAccess | undefined;
  /** In a cluster: the processes that crawl together. */
  readonly peers: CrawlPeers | undefined;
}

export function createEngineCrawler(
  options: EngineOptions,
  { shards, registry, linkCare, lab, clock, log, version, access, peers }: EngineCrawlerParts,
  sink: DocumentSink,
): Crawler {
  return createCrawler({
    shards,
    sink,
    clock,
    log,
    version,
    nameOf: (collection) =>
      registry.entries().find(({ id }) => id === collection)?.name ?? String(collection),
    onRoundEnd: (collection) => {
      linkCare.roundEnded(collection);
      // The ranks of pages are part of what answers are worth.
      linkCare
        .idle(collection)
        .then(() => lab.roundEnded(collection))
        .catch((error: unknown) => {
          log.write('warn', 'lab.not-measured', { collection, message: messageOf(error) });
        });
    },
    ...(peers === undefined ? {} : { peers }),
    ...(access === undefined ? {} : { access }),
    ...(options.contact === undefined ? {} : { contact: options.contact }),
    ...(options.onCrawlEvent === undefined ? {} : { onEvent: options.onCrawlEvent }),
    ...(options.fetchTimeouts === undefined ? {} : { fetchTimeouts: options.fetchTimeouts }),
    ...(options.retryDelays_ms === undefined ? {} : { retryDelays_ms: options.retryDelays_ms }),
  });
}
