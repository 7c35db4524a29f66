/** What all crawls of a process share. */

import { type Clock, type CollectionId, type LogSink, type Random, systemRandom } from '../base/index.ts';
import type { Shards } from '../storage/index.ts';
import { createBrowserRenderer } from './browser-renderer.ts';
import { CanonicalMoves } from './canonical-moves.ts';
import { NO_ACCESS } from './crawl-access.ts';
import type { CrawlEvent, DocumentSink } from './crawl-contract.ts';
import type { CrawlCrew } from './crawl-crew.ts';
import { addressKey, siteKey, SiteKind } from './crawl-keys.ts';
import { decodePoliteness, type PolitenessRecord } from './crawl-records.ts';
import type { CrawlerOptions } from './crawler-contract.ts';
import { createFetcher, type Fetcher } from './fetcher.ts';
import { findBrowser } from './find-browser.ts';
import { Frontier } from './frontier.ts';
import type { HostRef } from './host.ts';
import { NamedLocks, Permits } from './permits.ts';
import { Politeness, type Recall } from './politeness.ts';
import type { Renderer } from './renderer.ts';
import { RobotsKeeper } from './robots-keeper.ts';
import { SharedFrontier } from './shared-frontier.ts';

/** What robots.txt calls this crawler. */
export const AGENT_NAME = 'PeregrineBot';
/** Answers on their way or in memory, over all collections: as many as one crawl can have that asks for the most. */
const PAGES_AT_ONCE = 260;
const RETRY_DELAYS_MS: readonly number[] = [1_000, 10_000];

export interface CrawlServices {
  readonly shards: Shards;
  readonly sink: DocumentSink;
  readonly fetcher: Fetcher;
  readonly renderer: Renderer;
  /** Pages can be rendered here. */
  readonly hasRenderer: boolean;
  readonly frontier: Frontier;
  readonly politeness: Politeness;
  readonly robots: RobotsKeeper;
  /** Undefined where this process crawls alone. */
  readonly crew: CrawlCrew | undefined;
  /** Held while a page is compared with its twins and stored, so that two twins don't pass each other. */
  readonly twins: NamedLocks;
  readonly moves: CanonicalMoves;
  /** For each page that is fetched or read, whichever collection's; first come, first served. */
  readonly pages: Permits;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: LogSink;
  /** What people call a collection. */
  readonly nameOf: (collection: CollectionId) => string;
  readonly webhookSecret: string | undefined;
  readonly onEvent: (event: CrawlEvent) => void;
  /** What robots.txt calls us. */
  readonly agent: string;
  /** Waits before the second, third, … try of what failed for reasons that may pass. */
  readonly retryDelays_ms: readonly number[];
}

/** Everything that crawls share, made of what a process gives. */
export function buildServices(options: CrawlerOptions, crew: CrawlCrew | undefined): CrawlServices {
  const { shards, clock, sink, log, contact } = options;
  const retryDelays_ms = options.retryDelays_ms ?? RETRY_DELAYS_MS;
  const userAgent = `${AGENT_NAME}/${options.version}${contact === undefined ? '' : ` (+${contact})`}`;
  const recall = async (host: HostRef, key: Uint8Array): Promise<PolitenessRecord | undefined> => {
    const value = await shards.of(host.slot).get('sites', key);
    return value === undefined ? undefined : decodePoliteness(value);
  };
  const recalls: Recall = {
    host: (host) => recall(host, siteKey(host, SiteKind.politeness)),
    address: (host, address) => recall(host, addressKey(host, address)),
  };
  return {
    shards,
    sink,
    clock,
    log,
    retryDelays_ms,
    crew,
    agent: AGENT_NAME,
    random: options.random ?? systemRandom,
    nameOf: options.nameOf ?? String,
    webhookSecret: options.access?.webhookSecret,
    onEvent: options.onEvent ?? (() => undefined),
    fetcher:
      options.fetcher ??
      createFetcher({
        userAgent,
        access: options.access ?? NO_ACCESS,
        ...(options.fetchTimeouts && { timeouts: options.fetchTimeouts }),
      }),
    renderer: options.renderer ?? createBrowserRenderer({ userAgent }),
    hasRenderer: options.renderer !== undefined || findBrowser() !== undefined,
    frontier: crew === undefined ? new Frontier(shards) : new SharedFrontier(shards, crew),
    politeness: new Politeness(clock, recalls, retryDelays_ms[0], crew),
    robots: new RobotsKeeper(shards, clock),
    twins: new NamedLocks(),
    moves: new CanonicalMoves(),
    pages: new Permits(options.pagesAtOnce ?? PAGES_AT_ONCE),
  };
}

/** Closes what can't be used by anybody else. */
export async function closeServices({ renderer, fetcher }: CrawlServices): Promise<void> {
  await renderer.close();
  await fetcher.close();
}
