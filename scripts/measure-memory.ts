/**
 * What the program holds in memory while it takes in documents and is searched: `npm run measure:memory -- [DOCUMENTS]
 * [MEMORY]`, 200,000 and 512mb where nothing is said. Documents of made-up words go in by `peregrine import ndjson` into a
 * running `peregrine serve`; meanwhile two clients search. Every second the memory of the program and of all the processes
 * that it began is noted (see testing/process-memory.ts for how); a table of it over time comes out, and one line of JSON.
 * With `--cgroup` the kernel keeps them all under that memory too, where it lets a group be made, and it is told how many
 * processes it ended.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { must, type Random, readSetting, seededRandom, SETTINGS } from '../src/base/index.ts';
import { MemoryCgroup } from '../testing/memory-cgroup.ts';
import { memoryOfTree, type TreeMemory } from '../testing/process-memory.ts';
import { commitHere } from './commit-here.ts';

interface Sample extends TreeMemory {
  readonly at_s: number;
  readonly documents: number;
}

const MAIN = fileURLToPath(new URL('../bin/peregrine.js', import.meta.url));
/** Words there are; the n-th is met 1/n as often as the first. */
const VOCABULARY = 400_000;
const WORDS_LEAST = 80;
const WORDS_MORE = 340;
const SEARCHERS = 2;
const SEARCH_PAUSE_MS = 250;
const SAMPLE_MS = 1_000;
/** After the start, until the program counts as idle. */
const SETTLING_MS = 5_000;
/** After the last document, until the program counts as idle. */
const REST_MS = 45_000;
const TABLE_ROWS = 25;
const MB = 1_000_000;

const { values: options, positionals } = parseArgs({
  options: { cgroup: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const documents = Number(positionals[0] ?? 200_000);
const memory = positionals[1] ?? '512mb';
const group = options.cgroup ? MemoryCgroup.create(limitOf_bytes(memory)) : undefined;
if (options.cgroup && group === undefined) console.log('No cgroup can be made here: measured only.');
const folder = await mkdtemp(join(tmpdir(), 'peregrine-memory-'));
const file = join(folder, 'documents.ndjson');
const dataDirectory = join(folder, 'data');

try {
  await writeDocuments(file, documents, seededRandom(1));
  console.log(`${documents} documents, ${megabytes((await stat(file)).size)} MB as lines of JSON`);
  await measure();
} finally {
  group?.remove();
  await rm(folder, { recursive: true, force: true });
}

async function measure(): Promise<void> {
  const { server, origin, key } = await serve();
  const freshIdle = memoryOfTree(server.pid ?? 0);
  const samples: Sample[] = [];
  const latencies_ms: number[] = [];
  const over = new AbortController();
  const start_ms = performance.now();
  const sampler = (async () => {
    while (!over.signal.aborted) {
      const tree = memoryOfTree(server.pid ?? 0);
      if (tree === undefined) throw new Error('The program ended while it was measured.');
      const at_s = (performance.now() - start_ms) / 1000;
      samples.push({ ...tree, at_s, documents: await documentsIn(origin, key) });
      await pause(SAMPLE_MS);
    }
  })();
  const searchers = Array.from({ length: SEARCHERS }, async (_, n) => {
    const random = seededRandom(100 + n);
    while (!over.signal.aborted) {
      latencies_ms.push(await ask(origin, `${word(random)} ${word(random)}`));
      await pause(SEARCH_PAUSE_MS);
    }
  });
  const code = await importing(file);
  if (code !== 0) throw new Error(`The import ended with ${code}.`);
  const import_s = (performance.now() - start_ms) / 1000;
  over.abort();
  await Promise.all([sampler, ...searchers]);
  const held = await documentsIn(origin, key);
  if (held !== documents) throw new Error(`${held} of ${documents} documents are there.`);
  await pause(REST_MS);
  const idle = memoryOfTree(server.pid ?? 0);
  server.kill('SIGTERM');
  await once(server, 'exit');

  print(samples);
  const most = (of: (sample: Sample) => number): number =>
    megabytes(Math.max(...samples.map((sample) => of(sample))));
  latencies_ms.sort((a, b) => a - b);
  console.log(
    JSON.stringify({
      commit: commitHere(),
      documents,
      memory,
      import_s: Math.round(import_s),
      main_max_mb: most(({ main_bytes }) => main_bytes),
      tree_max_mb: most(({ tree_bytes }) => tree_bytes),
      fresh_mb: megabytes(freshIdle?.tree_bytes ?? 0),
      idle_mb: megabytes(idle?.tree_bytes ?? 0),
      ...(group !== undefined && { ended_by_kernel: group.kills }),
      searches: latencies_ms.length,
      search_p50_ms: Math.round(latencies_ms[Math.floor(latencies_ms.length * 0.5)] ?? 0),
      search_p99_ms: Math.round(latencies_ms[Math.floor(latencies_ms.length * 0.99)] ?? 0),
    }),
  );
}

function print(samples: readonly Sample[]): void {
  console.log(
    '\n| seconds | documents | program, MB | all processes, MB | processes |\n|--:|--:|--:|--:|--:|',
  );
  const step = Math.max(1, Math.ceil(samples.length / TABLE_ROWS));
  for (let from = 0; from < samples.length; from += step) {
    const some = samples.slice(from, from + step);
    const last = some.at(-1);
    if (last === undefined) continue;
    const main = megabytes(Math.max(...some.map(({ main_bytes }) => main_bytes)));
    const tree = megabytes(Math.max(...some.map(({ tree_bytes }) => tree_bytes)));
    console.log(`| ${last.at_s.toFixed(0)} | ${last.documents} | ${main} | ${tree} | ${last.processes} |`);
  }
}

function limitOf_bytes(written: string): number {
  const setting = must(
    SETTINGS.find(({ name }) => name === 'memory'),
    'a setting',
  );
  return Number(readSetting(setting, written));
}

function megabytes(bytes: number): number {
  return Math.round(bytes / MB);
}

async function serve(): Promise<{ server: ChildProcess; origin: string; key: string }> {
  const args = [MAIN, 'serve', '--data-dir', dataDirectory, '--port', '0', '--memory', memory];
  const [command, parts] = group?.wrap(process.execPath, args) ?? [process.execPath, args];
  const server = spawn(command, parts, { stdio: ['ignore', 'pipe', 'inherit'] });
  const { promise, resolve, reject } = Promise.withResolvers<{ origin: string; key: string }>();
  let printed = '';
  server.stdout.on('data', (bytes) => {
    printed += String(bytes);
    const origin = /^Search at (\S+?)\/?$/m.exec(printed)?.[1];
    const key = /^Admin key: (\S+)$/m.exec(printed)?.[1];
    if (origin !== undefined && key !== undefined) resolve({ origin, key });
  });
  server.on('exit', () => reject(new Error(`The program ended early. It printed: ${printed}`)));
  const reached = await promise;
  await pause(SETTLING_MS);
  return { server, ...reached };
}

async function importing(path: string): Promise<number> {
  const child = spawn(process.execPath, [MAIN, 'import', 'ndjson', path, '--data-dir', dataDirectory], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code] = (await once(child, 'exit')) as [number];
  return code;
}

async function documentsIn(origin: string, key: string): Promise<number> {
  const answer = await fetch(`${origin}/status`, { headers: { authorization: `Bearer ${key}` } });
  return ((await answer.json()) as { documents: number }).documents;
}

async function ask(origin: string, query: string): Promise<number> {
  const start_ms = performance.now();
  const answer = await fetch(
    `${origin}/search?${new URLSearchParams({ q: query, format: 'json' }).toString()}`,
  );
  await answer.text();
  // In a crowd of work a search may be sent away with a word; anything else is a fault.
  if (!answer.ok && answer.status !== 503) throw new Error(`A search was answered with ${answer.status}.`);
  return performance.now() - start_ms;
}

async function writeDocuments(path: string, count: number, random: Random): Promise<void> {
  const out = createWriteStream(path);
  for (let n = 0; n < count; n++) {
    const words = Array.from({ length: WORDS_LEAST + random.below(WORDS_MORE) }, () => word(random));
    const title = words.slice(0, 4).join(' ');
    const line = JSON.stringify({
      url: `https://site${n % 2_000}.example.org/pages/${n}`,
      content: `<html lang="en"><title>${title}</title><h1>${title}</h1><p>${words.join(' ')}</p></html>`,
    });
    if (!out.write(`${line}\n`)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'finish');
}

/** A made-up word, by Zipf's law. */
function word(random: Random): string {
  const consonants = 'bdfgklmnprstvz';
  const vowels = 'aeiou';
  let rest = Math.floor(VOCABULARY ** random.unit()) + 17;
  let text = '';
  while (rest > 0) {
    text += consonants[rest % consonants.length];
    rest = Math.floor(rest / consonants.length);
    text += vowels[rest % vowels.length];
    rest = Math.floor(rest / vowels.length);
  }
  return text;
}
