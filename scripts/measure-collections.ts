/**
 * What the program holds where it has very many collections: `npm run measure:collections -- [COLLECTIONS] [FILLED]
 * [MEMORY]`, 10,000, 2,000 and 512mb where nothing is said. A `peregrine serve` of a new directory makes them, all empty; is
 * begun anew; is asked in so many of them; takes a document into each of those, is begun anew, and is asked there again.
 * Memory and open files after each step come out, and one line of JSON. With `--cgroup` the kernel keeps the program under
 * that memory too, where it lets a group be made.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { must, readSetting, SETTINGS } from '../src/base/index.ts';
import { connectToEngine, type EngineCalls } from '../src/server/index.ts';
import { MemoryCgroup } from '../testing/memory-cgroup.ts';
import { memoryOfTree } from '../testing/process-memory.ts';
import { commitHere } from './commit-here.ts';

interface Look {
  readonly step: string;
  readonly took_s: number;
  readonly program_mb: number;
  readonly all_mb: number;
  readonly handles: number;
}

const MAIN = fileURLToPath(new URL('../bin/peregrine.js', import.meta.url));
const AT_ONCE = 32;
/** After a step, until memory is looked at. */
const SETTLING_MS = 5_000;
const MB = 1_000_000;

const { values: options, positionals } = parseArgs({
  options: { cgroup: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const collections = Number(positionals[0] ?? 10_000);
const filled = Math.min(collections - 1, Number(positionals[1] ?? 2_000));
const memory = positionals[2] ?? '512mb';
const limit = must(
  SETTINGS.find(({ name }) => name === 'memory'),
  'a setting',
);
const group = options.cgroup ? MemoryCgroup.create(Number(readSetting(limit, memory))) : undefined;
if (options.cgroup && group === undefined) console.log('No cgroup can be made here: measured only.');
const dataDirectory = await mkdtemp(join(tmpdir(), 'peregrine-collections-'));
const looks: Look[] = [];
let server: ChildProcess | undefined;

try {
  await look('begun', begin);
  // With the one that is there from the beginning.
  await inEach('made, all empty', collections - 1, (calls, name) => calls.createCollection(name));
  await look('begun anew', beginAnew);
  await inEach(`asked in ${filled}`, filled, search);
  await inEach(`a document into each of ${filled}`, filled, async (calls, name) => {
    await calls.inject(name, { url: `https://${name}.example.org/`, content: `<p>A falcon of ${name}</p>` });
  });
  await look('begun anew', beginAnew);
  await inEach(`asked in ${filled}`, filled, search);
  await end();
  print();
} finally {
  server?.kill('SIGKILL');
  group?.remove();
  await rm(dataDirectory, { recursive: true, force: true });
}

async function search(calls: EngineCalls, name: string): Promise<void> {
  await calls.search(name, { query: 'falcon' });
}

async function inEach(
  step: string,
  count: number,
  work: (calls: EngineCalls, name: string) => Promise<unknown>,
): Promise<void> {
  const calls = await connectToEngine(dataDirectory);
  await look(step, async () => {
    for (let from = 0; from < count; from += AT_ONCE) {
      const names = Array.from({ length: Math.min(AT_ONCE, count - from) }, (_, i) => `c${from + i}`);
      await Promise.all(names.map((name) => work(calls, name)));
    }
  });
  await calls.close();
}

async function look(step: string, work: () => Promise<void>): Promise<void> {
  const start_ms = performance.now();
  await work();
  const took_s = (performance.now() - start_ms) / 1000;
  await pause(SETTLING_MS);
  const pid = must(server?.pid, 'a process');
  const { main_bytes, tree_bytes } = must(memoryOfTree(pid), 'a process that lives');
  looks.push({
    step,
    took_s: Number(took_s.toFixed(1)),
    program_mb: Math.round(main_bytes / MB),
    all_mb: Math.round(tree_bytes / MB),
    handles: readdirSync(`/proc/${pid}/fd`).length,
  });
}

async function begin(): Promise<void> {
  const args = [MAIN, 'serve', '--data-dir', dataDirectory, '--port', '0', '--memory', memory];
  const [command, parts] = group?.wrap(process.execPath, args) ?? [process.execPath, args];
  const begun = spawn(command, parts, { stdio: ['ignore', 'pipe', 'inherit'] });
  server = begun;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  // Read to its end: a program whose output nobody takes any more ends.
  begun.stdout.on('data', (bytes) => {
    if (String(bytes).includes('Search at ')) resolve();
  });
  begun.on('exit', () => reject(new Error('The program ended early.')));
  await promise;
}

async function beginAnew(): Promise<void> {
  await end();
  await begin();
}

async function end(): Promise<void> {
  const ending = must(server, 'a process');
  ending.kill('SIGTERM');
  if (ending.exitCode === null) await once(ending, 'exit');
}

function print(): void {
  console.log('\n| step | seconds | program, MB | all processes, MB | open files |\n|---|--:|--:|--:|--:|');
  for (const { step, took_s, program_mb, all_mb, handles } of looks)
    console.log(`| ${step} | ${took_s} | ${program_mb} | ${all_mb} | ${handles} |`);
  const most_mb = Math.max(...looks.map(({ all_mb }) => all_mb));
  const handles = Math.max(...looks.map((one) => one.handles));
  const ended = group === undefined ? {} : { ended_by_kernel: group.kills };
  console.log(
    JSON.stringify({ commit: commitHere(), collections, filled, memory, most_mb, handles, ...ended }),
  );
}
