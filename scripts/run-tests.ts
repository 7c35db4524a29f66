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

/** Roughly how many seconds they take, of those that take long. */
const SLOW: ReadonlyMap<string, number> = new Map([
  ['src/storage/store-life.test.ts', 120],
  ['test/cluster.test.ts', 100],
  ['src/cluster/shard-replica.test.ts', 80],
  ['test/kill-crawl.test.ts', 60],
  ['test/cluster-crawl.test.ts', 42],
  ['test/crawl-many-hosts.test.ts', 38],
  ['src/server/browser.test.ts', 35],
  ['src/crawl/rendering.test.ts', 34],
  ['test/package.test.ts', 33],
  ['src/index/index-life.test.ts', 24],
  ['src/storage/fault-sweep.test.ts', 24],
  ['src/storage/store-kill.test.ts', 20],
  ['src/cli/main.test.ts', 18],
  ['test/import-kill.test.ts', 17],
  ['test/readme.test.ts', 15],
  ['test/previous-version.test.ts', 14],
  ['test/whole-program.test.ts', 14],
  ['src/document/parse-pool.test.ts', 13],
  ['src/collection/index-care.test.ts', 13],
  ['src/transfer/transfer-fuzz.test.ts', 13],
  ['test/forget.test.ts', 13],
  ['test/simulated-crawl.test.ts', 12],
  ['test/cluster-alone.test.ts', 11],
]);
/** The others together, many to a process: its start is worth it, and the last one does not end long after the rest. */
const SECONDS_PER_BYTE = 250 / 1_300_000;
const SECONDS_OF_A_PROCESS = 16;
const LANES = availableParallelism() + 1;
/** What they start reads what another has compiled, which takes half of its time. */
const ENVIRONMENT = {
  NODE_COMPILE_CACHE: join(import.meta.dirname, '..', 'node_modules', '.cache', 'node'),
  ...process.env,
};
/** What most of them import. */
const PROGRAM = ['src/library.ts', 'src/server/index.ts', 'src/cluster/index.ts', 'src/cli/program.ts'];
const COUNTED = ['tests', 'suites', 'pass', 'fail', 'cancelled', 'skipped', 'todo'] as const;

interface Run {
  readonly files: readonly string[];
  readonly isWell: boolean;
  readonly counts: ReadonlyMap<string, number>;
}

/** What each process runs. What takes longest begins first, so that all end at about one time. */
function jobs(): string[][] {
  const own = files
    .filter((file) => SLOW.has(file))
    .map((file) => ({ files: [file], seconds: SLOW.get(file) ?? 0 }));
  for (const file of files.filter((other) => !SLOW.has(other))) {
    const seconds = statSync(file).size * SECONDS_PER_BYTE;
    const last = own.at(-1);
    if (last === undefined || last.seconds >= SECONDS_OF_A_PROCESS || SLOW.has(last.files[0] ?? '')) {
      own.push({ files: [file], seconds });
    } else {
      last.files.push(file);
      last.seconds += seconds;
    }
  }
  return own.sort((a, b) => b.seconds - a.seconds).map((job) => job.files);
}

function run(own: readonly string[]): Promise<Run> {
  const flags = ['--test', '--test-isolation=none', '--test-force-exit', '--test-timeout=120000'];
  const child = spawn(process.execPath, [...flags, '--test-reporter=spec', ...own], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: ENVIRONMENT,
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

/** Has the program compiled before many need it at once: a process that is killed leaves nothing for others. */
function compileProgram(): Promise<unknown> {
  const imports = PROGRAM.map((file) => `import ${JSON.stringify(join(import.meta.dirname, '..', file))};`);
  const child = spawn(process.execPath, ['--input-type=module', '--eval', imports.join('')], {
    stdio: 'ignore',
    env: ENVIRONMENT,
  });
  return new Promise((resolve) => child.on('close', resolve));
}

const began_ms = performance.now();
if (wanted.length === 0) await compileProgram();
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
