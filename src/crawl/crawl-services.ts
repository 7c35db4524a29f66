/** What all crawls of a process share. */

import type { Clock, CollectionId, LogSink, Random } from '../base/index.ts';
import type { Shards } from '../storage/index.ts';
import type { CrawlEvent, DocumentSink } from './crawl-contract.ts';
import type { Fetcher } from './fetcher.ts';
import type { Frontier } from './frontier.ts';
import type { NamedLocks } from './permits.ts';
import type { Politeness } from './politeness.ts';
import type { Renderer } from './renderer.ts';
import type { RobotsKeeper } from './robots-keeper.ts';

export interface CrawlServices {
  readonly shards: Shards;
  readonly sink: DocumentSink;
  readonly fetcher: Fetcher;
  readonly renderer: Renderer;
  readonly frontier: Frontier;
  readonly politeness: Politeness;
  readonly robots: RobotsKeeper;
  /** Held while a page is compared with its twins and stored, so that two twins don't pass each other. */
  readonly twins: NamedLocks;
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
