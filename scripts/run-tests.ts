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

/** What takes longest, so that each process gets its half. */
const SLOW = [
  'src/storage/store-life.test.ts',
  'test/cluster.test.ts',
  'src/storage/store-kill.test.ts',
  'src/server/browser.test.ts',
  'test/kill-crawl.test.ts',
  'src/index/index-life.test.ts',
];

interface Run {
  readonly status: number;
  readonly counts: ReadonlyMap<string, number>;
}

/** The slow ones in turn, the others by size in turn, each half in the order of names. */
function halves(): string[][] {
  const slow = SLOW.filter((file) => files.includes(file));
  const rest = files
    .filter((file) => !SLOW.includes(file))
    .sort((a, b) => statSync(b).size - statSync(a).size);
  const half = (n: number): string[] => [
    // One begins with the life of a store, the other with all other slow ones.
    ...slow.filter((_, i) => (i === 0 ? n === 0 : n === 1)),
    ...rest.filter((_, i) => i % 2 === n),
  ];
  return [half(0).sort(), half(1).sort()].filter((own) => own.length > 0);
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
