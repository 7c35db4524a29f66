/**
 * Crawls simulated webs until so many fetches were made: `node scripts/sweep-crawl.ts [fetches] [seed]`, default
 * 1,000,000 from seed 1. Prints a line for each web that broke a rule or missed a page, and one of JSON at the end.
 */

import { seededRandom } from '../src/base/index.ts';
import { simulateCrawl } from '../testing/simulated-crawl.ts';

const [wanted = 1_000_000, first = 1] = process.argv.slice(2).map(Number);
let fetches = 0;
let pages = 0;
let simulated_s = 0;
let failures = 0;
let seed = first;
for (; fetches < wanted; seed++) {
  const random = seededRandom(seed);
  const shape = {
    seed,
    hosts: 20 + random.below(500),
    pagesPerHost: 5 + random.below(40),
    failures: [0, 0.02, 0.05][random.below(3)] ?? 0,
    kills: random.below(3) === 0 ? 1 + random.below(4) : 0,
  };
  const report = await simulateCrawl(shape);
  fetches += report.fetches;
  pages += report.pages;
  simulated_s += report.simulated_s;
  // Where much fails, a page may fail thrice in a row, and a host be given up.
  const missed = shape.failures > 0.03 ? 0 : report.missed.length;
  const isWrong =
    report.broken.length > 0 ||
    report.repeated > 0 ||
    report.unexplained > 0 ||
    missed > report.pages / 5_000;
  if (!isWrong) continue;
  failures += 1;
  console.log(`seed ${seed}: ${JSON.stringify({ ...shape, ...report, missed: report.missed.slice(0, 3) })}`);
}
const webs = seed - first;
console.log(
  JSON.stringify({
    webs,
    seeds: `${first}–${seed - 1}`,
    fetches,
    pages,
    simulated_h: Math.round(simulated_s / 3_600),
    failures,
  }),
);
process.exitCode = failures > 0 ? 1 : 0;
