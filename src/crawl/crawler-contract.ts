/** What a crawler offers, and what it is made of. */

import type { Clock, CollectionId, LogSink, Random } from '../base/index.ts';
import type { Shards } from '../storage/index.ts';
import type { CrawlPeers } from './crawl-peers.ts';
import type { CrawlAccess } from './crawl-access.ts';
import type { CrawlEvent, CrawlProgress, CrawlRequest, DocumentSink } from './crawl-contract.ts';
import type { PolitenessRecord, ReplyRecord, RequestRecord } from './crawl-records.ts';
import type { Fetcher, FetchTimeouts } from './fetcher.ts';
import type { IndexNowNotice, NoticeAnswer } from './index-now.ts';
import type { Renderer } from './renderer.ts';

export interface CrawlerOptions {
  readonly shards: Shards;
  readonly sink: DocumentSink;
  readonly clock: Clock;
  readonly log: LogSink;
  /** Default: the system's. */
  readonly random?: Random;
  /** Stands in the `User-Agent`. */
  readonly version: string;
  /** Where a site's owner finds who crawls: a URL or an address. */
  readonly contact?: string;
  /** Passwords, proxies and certificates; default: none. */
  readonly access?: CrawlAccess;
  /** Default: HTTP over sockets. Closed with the crawler. */
  readonly fetcher?: Fetcher;
  /** Default: the system's Chromium, where one is and a crawl asks for it. Closed with the crawler. */
  readonly renderer?: Renderer;
  /** What people call a collection; default: its number. */
  readonly nameOf?: (collection: CollectionId) => string;
  /** Told of each URL that ended. */
  readonly onEvent?: (event: CrawlEvent) => void;
  /** Told when a collection's crawl has nothing left to do. */
  readonly onRoundEnd?: (collection: CollectionId) => void;
  /** The processes that crawl together over these shards; default: this one is alone. */
  readonly peers?: CrawlPeers;
  /** How long a request may take, where the fetcher is the default one. */
  readonly fetchTimeouts?: Partial<FetchTimeouts>;
  /** Pages that are fetched or read at once over all collections; default 260. */
  readonly pagesAtOnce?: number;
  /** Waits before the second, third, … try; default 1 s and 10 s. */
  readonly retryDelays_ms?: readonly number[];
}

/** What is known of one URL, for "why is it not found?". */
export interface UrlStatus {
  readonly request: RequestRecord | undefined;
  readonly reply: ReplyRecord | undefined;
  /** Where it waits, if it does. */
  readonly queue?: QueuePlace;
  /** How far the crawl goes; undefined where there was none. */
  readonly reach?: CrawlReach;
}

/** What a crawl asks for, as it was told. */
export interface CrawlReach {
  /** Sites, domains and beginnings of addresses that it keeps to. */
  readonly scope: readonly string[];
  readonly isInScope: boolean;
  /** Links from a seed. */
  readonly maxDepth: number;
}

/** Where a request stands in the queue of its host, and what it waits for. */
export interface QueuePlace {
  /** Requests of its host that stand before it, those under way too; at least so many where {@link isAtLeast}. */
  readonly ahead: number;
  readonly isAtLeast: boolean;
  /** Not before this time, ms since 1970; 0: as soon as its turn comes. */
  readonly due_ms: number;
  /** Until when the server asked to be left alone, or earned it by failing; 0 where it did not. */
  readonly restUntil_ms: number;
  /** Whether the crawl that would ask for it is at work. */
  readonly crawl: CrawlProgress['state'];
  /** The limit that ended the crawl before its turn came. */
  readonly limit?: CrawlLimit;
}

/** A bound of a crawl by the name of its setting. */
export interface CrawlLimit {
  readonly setting: 'maxPages' | 'maxTime_s' | 'maxBytes';
  readonly value: number;
}

export interface RefreshChoice {
  readonly pages?: number;
  readonly urls?: readonly string[];
}

export interface Crawler {
  /** Adds seeds and starts the crawl, or goes on with it. After a finished one a new pass over the sites begins. */
  start(collection: CollectionId, request: CrawlRequest): Promise<void>;
  /** Begins nothing new; resolves when what was under way has ended and the state is durable. */
  pause(collection: CollectionId): Promise<void>;
  resume(collection: CollectionId): Promise<void>;
  /**
   * Ends the crawl for good: what is under way ends, what waits is taken from the queue, and no refresh begins by itself
   * until the crawl is started again. What was fetched stays.
   */
  stop(collection: CollectionId): Promise<void>;
  /** A site tells that pages of it have changed; they are asked for again soon. */
  announce(collection: CollectionId, notice: IndexNowNotice): Promise<NoticeAnswer>;
  /**
   * Asks for pages again that were fetched in earlier passes: `urls`, or else the `pages` whose copies are likeliest to be
   * stale (default: as the crawl's settings say). Follows what is new. Returns how many are asked for. While the
   * collection's crawl is not finished none are, but for `urls`, which wait for its end.
   */
  refresh(collection: CollectionId, choice?: RefreshChoice): Promise<number>;
  progress(collection: CollectionId): CrawlProgress;
  /** Resolves when the crawl has nothing left to do, is paused, or never began; `CANCELLED` where `signal` aborts. */
  done(collection: CollectionId, signal?: AbortSignal): Promise<void>;
  /**
   * Goes on with every crawl that was running when the last process ended. Once, before anything else. `resting`: they are known, and
   * none goes on.
   */
  resumeAll(how?: 'resting'): Promise<void>;
  status(collection: CollectionId, url: string): Promise<UrlStatus>;
  /** How a host has been treated, with the smallest gap ever. Takes a URL of it. */
  politenessOf(url: string): Promise<PolitenessRecord | undefined>;
  /**
   * Removes the records of these pages: that they were asked for, when, and what came of it. The crawl rests meanwhile, so
   * that nothing of it is under way while `remove` takes away the pages themselves.
   */
  forgetPages(collection: CollectionId, urls: readonly string[], remove: () => Promise<void>): Promise<void>;
  /** Stops a collection's crawl and removes all its crawl records. */
  forget(collection: CollectionId): Promise<void>;
  /** Cuts what is under way; crawls go on at the next {@link resumeAll}. */
  close(): Promise<void>;
}
