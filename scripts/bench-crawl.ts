/**
 * Measures crawling over a web of 500 hosts on loopback addresses: the fetcher alone, then the whole way (fetch, parse,
 * index, durable). `node scripts/bench-crawl.ts [--quick] [--json] [--hosts N] [--pages N]`; the last line is JSON.
 */

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openEngine } from '../src/collection/index.ts';
import { createFetcher } from '../src/crawl/index.ts';
import { type LoopbackWeb, startLoopbackWeb } from '../testing/loopback-web.ts';

/** By its own words, for pages of the same kind. */
const GIGABLAST_CPU_MS = '12–13';
const MEDIAN_PAGE_BYTES = 25_000;
const GAP_MS = 250;
const CONCURRENCY = 128;
const FETCHES_AT_ONCE = 64;
const FETCH_MS = 3_000;
const CLOCK_TICKS_PER_S = 100;

interface CrawlFigures {
  readonly pages_per_s: number;
  readonly cpu_ms_per_page: number;
  readonly min_gap_violations: number;
  readonly missed: number;
  readonly repeated: number;
  readonly smallestGap_ms: number;
}

/** Asks for page after page, each host by one connection, no gaps: what the fetcher can do at most. */
async function measureFetcher({ urls }: LoopbackWeb): Promise<number> {
  const fetcher = createFetcher({ userAgent: 'PeregrineBot/bench' });
  const lanes: string[][] = Array.from({ length: FETCHES_AT_ONCE }, () => []);
  const hosts = Map.groupBy(urls, (url) => new URL(url).host);
  [...hosts.values()].forEach((pages, host) => lanes[host % FETCHES_AT_ONCE]?.push(...pages));
  let fetched = 0;
  const run = async (until_ms: number): Promise<void> => {
    const lane = async (pages: readonly string[]): Promise<void> => {
      for (let at = 0; performance.now() < until_ms; at++) {
        const url = pages[at % pages.length] ?? '';
        const request = {
          url,
          allowPrivate: true,
          types: 'page',
          overflow: 'refuse',
          max_bytes: 2 ** 24,
        } as const;
        const { bytes } = await fetcher.fetch(request);
        if (bytes.length > 0) fetched += 1;
      }
    };
    await Promise.all(lanes.filter((pages) => pages.length > 0).map(lane));
  };
  await run(performance.now() + 1_000);
  fetched = 0;
  const started_ms = performance.now();
  await run(started_ms + FETCH_MS);
  const rate = (fetched * 1_000) / (performance.now() - started_ms);
  await fetcher.close();
  return rate;
}

async function measureCrawl(web: LoopbackWeb): Promise<CrawlFigures> {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'peregrine-bench-'));
  try {
    const cpuBefore_ms = cpu_ms();
    const started_ms = performance.now();
    const engine = await openEngine({ dataDirectory });
    await engine.createCollection('web');
    await engine.startCrawl('web', {
      seeds: web.seeds,
      allowPrivate: true,
      delay_ms: GAP_MS,
      concurrency: CONCURRENCY,
    });
    await engine.crawlDone('web');
    const took_ms = performance.now() - started_ms;
    // Links are ranked from here on, in the parsing processes too: no part of what is measured.
    const spent_ms = cpu_ms() - cpuBefore_ms;
    const { violations, repeated, smallestGap_ms, requests } = await web.report();
    let missed = 0;
    for (const url of web.urls) if ((await engine.get('web', { url })) === undefined) missed += 1;
    const { fetched, outcomes } = engine.crawlProgress('web');
    await engine.close();
    console.error(
      `${requests} requests, ${fetched} pages in ${Math.round(took_ms)} ms: ${JSON.stringify(outcomes)}`,
    );
    return {
      pages_per_s: (fetched * 1_000) / took_ms,
      cpu_ms_per_page: spent_ms / fetched,
      min_gap_violations: violations,
      missed,
      repeated,
      smallestGap_ms,
    };
  } finally {
    rmSync(dataDirectory, { recursive: true, force: true });
  }
}

/** Processor time of this process, of its parsing processes, and of those that it has outlived. */
function cpu_ms(): number {
  const { user, system } = process.cpuUsage();
  let ticks = 0;
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const fields = statOf(name);
    const isOwn = Number(name) === process.pid;
    // Behind the command: state, parent, … own times at 11 and 12, those of ended children at 13 and 14.
    if (isOwn) ticks += Number(fields[13]) + Number(fields[14]);
    else if (Number(fields[1]) === process.pid && isParser(name))
      ticks += Number(fields[11]) + Number(fields[12]);
  }
  return (user + system) / 1_000 + (ticks * 1_000) / CLOCK_TICKS_PER_S;
}

function isParser(pid: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('parse-worker');
  } catch {
    return false;
  }
}

/** Empty for a process that has just ended. */
function statOf(pid: string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? [];
  } catch {
    return [];
  }
}

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    hosts: { type: 'string', default: '500' },
    pages: { type: 'string' },
    seed: { type: 'string', default: '1' },
  },
});
const web = await startLoopbackWeb({
  seed: Number(values.seed),
  hosts: Number(values.hosts),
  pagesPerHost: Number(values.pages ?? (values.quick ? 8 : 40)),
  medianPage_bytes: MEDIAN_PAGE_BYTES,
  gap_ms: GAP_MS,
});
try {
  const fetchOnly_per_s = await measureFetcher(web);
  await web.report();
  const crawl = await measureCrawl(web);
  if (!values.json) {
    console.log(
      `${web.urls.length} pages of ${web.seeds.length} hosts, median ${web.medianPage_bytes} bytes`,
    );
    console.log(`fetcher alone ${Math.round(fetchOnly_per_s)} pages/s`);
    console.log(
      `whole way ${crawl.pages_per_s.toFixed(0)} pages/s, ${crawl.cpu_ms_per_page.toFixed(2)} ms of CPU a page ` +
        `(Gigablast: ${GIGABLAST_CPU_MS} ms), smallest gap ${crawl.smallestGap_ms.toFixed(1)} ms`,
    );
  }
  console.log(
    JSON.stringify({
      pages_per_s: round(crawl.pages_per_s, 1),
      cpu_ms_per_page: round(crawl.cpu_ms_per_page, 2),
      fetch_only_per_s: round(fetchOnly_per_s, 0),
      min_gap_violations: crawl.min_gap_violations,
      missed: crawl.missed,
      repeated: crawl.repeated,
    }),
  );
} finally {
  await web.close();
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
