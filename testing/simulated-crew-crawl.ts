/** One crawl of a simulated web by several processes from a seed, and what they did: for a test and for `npm run sweep:crawl`. */

import { type Clock, seededRandom, toCollectionId, toShardId } from '../src/base/index.ts';
import { Frontier } from '../src/crawl/frontier.ts';
import type { CrawlProgress } from '../src/crawl/index.ts';
import type { Shards } from '../src/storage/index.ts';
import { SimulatedClock } from './simulated-clock.ts';
import { SimulatedCrew } from './simulated-crew.ts';
import { type SimulatedCrawlReport, SimulatedSink } from './simulated-crawl.ts';
import { SimulatedWeb } from './simulated-web.ts';
import { sortedShards } from './sorted-store.ts';

const MAIN = toCollectionId(1);

export interface CrewCrawlOptions {
  readonly seed: number;
  readonly hosts: number;
  readonly pagesPerHost: number;
  readonly failures?: number;
  /** Members, 2 … 5. */
  readonly members: number;
  readonly kills: number;
  /** Leaders that change without need. */
  readonly moves: number;
  readonly maxPages?: number;
}

export interface CrewCrawlReport extends SimulatedCrawlReport {
  /** Members whose sockets answered pages. */
  readonly atWork: number;
  /** By how much the books are wrong about how many URLs ended, and how many wait. */
  readonly miscounted: number;
}

export async function simulateCrewCrawl(options: CrewCrawlOptions): Promise<CrewCrawlReport> {
  const { seed, members, kills, moves, maxPages = 10_000_000 } = options;
  const random = seededRandom(seed ^ 0xc4e3);
  const delay_ms = [100, 250, 1_000][random.below(3)] ?? 250;
  const clock = new SimulatedClock();
  const web = new SimulatedWeb({ ...options, delay_ms }, clock);
  const sink = new SimulatedSink();
  const shards = sortedShards(2 + random.below(5));
  const names = Array.from({ length: members }, (_, n) => `m${n}`);
  const crew = new SimulatedCrew({ clock, random, shards, sink, fetcher: web }, names);
  const began_ms = clock.now();
  const concurrency = 8 + random.below(40);
  const request = { seeds: web.seeds, delay_ms, concurrency, maxPages };
  await clock.run(crew.anyCrawler.start(MAIN, request));
  const progresses = (): CrawlProgress[] => crew.names.map((name) => crew.crawlerOf(name).progress(MAIN));
  const hasEnded = (): boolean => progresses().some(({ state }) => state === 'done');
  const events = [...Array(kills).fill('kill'), ...Array(moves).fill('move')] as ('kill' | 'move')[];
  for (const event of shuffled(events, random)) {
    const at = web.fetches + 1 + random.below(Math.ceil((options.hosts * options.pagesPerHost) / 4));
    await clock.run(until(clock, () => web.fetches >= at || hasEnded()));
    if (event === 'move') {
      crew.move(toShardId(random.below(shards.count)));
      continue;
    }
    const name = crew.names[random.below(crew.names.length)] ?? '';
    crew.kill(name);
    web.crawlerWasKilled();
    await clock.run(clock.sleep(3_000 + random.below(20_000)));
    crew.join(name);
  }
  await clock.run(until(clock, hasEnded));
  const progress = progresses().find(({ state }) => state === 'done');
  const told = Object.values(progress?.outcomes ?? {}).reduce((sum, count) => sum + count, 0);
  const ended = await clock.run(endedIn(shards));
  await clock.run(crew.close());
  const missed = [...web.reachable()].filter((url) => !web.answered.has(url));
  const allowedRepeats = (kills + moves) * (concurrency + 4);
  const repeats = [...web.answered.values()].reduce((sum, count) => sum + count - 1, 0);
  return {
    fetches: web.fetches,
    pages: web.answered.size,
    broken: web.brokenRules,
    missed,
    repeated: Math.max(0, repeats - allowedRepeats),
    unexplained: 0,
    smallestGap_ms: web.smallestGap_ms,
    simulated_s: (clock.now() - began_ms) / 1_000,
    atWork: crew.visitors,
    miscounted: Math.abs(ended - told) + (progress?.queued ?? 1),
  };
}

/** URLs that ended, as their own records say. */
async function endedIn(shards: Shards): Promise<number> {
  let count = 0;
  for await (const { reply } of new Frontier(shards).known(MAIN))
    if (reply !== undefined && reply.outcome !== 'sitemap') count += 1;
  return count;
}

function shuffled<T>(values: readonly T[], random: ReturnType<typeof seededRandom>): T[] {
  return values
    .map((value) => ({ value, order: random.unit() }))
    .sort((a, b) => a.order - b.order)
    .map(({ value }) => value);
}

async function until(clock: Clock, isSo: () => boolean): Promise<void> {
  while (!isSo()) await clock.sleep(50);
}
