/**
 * What people and programs wait for: `npm run bench:serve [-- --quick] [--json] [--documents N]`. Starts the program,
 * fills it, asks it over the loopback alone and in a crowd. Ends with one line of JSON.
 */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { request } from 'undici';

import { quantile } from '../measure.ts';
import { page, query, seeded } from './corpus.ts';
import { crowd } from './crowd.ts';
import { Program } from './program.ts';

const SIZES = {
  quick: { documents: 3_000, asked: 600, clients: 1_000, crowd_ms: 10_000, settle_ms: 4_000 },
  full: { documents: 100_000, asked: 5_000, clients: 1_000, crowd_ms: 60_000, settle_ms: 10_000 },
} as const;

const INJECTED_AT_ONCE = 500;
const MB = 1_000_000;

const { values: args } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    documents: { type: 'string' },
    seed: { type: 'string', default: '1' },
  },
});
const size = args.quick ? SIZES.quick : SIZES.full;
const documents = Number(args.documents ?? size.documents);
const random = seeded(Number(args.seed));
const say = (line: string): void => {
  if (!args.json) console.log(line);
};
const rounded = (value: number): number => Math.round(value * 100) / 100;
const sleep = (ms: number): Promise<unknown> => new Promise((resolve) => setTimeout(resolve, ms));

const directory = await mkdtemp(join(tmpdir(), 'peregrine-bench-serve-'));
try {
  let program = await Program.start(join(directory, 'data'));
  await sleep(size.settle_ms);
  const idle_bytes = program.resident_bytes;
  say(`idle, nothing indexed: ${rounded(idle_bytes / MB)} MB resident`);

  for (let done = 0; done < documents; done += INJECTED_AT_ONCE) {
    const count = Math.min(INJECTED_AT_ONCE, documents - done);
    await program.inject(Array.from({ length: count }, (_, i) => page(done + i, random)));
  }
  say(`${documents} documents in; ${rounded(program.resident_bytes / MB)} MB resident`);

  const searchPath = (format: string): string => `/search?q=${encodeURIComponent(query(random))}${format}`;
  for (let i = 0; i < 50; i++) await program.ask(searchPath(''));
  const page_ms: number[] = [];
  const api_ms: number[] = [];
  for (let i = 0; i < size.asked; i++) {
    page_ms.push(await program.ask(searchPath('')));
    api_ms.push(await program.ask(searchPath('&format=json')));
  }
  const told = (values: readonly number[]): string =>
    `p50 ${rounded(quantile(values, 0.5))} ms, p99 ${rounded(quantile(values, 0.99))} ms`;
  say(`one client: page ${told(page_ms)}; JSON ${told(api_ms)}`);

  const met = await crowd(program.origin, {
    clients: size.clients,
    duration_ms: size.crowd_ms,
    path: () => searchPath('&format=json'),
  });
  say(
    `${size.clients} clients: ${met.answered} answered (${told(met.latencies_ms)}), ${met.refused} asked to wait, ${met.errors} errors${met.firstError === undefined ? '' : ` (${met.firstError})`}; ${rounded(program.resident_bytes / MB)} MB resident`,
  );

  const times = quantile(met.latencies_ms, 0.99) / quantile(api_ms, 0.99);
  say(`the slowest hundredth in the crowd waits ${rounded(times)} times as long as alone (bound: 5)`);

  const firstPaint_bytes = await firstPaint(program.origin, searchPath(''));
  say(`before the first paint: ${firstPaint_bytes} bytes on the wire`);
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    const stop_ms = await program.stop(signal);
    const start_ms = performance.now();
    program = await Program.start(join(directory, 'data'), program);
    await program.ask(searchPath(''));
    say(
      `${signal}: ended after ${rounded(stop_ms)} ms, answers ${rounded(performance.now() - start_ms)} ms after the start`,
    );
  }
  await program.stop();
  console.log(
    JSON.stringify({
      page_p99_ms: rounded(quantile(page_ms, 0.99)),
      api_p99_ms: rounded(quantile(api_ms, 0.99)),
      idle_rss_mb: rounded(idle_bytes / MB),
      shed_errors: met.errors,
      first_paint_bytes: firstPaint_bytes,
    }),
  );
} finally {
  await rm(directory, { recursive: true, force: true });
}

/** Bytes of a page of results and of what it needs to be drawn, as they travel. */
async function firstPaint(origin: string, path: string): Promise<number> {
  const headers = { 'accept-encoding': 'gzip, br', accept: 'text/html' };
  const bytesOf = async (address: string): Promise<number> => {
    const { body } = await request(address, { headers });
    return (await body.bytes()).length;
  };
  const markup = await (await request(`${origin}${path}`, { headers: { accept: 'text/html' } })).body.text();
  let sum = await bytesOf(`${origin}${path}`);
  for (const [, style = ''] of markup.matchAll(/<link rel="stylesheet" href="([^"]+)"/g)) {
    sum += await bytesOf(`${origin}${style}`);
  }
  return sum;
}
