/**
 * Runs every test file, in two processes beside each other, and ends with lines that count the tests of both. Arguments
 * narrow the files by path prefix.
 */

import { spawn } from 'node:child_process';
import { globSync, statSync } from 'node:fs';

const wanted = process.argv.slice(2);
const files = globSync(['src/**/*.test.ts', 'test/**/*.test.ts', 'testing/**/*.test.ts'])
  .filter((file) => wanted.length === 0 || wanted.some((prefix) => file.startsWith(prefix)))
  .sort();

/** What takes longest, in seconds: shared out so that each process gets its half. */
const SLOW: ReadonlyMap<string, number> = new Map([
  ['src/storage/store-life.test.ts', 130],
  ['test/cluster.test.ts', 120],
  ['src/cluster/shard-replica.test.ts', 83],
  ['test/kill-crawl.test.ts', 44],
  ['test/cluster-crawl.test.ts', 39],
  ['src/server/browser.test.ts', 38],
  ['test/crawl-many-hosts.test.ts', 35],
  ['src/crawl/rendering.test.ts', 33],
  ['src/storage/store-kill.test.ts', 27],
  ['test/package.test.ts', 24],
  ['src/index/index-life.test.ts', 22],
  ['test/import-kill.test.ts', 20],
  ['src/document/parse-pool.test.ts', 18],
]);

interface Run {
  readonly status: number;
  readonly counts: ReadonlyMap<string, number>;
}

/** Each slow one to the half that has less to do, the others by size in turn, each half in the order of names. */
function halves(): string[][] {
  const own: [string[], string[]] = [[], []];
  const seconds: [number, number] = [0, 0];
  for (const [file, took_s] of SLOW) {
    if (!files.includes(file)) continue;
    const n = seconds[0] <= seconds[1] ? 0 : 1;
    own[n].push(file);
    seconds[n] += took_s;
  }
  const rest = files.filter((file) => !SLOW.has(file)).sort((a, b) => statSync(b).size - statSync(a).size);
  for (const [i, file] of rest.entries()) own[i % 2 === 0 ? 0 : 1].push(file);
  return own.map((half) => half.sort()).filter((half) => half.length > 0);
}

function run(own: readonly string[], isShownAtOnce: boolean): Promise<Run> {
  const flags = ['--test', '--test-isolation=none', '--test-force-exit', '--test-timeout=120000'];
  const reporter = ['--test-reporter=spec'];
  const child = spawn(process.execPath, [...flags, ...reporter, ...own], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
    if (isShownAtOnce) process.stdout.write(chunk);
  });
  return new Promise((resolve) => {
    child.on('close', (status) => {
      if (!isShownAtOnce) process.stdout.write(text);
      const counts = [...text.matchAll(/^ℹ (tests|suites|pass|fail|cancelled|skipped|todo) (\d+)$/gm)];
      resolve({
        status: status ?? 1,
        counts: new Map(counts.map(([, name = '', count]) => [name, Number(count)])),
      });
    });
  });
}

const began_ms = performance.now();
const runs = await Promise.all(halves().map((own, n) => run(own, n === 0)));
if (runs.length > 1) {
  process.stdout.write('\n');
  for (const name of ['tests', 'suites', 'pass', 'fail', 'cancelled', 'skipped', 'todo']) {
    process.stdout.write(`ℹ ${name} ${runs.reduce((sum, { counts }) => sum + (counts.get(name) ?? 0), 0)}\n`);
  }
  process.stdout.write(`ℹ duration_ms ${performance.now() - began_ms}\n`);
}
process.exit(runs.length > 0 && runs.every(({ status }) => status === 0) ? 0 : 1);
