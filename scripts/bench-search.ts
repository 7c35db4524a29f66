/**
 * What a search costs in a collection of made-up pages while a crawl goes on beside it: pages of results with snippets,
 * as HTML, and completions, through the server's own routes.
 *
 *     npm run bench:search -- [--documents N] [--asked N] [--data DIRECTORY] [--quiet-web] [--json]
 *
 * `--data` keeps the collection for the next run, which then begins at once. `--quiet-web`: without the crawl. Profiled
 * with `node --cpu-prof scripts/bench-search.ts …`. The last line is JSON.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { frequentWord, page, query, seeded } from '../bench/serve/corpus.ts';
import { type Engine, openEngine } from '../src/collection/index.ts';
import { createServer, keyCheck } from '../src/server/index.ts';
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
    json: { type: 'boolean', default: false },
  },
});
const random = seeded(Number(options.seed));
const dataDirectory = options.data ?? mkdtempSync(join(tmpdir(), 'peregrine-bench-search-'));
const engine = await openEngine({ dataDirectory, resumeCrawls: false });
const server = createServer({ engine, adminKey: keyCheck('the-key-of-this-bench') });
let web: LoopbackWeb | undefined;
try {
  await fill(engine, Number(options.documents));
  if (!options['quiet-web']) web = await startCrawl(engine);
  const asked = Number(options.asked);
  await measure(WARM_UP, searchPath);
  const before = engine.crawlProgress('web').fetched;
  const started_ms = performance.now();
  const page_ms = await measure(asked, searchPath);
  const complete_ms = await measure(asked, completionPath);
  const crawled = engine.crawlProgress('web').fetched - before;
  const figures = {
    page_p50_ms: quantile(page_ms, 0.5),
    page_p99_ms: quantile(page_ms, 0.99),
    complete_p50_ms: quantile(complete_ms, 0.5),
    complete_p99_ms: quantile(complete_ms, 0.99),
    crawled_per_s: rounded((crawled * 1_000) / (performance.now() - started_ms)),
  };
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
    pagesPerHost: 400,
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

async function measure(times: number, path: () => string): Promise<number[]> {
  const took_ms: number[] = [];
  for (let i = 0; i < times; i++) {
    const url = path();
    const started_ms = performance.now();
    const { statusCode } = await server.inject({ url, headers: { accept: 'text/html' } });
    took_ms.push(performance.now() - started_ms);
    if (statusCode !== 200) throw new Error(`${url} was answered with ${statusCode}`);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  return took_ms;
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return rounded(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN);
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
