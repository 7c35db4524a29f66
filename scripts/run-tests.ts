/**
 * Runs every test file: slow ones in a process each, quick ones many to a process, one process more beside each other than
 * there are processors, since many tests wait most of their time. Ends with lines that count the tests of all, after the
 * names of the files whose process failed. Arguments narrow the files by path prefix.
 */

import { spawn } from 'node:child_process';
import { globSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

const wanted = process.argv.slice(2);
const files = globSync(['src/**/*.test.ts', 'test/**/*.test.ts', 'testing/**/*.test.ts'])
  .filter((file) => wanted.length === 0 || wanted.some((prefix) => file.startsWith(prefix)))
  .sort();

/** Roughly how many seconds they take. What takes longest begins first, so that all processes end at about one time. */
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
/** Of the others, those of one process together: its start is worth it, and the last one does not end long after the rest. */
const BYTES_OF_A_PROCESS = 96 * 1024;
const LANES = availableParallelism() + 1;
const COUNTED = ['tests', 'suites', 'pass', 'fail', 'cancelled', 'skipped', 'todo'] as const;

interface Run {
  readonly files: readonly string[];
  readonly isWell: boolean;
  readonly counts: ReadonlyMap<string, number>;
}

/** What each process runs, in the order in which they begin. */
function jobs(): string[][] {
  const slow = files.filter((file) => SLOW.has(file)).sort((a, b) => (SLOW.get(b) ?? 0) - (SLOW.get(a) ?? 0));
  const own = slow.map((file) => [file]);
  let left_bytes = 0;
  for (const file of files.filter((other) => !SLOW.has(other))) {
    if (left_bytes <= 0) {
      own.push([]);
      left_bytes = BYTES_OF_A_PROCESS;
    }
    own.at(-1)?.push(file);
    left_bytes -= statSync(file).size;
  }
  return own;
}

function run(own: readonly string[]): Promise<Run> {
  const flags = ['--test', '--test-isolation=none', '--test-force-exit', '--test-timeout=120000'];
  const child = spawn(process.execPath, [...flags, '--test-reporter=spec', ...own], {
    stdio: ['ignore', 'pipe', 'inherit'],
    // What they start reads what another has compiled; what is compiled by then is compiled in half the time.
    env: {
      NODE_COMPILE_CACHE: join(import.meta.dirname, '..', 'node_modules', '.cache', 'node'),
      ...process.env,
    },
  });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return new Promise((resolve) => {
    child.on('close', (status) => {
      const counts = [...text.matchAll(/^ℹ (\w+) (\d+)$/gm)];
      // Its own counts are no news: those of all come at the end.
      process.stdout.write(text.replaceAll(/^ℹ (?:\w+ \d+|duration_ms .*)\n/gm, ''));
      const numbers = new Map(counts.map(([, name = '', count]) => [name, Number(count)]));
      resolve({ files: own, isWell: status === 0, counts: numbers });
    });
  });
}

const began_ms = performance.now();
const queue = jobs();
const runs: Run[] = [];
await Promise.all(
  Array.from({ length: LANES }, async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) runs.push(await run(next));
  }),
);
process.stdout.write('\n');
for (const failed of runs.filter(({ isWell }) => !isWell)) {
  process.stdout.write(`✖ not well, see above: ${failed.files.join(' ')}\n`);
}
for (const name of COUNTED) {
  process.stdout.write(`ℹ ${name} ${runs.reduce((sum, { counts }) => sum + (counts.get(name) ?? 0), 0)}\n`);
}
process.stdout.write(`ℹ duration_ms ${performance.now() - began_ms}\n`);
process.exit(runs.length > 0 && runs.every(({ isWell }) => isWell) ? 0 : 1);
