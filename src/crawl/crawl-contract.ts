/** A crawl as a caller asks it, and the seam by which the crawler hands on what it fetched. */

import type { CollectionId } from '../base/index.ts';
import type { BuiltDocument, DocumentSource, RelatedPages } from '../document/index.ts';
import type { QuietHours } from './crawl-pace.ts';
import type { UrlRule } from './rule-table.ts';

export interface CrawlRequest {
  /** Where to begin. Without `scope`, each seed's site is the scope. */
  readonly seeds: readonly string[];
  /** `site`: hosts of the seeds (www twins count as one); `domain`: registrable domains; `prefix`: below the seeds' folders. */
  readonly scope?: 'site' | 'domain' | 'prefix';
  /** Pages to fetch at most; default 100,000. */
  readonly maxPages?: number;
  /** From the start of the crawl to its end, s; default 0: no limit. */
  readonly maxTime_s?: number;
  /** Bytes to fetch at most, unpacked; default 0: no limit. */
  readonly maxBytes?: number;
  /** Links to follow from a seed at most; default 32. */
  readonly maxDepth?: number;
  /** Least time between two requests to one host, ms; default 250 (robots.txt may ask for more). */
  readonly delay_ms?: number;
  /** Requests at once over all hosts; default 8. One per host always. */
  readonly concurrency?: number;
  /** Allow private, loopback and link-local addresses; default false. */
  readonly allowPrivate?: boolean;
  readonly maxPage_bytes?: number;
  /** Least time from the end of a pass to a refresh that begins by itself, s; default 0: none does. */
  readonly refreshEvery_s?: number;
  /** Pages that a refresh asks for again: those that are likeliest to have changed, weighed by their depth; default 1,000. */
  readonly refreshPages?: number;
  /** Ordered; the first that holds decides on a URL in scope. Default: none. */
  readonly rules?: readonly UrlRule[];
  /**
   * `auto`: pages that say more once their scripts have run are taken as they are then, decided for each kind of page of
   * a host; needs Chromium and `playwright-core`. Default: `never`.
   */
  readonly render?: 'never' | 'auto';
  /** Send back the cookies that sites set, while the crawl lasts in this process; default false. */
  readonly cookies?: boolean;
  /** Where to tell by POST that the crawl is done, paused, stopped or failed; default: nowhere. */
  readonly webhook?: string;
  /** Take notices of changed pages from the sites in scope (IndexNow); default false. */
  readonly indexNow?: boolean;
  /** Pages a second over all hosts; default 0: no limit. */
  readonly maxPages_per_s?: number;
  /** Bytes a second over all hosts; default 0: no limit. */
  readonly maxBytes_per_s?: number;
  /** Hours, by UTC, in which nothing is fetched. */
  readonly quietHours?: readonly QuietHours[];
}

/** Why a URL ended as it did. Stable names; shown to people and stored in crawl records. */
export type CrawlOutcome =
  | 'indexed'
  | 'unchanged'
  | 'duplicate'
  | 'noindex'
  | 'canonical-elsewhere'
  | 'redirect'
  | 'robots-forbidden'
  | 'out-of-scope'
  | 'not-found'
  | 'http-error'
  | 'network-error'
  | 'timeout'
  | 'too-large'
  | 'unsupported-type'
  | 'parse-failed'
  | 'address-refused'
  | 'trap'
  | 'limit';

/** One attempt, as the live view and the crawl records show it. */
export interface CrawlEvent {
  readonly collection: CollectionId;
  readonly url: string;
  readonly at_ms: number;
  readonly outcome: CrawlOutcome;
  readonly status: number;
  readonly size_bytes: number;
  readonly took_ms: number;
  readonly detail: string;
  readonly title: string;
}

export interface CrawlProgress {
  readonly collection: CollectionId;
  readonly state: 'idle' | 'running' | 'paused' | 'done';
  readonly queued: number;
  readonly fetched: number;
  /** Of what was fetched in this pass, unpacked; sitemaps too. */
  readonly fetched_bytes?: number;
  readonly inFlight: number;
  readonly indexed: number;
  readonly failed: number;
  readonly outcomes: Readonly<Partial<Record<CrawlOutcome, number>>>;
  readonly pages_per_s: number;
  readonly startedAt_ms: number;
  /** The smallest gaps between an answer and the next request since this process began, over all hosts and all addresses; 0 before there were two requests. */
  readonly smallestGaps?: { readonly host_ms: number; readonly address_ms: number };
  readonly recent: readonly CrawlEvent[];
}

/** What a page leads to. */
export interface FollowedLinks {
  readonly links: readonly string[];
  readonly related: RelatedPages;
}

/** Where the crawler's documents go. Implemented by `collection/`. */
export interface DocumentSink {
  /** Parses in a worker with time and memory limits. Rejects with `PARSE_FAILED`, `PARSE_TIMEOUT`, `UNSUPPORTED_TYPE`. */
  build(source: DocumentSource): Promise<BuiltDocument>;
  /** Resolves when the document is durable on its home shard, with its links handed on. */
  store(collection: CollectionId, built: BuiltDocument): Promise<void>;
  /** False for pages that are to be forgotten: they are not even fetched. Default: every page may be held. */
  mayHold?(collection: CollectionId, url: string): Promise<boolean>;
  /** Removes a document; one that is not there is no error. */
  remove(collection: CollectionId, url: string): Promise<void>;
  /** What the stored copy of `url` leads to and may be followed; undefined where there is none. */
  storedLinks(collection: CollectionId, url: string): Promise<FollowedLinks | undefined>;
  /** When the stored copy of `url` came in, ms since 1970; undefined where there is none. */
  storedAt_ms(collection: CollectionId, url: string): Promise<number | undefined>;
  /** URL of another live document with the same content hash, or undefined. */
  duplicateOf(collection: CollectionId, built: BuiltDocument): Promise<string | undefined>;
}
