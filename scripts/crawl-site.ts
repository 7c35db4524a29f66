/**
 * Serves a folder of HTML on loopback, crawls it whole, and compares what was found with a walk of the files that shares
 * no code with the crawler: `node scripts/crawl-site.ts FOLDER [start page] [--json]`. Memory is watched on the way.
 */

import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, normalize } from 'node:path';
import { parseArgs } from 'node:util';
import { openEngine } from '../src/collection/index.ts';
import { startStaticServer } from '../testing/static-server.ts';

const WATCH_EVERY_MS = 1_000;

/** Paths of pages that can be reached from `start` by `href`s, by patterns alone. */
function walk(folder: string, start: string): Set<string> {
  const found = new Set<string>();
  const queue = [start];
  const seen = new Set(queue);
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    const file = fileOf(folder, path);
    if (file === undefined || !/\.x?html?$/.test(file)) continue;
    found.add(path);
    const html = readFileSync(file, 'utf8').replaceAll(/<!--[\s\S]*?-->|<script[\s\S]*?<\/script>/gi, '');
    for (const [, quoted, single] of html.matchAll(/<a\s[^>]*?href\s*=\s*(?:"([^"]*)"|'([^']*)')/gi)) {
      const url = URL.parse(
        (quoted ?? single ?? '').replaceAll('&amp;', '&').trim(),
        `http://site.invalid${path}`,
      );
      if (url?.hostname !== 'site.invalid' || url.search !== '' || seen.has(url.pathname)) continue;
      seen.add(url.pathname);
      queue.push(url.pathname);
    }
  }
  return found;
}

function fileOf(folder: string, path: string): string | undefined {
  const file = join(folder, normalize(decodeURIComponent(path)), path.endsWith('/') ? 'index.html' : '');
  return existsSync(file) && statSync(file).isFile() ? file : undefined;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false } },
});
const [folder, start = '/index.html'] = positionals;
if (folder === undefined) throw new Error('Which folder?');
const expected = walk(folder, start);
const server = await startStaticServer({ directory: folder });
const dataDirectory = mkdtempSync(join(tmpdir(), 'peregrine-site-'));
const memory_mb: number[] = [];
const watch = setInterval(
  () => memory_mb.push(Math.round(process.memoryUsage.rss() / 2 ** 20)),
  WATCH_EVERY_MS,
);
try {
  const engine = await openEngine({ dataDirectory });
  await engine.createCollection('site');
  const began_ms = performance.now();
  await engine.startCrawl('site', {
    seeds: [server.origin + start],
    delay_ms: 0,
    allowPrivate: true,
    maxDepth: 1_000,
  });
  await engine.crawlDone('site');
  const took_s = (performance.now() - began_ms) / 1_000;
  const { fetched, outcomes } = engine.crawlProgress('site');
  const asked = new Set(server.requests.filter(({ status }) => status === 200).map(({ path }) => path));
  const missed = [...expected].filter((path) => !asked.has(path));
  const repeated = server.requests.length - new Set(server.requests.map(({ path }) => path)).size;
  await engine.close();
  const half = memory_mb.slice(memory_mb.length >> 1);
  const report = {
    expected: expected.size,
    fetched,
    missed: missed.length,
    repeated,
    pages_per_s: Number((fetched / took_s).toFixed(1)),
    rssAtHalf_mb: half[0] ?? 0,
    rssMost_mb: Math.max(0, ...memory_mb),
    outcomes,
  };
  if (!values.json) for (const path of missed.slice(0, 10)) console.log(`missed ${path}`);
  console.log(JSON.stringify(report));
  process.exitCode = missed.length > 0 || repeated > 0 ? 1 : 0;
} finally {
  clearInterval(watch);
  await server.close();
  rmSync(dataDirectory, { recursive: true, force: true });
}
