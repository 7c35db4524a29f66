/**
 * What commands need of an engine, whether it runs in this process or behind a control socket. Two implementations:
 * {@link localCalls} and `ControlClient`.
 */

import { PeregrineError } from '../base/index.ts';
import type {
  DocumentAddress,
  Engine,
  EngineStatus,
  InjectRequest,
  InjectResult,
} from '../collection/index.ts';
import type { CrawlProgress, CrawlRequest } from '../crawl/index.ts';
import type { SearchRequest, SearchResponse } from '../query/index.ts';

export interface EngineCalls {
  collections(): Promise<readonly string[]>;
  createCollection(collection: string): Promise<void>;
  search(collection: string, request: SearchRequest): Promise<SearchResponse>;
  inject(
    collection: string,
    request: InjectRequest,
    options?: { wait?: 'durable' | 'visible' },
  ): Promise<InjectResult>;
  remove(collection: string, address: DocumentAddress): Promise<boolean>;
  startCrawl(collection: string, request: CrawlRequest): Promise<void>;
  pauseCrawl(collection: string): Promise<void>;
  resumeCrawl(collection: string): Promise<void>;
  crawlProgress(collection: string): Promise<CrawlProgress>;
  status(): Promise<EngineStatus>;
  /** Lets go of the engine: closes one of this process, only hangs up on another's. */
  close(): Promise<void>;
}

export function localCalls(engine: Engine): EngineCalls {
  return {
    collections: async () => engine.collections(),
    createCollection: async (collection) => engine.createCollection(collection),
    search: async (collection, request) => engine.search(collection, request),
    inject: async (collection, request, options) => engine.inject(collection, request, options),
    remove: async (collection, address) => engine.remove(collection, address),
    startCrawl: async (collection, request) => engine.startCrawl(collection, request),
    pauseCrawl: async (collection) => engine.pauseCrawl(collection),
    resumeCrawl: async (collection) => engine.resumeCrawl(collection),
    crawlProgress: async (collection) => engine.crawlProgress(collection),
    status: async () => engine.status(),
    close: async () => engine.close(),
  };
}

/** Makes the collection unless it is there. */
export async function ensureCollection(calls: EngineCalls, collection: string): Promise<void> {
  if ((await calls.collections()).includes(collection)) return;
  try {
    await calls.createCollection(collection);
  } catch (error) {
    // Somebody else was faster: what was wanted is there.
    if (!(error instanceof PeregrineError && error.code === 'ALREADY_EXISTS')) throw error;
  }
}
