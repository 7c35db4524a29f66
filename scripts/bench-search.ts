/**
 * What a search costs in a collection of made-up pages while a crawl goes on beside it: pages of results with snippets,
 * as HTML, and completions, through the server's own routes.
 *
 *     npm run bench:search -- [--documents N] [--asked N] [--data DIRECTORY] [--quiet-web] [--over-http] [--json]
 *
 * `--data` keeps the collection for the next run, which then begins at once. `--quiet-web`: without the crawl.
 * `--over-http`: and the same from another process, over a connection that is kept. The time that the main thread computed
 * meanwhile, whatever it did, is told beside the time that went by: a busy machine changes it least. So are the turns of the
 * event loop that an answer took, and the reads that it waited for. `--slowest N` names the dearest questions. Profiled with
 * `node --cpu-prof scripts/bench-search.ts …`. The last line is JSON.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { frequentWord, page, query, seeded } from '../bench/serve/corpus.ts';
import { beginFrugally } from '../src/cli/frugal-memory.ts';
import { type Engine, openEngine } from '../src/collection/index.ts';
import { createServer, keyCheck, listen } from '../src/server/index.ts';
import { openRealDisk } from '../src/disk/index.ts';
import { CountedReads } from '../testing/counted-reads.ts';
import { askAside } from '../testing/http-asker.ts';
import { type LoopbackWeb, startLoopbackWeb } from '../testing/loopback-web.ts';

const COLLECTION = 'main';
const PUT_AT_ONCE = 64;
/** Asked before anything counts. */
const WARM_UP = 200;
/** Between questions, so that the crawl gets its turn as it does between people. */
const PAUSE_MS = 5;

const { values: options } = parseArgs({
  options: {
    documents: { type: 'string', default: '100000' },
    asked: { type: 'string', default: '2000' },
    seed: { type: 'string', default: '1' },
    data: { type: 'string' },
    'quiet-web': { type: 'boolean', default: false },
    'over-http': { type: 'boolean', default: false },
    slowest: { type: 'string', default: '0' },
    json: { type: 'boolean', default: false },
  },
});
// As the command does.
beginFrugally(true);
const random = seeded(Number(options.seed));
const dataDirectory = options.data ?? mkdtempSync(join(tmpdir(), 'peregrine-bench-search-'));
const reads = new CountedReads();
const disk = reads.over(await openRealDisk(dataDirectory));
const engine = await openEngine({ dataDirectory, disk, resumeCrawls: false });
const server = createServer({ engine, adminKey: keyCheck('the-key-of-this-bench') });
let web: LoopbackWeb | undefined;
try {
  await fill(engine, Number(options.documents));
  if (!options['quiet-web']) web = await startCrawl(engine);
  const asked = Number(options.asked);
  await measure(WARM_UP, searchPath);
  const before = engine.crawlProgress('web').fetched;
  const started_ms = performance.now();
  const pages = await measure(asked, searchPath);
  const completions = await measure(asked, completionPath);
  const overHttp = options['over-http'] ? await measureOverHttp(asked) : {};
  const crawled = engine.crawlProgress('web').fetched - before;
  const figures = {
    page_p50_ms: quantile(pages, 0.5, 'took_ms'),
    page_p99_ms: quantile(pages, 0.99, 'took_ms'),
    complete_p50_ms: quantile(completions, 0.5, 'took_ms'),
    complete_p99_ms: quantile(completions, 0.99, 'took_ms'),
    page_p50_cpu_ms: quantile(pages, 0.5, 'cpu_ms'),
    page_p99_cpu_ms: quantile(pages, 0.99, 'cpu_ms'),
    complete_p50_cpu_ms: quantile(completions, 0.5, 'cpu_ms'),
    complete_p99_cpu_ms: quantile(completions, 0.99, 'cpu_ms'),
    page_turns: mean(pages, 'turns'),
    page_reads_aside: mean(pages, 'readsAside'),
    complete_turns: mean(completions, 'turns'),
    complete_reads_aside: mean(completions, 'readsAside'),
    ...overHttp,
    crawled_per_s: rounded((crawled * 1_000) / (performance.now() - started_ms)),
  };
  for (const questions of [pages, completions]) {
    for (const { url, took_ms, cpu_ms, turns, readsAside } of dearest(questions, Number(options.slowest))) {
      console.log(
        `${rounded(took_ms)} ms, ${rounded(cpu_ms)} ms of the processor, ${turns} turns, ${readsAside} reads: ${decodeURI(url)}`,
      );
    }
  }
  if (!options.json) console.log(`${options.documents} documents, ${asked} pages and ${asked} completions`);
  console.log(JSON.stringify(figures));
} finally {
  await server.close();
  await engine.close();
  await web?.close();
  if (options.data === undefined) rmSync(dataDirectory, { recursive: true, force: true });
}

/** Puts in what is not there yet. */
async function fill(into: Engine, documents: number): Promise<void> {
  for (const name of [COLLECTION, 'web']) {
    if (!into.collections().includes(name)) await into.createCollection(name);
  }
  const status = await into.status();
  const held = status.collections.find(({ name }) => name === COLLECTION)?.documents ?? 0;
  if (held >= documents) return;
  const pageRandom = seeded(Number(options.seed) + 1);
  for (let at = 0; at < documents; at += PUT_AT_ONCE) {
    const pages = Array.from({ length: Math.min(PUT_AT_ONCE, documents - at) }, (_, i) =>
      page(at + i, pageRandom),
    );
    if (at + pages.length <= held) continue;
    await Promise.all(pages.map((one) => into.inject(COLLECTION, one, { wait: 'durable' })));
  }
  await into.flush();
}

async function startCrawl(beside: Engine): Promise<LoopbackWeb> {
  const started = await startLoopbackWeb({
    seed: Number(options.seed),
    hosts: 500,
    pagesPerHost: 100,
    medianPage_bytes: 25_000,
    gap_ms: 250,
  });
  await beside.startCrawl('web', {
    seeds: started.seeds,
    allowPrivate: true,
    delay_ms: 250,
    concurrency: 64,
  });
  return started;
}

function searchPath(): string {
  return `/search?c=${COLLECTION}&q=${encodeURIComponent(query(random))}`;
}

/** A word or two, the last of them begun. */
function completionPath(): string {
  const last = frequentWord(random);
  const begun = last.slice(0, 1 + Math.floor(random() * last.length));
  const text = random() < 0.5 ? begun : `${frequentWord(random)} ${begun}`;
  return `/complete?c=${COLLECTION}&q=${encodeURIComponent(text)}`;
}

interface Question {
  readonly url: string;
  readonly took_ms: number;
  /** Of the main thread, whatever it did meanwhile. */
  readonly cpu_ms: number;
  /** Of the event loop. */
  readonly turns: number;
  /** By another thread. */
  readonly readsAside: number;
}

async function measure(times: number, path: () => string): Promise<Question[]> {
  const questions: Question[] = [];
  for (let i = 0; i < times; i++) {
    const url = path();
    const started_ms = performance.now();
    const before = process.threadCpuUsage();
    const turnsBefore = loopTurns();
    const { result, reads: readsAside } = await reads.during(() =>
      server.inject({ url, headers: { accept: 'text/html' } }),
    );
    const { user, system } = process.threadCpuUsage(before);
    questions.push({
      url,
      took_ms: performance.now() - started_ms,
      cpu_ms: (user + system) / 1_000,
      turns: loopTurns() - turnsBefore,
      readsAside,
    });
    if (result.statusCode !== 200) throw new Error(`${url} was answered with ${result.statusCode}`);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  return questions;
}

async function measureOverHttp(times: number): Promise<Readonly<Record<string, number>>> {
  const origin = await listen(server, { port: 0 });
  const timesOf = (path: () => string): Promise<number[]> =>
    askAside({
      origin,
      paths: Array.from({ length: times }, path),
      headers: { accept: 'text/html', 'accept-encoding': 'gzip' },
      pause_ms: PAUSE_MS,
    });
  const pages = await timesOf(searchPath);
  const completions = await timesOf(completionPath);
  return {
    page_http_p50_ms: quantileOf(pages, 0.5),
    page_http_p99_ms: quantileOf(pages, 0.99),
    complete_http_p50_ms: quantileOf(completions, 0.5),
    complete_http_p99_ms: quantileOf(completions, 0.99),
  };
}

function loopTurns(): number {
  return performance.nodeTiming.uvMetricsInfo.loopCount;
}

function dearest(questions: readonly Question[], count: number): Question[] {
  return questions.toSorted((a, b) => b.cpu_ms - a.cpu_ms).slice(0, count);
}

function quantile(questions: readonly Question[], share: number, of: 'took_ms' | 'cpu_ms'): number {
  return quantileOf(
    questions.map((question) => question[of]),
    share,
  );
}

function mean(questions: readonly Question[], of: 'turns' | 'readsAside'): number {
  return rounded(questions.reduce((sum, question) => sum + question[of], 0) / questions.length);
}

function quantileOf(times: readonly number[], share: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  return rounded(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN);
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
