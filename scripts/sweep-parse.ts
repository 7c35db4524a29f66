/**
 * Parses documents gone wrong: `node scripts/sweep-parse.ts [mutants] [seed] [from]`, those with numbers from `from` (0) on
 * below `mutants` (100,000), in two processes with the memory of a parsing one. Red when one hangs, dies, takes more than a second of CPU time or breaks.
 */

import { fork } from 'node:child_process';
import { buildDocument } from '../src/document/index.ts';
import { isPeregrineError } from '../src/base/index.ts';
import { MAX_CPU_MS, mutants, originals, outcomeOf } from '../test/suites/mutants.ts';

const PROCESSES = 2;
const MEMORY_MB = 256;
/** Resident memory of a process at most: that of a parsing process by default. */
const MAX_RESIDENT_MB = MEMORY_MB * 2 + 256;
/**
 * Nobody hears of a document for so many seconds: it hangs. Counted one by one, so that those in which everything stood
 * still don't count, and far more than a busy machine takes.
 */
const MAX_SILENCE_S = 60;
const SECOND_MS = 1000;
const REPORT_EVERY = 100;
const MAX_SHOWN = 20;
/** The first documents load readers, stemmers and statistics. */
const WARM_UP = 500;

interface Report {
  /** Mutants tried, the one that comes next among them. */
  readonly done: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly broken: readonly string[];
}

const [wanted = 100_000, seed = 1, from = 0] = process.argv.slice(2, 5).map(Number);
const part = process.argv[5];
if (part === undefined) await watchAll();
else await sweep(Number(part));

/** Every second mutant of the seed, in this process. */
async function sweep(which: number): Promise<void> {
  const counts: Record<string, number> = {};
  const broken: string[] = [];
  // As in a parsing process: what a reader left behind is no document's.
  process.on('unhandledRejection', () => undefined);
  let n = 0;
  for (const source of mutants(originals(), seed)) {
    if (n === wanted) break;
    const isOurs = n % PROCESSES === which;
    n += 1;
    if (!isOurs || n <= from) continue;
    const before = process.threadCpuUsage();
    let outcome = 'broken';
    try {
      outcome = await outcomeOf(buildDocument(source));
    } catch (error) {
      if (isPeregrineError(error)) outcome = error.code;
      broken.push(`${source.url}: ${String(error)}`);
    }
    const { user, system } = process.threadCpuUsage(before);
    const cpu_ms = (user + system) / 1000;
    if (cpu_ms > MAX_CPU_MS && n > from + WARM_UP) broken.push(`${source.url}: ${Math.round(cpu_ms)} ms`);
    counts[outcome] = (counts[outcome] ?? 0) + 1;
    if (Math.floor(n / PROCESSES) % REPORT_EVERY === 0) await tell({ done: n, counts, broken });
  }
  const resident_mb = process.resourceUsage().maxRSS / 1024;
  if (resident_mb > MAX_RESIDENT_MB) broken.push(`${Math.round(resident_mb)} MB were resident`);
  await tell({ done: n, counts, broken });
  process.disconnect();
}

function tell(report: Report): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined) resolve();
    else process.send(report, () => resolve());
  });
}

async function watchAll(): Promise<void> {
  const reports = await Promise.all(Array.from({ length: PROCESSES }, (_, i) => watch(i)));
  const counts: Record<string, number> = {};
  for (const report of reports) {
    for (const [outcome, count] of Object.entries(report.counts)) {
      counts[outcome] = (counts[outcome] ?? 0) + count;
    }
  }
  const broken = reports.flatMap((report) => report.broken);
  console.log(JSON.stringify({ mutants: wanted - from, seed, from, ...counts, broken: broken.length }));
  for (const line of broken.slice(0, MAX_SHOWN)) console.error(line);
  process.exitCode = broken.length === 0 ? 0 : 1;
}

/** The last report of a process; what ended it before its time is in it. */
function watch(which: number): Promise<Report> {
  return new Promise((resolve) => {
    let last: Report = { done: 0, counts: {}, broken: [] };
    const numbers = [wanted, seed, from, which].map(String);
    const child = fork(process.argv[1] ?? '', numbers, { execArgv: [`--max-old-space-size=${MEMORY_MB}`] });
    let silence_s = 0;
    const timer = setInterval(() => {
      silence_s += 1;
      if (silence_s > MAX_SILENCE_S) child.kill('SIGKILL');
    }, SECOND_MS);
    child.on('message', (report) => {
      last = report as Report;
      silence_s = 0;
    });
    child.once('exit', (code, signal) => {
      clearInterval(timer);
      const end = `process ${which} ended with ${signal ?? code} within ${REPORT_EVERY * PROCESSES} mutants behind number ${last.done}`;
      resolve(code === 0 ? last : { ...last, broken: [...last.broken, end] });
    });
  });
}
