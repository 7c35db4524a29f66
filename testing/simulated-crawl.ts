/** One crawl of a simulated web from a seed, and what it did: for a test and for `npm run sweep:crawl`. */

import { seededRandom, silentLog, toCollectionId } from '../src/base/index.ts';
import { type CrawlEvent, createCrawler } from '../src/crawl/index.ts';
import type { BuiltDocument } from '../src/document/index.ts';
import { SimulatedClock } from './simulated-clock.ts';
import { SimulatedWeb } from './simulated-web.ts';
import { sortedShards } from './sorted-store.ts';
import { TinySink } from './tiny-sink.ts';

const MAIN = toCollectionId(1);

export interface SimulatedCrawlOptions {
  readonly seed: number;
  readonly hosts: number;
  readonly pagesPerHost: number;
  readonly failures?: number;
  /** The process is killed that often, and another goes on. */
  readonly kills?: number;
}

export interface SimulatedCrawlReport {
  readonly fetches: number;
  readonly pages: number;
  /** Rules that were broken, with how often; empty where none was. */
  readonly broken: readonly string[];
  /** Pages that can be reached and were not fetched. */
  readonly missed: readonly string[];
  /** Fetched again without need: more often than kills can explain. */
  readonly repeated: number;
  /** Fetches that ended without a reason in their record. */
  readonly unexplained: number;
  readonly smallestGap_ms: number;
  readonly simulated_s: number;
}

/** Finds twins by a table: the web is large. */
export class SimulatedSink extends TinySink {
  readonly #byHash = new Map<string, string>();

  override async duplicateOf(_collection: unknown, built: BuiltDocument): Promise<string | undefined> {
    const known = this.#byHash.get(built.contentHash);
    if (known === undefined) this.#byHash.set(built.contentHash, built.url);
    return known === built.url ? undefined : known;
  }
}

export async function simulateCrawl(options: SimulatedCrawlOptions): Promise<SimulatedCrawlReport> {
  const { seed, kills = 0 } = options;
  const random = seededRandom(seed ^ 0xc1a3);
  const delay_ms = [100, 250, 1_000][random.below(3)] ?? 250;
  const clock = new SimulatedClock();
  const web = new SimulatedWeb({ ...options, delay_ms }, clock);
  const sink = new SimulatedSink();
  const began_ms = clock.now();
  let shards = sortedShards(1 + random.below(2));
  let unexplained = 0;
  const open = (): ReturnType<typeof createCrawler> =>
    createCrawler({
      shards,
      sink,
      clock,
      random,
      fetcher: web,
      log: silentLog,
      version: '0',
      onEvent: (event) => {
        if (!isExplained(event)) unexplained += 1;
      },
    });
  let crawler = open();
  const request = { seeds: web.seeds, delay_ms, concurrency: 8 + random.below(120), maxPages: 10_000_000 };
  await clock.run(crawler.start(MAIN, request));
  for (let left = kills; left > 0; left--) {
    const fetchesAtKill = web.fetches + 1 + random.below(2_000);
    await clock.run(
      until(clock, () => web.fetches >= fetchesAtKill || crawler.progress(MAIN).state === 'done'),
    );
    shards.kill();
    web.crawlerWasKilled();
    await clock.run(crawler.close());
    shards = shards.reopen();
    crawler = open();
    await clock.run(crawler.resumeAll());
  }
  await clock.run(crawler.done(MAIN));
  await clock.run(crawler.close());
  const missed = [...web.reachable()].filter((url) => !web.answered.has(url));
  const allowedRepeats = kills * request.concurrency;
  const repeats = [...web.answered.values()].reduce((sum, count) => sum + count - 1, 0);
  return {
    fetches: web.fetches,
    pages: web.answered.size,
    broken: web.brokenRules,
    missed,
    repeated: Math.max(0, repeats - allowedRepeats),
    unexplained,
    smallestGap_ms: web.smallestGap_ms,
    simulated_s: (clock.now() - began_ms) / 1_000,
  };
}

/** Whatever is no plain success says why. */
function isExplained({ outcome, detail }: CrawlEvent): boolean {
  return outcome === 'indexed' || detail !== '';
}

async function until(clock: SimulatedClock, isSo: () => boolean): Promise<void> {
  while (!isSo()) await clock.sleep(50);
}
