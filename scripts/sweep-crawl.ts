/**
 * Crawls simulated webs, half of them by several processes over shared shards, until so many fetches were made:
 * `node scripts/sweep-crawl.ts [fetches] [seed] [processes]`, default 1,000,000 from seed 1 in as many processes as there
 * are cores. Prints a line for each web that broke a rule or
 * missed a page, one of JSON at the end, and the same to standard error on the way, so that a sweep that is cut short is
 * worth what it did. What a page that fails three times in a row hides is not missed.
 */

import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { seededRandom } from '../src/base/index.ts';
import { simulateCrawl, type SimulatedCrawlReport } from '../testing/simulated-crawl.ts';
import { simulateCrewCrawl } from '../testing/simulated-crew-crawl.ts';

interface CrawledWeb extends Omit<SimulatedCrawlReport, 'missed'> {
  readonly miscounted?: number;
  readonly shape: ReturnType<typeof shapeOf>;
  readonly missed: number;
  readonly missedFirst: readonly string[];
}

function shapeOf(seed: number): {
  seed: number;
  hosts: number;
  pagesPerHost: number;
  failures: number;
  kills: number;
  /** Processes that crawl together; 0: one alone. */
  members: number;
  moves: number;
} {
  const random = seededRandom(seed);
  return {
    seed,
    hosts: 20 + random.below(500),
    pagesPerHost: 5 + random.below(40),
    failures: [0, 0.02, 0.05][random.below(3)] ?? 0,
    kills: random.below(3) === 0 ? 1 + random.below(4) : 0,
    members: random.below(2) === 0 ? 0 : 2 + random.below(4),
    moves: random.below(6),
  };
}

async function crawlWeb(seed: number): Promise<CrawledWeb> {
  const shape = shapeOf(seed);
  const report = shape.members === 0 ? await simulateCrawl(shape) : await simulateCrewCrawl(shape);
  return { shape, ...report, missed: report.missed.length, missedFirst: report.missed.slice(0, 3) };
}

const isWrong = ({ broken, repeated, unexplained, missed, miscounted = 0 }: CrawledWeb): boolean =>
  broken.length > 0 || repeated > 0 || unexplained > 0 || missed > 0 || miscounted > 0;

const TELL_EVERY_FETCHES = 20_000;

/** Hands seeds to processes, one web at a time each, until enough was fetched. */
async function sweep(wanted: number, first: number, processes: number): Promise<number> {
  const total = { webs: 0, fetches: 0, pages: 0, simulated_s: 0, failures: 0 };
  let seed = first;
  let told = 0;
  const line = (): string => {
    const { simulated_s, ...rest } = total;
    const simulated_h = Math.round(simulated_s / 3_600);
    return JSON.stringify({ seeds: `${first}–${seed - 1}`, ...rest, simulated_h });
  };
  const work = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const child = fork(fileURLToPath(import.meta.url), ['--work'], { serialization: 'advanced' });
      const next = (): void => {
        if (total.fetches < wanted) child.send(seed++);
        else child.disconnect();
      };
      child.on('message', (web: CrawledWeb) => {
        total.webs += 1;
        total.fetches += web.fetches;
        total.pages += web.pages;
        total.simulated_s += web.simulated_s;
        if (isWrong(web)) {
          total.failures += 1;
          console.log(`seed ${web.shape.seed}: ${JSON.stringify(web)}`);
        }
        if (total.fetches >= told + TELL_EVERY_FETCHES) {
          told = total.fetches;
          console.error(line());
        }
        next();
      });
      child.once('error', reject);
      child.once('exit', (code) =>
        code === 0 ? resolve() : reject(new Error(`a process ended with ${code}`)),
      );
      next();
    });
  await Promise.all(Array.from({ length: processes }, work));
  console.log(line());
  return total.failures;
}

if (process.argv[2] === '--work') {
  process.on('message', (seed: number) => void crawlWeb(seed).then((web) => process.send?.(web)));
  process.on('disconnect', () => process.exit(0));
} else {
  const [wanted = 1_000_000, first = 1, processes = availableParallelism()] = process.argv
    .slice(2)
    .map(Number);
  process.exitCode = (await sweep(wanted, first, processes)) > 0 ? 1 : 0;
}
