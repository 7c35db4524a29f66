/** Parses documents gone wrong: `node scripts/sweep-parse.ts [mutants] [seed]`, 100,000 by default. Red when one hangs, dies or breaks. */

import { createParsePool, type ParsePool } from '../src/document/index.ts';
import { isPeregrineError } from '../src/base/index.ts';
import { MAX_CPU_MS, mutants, originals, outcomeOf } from '../test/suites/mutants.ts';

const wanted = Number(process.argv[2] ?? 100_000);
const seed = Number(process.argv[3] ?? 1);
const POOLS = 2;
/** Pages may be slow once for reasons that are not theirs: the first of a pool loads its readers. */
const SLACK = 3;
const MAX_SHOWN = 20;

const pools = Array.from({ length: POOLS }, () =>
  createParsePool({ timeout_ms: MAX_CPU_MS * SLACK, memory_mb: 256 }),
);
const counts: Record<string, number> = {};
const broken: string[] = [];
const sources = mutants(originals(), seed);
let done = 0;

async function work(pool: ParsePool): Promise<void> {
  while (done < wanted) {
    done += 1;
    const { value: source } = sources.next();
    if (source === undefined) return;
    let outcome: string;
    try {
      outcome = await outcomeOf(pool.build(source));
    } catch (error) {
      outcome = isPeregrineError(error) ? error.code : 'broken';
      broken.push(`${source.url}: ${String(error)}`);
    }
    counts[outcome] = (counts[outcome] ?? 0) + 1;
    if (done % 10_000 === 0) console.error(`${done} of ${wanted}`);
  }
}

await Promise.all(pools.map(work));
await Promise.all(pools.map((pool) => pool.close()));
console.log(JSON.stringify({ mutants: wanted, seed, ...counts, broken: broken.length }));
for (const line of broken.slice(0, MAX_SHOWN)) console.error(line);
process.exitCode = broken.length === 0 ? 0 : 1;
